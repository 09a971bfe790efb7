"""Conditions on the people, organisations, places and products that a story names: that one is there, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pipeline.alerts.rules.conditions.base import Condition, Found, said, wanted
from pipeline.alerts.rules.given import Given
from pipeline.alerts.rules.keys import Key, KeySets
from pipeline.alerts.rules.names import Ref, read_entity
from pipeline.alerts.rules.reason import Reason
from pipeline.alerts.rules.view import View
from pipeline.story import Entity

_MOST = 1000


@dataclass(frozen=True)
class _Named(Condition):
    """``ids`` and ``names`` (folded) of the entities, ``labels`` for people."""

    ids: frozenset[str]
    names: frozenset[str]
    labels: tuple[str, ...]

    @property
    def keys(self) -> KeySets:
        by_id: set[Key] = {("entity", id_) for id_ in self.ids}
        by_name: set[Key] = {("name", name) for name in self.names}
        return (frozenset(by_id | by_name),)

    def _entities(self, view: View) -> Iterator[Entity]:
        """Those of the story that are meant."""
        by_name = {entity.id for name in self.names for entity in view.names.get(name, ())} if self.names else ()
        for entity in view.story.entities:
            if entity.id in self.ids or entity.id in by_name:
                yield entity


@dataclass(frozen=True)
class Entities(_Named):
    """One of the entities is named."""

    name: ClassVar[str] = "entities"

    def holds(self, view: View) -> bool:
        return not (self.ids.isdisjoint(view.entities) and (not self.names or self.names.isdisjoint(view.names)))

    def evidence(self, view: View) -> Found:
        reasons = [
            Reason(self.name, entity.name, entity.mentions[0] if entity.mentions else None, f"entity:{entity.id}")
            for entity in self._entities(view)
        ]
        return Found(tuple(reasons))

    def why(self, view: View, found: Found | None) -> str:
        return said(found) if found else wanted(self.labels, (entity.name for entity in view.story.entities))


@dataclass(frozen=True)
class Mentions(_Named):
    """One of the entities is named so often."""

    name: ClassVar[str] = "mentions"
    at_least: int

    def holds(self, view: View) -> bool:
        return any(len(entity.mentions) >= self.at_least for entity in self._entities(view))

    def evidence(self, view: View) -> Found:
        reasons = [
            Reason(self.name, f"{entity.name}, {len(entity.mentions)} times", entity.mentions[0], f"entity:{entity.id}")
            for entity in self._entities(view)
            if len(entity.mentions) >= self.at_least
        ]
        return Found(tuple(reasons))

    def why(self, view: View, found: Found | None) -> str:
        if found:
            return said(found)
        most = max((len(entity.mentions) for entity in self._entities(view)), default=0)
        return f"wanted {self.at_least} mentions of one, the most is {most}"


def read_entities(given: Given) -> Entities:
    """Entities by id or name."""
    refs = [read_entity(value) for value in given.each()]
    return Entities(*_parts(refs))


def read_mentions(given: Given, entities: Entities) -> Mentions:
    """How often one of the entities must be named."""
    least = given.keys(["at_least"], required=["at_least"])["at_least"].whole(1, _MOST)
    return Mentions(entities.ids, entities.names, entities.labels, least)


def _parts(refs: list[Ref]) -> tuple[frozenset[str], frozenset[str], tuple[str, ...]]:
    return (
        frozenset(ref.id for ref in refs if ref.id),
        frozenset(ref.name for ref in refs if ref.name),
        tuple(ref.label for ref in refs),
    )
