"""The events of a story out of what its sentences say. Pure.

Comes in: readings, in the order of the text. Goes out: events, each once (authority, target country, family of action), the news
first. What a sentence leaves open, the others of the story say.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pipeline.enrich.sanctions.actors import Actor
from pipeline.enrich.sanctions.reading import Reading
from pipeline.story import Mention, SanctionEvent, SanctionStatus, TargetGroup

_MAX_EVENTS, _MAX_EVIDENCE, _MAX_LETTERS = 20, 4, 400
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


def make_events(readings: list[Reading]) -> tuple[SanctionEvent, ...]:
    """The events that the readings tell of; what a reading leaves open, the ones before it or else the others say."""
    readings = [it for it in readings if it.action in _CHANGES or it.action == "detail" or it.by or it.targets]
    news = [reading for reading in readings if reading.action in _CHANGES and not reading.background]
    by = next((reading.by for reading in news if reading.by), ())
    told = [*news, *(reading for reading in readings if reading.action == "detail")]
    targets = next((reading.targets for reading in told if any(it.code for it in reading.targets)), ())
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
        if reading.action in _CHANGES and not reading.background:
            reading = _completed(reading, by, targets)
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
    _merge_unknown(grown)
    made = [_made(key, event) for key, event in grown.items()]
    return tuple(sorted(made, key=lambda event: event.background))[:_MAX_EVENTS]


def _merge_unknown(grown: dict[str, _Event]) -> None:
    """An event that leaves open who acts or who is hit is one that says it, where the story has such a one."""
    for key in [key for key in grown if "-" in key.split(":")[:2]]:
        authority, target, family_ = key.split(":", 2)[0], *key.split(":", 1)[1].rsplit(":", 1)
        fitting = [
            other
            for other in grown
            if other != key
            and (other.startswith(f"{authority}:") or authority == "-")
            and (other.endswith(f":{target}:{family_}") or (target == "-" and other.endswith(f":{family_}")))
            and "-" not in other.split(":")[:2]
        ]
        if fitting and (grown[key].background or not grown[fitting[0]].background):
            event, known = grown.pop(key), grown[fitting[0]]
            if not event.background:
                known.measures.update(event.measures)
                known.evidence.update(dict(list(event.evidence.items())[: _MAX_EVIDENCE - len(known.evidence)]))
        elif grown[key].background and key.startswith("-:-:"):
            del grown[key]


def _completed(reading: Reading, by: tuple[Actor, ...], targets: tuple[Actor, ...]) -> Reading:
    """The reading with what it leaves open from the others: who is hit there does not act where nobody is hit."""
    if reading.by and not reading.targets and {it.code for it in reading.by} <= {it.code for it in targets}:
        return replace(reading, by=_not(by, reading.by), targets=reading.by)
    acting = reading.by or _not(by, reading.targets)
    return replace(reading, by=acting, targets=reading.targets or _not(targets, acting))


def _not(targets: tuple[Actor, ...], by: tuple[Actor, ...]) -> tuple[Actor, ...]:
    """The targets without those who act themselves."""
    codes = {actor.code for actor in by}
    return tuple(actor for actor in targets if actor.code not in codes)


def _by_state(targets: tuple[Actor, ...]) -> list[tuple[str, tuple[Actor, ...]]]:
    """The targets by what the key names: their country or body; an app that has none stands for itself, others for nobody known."""
    by_state: dict[str, list[Actor]] = {}
    for target in targets:
        if target.code:
            by_state.setdefault(target.code, []).append(target)
    for target in targets:
        if not target.code:  # an app goes with its maker
            alone = target.id if target.type == "product" else ""
            by_state.setdefault(next(iter(by_state), alone), []).append(target)
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
    if STRENGTH[reading.status] > STRENGTH[event.status]:
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
