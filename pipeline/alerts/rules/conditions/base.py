"""What every condition is: a value that looks at a story and says what it found.

A condition never changes and holds no state; what needs to know other stories (`burst`, `new_term`) is none.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from pipeline.alerts.rules.keys import KeySets
from pipeline.alerts.rules.reason import Reason
from pipeline.alerts.rules.view import View
from pipeline.story import ListHit, SanctionEvent

_SHOWN = 8
"""Values that an explanation lists."""


class Found(NamedTuple):
    """What a condition that holds found: reasons (none where it only rules out), the events that fit, the hits that fit."""

    reasons: tuple[Reason, ...] = ()
    events: tuple[SanctionEvent, ...] = ()
    hits: tuple[ListHit, ...] = ()


@dataclass(frozen=True)
class Condition(ABC):
    """One condition of a rule; ``name`` is its key in the file."""

    name: ClassVar[str]

    @abstractmethod
    def holds(self, view: View) -> bool:
        """Whether it holds for the story: asked often, so it makes nothing."""

    @abstractmethod
    def evidence(self, view: View) -> Found:
        """What it finds in a story for which it holds."""

    def find(self, view: View) -> Found | None:
        """What it finds in the story; None where it does not hold."""
        return self.evidence(view) if self.holds(view) else None

    @abstractmethod
    def why(self, view: View, found: Found | None) -> str:
        """Why it holds or does not, for people."""

    @property
    def keys(self) -> KeySets:
        """Sets of keys: a story for which the condition holds has one of each set."""
        return ()

    @property
    def parts(self) -> tuple[Condition, ...]:
        """The conditions within it."""
        return ()

    @property
    def needs_new_event(self) -> bool:
        """Whether it can only hold for a story that tells something new of a sanction event."""
        return False


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and all within it."""
    yield condition
    for part in condition.parts:
        yield from walk(part)


def join(found: Iterable[Found]) -> Found:
    """What several conditions found, events and hits once each."""
    every = [*found]
    return Found(
        tuple(reason for it in every for reason in it.reasons),
        tuple({event.key: event for it in every for event in it.events}.values()),
        tuple({(hit.list, hit.list_id): hit for it in every for hit in it.hits}.values()),
    )


def said(found: Found) -> str:
    """What was found, in a line."""
    return listed(reason.what for reason in found.reasons)


def wanted(what: Iterable[str], has: Iterable[str]) -> str:
    """Why a condition that asks for one of several things does not hold, in a line."""
    return f"wanted {listed(what, ' or ')}; the story has {listed(has)}"


def listed(values: Iterable[str], between: str = ", ") -> str:
    """The first of the values in a line."""
    every = [*values]
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return between.join(every[:_SHOWN]) + more or "none"
