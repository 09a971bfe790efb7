"""The gazetteer's data files: every line has the form that the module describes, and no name is claimed twice."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest
from babel import Locale

from pipeline.enrich.entities import gazetteer
from pipeline.enrich.entities.gazetteer import ANY_LANGUAGE, OFFICES_FILE, Alias, Entry, entries, names_for
from pipeline.enrich.folding import fold
from pipeline.enrich.languages import LANGUAGES
from pipeline.story import EntityType

DATA = Path(str(files(gazetteer.__package__ or ""))) / "data"
TABLES = sorted(DATA.glob("*.tsv"))
HEADER = "id\ttype\tcountries\tname\taliases\toffice"
WIKIDATA_OR_OWN = re.compile(r"Q[1-9]\d*|x:[a-z0-9]+(-[a-z0-9]+)*")
OFFICE = re.compile(r"[a-z]+(-[a-z]+)*")
TERRITORIES = {str(code) for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", str(code))}

AMBIGUOUS: frozenset[tuple[str, str]] = frozenset()
"""Names (language, folded) that two entities do share; the text then decides or the name is left out."""


def aliases_of(entry: Entry, language: str) -> list[Alias]:
    """What a text in the language may call the entity, before declension."""
    return [*entry.aliases.get(ANY_LANGUAGE, ()), *entry.aliases.get(language, ())]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_a_table_opens_with_the_columns_and_ends_with_a_line_break(table: Path) -> None:
    text = table.read_text("utf-8")
    assert text.splitlines()[0] == HEADER
    assert re.search(r"[^\n]\n\Z", text)
    assert unicodedata.normalize("NFC", text) == text


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_a_line_has_the_form_the_module_describes(table: Path) -> None:
    for line in table.read_text("utf-8").splitlines()[1:]:
        assert line.count("\t") == 5, line
        id_, type_, countries, name, _, office = line.split("\t")
        assert (OFFICE if table.stem == OFFICES_FILE else WIKIDATA_OR_OWN).fullmatch(id_), line
        assert type_ in get_args(EntityType), line
        assert not countries or set(countries.split(",")) <= TERRITORIES, line
        assert name, line
        assert name == name.strip(), line
        assert not office or (type_ == "organisation" and countries in TERRITORIES), line


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_the_aliases_of_a_line_parse_without_rest(table: Path) -> None:
    for line in table.read_text("utf-8").splitlines()[1:]:
        parts = [part.partition("=") for part in line.split("\t")[4].split(";") if part]
        languages = [language for language, _, _ in parts]
        assert len(languages) == len(set(languages)), line
        assert set(languages) <= {ANY_LANGUAGE, *LANGUAGES}, line
        for _, _, cell in parts:
            names = cell.split("|")
            assert len(names) == len(set(names)), line
            assert all(re.fullmatch(r"\^?~?=?[^~=^\s]([^~^]*\S)?", name) for name in names), line


def test_an_id_stands_once_in_all_files() -> None:
    count = Counter(entry.id for entry in entries())
    assert [id_ for id_, times in count.items() if times > 1] == []


def test_an_office_of_a_country_is_one_of_the_offices_and_held_once() -> None:
    offices = {entry.id for entry in entries() if entry.is_office}
    held = [(entry.office, entry.countries) for entry in entries() if entry.office]
    assert {office for office, _ in held} <= offices
    assert len(held) == len(set(held))


def test_a_name_with_a_capital_begins_with_it() -> None:
    """Such a name must begin with a capital in the text, so "von der Leyen" would never be found as written here."""
    unmatched = [
        (entry.id, alias.text)
        for entry in entries()
        for aliases in entry.aliases.values()
        for alias in aliases
        if not alias.exact and alias.text[0].islower() and not alias.text.islower()
    ]
    assert not unmatched


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_weak_name_has_a_full_one_beside_it(language: str) -> None:
    alone = [
        entry.id
        for entry in entries()
        if (aliases := aliases_of(entry, language)) and all(alias.weak for alias in aliases)
    ]
    assert not alone


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_means_one_entity(language: str) -> None:
    owners: dict[str, set[Entry]] = defaultdict(set)
    for entry in entries():
        for alias in aliases_of(entry, language):
            if not alias.weak:
                owners[fold(alias.text).text].add(entry)
    shared = {
        (language, name): sorted(entry.id for entry in claimed)
        for name, claimed in owners.items()
        if len(claimed) > 1 and not is_country_and_capital(claimed)
    }
    assert {name: ids for name, ids in shared.items() if name not in AMBIGUOUS} == {}


def is_country_and_capital(claimed: set[Entry]) -> bool:
    """Luxembourg and Luxembourg: either way the story is about the same country."""
    return {entry.type for entry in claimed} == {"place"} and len({entry.countries for entry in claimed}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_people_and_bodies_of_the_day_are_known_in_every_language(language: str) -> None:
    """In the language's own letters; their Latin names alone would not do in Russian or Chinese."""
    known = {entry.id: aliases_of(entry, language) for entry in entries() if not entry.is_office}
    for id_ in ("Q7747", "Q15031", "Q22686", "Q3874799", "Q43723", "Q458", "Q1065", "Q38799", "Q48938223"):
        assert any(alias.text.isascii() != (language in NATIVE_SCRIPT) for alias in known[id_]), (id_, language)


NATIVE_SCRIPT = frozenset({"ar", "fa", "ja", "ru", "uk", "zh"})


def test_an_unknown_language_gets_the_names_of_all() -> None:
    found = {hit.value.entry.name for hit in names_for("sv").find(fold("Poutine talade med Selenskyj och 习近平"))}
    assert {"Vladimir Putin", "Volodymyr Zelenskyy", "Xi Jinping"} <= found
