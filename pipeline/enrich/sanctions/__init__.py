"""Sanction events of a story: who does what to whom, by what means, and is it news.

Comes in: a story with its entities. Goes out: its sanction events, each once, the news first. `lexicon` knows the words,
`reading` one sentence, `actors` who plays which part; here sentences become events.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from pipeline.enrich.sanctions.actors import Actor, actors_of
from pipeline.enrich.sanctions.lexicon import Word, within, words_for
from pipeline.enrich.sanctions.reading import Reading, Sentence, detail, read
from pipeline.enrich.sanctions.sentences import sentences
from pipeline.story import Entity, Mention, SanctionEvent, SanctionStatus, Story, TargetGroup

__all__ = ["STRENGTH", "family", "find_sanctions", "is_news"]

LEAD_SENTENCES = 3
"""Sentences of the body in which news stands without a time peg: the first paragraph or two."""
_LEAD, _MANY = 600, 4
"""Letters of the body that say where a story plays, and the words that must say so."""
_MAX_EVENTS, _MAX_EVIDENCE, _MAX_LETTERS = 20, 4, 400
_DATELINE = re.compile(r"[^.!?\n]{2,90}?(?:\)\s*[-–—.:]*|\s[-–—]{1,2})\s")
"""Where copy still opens with one: "BRUSSELS, May 3 (Reuters) - "."""
_YEAR = re.compile(r"(?<!\d)20[0-4]\d(?!\d)")
_FAMILIES: dict[str, str] = {
    "impose": "impose",
    "extend": "impose",
    "tighten": "impose",
    "ease": "lift",
    "lift": "lift",
}
_CHANGES = frozenset(_FAMILIES)
STRENGTH = {"failed": 0, "denied": 0, "proposed": 1, "announced": 2, "in-force": 3}


def family(action: str) -> str:
    """What tells events apart: imposing, extending and tightening are one family, easing and lifting another."""
    return _FAMILIES.get(action, action)


def is_news(event: SanctionEvent) -> bool:
    """Whether the event is new or changed sanctions, not a threat, a call, a failure or something of the past."""
    return not event.background and event.action in _CHANGES and event.status not in ("denied", "failed")


@dataclass
class _Event:
    """An event while it grows; dicts keep the order and each thing once."""

    action: str
    status: SanctionStatus
    background: bool
    by: dict[str, None] = field(default_factory=dict)
    targets: dict[str, None] = field(default_factory=dict)
    groups: dict[str, TargetGroup] = field(default_factory=dict)
    measures: dict[str, None] = field(default_factory=dict)
    evidence: dict[tuple[str, int], Mention] = field(default_factory=dict)
    order: int = 0


def find_sanctions(
    story: Story, entities: tuple[Entity, ...], demonyms: dict[str, tuple[Mention, ...]]
) -> tuple[SanctionEvent, ...]:
    """The story's sanction events; none where the language has no words or the story has none of them."""
    lexicon = words_for(story.language.code)
    if lexicon is None:
        return ()
    triggers = {name: lexicon.triggers(getattr(story, name)) for name in ("headline", "body")}
    if not any(triggers.values()):
        return ()
    actors = actors_of(entities, demonyms)
    dateline = _DATELINE.match(story.body)
    if dateline is not None:
        actors["body"] = [actor for actor in actors["body"] if actor.start >= dateline.end()]
    readings = list(_readings(story, triggers, actors, lexicon.others))
    if any(reading.status == "failed" and reading.sentence.order <= 1 for reading in readings):
        readings = [replace(it, status="failed") if it.status == "proposed" else it for it in readings]
    if _is_elsewhere(lexicon.others(story.headline), lexicon.others(story.body[:_LEAD])):
        readings = [it for it in readings if it.sure and it.by and it.targets]
    return _events(readings)


def _is_elsewhere(headline: list[Word], lead: list[Word]) -> bool:
    """Whether the story opens in a court, on a pitch or at a school, where other people's sanctions are spoken of."""
    opening = [word for word in (*headline, *lead) if word.group == "penal"]
    return len(opening) >= _MANY or (any(word.group == "penal" for word in headline) and len(opening) >= _MANY - 1)


def _readings(
    story: Story,
    triggers: dict[str, list[Word]],
    actors: dict[str, list[Actor]],
    others: Callable[[str], list[Word]],
) -> Iterator[Reading]:
    """The readings of all sentences that can speak of sanctions, in order."""
    year = _year(story)
    order = 0
    followed = -2
    for name in ("headline", "body"):
        text: str = getattr(story, name)
        for start, end in sentences(text):
            order += name == "body"
            found = within(triggers[name], start, end)
            if not found and order > followed + 1:
                continue
            here = text[start:end]
            further = [word._replace(start=word.start + start, end=word.end + start) for word in others(here)]
            words = sorted((*found, *further))
            acting = [actor for actor in actors[name] if start <= actor.start < end]
            sentence = Sentence(name, start, end, order, here, words, acting)
            lead = order <= LEAD_SENTENCES
            readings = read(sentence, language=story.language.code, year=year, lead=lead) if found else []
            if not readings and order == followed + 1 and any(word.group == "facts" for word in words):
                readings = [detail(sentence)]
            if any(not reading.background for reading in readings):
                followed = order
            yield from readings


def _year(story: Story) -> int | None:
    """The year in which the story was written: its own, else the latest that it names."""
    moment = story.version_created or story.first_created or story.received
    named = [int(year) for year in _YEAR.findall(f"{story.headline} {story.body}")] if moment is None else []
    return moment.year if moment else max(named, default=None)


def _events(readings: list[Reading]) -> tuple[SanctionEvent, ...]:
    """The events that the readings tell of; what a reading leaves open, the ones before it or else the others say."""
    news = [reading for reading in readings if reading.action != "detail" and not reading.background]
    by = next((reading.by for reading in news if reading.by), ())
    targets = next((reading.targets for reading in news if reading.targets), ())
    grown: dict[str, _Event] = {}
    last: list[_Event] = []
    for reading in readings:
        if reading.action == "detail":
            if last and reading.sentence.order <= max(event.order for event in last) + 1:
                for event in last:
                    _add(event, reading)
                continue
            if not (reading.by or reading.targets):
                continue
            reading = replace(reading, action="impose", background=True)
        if not reading.background:
            reading = replace(reading, by=reading.by or by, targets=reading.targets or _not(targets, reading.by or by))
        current = []
        for author in reading.by or (None,):
            for target in _by_state(reading.targets) or ((None, ()),):
                key = f"{author.code if author else '-'}:{target[0] or '-'}:{family(reading.action)}"
                if key in grown and grown[key].background and not reading.background:
                    del grown[key]
                event = grown.setdefault(key, _Event(reading.action, reading.status, reading.background))
                if reading.background and not event.background:
                    continue
                _add(event, reading, author, target[1])
                current.append(event)
        if not reading.background:
            last = current
    made = [_made(key, event) for key, event in grown.items()]
    return tuple(sorted(made, key=lambda event: event.background))[:_MAX_EVENTS]


def _not(targets: tuple[Actor, ...], by: tuple[Actor, ...]) -> tuple[Actor, ...]:
    """The targets without those who act themselves."""
    codes = {actor.code for actor in by}
    return tuple(actor for actor in targets if actor.code not in codes)


def _by_state(targets: tuple[Actor, ...]) -> list[tuple[str, tuple[Actor, ...]]]:
    """The targets by what the key names: their country or body, else themselves."""
    by_state: dict[str, list[Actor]] = {}
    for target in targets:
        if target.code:
            by_state.setdefault(target.code, []).append(target)
    for target in targets:
        if not target.code:  # an app goes with its maker
            by_state.setdefault(next(iter(by_state), target.id), []).append(target)
    return [(code, tuple(found)) for code, found in by_state.items()]


def _add(event: _Event, reading: Reading, author: Actor | None = None, targets: tuple[Actor, ...] = ()) -> None:
    """Adds to an event what a reading says of it."""
    if author is not None and author.id:
        event.by[author.id] = None
    event.targets.update(dict.fromkeys(target.id for target in targets))
    codes = {target.code for target in targets}
    for group in reading.groups:
        if codes.intersection(group.countries):
            event.groups[group.text] = group
    event.measures.update(dict.fromkeys(reading.measures))
    if reading.action != "detail" and STRENGTH[reading.status] > STRENGTH[event.status]:
        event.status = reading.status
    sentence = reading.sentence
    event.order = max(event.order, sentence.order)
    start = sentence.start + len(sentence.text) - len(sentence.text.lstrip())
    text = sentence.text.strip()[:_MAX_LETTERS]
    mention = Mention(field=sentence.field, start=start, end=start + len(text), text=text)  # type: ignore[arg-type]  # a field
    if len(event.evidence) < _MAX_EVIDENCE:
        event.evidence[sentence.field, start] = mention


def _made(key: str, event: _Event) -> SanctionEvent:
    return SanctionEvent(
        key=key,
        action=event.action,  # type: ignore[arg-type]  # no event grows from a "detail"
        status=event.status,
        by=tuple(event.by),
        targets=tuple(event.targets),
        target_groups=tuple(event.groups.values()),
        measures=tuple(event.measures),
        background=event.background,
        evidence=tuple(event.evidence.values()),
    )
