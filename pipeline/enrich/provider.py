"""What the provider itself says a story is about: its coded people, organisations and places as entities, its media topics
as topics, beside what was found in the text.

Comes in: a story with its subjects, and the entities and topics found so far. Goes out: those that are missing, with the
source ``provider``. Never replaces what the text shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

import msgspec

from pipeline.enrich.entities.gazetteer import Entry, names_for
from pipeline.enrich.entities.names import SOURCE as NAMES
from pipeline.enrich.folding import fold
from pipeline.story import Entity, Mention, Story, Subject, Topic

SOURCE = "provider"
_WIKIDATA = re.compile(r"(?:wikidata\.org/(?:wiki|entity)/|^wd:)(Q[1-9][0-9]*)$")
_MAX = 50
_MAX_MENTIONS = 20
_ENGLISH = "en"


def with_provider_entities(story: Story, found: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """All entities: those found, and the people, organisations, places and events that the provider codes beside them.

    A name that was found without knowing whose it is gets the provider's word for it.
    """
    known = {entity.id for entity in found}
    nameless = {entity.name.casefold(): index for index, entity in enumerate(found) if entity.source == NAMES}
    entities = list(found)
    added: dict[str, Entity] = {}
    for subject in story.subjects[: 4 * _MAX]:
        if subject.type is None or not (subject.name or subject.code):
            continue
        entity = _entity(subject, story)
        if entity.id in known or len(added) >= _MAX:
            continue
        index = nameless.get((subject.name or "").casefold())
        if index is not None and entities[index].source == NAMES:
            entities[index] = msgspec.structs.replace(entity, mentions=entities[index].mentions)
            known.add(entity.id)
        else:
            added.setdefault(entity.id, entity)
    return (*entities, *added.values())


def provider_topics(story: Story, found: Iterable[Topic]) -> tuple[Topic, ...]:
    """The media topics that the provider codes and that were not found; codes that are none of the IPTC's are no topics."""
    known = {topic.id for topic in found}
    names = media_topic_names()
    codes = dict.fromkeys(subject.code for subject in story.subjects if subject.code in names)
    return tuple(Topic(id=code, name=names[code], score=1.0, source=SOURCE) for code in codes if code not in known)


def _entity(subject: Subject, story: Story) -> Entity:
    """The gazetteer's entity of that name, else one under the provider's own code."""
    name = subject.name or subject.code
    wikidata = _WIKIDATA.search(subject.code)
    entry = _known(name, story.language.code)
    return Entity(
        id=wikidata[1] if wikidata else entry.id if entry else f"x:{story.provider}:{subject.code}"[:256],
        name=entry.name if entry else name,
        type=entry.type if entry else subject.type or "other",
        source=SOURCE,
        countries=entry.countries if entry else (),
        mentions=tuple(_mentions(name, story)),
    )


def _known(name: str, language: str) -> Entry | None:
    """The one entry that the whole name stands for, in the story's language or in English."""
    for code in dict.fromkeys((language, _ENGLISH)):
        folded = fold(name)
        meant = {
            hit.value.entry
            for hit in names_for(code).find(folded)
            if (hit.start, hit.end) == (0, len(name)) and not hit.value.weak and not hit.value.entry.is_office
        }
        if len(meant) == 1:
            return meant.pop()
    return None


def _mentions(name: str, story: Story) -> Iterator[Mention]:
    if len(name) < 3:
        return
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    for field, text in (("headline", story.headline), ("body", story.body)):
        for count, found in enumerate(pattern.finditer(text)):
            if count == _MAX_MENTIONS:
                break
            yield Mention(field=field, start=found.start(), end=found.end(), text=found[0])  # type: ignore[arg-type]  # named


@cache
def media_topic_names() -> dict[str, str]:
    """The English names of the IPTC Media Topics by qcode (release of 2023-03-31, CC BY 4.0)."""
    lines = files("pipeline.enrich.topics").joinpath("media_topics.tsv").read_text("utf-8").splitlines()
    return {f"medtop:{code}": name for code, name in (line.split("\t") for line in lines[1:])}
