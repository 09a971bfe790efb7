"""What is new about a sanction event, and who told it first. Pure.

Comes in: what is known of an event (all that stories of the last 30 days told of it) and what one more story tells. Goes out: what is
known now and the answer for that story. The answer of a version that told something new is kept, so that its redelivery gets the
same one; what only a killed story told is forgotten with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from pipeline.documents.ranking import version_id
from pipeline.documents.state import State
from pipeline.enrich.sanctions import STRENGTH
from pipeline.screening.names import key_of, words_of_name
from pipeline.story import SCHEMA_VERSION, Entity, SanctionEvent, SanctionStatus, Story

REMEMBERED = timedelta(days=30)
"""How long what a story told is known: after a month of silence the same measure is news again."""
TRANSLATED = timedelta(days=2)
"""How long a name that no gazetteer links adds nothing where it comes in a language new to the event: it may be a translation."""
UNCLEAR = timedelta(days=2)
"""How long an event is remembered that leaves open who acts or who is hit: longer, and it would hide another one."""
MAX_STORIES = 50
"""Stories that an event remembers; above it those go first that told nothing new."""
_FRESH = timedelta(hours=1)
"""A full event that was told of within this time takes in no more stories that add nothing: it is alive, and need not be written."""
_IMPLIED = frozenset(("designation", "financial"))
"""Measures that only say "sanctions" in other words: a listing is what freezes and bans consist of."""


class Contents(NamedTuple):
    """What a story tells of an event: named targets, what may be translations of them, measures, authorities, status."""

    targets: frozenset[str]
    unlinked: frozenset[str]
    measures: frozenset[str]
    by: frozenset[str]
    status: SanctionStatus


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one story told of an event. ``at``: when it could first be read; ``new``: what each version added, by version id."""

    story: str
    at: datetime
    language: str
    status: SanctionStatus
    targets: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    new: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


class EventState(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an event, by the stories that told it, in the order in which they could be read."""

    key: str
    told: tuple[Told, ...]
    schema_version: int = SCHEMA_VERSION

    @property
    def first_seen(self) -> datetime:
        """When the event was first told of, as far as it is remembered."""
        return min(it.at for it in self.told)

    @property
    def status(self) -> SanctionStatus:
        """The highest status that was told."""
        return max((it.status for it in self.told), key=STRENGTH.__getitem__)


class Answer(NamedTuple):
    """Whether a version told something new of an event: what that was ("event", "target:…", "measure:…", "status:…")."""

    new: tuple[str, ...]
    first_seen: datetime


def half_keys(key: str) -> tuple[str, ...]:
    """The keys of stories that leave open who is hit, or who acts: what they tell is known once the whole event is."""
    authority, _, rest = key.partition(":")
    target, _, family = rest.rpartition(":")
    halves = (f"{authority}:-:{family}", f"-:{target}:{family}")
    return halves if "-" not in (authority, target) else ()


def _memory(key: str) -> timedelta:
    return UNCLEAR if key.startswith("-:") or ":-:" in key else REMEMBERED


def event_id(key: str) -> str:
    """The id of an event's document: its key, or for a long one a hash of it."""
    return key if len(key.encode()) <= 256 else f"sha256-{hashlib.sha256(key.encode()).hexdigest()}"


def keys_of(state: State, now: datetime) -> tuple[str, ...]:
    """The events that a story has to do with: those it tells of, if it may be seen, and those it told of before."""
    story = _visible_text(state, now)
    told = [event.key for event in story.sanctions if not event.background] if story else []
    halves = [half for key in told for half in half_keys(key)]
    return tuple(dict.fromkeys((*state.told, *told, *halves)))


def take_part(state: State, known: Mapping[str, EventState], now: datetime) -> tuple[State, dict[str, EventState]]:
    """The story with the answers for its events, and all those of ``known`` that change.

    A killed story gives back what it told; one under an embargo tells nothing yet.
    """
    changed: dict[str, EventState] = {}
    if state.killed:
        for key in state.told:
            if key in known and known[key].told != (rest := give_back(known[key], state.shown.id)).told:
                changed[key] = rest
        return replace(_answered(state, {}), told=()), changed
    if (story := _visible_text(state, now)) is None:
        return state, {}
    answers: dict[str, Answer] = {}
    at = max(story.received or now, _lifted(state))
    for event in story.sanctions:
        if event.background:
            continue
        if event.new is not None and event.first_seen is not None and at < now - REMEMBERED:
            # It is read anew after what was known then is forgotten: the answer of its time stays.
            answers[event.key] = Answer(event.added, event.first_seen)
        else:
            for key in (event.key, *half_keys(event.key)):
                before = changed.get(key, known.get(key))
                after, answer = tell(
                    before, story, msgspec.structs.replace(event, key=key), version=version_id(story), at=at
                )
                if key == event.key:
                    answers[key] = answer
                if after != before:
                    changed[key] = after
    return replace(_answered(state, answers), told=keys_of(state, now)), changed


def _visible_text(state: State, now: datetime) -> Story | None:
    return state.text if state.is_visible(now) else None


def _lifted(state: State) -> datetime:
    """When an embargo ended, if there was one."""
    return datetime.fromisoformat(state.visible_from or "") if state.embargoed else datetime.min.replace(tzinfo=UTC)


def _answered(state: State, answers: Mapping[str, Answer]) -> State:
    """The state whose text says what is new; background never is, and what was not asked stays unsaid."""
    if state.text is None or not state.text.sanctions:
        return state
    events = tuple(_with_answer(event, answers.get(event.key)) for event in state.text.sanctions)
    return replace(state, text=msgspec.structs.replace(state.text, sanctions=events))


def _with_answer(event: SanctionEvent, answer: Answer | None) -> SanctionEvent:
    if answer is None or event.background:
        return msgspec.structs.replace(event, new=False if event.background else None, first_seen=None, added=())
    return msgspec.structs.replace(event, new=bool(answer.new), first_seen=answer.first_seen, added=answer.new)


def tell(
    state: EventState | None, story: Story, event: SanctionEvent, *, version: str, at: datetime
) -> tuple[EventState, Answer]:
    """What is known once a version of a story has told of an event, and what was new about it."""
    since = at - _memory(event.key)
    known = [it for it in (state.told if state else ()) if it.at > since]
    own = next((it for it in known if it.story == story.id), None)
    contents = contents_of(story, event)
    added = own.new[version] if own and version in own.new else _added(known, contents, story.language.code, at)
    if state is not None and own is None and not added and _is_full(state, at):
        return state, Answer(added, state.first_seen)
    told = Told(
        story=story.id,
        at=own.at if own else at,
        language=story.language.code,
        status=max((own.status if own else contents.status, contents.status), key=STRENGTH.__getitem__),
        targets=_joined(own.targets if own else (), contents.targets | contents.unlinked),
        measures=_joined(own.measures if own else (), contents.measures),
        by=_joined(own.by if own else (), contents.by),
        new=(own.new if own else {}) | ({version: added} if added else {}),
    )
    others = [it for it in (state.told if state else ()) if it.story != story.id]
    after = EventState(key=event.key, told=_bounded([*others, told]))
    return after, Answer(added, after.first_seen)


def give_back(state: EventState, story_id: str) -> EventState:
    """What is known without a story that was killed."""
    return msgspec.structs.replace(state, told=tuple(it for it in state.told if it.story != story_id))


def contents_of(story: Story, event: SanctionEvent) -> Contents:
    """What counts as told: people, organisations and products by id, those without one of Wikidata's by the sound of their names."""
    entities = {entity.id: entity for entity in story.entities}
    named = [entities[it] for it in event.targets if it in entities and entities[it].type != "place"]
    return Contents(
        targets=frozenset(entity.id for entity in named if not entity.id.startswith("x:")),
        unlinked=frozenset(_sound(entity) for entity in named if entity.id.startswith("x:")),
        measures=frozenset(event.measures) - _IMPLIED,
        by=frozenset(event.by),
        status=event.status,
    )


def _sound(entity: Entity) -> str:
    """A name as it sounds in any script: "Иван Петров" and "Ivan Petrov" are one."""
    return "~" + " ".join(sorted(key_of(word) for word in words_of_name(entity.name, person=entity.type == "person")))


def _added(known: list[Told], contents: Contents, language: str, at: datetime) -> tuple[str, ...]:
    """What the contents add to what is known; "event" alone where nothing is."""
    if not known:
        return ("event",)
    told = {name for it in known for name in it.targets}
    targets = contents.targets - told
    is_translated = language not in {it.language for it in known} and max(it.at for it in known) > at - TRANSLATED
    targets |= frozenset() if is_translated else contents.unlinked - told
    measures = contents.measures - {name for it in known for name in it.measures}
    status = STRENGTH[contents.status] > max(STRENGTH[it.status] for it in known)
    return (
        *(f"target:{it}" for it in sorted(targets)),
        *(f"measure:{it}" for it in sorted(measures)),
        *([f"status:{contents.status}"] if status else []),
    )


def _is_full(state: EventState, at: datetime) -> bool:
    return len(state.told) >= MAX_STORIES and max(it.at for it in state.told) > at - _FRESH


def _joined(before: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*before, *more}))


def _bounded(told: list[Told]) -> tuple[Told, ...]:
    """Those of the last 30 days before the newest, in order, not too many."""
    newest = max(it.at for it in told)
    kept = [it for it in told if it.at > newest - REMEMBERED]
    if len(kept) > MAX_STORIES:
        kept = sorted(kept, key=lambda it: (bool(it.new), it.at))[-MAX_STORIES:]
    return tuple(sorted(kept, key=lambda it: (it.at, it.story)))
