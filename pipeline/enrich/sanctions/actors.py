"""The states and bodies that a text names, wherever they can act or be hit.

Comes in: a story's entities with demonyms; a sentence's words. Goes out: actors with their place and their country or body. Which part
each plays, `roles` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from pipeline.enrich.sanctions.lexicon import Word
from pipeline.story import Entity, Mention

BODIES = {
    **dict.fromkeys(("Q458", "Q8880", "Q8886", "Q8896", "Q8889", "Q239", "Q60772", "Q11869065", "Q312901"), "EU"),
    **dict.fromkeys(("Q1065", "Q37470"), "UN"),
    "Q1764511": "G7",
    "Q193272": "ECOWAS",
    "Q7159": "AU-UNION",
    "Q7172": "ARAB-LEAGUE",
}
"""Bodies of states by entity, with those that speak for them; any other actor stands for its country."""
CODES = {"EU": "Q458", "UN": "Q1065", "G7": "Q1764511"}
"""The entity of a body that a text names only by a part of it ("the 27", "Security Council")."""


class Actor(NamedTuple):
    """A state or body where it is named; ``code``: ISO country code or the body's; ``named``: false for a demonym."""

    field: str
    start: int
    end: int
    code: str
    id: str
    type: str
    named: bool


_BY_START = attrgetter("start")


def actors_of(entities: tuple[Entity, ...], demonyms: dict[str, tuple[Mention, ...]]) -> dict[str, list[Actor]]:
    """All actors of a story by field, in the order of the text."""
    found: dict[str, list[Actor]] = {"headline": [], "body": []}
    for entity in entities:
        code = BODIES.get(entity.id) or (entity.countries[0] if entity.countries else "")
        if not code and entity.type not in ("organisation", "person", "product"):
            continue
        for named, mentions in ((True, entity.mentions), (False, demonyms.get(entity.id, ()))):
            for it in mentions:
                found[it.field].append(Actor(it.field, it.start, it.end, code, entity.id, entity.type, named))
    for actors in found.values():
        actors.sort(key=_BY_START)
    return found


def with_bodies(actors: Sequence[Actor], words: Iterable[Word], field: str) -> list[Actor]:
    """The actors of a sentence with the bodies that only a word stands for ("the 27", "OFAC"), in the order of the text."""
    bodies = [
        Actor(field, word.start, word.end, word.measure, CODES.get(word.measure, ""), "organisation", False)
        for word in words
        if word.group == "bodies" and not any(it.start < word.end and word.start < it.end for it in actors)
    ]
    return sorted((*actors, *bodies), key=_BY_START) if bodies else list(actors)


def distinct(actors: Iterable[Actor]) -> tuple[Actor, ...]:
    """Each actor once, by id or else by code."""
    found: dict[str, Actor] = {}
    for actor in actors:
        found.setdefault(actor.id or actor.code, actor)
    return tuple(found.values())
