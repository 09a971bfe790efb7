"""What the story page shows of a story: marks in the text, cards of what was found, its way through the pipeline. Pure.

Comes in: what is known of a story (`State`) and its document's times. Goes out: values that the template draws, each with who said so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.desk.formatting import country_name, said_by, words
from pipeline.desk.marks import Span
from pipeline.documents.state import State
from pipeline.screening.listing import LISTS
from pipeline.story import Entity, ListHit, Mention, SanctionEvent, Story, Topic

Name = Callable[[str], str]
"""The name of an entity's id."""

_TYPES = ("person", "organisation", "place", "product", "event", "other")


@dataclass(frozen=True)
class EntityCard:
    """An entity, where the story names it, and the list entries that fit its mentions."""

    ref: str
    entity: Entity
    hits: tuple[ListHit, ...]


@dataclass(frozen=True)
class TopicCard:
    """A topic and the words that told of it."""

    ref: str
    topic: Topic
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class SanctionCard:
    """A sanction event with names for its ids."""

    ref: str
    event: SanctionEvent
    by: tuple[str, ...]
    targets: tuple[str, ...]

    @property
    def title(self) -> str:
        """Who does what to whom, in a line."""
        return f"{', '.join(self.by) or 'Somebody'} · {words(self.event.action)} · {', '.join(self.targets) or 'not said on whom'}"


@dataclass(frozen=True)
class Step:
    """A point on the way of a story. ``took``: seconds since the step before, where both are our own clock's."""

    name: str
    at: datetime
    took: float | None = None


@dataclass(frozen=True)
class StoryView:
    """The story as its page shows it."""

    story: Story
    state: State
    entities: tuple[EntityCard, ...]
    topics: tuple[TopicCard, ...]
    sanctions: tuple[SanctionCard, ...]
    loose_hits: tuple[ListHit, ...]
    """List entries that fit a place where no entity was found."""
    trace: tuple[Step, ...]
    spans: dict[str, list[Span]] = field(repr=False)
    """The marks of headline and body."""
    visible: bool = True

    @property
    def services(self) -> str:
        """The services that carried it, with its number there."""
        return ", ".join(
            it.name if it.sequence is None else f"{it.name} {it.sequence:04d}" for it in self.state.services
        )

    @property
    def credits(self) -> str:
        """Who worked on it."""
        return ", ".join(f"{it.name} ({it.role})" for it in self.story.credits)


def view_of(state: State, indexed_at: datetime | None, name: Name, *, now: datetime) -> StoryView:
    """The view of a story as of now."""
    story = state.shown
    entities, loose = _entities(story)
    topics = tuple(
        TopicCard(f"t{n}", topic, tuple(dict.fromkeys(it.text for it in topic.evidence)))
        for n, topic in enumerate(story.topics)
    )
    sanctions = tuple(_sanction(f"s{n}", event, name) for n, event in enumerate(story.sanctions))
    spans: dict[str, list[Span]] = {"headline": [], "body": []}
    for name_, span in _spans(entities, topics, sanctions, loose):
        spans[name_].append(span)
    return StoryView(
        story=story,
        state=state,
        entities=entities,
        topics=topics,
        sanctions=sanctions,
        loose_hits=loose,
        trace=tuple(_trace(story, indexed_at)),
        spans=spans,
        visible=state.is_visible(now),
    )


def _entities(story: Story) -> tuple[tuple[EntityCard, ...], tuple[ListHit, ...]]:
    """Cards of the entities, those the story is most about first, and the list entries that fit none of them."""
    left = list(story.listed)
    cards = []
    ordered = sorted(story.entities, key=lambda it: (-it.salience, _TYPES.index(it.type)))
    for number, entity in enumerate(ordered):
        hits = [hit for hit in left if any(_overlaps(hit.mention, mention) for mention in entity.mentions)]
        left = [hit for hit in left if hit not in hits]
        cards.append(EntityCard(f"e{number}", entity, tuple(hits)))
    return tuple(cards), tuple(left)


def _overlaps(one: Mention, other: Mention) -> bool:
    return one.field == other.field and one.start < other.end and other.start < one.end


def _sanction(ref: str, event: SanctionEvent, name: Name) -> SanctionCard:
    return SanctionCard(ref, event, *parties(event, name))


def parties(event: SanctionEvent, name: Name) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who acts and who is hit, by name."""
    targets = [name(id_) for id_ in event.targets] + [group.text for group in event.target_groups]
    return tuple(name(id_) for id_ in event.by), tuple(targets)


def _spans(
    entities: tuple[EntityCard, ...],
    topics: tuple[TopicCard, ...],
    sanctions: tuple[SanctionCard, ...],
    loose: tuple[ListHit, ...],
) -> Iterator[tuple[str, Span]]:
    for card in sanctions:
        told = ["background" if card.event.background else "new" if card.event.new else "", words(card.event.status)]
        label = f"Sanctions: {card.title} ({', '.join(filter(None, told))}) — sanctions model"
        yield from _at(card.event.evidence, "sanction", label, card.ref)
    for entity_card in entities:
        it = entity_card.entity
        where = ", ".join(country_name(code) for code in it.countries[:3])
        label = f"{it.name} · {it.type}{f' · {where}' if where else ''} — {said_by(it.source)}"
        yield from _at(it.mentions, f"entity {it.type}", label, entity_card.ref)
        for hit in entity_card.hits:
            yield from _at((hit.mention,), "listed", _hit(hit), entity_card.ref)
    for hit in loose:
        yield from _at((hit.mention,), "listed", _hit(hit), "listed")
    for topic_card in topics:
        label = f"Topic: {topic_card.topic.name} {topic_card.topic.score:.2f} — {said_by(topic_card.topic.source)}"
        yield from _at(topic_card.topic.evidence, "topic", label, topic_card.ref)


def _hit(hit: ListHit) -> str:
    return f"On {LISTS.get(hit.list, hit.list)}: {hit.name}, {hit.score:.0%} alike — list screening"


def _at(mentions: tuple[Mention, ...], kind: str, label: str, ref: str) -> Iterator[tuple[str, Span]]:
    for mention in mentions:
        yield mention.field, Span(mention.start, mention.end, kind, label, ref)


def _trace(story: Story, indexed_at: datetime | None) -> Iterator[Step]:
    """The way of the story; what others' clocks say has no duration."""
    if written := story.version_created or story.first_created:
        yield Step("Written by the provider", written)
    before: datetime | None = None
    steps: Mapping[str, datetime | None] = {
        "Received": story.received,
        "Read": story.read_at,
        "Enriched": story.enriched_at,
        "Indexed": indexed_at,
    }
    for step, at in steps.items():
        if at is not None:
            yield Step(step, at, (at - before).total_seconds() if before else None)
            before = at
