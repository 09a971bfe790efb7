"""The condition on sanction events: one event of the story fits all that is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, get_args

from pipeline.alerts.rules.conditions.base import Condition, Found, listed, said
from pipeline.alerts.rules.given import Given
from pipeline.alerts.rules.keys import SOME, Keys, KeySets, Kind
from pipeline.alerts.rules.names import country_ids, read_entity, state_codes
from pipeline.alerts.rules.parties import UNKNOWN, parties_of
from pipeline.alerts.rules.reason import Reason
from pipeline.alerts.rules.view import View
from pipeline.enrich.sanctions.actors import BODIES
from pipeline.story import SanctionAction, SanctionEvent, SanctionStatus

ACTIONS: tuple[str, ...] = get_args(SanctionAction)
STATUSES: tuple[str, ...] = get_args(SanctionStatus)
MEASURES = (
    *("asset-freeze", "travel-ban", "export-control", "import-ban", "oil-price-cap", "arms-embargo", "secondary"),
    *("entity-list", "designation", "financial", "vessels", "investment-ban", "aviation-ban", "trade-embargo"),
)
"""What the words of every language know; a test compares."""
_DOES = {
    "impose": "imposes on",
    "extend": "extends on",
    "tighten": "tightens on",
    "ease": "eases on",
    "lift": "lifts on",
    "threaten": "threatens",
    "call-for": "calls for steps against",
    "evade": "sanctions evaded by",
    "other": "acts on",
}


@dataclass(frozen=True)
class Parties:
    """States, bodies and entities that act or are hit: by what the key of an event calls them, by id, by plain folded name."""

    codes: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def has(self, code: str, ids: Iterable[str], view: View) -> bool:
        """Whether one of those that take part in an event is meant; ``code``: the one that its key names."""
        if code in self.codes or code in self.ids or not self.ids.isdisjoint(ids):
            return True
        return any(entity.id in ids for name in self.names for entity in view.names.get(name, ()))

    def keys(self, kind: Kind) -> KeySets:
        """The keys of an event in which one of them takes part; none for plain names, which stories keep elsewhere."""
        return () if self.names else (frozenset((kind, value) for value in self.codes | self.ids),)


@dataclass(frozen=True)
class Sanction(Condition):
    """An event that fits. None asks for nothing."""

    name: ClassVar[str] = "sanction"
    action: frozenset[str] | None = None
    status: frozenset[str] | None = None
    by: Parties | None = None
    targets: Parties | None = None
    measures: frozenset[str] | None = None
    new: bool | None = None
    background: bool = False

    def holds(self, view: View) -> bool:
        return any(self._fits(event, view) for event in view.story.sanctions)

    def evidence(self, view: View) -> Found:
        events = [event for event in view.story.sanctions if self._fits(event, view)]
        reasons = [
            Reason(self.name, show_event(event), event.evidence[0] if event.evidence else None, f"event:{event.key}")
            for event in events
        ]
        return Found(tuple(reasons), tuple(events))

    def why(self, view: View, found: Found | None) -> str:
        if found:
            return said(found)
        events = [f"{show_event(it)} ({listed(self._misfits(it, view))})" for it in view.story.sanctions]
        return f"no event fits: {listed(events, '; ')}" if events else "the story tells of no sanctions"

    @property
    def keys(self) -> KeySets:
        actions: Keys = frozenset(("action", action) for action in self.action or (SOME,))
        by = self.by.keys("authority") if self.by else ()
        return (actions, *by, *(self.targets.keys("target") if self.targets else ()))

    @property
    def needs_new_event(self) -> bool:
        return self.new is True

    def _fits(self, event: SanctionEvent, view: View) -> bool:
        return next(self._misfits(event, view), None) is None

    def _misfits(self, event: SanctionEvent, view: View) -> Iterator[str]:
        """What of the event is not as asked, by key of the file."""
        if self.action is not None and event.action not in self.action:
            yield "action"
        if event.background != self.background:
            yield "background"
        if self.new is not None and bool(event.new) != self.new:
            yield "new"
        if self.status is not None and event.status not in self.status:
            yield "status"
        if self.measures is not None and self.measures.isdisjoint(event.measures):
            yield "measures"
        if self.by is not None or self.targets is not None:
            authority, target = parties_of(event)
            if self.by is not None and not self.by.has(authority, event.by, view):
                yield "by"
            if self.targets is not None and not self.targets.has(target, event.targets, view):
                yield "targets"


def show_event(event: SanctionEvent) -> str:
    """The event in a line: "EU imposes on RU: asset-freeze"."""
    authority, target = ("somebody" if it == UNKNOWN else it for it in parties_of(event))
    measures = f": {', '.join(event.measures)}" if event.measures else ""
    status = "" if event.status == "announced" else f" ({event.status})"
    return f"{authority} {_DOES[event.action]} {target}{measures}{status}"


def read_sanction(given: Given) -> Sanction:
    """The condition; without keys any event that is not background."""
    keys = given.keys(["action", "status", "by", "targets", "measures", "new", "background"])
    return Sanction(
        action=keys["action"].words(ACTIONS) if "action" in keys else None,
        status=keys["status"].words(STATUSES) if "status" in keys else None,
        by=_parties(keys["by"]) if "by" in keys else None,
        targets=_parties(keys["targets"]) if "targets" in keys else None,
        measures=keys["measures"].words(MEASURES) if "measures" in keys else None,
        new=keys["new"].flag() if "new" in keys else None,
        background=keys["background"].flag() if "background" in keys else False,
    )


def _parties(given: Given) -> Parties:
    codes, ids, names = set(), set(), set()
    for value in given.each():
        text = value.text("a country code, a body such as EU, or an entity")
        if text in country_ids() or text in BODIES.values():
            codes.add(text)
            continue
        ref = read_entity(value)
        if ref.name:
            names.add(ref.name)
        elif ref.id in state_codes():  # a state or body acts under its code, whoever speaks for it
            codes.add(state_codes()[ref.id])
        else:
            ids.add(ref.id)
    return Parties(frozenset(codes), frozenset(ids), frozenset(names))
