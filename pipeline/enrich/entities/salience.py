"""What a story is most about, of all that it names.

Comes in: entities with their mentions. Goes out: the same, the most salient first: the headline counts most, then the first
paragraph, then how often (each further time a little less).
"""

from __future__ import annotations

from math import log2

import msgspec

from pipeline.story import Entity, Mention, Story

_HEADLINE, _LEAD = 3.0, 1.5
_LEAD_LETTERS = 400


def rank_entities(
    entities: tuple[Entity, ...], demonyms: dict[str, tuple[Mention, ...]], story: Story
) -> tuple[Entity, ...]:
    """The entities by salience, ties as they came; the first has 1. ``demonyms``, by entity id, count as mentions do."""
    if not entities:
        return ()
    lead = story.body.find("\n\n", 0, _LEAD_LETTERS)
    lead = lead if lead > 0 else _LEAD_LETTERS
    weights = [_weight((*entity.mentions, *demonyms.get(entity.id, ())), lead) for entity in entities]
    most = max(weights)
    ranked = sorted(zip(entities, weights, strict=True), key=lambda pair: -pair[1])
    return tuple(msgspec.structs.replace(entity, salience=round(weight / most, 3)) for entity, weight in ranked)


def _weight(mentions: tuple[Mention, ...], lead: int) -> float:
    in_headline = any(mention.field == "headline" for mention in mentions)
    in_lead = any(mention.field == "body" and mention.start < lead for mention in mentions)
    return 1.0 + _HEADLINE * in_headline + _LEAD * in_lead + log2(1 + len(mentions))
