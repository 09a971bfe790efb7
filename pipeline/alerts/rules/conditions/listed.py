"""The condition on sanctions lists: the story names somebody who stands on one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pipeline.alerts.rules.conditions.base import Condition, Found, listed, said
from pipeline.alerts.rules.given import Given
from pipeline.alerts.rules.keys import SOME, KeySets
from pipeline.alerts.rules.reason import Reason
from pipeline.alerts.rules.view import View
from pipeline.screening.listing import LISTS
from pipeline.story import ListHit


@dataclass(frozen=True)
class Listed(Condition):
    """A hit that fits; ``programmes`` in small letters. None asks for nothing."""

    name: ClassVar[str] = "listed"
    lists: frozenset[str] | None = None
    programmes: frozenset[str] | None = None
    score: float = 0.0

    def holds(self, view: View) -> bool:
        return any(self._fits(hit) for hit in view.story.listed)

    def evidence(self, view: View) -> Found:
        hits = [hit for hit in view.story.listed if self._fits(hit)]
        return Found(
            tuple(Reason(self.name, _show(hit), hit.mention, f"listed:{hit.list}:{hit.list_id}") for hit in hits),
            hits=tuple(hits),
        )

    def why(self, view: View, found: Found | None) -> str:
        if found:
            return said(found)
        hits = view.story.listed
        return f"no hit fits: {listed(map(_show, hits))}" if hits else "the story names nobody of a list"

    @property
    def keys(self) -> KeySets:
        return (frozenset(("listed", name) for name in self.lists or (SOME,)),)

    def _fits(self, hit: ListHit) -> bool:
        return (
            hit.score >= self.score
            and (self.lists is None or hit.list in self.lists)
            and (self.programmes is None or any(it.lower() in self.programmes for it in hit.programmes))
        )


def _show(hit: ListHit) -> str:
    return f"{hit.name} on {hit.list} ({hit.score:.2f})"


def read_listed(given: Given) -> Listed:
    """The condition; without keys any hit."""
    keys = given.keys(["list", "programmes", "score"])
    return Listed(
        lists=keys["list"].words([*LISTS]) if "list" in keys else None,
        programmes=frozenset(it.text().lower() for it in keys["programmes"].each()) if "programmes" in keys else None,
        score=keys["score"].number(0, 1) if "score" in keys else 0.0,
    )
