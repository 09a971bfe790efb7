"""Entities of a story, from every source: the gazetteer first, then names that it does not know.

Comes in: a story whose language is known. Goes out: its entities, each once with all its mentions, offsets into the field.
"""

from __future__ import annotations

import msgspec

from pipeline.enrich.entities import linking
from pipeline.enrich.entities.names import find_names
from pipeline.story import Entity, Story

__all__ = ["match_entities"]


def match_entities(story: Story) -> tuple[Entity, ...]:
    """The story's entities: those of the gazetteer in the order in which they first stand in it, then the others."""
    known = linking.match_entities(story)
    if story.language.code == "und":
        return known
    found, swallowed = find_names(story, known)
    return (*_without(known, swallowed), *found) if swallowed else (*known, *found)


def _without(known: tuple[Entity, ...], swallowed: frozenset[tuple[str, int]]) -> tuple[Entity, ...]:
    """The entities without the mentions that are a part of a longer name: Jordan in "Jordan Miller"."""
    left = []
    for entity in known:
        mentions = tuple(it for it in entity.mentions if (it.field, it.start) not in swallowed)
        if mentions:
            left.append(msgspec.structs.replace(entity, mentions=mentions))
    return tuple(left)
