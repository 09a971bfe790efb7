"""What a search asks for, as a tree of values. `reading` makes it of text, `clauses` a query of it, `as_rule` an alert rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.search.resolving import Meaning


@dataclass(frozen=True)
class Word:
    """A word. ``is_open``: it may go on (``sanction*``); ``field``: where alone it counts; empty for anywhere."""

    text: str
    is_open: bool = False
    field: str = ""


@dataclass(frozen=True)
class Phrase:
    """Words in this order, as they stand."""

    text: str
    field: str = ""


@dataclass(frozen=True)
class Named:
    """Words that name somebody, something or a subject: found by their ids in any language, and as words."""

    text: str
    meanings: tuple[Meaning, ...]


@dataclass(frozen=True)
class Filter:
    """``name:value``. ``meanings``: what the value means, where it is a name."""

    name: str
    value: str
    meanings: tuple[Meaning, ...] = ()


@dataclass(frozen=True)
class And:
    """All parts hold; everything fits no parts."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Or:
    """One of the parts holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Node


EVERYTHING = And()
"""What nothing that was typed asks for."""
Leaf = Word | Phrase | Named | Filter
Node = Leaf | And | Or | Not


def leaves(node: Node, *, wanted: bool = True) -> Iterator[tuple[Leaf, bool]]:
    """The leaves below a node, left to right, each with whether it is wanted (an even number of `Not` above it)."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part, wanted=wanted)
        case Not(part):
            yield from leaves(part, wanted=not wanted)
        case _:
            yield node, wanted
