"""Enrichment: what a story is about, worked out from its text. Pure.

Comes in: a parsed story. Goes out: the same story with language, entities, topics and countries. Each step is one module.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from pipeline.enrich.entities import match_entities
from pipeline.enrich.entities.governments import with_roles
from pipeline.enrich.entities.salience import rank_entities
from pipeline.enrich.language import detect_language
from pipeline.enrich.languages import LANGUAGES
from pipeline.enrich.provider import provider_topics, with_provider_entities
from pipeline.enrich.sanctions import find_sanctions
from pipeline.enrich.topics import match_topics
from pipeline.story import Entity, Language, Mention, Story

_MAX_COUNTRIES = 20


def enrich(story: Story, *, at: datetime | None = None, thorough: bool = True) -> Story:
    """The story with its tags. ``at``: the time to note as ``enriched_at``; ``thorough``: whether to take the time for models."""
    language = detect_language(story.headline, story.body, story.language.declared)
    return _tag(msgspec.structs.replace(story, language=language), at, thorough)


def prepare(language: str, *, thorough: bool = True) -> None:
    """Builds what the first story in the language would wait for, some tenths of a second, and loads the models that tell languages."""
    words = "\n".join(example.text for example in LANGUAGES[language].examples)
    story = Story(id="", guid="", provider="", headline=words, body=words, language=Language(code=language))
    _tag(story, None, thorough)
    detect_language("", words)


def _tag(story: Story, at: datetime | None, thorough: bool) -> Story:
    """The story, whose language is known, with all other tags."""
    (entities, demonyms), topics = match_entities(story, thorough=thorough), match_topics(story)
    if story.subjects:
        entities = with_provider_entities(story, entities)
        topics += provider_topics(story, topics)
    entities = rank_entities(with_roles(entities, story), demonyms, story)
    return msgspec.structs.replace(
        story,
        entities=entities,
        topics=topics,
        countries=_countries(entities, demonyms),
        sanctions=find_sanctions(story, entities, demonyms),
        enriched_at=at,
    )


def _countries(entities: tuple[Entity, ...], demonyms: dict[str, tuple[Mention, ...]]) -> tuple[str, ...]:
    """The countries that the entities belong to, the most mentioned first."""
    counts: dict[str, int] = {}
    for entity in entities:
        mentioned = len(entity.mentions) + len(demonyms.get(entity.id, ()))
        for country in entity.countries:
            counts[country] = counts.get(country, 0) + max(1, mentioned)
    return tuple(sorted(counts, key=lambda country: -counts[country])[:_MAX_COUNTRIES])
