"""What a person may be about to type: names, topics, fields and their values.

Comes in: the text of a search box up to the cursor. Goes out: suggestions, each with the text that takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.search.fields import FIELDS, values_of
from pipeline.search.resolving import TOPIC, Meaning, Resolver

_LAST = re.compile(r"(?:(?P<field>[A-Za-z]+):)?(?P<value>\"[^\"]*|[^\s()\":]*)$")
_MOST_WORDS = 4
"""Of a name that is being typed."""
_OF_KIND = {"entity": frozenset(("person", "organisation", "place", "product", "event", "other", "country")),
            "topic": frozenset((TOPIC,)), "country": frozenset(("country",))}  # fmt: skip
_LEAST_LETTERS = 2


@dataclass(frozen=True)
class Suggestion:
    """``text``: the whole box with it; ``label`` and ``description`` for people; ``kind``: name, topic, field or value."""

    text: str
    label: str
    kind: str
    description: str = ""


def suggest(text: str, resolver: Resolver, *, limit: int = 10) -> list[Suggestion]:
    """What may follow, the likeliest first."""
    last = _LAST.search(text)
    if last is None:  # cannot be: the pattern fits nothing too
        return []
    before, field, value = text[: last.start()], (last["field"] or "").lower(), last["value"]
    found: list[Suggestion] = []
    if field in FIELDS:
        typed = value.strip('"')
        for known in values_of(field):
            if known.startswith(typed.lower()):
                found.append(Suggestion(f"{before}{field}:{known} ", known, "value", f"{field}:{known}"))
        if field in _OF_KIND and typed:
            for meaning in resolver.complete(typed, 4 * limit):
                if meaning.kind in _OF_KIND[field]:
                    chosen = meaning.country if field == "country" else _written(meaning, field)
                    found.append(
                        Suggestion(f"{before}{field}:{chosen} ", meaning.name, _kind(meaning), meaning.description)
                    )
        return found[:limit]
    if len(value) >= _LEAST_LETTERS and not value.startswith('"'):
        found += _names(text, resolver, limit)
        found += [
            Suggestion(f"{before}{known}:", f"{known}:", "field") for known in FIELDS if known.startswith(value.lower())
        ]
    return found[:limit]


def _names(text: str, resolver: Resolver, limit: int) -> Iterator[Suggestion]:
    """Names that begin with the last words: with as many of them as still begin a name."""
    starts = [match.start() for match in re.finditer(r"[^\s()\"]+", text)][-_MOST_WORDS:]
    for start in starts:
        if meanings := resolver.complete(text[start:], limit):
            for meaning in meanings:
                plain = meaning.kind != TOPIC and len(resolver.entities(meaning.name)) == 1
                chosen = meaning.name if plain else _filter(meaning)
                yield Suggestion(f"{text[:start]}{chosen} ", meaning.name, _kind(meaning), meaning.description)
            return


def _filter(meaning: Meaning) -> str:
    field = TOPIC if meaning.kind == TOPIC else "entity"
    return f"{field}:{_written(meaning, field)}"


def _written(meaning: Meaning, field: str) -> str:
    """A topic by its name, which people can read; an entity by its id, which means nobody else."""
    if field != TOPIC:
        return meaning.id
    return meaning.name if meaning.name.isalnum() else f'"{meaning.name}"'


def _kind(meaning: Meaning) -> str:
    return "topic" if meaning.kind == TOPIC else "name"
