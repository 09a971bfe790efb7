"""Conditions on numbers of a story: its urgency, and how sure its language is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import ClassVar

from pipeline.alerts.rules.conditions.base import Condition, Found
from pipeline.alerts.rules.given import Given
from pipeline.alerts.rules.reason import Reason
from pipeline.alerts.rules.view import View

_COMPARE: dict[str, Callable[[int, int], bool]] = {"<=": le, "<": lt, ">=": ge, ">": gt, "=": eq, "==": eq, "": eq}
_URGENCY = re.compile(r"(<=|<|>=|>|==|=|)\s*([1-9])")


@dataclass(frozen=True)
class Urgency(Condition):
    """The urgency on IPTC's scale, 1 (most urgent) to 9; a story without one never fits."""

    name: ClassVar[str] = "urgency"
    sign: str
    value: int

    def holds(self, view: View) -> bool:
        urgency = view.story.urgency
        return urgency is not None and _COMPARE[self.sign](urgency, self.value)

    def evidence(self, view: View) -> Found:
        urgency = view.story.urgency
        return Found((Reason(self.name, f"urgency {urgency}", None, f"urgency:{urgency}"),))

    def why(self, view: View, found: Found | None) -> str:
        urgency = view.story.urgency
        has = "the story has none" if urgency is None else f"the story has {urgency}"
        return f"urgency {urgency}" if found else f"wanted {self.sign}{self.value}, {has}"


@dataclass(frozen=True)
class Confidence(Condition):
    """How sure the language is."""

    name: ClassVar[str] = "confidence"
    least: float

    def holds(self, view: View) -> bool:
        return view.story.language.confidence >= self.least

    def evidence(self, view: View) -> Found:
        return Found((Reason(self.name, self._shown(view), None, f"confidence:{self.least:g}"),))

    def why(self, view: View, found: Found | None) -> str:
        return self._shown(view) if found else f"wanted {self.least:g}, {self._shown(view)}"

    def _shown(self, view: View) -> str:
        language = view.story.language
        return f"language {language.code} with {language.confidence:.2f}"


def read_urgency(given: Given) -> Urgency:
    """A number from 1 to 9, or a comparison such as "<=3"."""
    text = given.text('an urgency such as "<=3"')
    match = _URGENCY.fullmatch(text)
    if match is None:
        raise given.problem(f"expected an urgency, got {text!r}", 'write a number from 1 (most urgent) to 9, or "<=3"')
    return Urgency(match[1], int(match[2]))


def read_confidence(given: Given) -> Confidence:
    """A number from 0 to 1."""
    return Confidence(given.number(0, 1))
