"""Entities of a story, from every source: the gazetteer first, then names that it does not know.

Comes in: a story whose language is known. Goes out: its entities, each once with all its mentions, offsets into the field.
The sources are the gazetteer, the rules for names and, where there is time for them (`thorough`), statistical models.
"""

from __future__ import annotations

import msgspec

from pipeline.enrich.entities import linking
from pipeline.enrich.entities.linking import Linked
from pipeline.enrich.entities.models.refining import refine
from pipeline.enrich.entities.names import as_entities, find_names
from pipeline.story import Entity, Story

__all__ = ["Linked", "match_entities"]


def match_entities(story: Story, *, thorough: bool = True) -> Linked:
    """The story's entities: those of the gazetteer in the order in which they first stand in it, then the others."""
    linked = linking.match_entities(story)
    names = find_names(story, linked.entities) if story.language.code != "und" else []
    if thorough:
        linked, names = refine(story, linked, names)
    further, swallowed = as_entities(names, story, linked.entities)
    return linked._replace(entities=(*_without(linked.entities, swallowed), *further))


def _without(known: tuple[Entity, ...], swallowed: frozenset[tuple[str, int]]) -> tuple[Entity, ...]:
    """The entities without the mentions that are a part of a longer name: Jordan in "Jordan Miller"."""
    if not swallowed:
        return known
    left = []
    for entity in known:
        mentions = tuple(it for it in entity.mentions if (it.field, it.start) not in swallowed)
        if mentions or not entity.mentions:
            left.append(msgspec.structs.replace(entity, mentions=mentions))
    return tuple(left)
