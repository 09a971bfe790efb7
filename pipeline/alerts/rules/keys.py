"""What a story must have for a rule to match it, so that most rules need not be tried at all.

A key is a kind and a value: ("entity", "Q30"). A condition gives sets of keys, of each of which the story has one if the condition holds; here
is what a story has of each kind, and which set of a rule the fewest stories will have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from pipeline.alerts.rules.parties import parties_of
from pipeline.alerts.rules.view import Sought, View

# fmt: off
Kind = Literal[
    "entity", "name", "word", "listed", "action", "authority", "target", "topic", "keyword", "genre",
    "country", "provider", "language",
]
# fmt: on
Key = tuple[Kind, "str | Sought"]
Keys = frozenset[Key]
KeySets = tuple[Keys, ...]

SOME = ""
"""The value of "some event" and "some hit"."""
VALUES: dict[Kind, Callable[[View], Iterable[str | Sought]]] = {
    "entity": lambda view: view.entities,
    "name": lambda view: view.names,
    "word": lambda view: view.places,
    "listed": lambda view: _or_some(hit.list for hit in view.story.listed),
    "action": lambda view: _or_some(event.action for event in view.story.sanctions),
    "authority": lambda view: {it for event in view.story.sanctions for it in (parties_of(event)[0], *event.by)},
    "target": lambda view: {it for event in view.story.sanctions for it in (parties_of(event)[1], *event.targets)},
    "topic": lambda view: view.topics,
    "keyword": lambda view: view.keywords,
    "genre": lambda view: (view.genre,),
    "country": lambda view: view.countries,
    "provider": lambda view: (view.story.provider,),
    "language": lambda view: (view.story.language.code,),
}
"""What a story has of each kind."""
_COMMON: dict[Kind, int] = {"country": 1, "provider": 2, "language": 2}
"""Kinds of which many stories have the same value."""


def _or_some(values: Iterable[str]) -> set[str]:
    found = set(values)
    return found | {SOME} if found else found


def keys_of_any(parts: Iterable[KeySets]) -> KeySets:
    """The keys where one part must hold: those of every part together, if every part has some."""
    joined: set[Key] = set()
    for sets in parts:
        if not sets:
            return ()
        joined |= rarest(sets, {})
    return (frozenset(joined),)


def rarest(sets: KeySets, uses: Mapping[Key, int]) -> Keys:
    """The set of which the fewest stories will have a key, as a guess: what many rules ask for, many stories have."""

    def commonness(keys: Keys) -> tuple[int, int]:
        return max((_COMMON.get(kind, 0) for kind, _ in keys), default=0), sum(uses.get(key, 1) for key in keys)

    return min(sets, key=commonness)
