"""The gazetteer: the known entities and their names, read from `data/*.tsv`, and a matcher per language.

Comes in: the data files (one entity a line) and CLDR's country names. Goes out: `names_for(language)`, a matcher that finds
all names a text in that language may use. Never looks at a story.

A line has the tab-separated columns ``id type countries name aliases office``. ``id`` is a Wikidata id or ``x:…`` of our own; a
line of ``offices.tsv`` has a bare word ("foreign-ministry") and stands for that office of whatever country the text means.
``countries`` are ISO 3166-1 alpha-2 codes divided by commas. ``name`` is the canonical English name. ``aliases`` are lists by
language, ``de=Name|Name;ru=…``; ``*`` holds names that every language may use (usually Latin script; the canonical name is
one of them, but for places, whose English name is an everyday word elsewhere). ``office``, where given, says which office
of ``offices.tsv`` the organisation is in its country. A mark before an alias says how it counts:

- ``~`` weak: only in a story that also names the entity in full (a surname);
- ``=`` exact: as written, letter case included, never declined (an acronym: ``=EU``);
- ``^`` a demonym: "russisch" and "Russe" say that a story is about Russia, but are no name that stands in it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from babel import Locale, UnknownLocaleError

from pipeline.enrich.languages import LANGUAGES
from pipeline.enrich.languages.language import Language, decline
from pipeline.enrich.loading import undisturbed
from pipeline.enrich.matching import Pattern, PhraseMatcher
from pipeline.story import EntityType

ANY_LANGUAGE = "*"
COUNTRIES_FILE = "countries"
OFFICES_FILE = "offices"
CITIES_FILE = "cities"


@dataclass(frozen=True, slots=True)
class Alias:
    """One name of an entity. See the module for ``weak``, ``exact`` and ``demonym``."""

    text: str
    weak: bool = False
    exact: bool = False
    demonym: bool = False


@dataclass(frozen=True, eq=False)
class Entry:
    """One known entity with its aliases by language."""

    id: str
    type: EntityType
    countries: tuple[str, ...]
    name: str
    aliases: dict[str, tuple[Alias, ...]] = field(default_factory=dict)
    office: str = ""
    source_file: str = ""
    is_office: bool = False
    """Whether this is an office that every country has ("foreign ministry")."""


@dataclass(frozen=True, slots=True)
class Name:
    """What a hit stands for: an entity, under a name that may be weak or a demonym."""

    entry: Entry
    weak: bool
    demonym: bool = False


@cache
@undisturbed()
def entries() -> tuple[Entry, ...]:
    """All entities of the data files, in file and line order."""
    folder = files(__package__) / "data"
    tables = sorted((path for path in folder.iterdir() if path.name.endswith(".tsv")), key=lambda path: path.name)
    return tuple(
        _entry(row, path.name.removesuffix(".tsv"))
        for path in tables
        for row in csv.DictReader(path.read_text("utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    )


def _entry(row: dict[str, str], source_file: str) -> Entry:
    aliases = {language: tuple(found) for language, found in parse_aliases(row["aliases"] or "")}
    own = "en" if row["type"] == "place" or source_file == OFFICES_FILE else ANY_LANGUAGE
    aliases[own] = (Alias(row["name"]), *aliases.get(own, ()))
    return Entry(
        id=row["id"],
        type=row["type"],  # type: ignore[arg-type]  # a test checks the files
        countries=tuple(code for code in row["countries"].split(",") if code),
        name=row["name"],
        aliases=aliases,
        office=row["office"] or "",
        source_file=source_file,
        is_office=source_file == OFFICES_FILE,
    )


def parse_aliases(cell: str) -> Iterator[tuple[str, list[Alias]]]:
    """The aliases cell as (language, aliases) pairs."""
    for part in filter(None, cell.split(";")):
        language, _, names = part.partition("=")
        yield language.strip(), [_alias(name.strip()) for name in names.split("|") if name.strip()]


def _alias(text: str) -> Alias:
    name = text.lstrip("~=^")
    marks = text[: len(text) - len(name)]
    return Alias(name, weak="~" in marks, exact="=" in marks, demonym="^" in marks)


@cache
@undisturbed()
def names_for(code: str) -> PhraseMatcher[Name]:
    """The matcher of all names that a text in this language may use; any other code gets the names of every language."""
    language = LANGUAGES.get(code) or Language(code=code, name=code)
    return PhraseMatcher(_patterns(language), prefixes=language.prefixes)


def _patterns(language: Language) -> Iterator[Pattern[Name]]:
    country_names = _cldr_names(language.code)
    for entry in entries():
        for alias in _aliases_in(entry, language.code):
            yield from _alias_patterns(entry, alias, language)
        if entry.source_file == COUNTRIES_FILE:
            name = country_names.get(entry.countries[0])
            if name and name not in {alias.text for alias in _aliases_in(entry, language.code)}:
                yield from _alias_patterns(entry, Alias(name), language)


def _aliases_in(entry: Entry, code: str) -> Iterator[Alias]:
    """The entity's names for a language: its own and the common ones, or all where we don't know the language."""
    wanted = (ANY_LANGUAGE, code) if code in LANGUAGES else entry.aliases
    for language in dict.fromkeys(wanted):
        yield from entry.aliases.get(language, ())


def _alias_patterns(entry: Entry, alias: Alias, language: Language) -> Iterator[Pattern[Name]]:
    value = Name(entry, alias.weak, alias.demonym)
    if alias.exact:
        yield Pattern(alias.text, value, case="exact")
    else:
        case = "any" if alias.text.islower() else "initial"
        for form in decline(alias.text, language):
            yield Pattern(form, value, case=case)  # type: ignore[arg-type]  # mypy widens the literal


def _cldr_names(code: str) -> dict[str, str]:
    """CLDR's names of territories in a language, without what stands in brackets ("Hongkong (SVR China)")."""
    try:
        territories = Locale(code).territories
    except (UnknownLocaleError, ValueError):
        return {}
    return {territory: re.split("[(（]", name)[0].strip() for territory, name in territories.items()}
