"""`all`, `any` and `none`: conditions of conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pipeline.alerts.rules.conditions.base import Condition, Found, join
from pipeline.alerts.rules.keys import KeySets, keys_of_any
from pipeline.alerts.rules.view import View


@dataclass(frozen=True)
class _Group(Condition):
    conditions: tuple[Condition, ...]

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.conditions

    def _count(self, view: View) -> str:
        held = sum(part.holds(view) for part in self.conditions)
        return f"{held} of {len(self.conditions)} hold" + ("s" if held == 1 else "")


@dataclass(frozen=True)
class All(_Group):
    """All hold; so does none at all."""

    name: ClassVar[str] = "all"

    def holds(self, view: View) -> bool:
        for part in self.conditions:  # noqa: SIM110 - all() with its generator takes twice as long, and this runs for every try
            if not part.holds(view):
                return False
        return True

    def evidence(self, view: View) -> Found:
        return join(part.evidence(view) for part in self.conditions)

    def why(self, view: View, found: Found | None) -> str:
        return self._count(view)

    @property
    def keys(self) -> KeySets:
        return tuple(keys for part in self.conditions for keys in part.keys)

    @property
    def needs_new_event(self) -> bool:
        return any(part.needs_new_event for part in self.conditions)


@dataclass(frozen=True)
class AnyOf(_Group):
    """One holds; what the others find counts too."""

    name: ClassVar[str] = "any"

    def holds(self, view: View) -> bool:
        return any(part.holds(view) for part in self.conditions)

    def evidence(self, view: View) -> Found:
        return join(part.evidence(view) for part in self.conditions if part.holds(view))

    def why(self, view: View, found: Found | None) -> str:
        return self._count(view)

    @property
    def keys(self) -> KeySets:
        return keys_of_any(part.keys for part in self.conditions)

    @property
    def needs_new_event(self) -> bool:
        return all(part.needs_new_event for part in self.conditions)


@dataclass(frozen=True)
class NoneOf(_Group):
    """None holds."""

    name: ClassVar[str] = "none"

    def holds(self, view: View) -> bool:
        return not any(part.holds(view) for part in self.conditions)

    def evidence(self, view: View) -> Found:
        return Found()

    def why(self, view: View, found: Found | None) -> str:
        return self._count(view)
