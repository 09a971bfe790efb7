"""The EU's consolidated list of financial sanctions (FSF), in XML and CSV, schema 1.1.

The XML: one ``sanctionEntity`` with ``euReferenceNumber``, ``subjectType``, ``regulation@programme``, ``nameAlias@wholeName``, ``citizenship``,
``birthdate``. The CSV (divided by semicolons) repeats the entity in a row for each of its parts. Source: the Commission's
"financial sanctions files" schema and public samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import IO

from pipeline.screening.importers.records import children, elements, rows, years
from pipeline.screening.listing import Kind, ListedName, Listing, listing

_KINDS: dict[str, Kind] = {"person": "person", "p": "person", "enterprise": "organisation", "e": "organisation"}
_UNKNOWN = "00"
"""The code of a country that the list does not know."""


def parse_xml(file: IO[bytes]) -> Iterator[tuple[str, Listing | None]]:
    """(published, listing) pairs."""
    published = ""
    for element in elements(file, "sanctionEntity"):
        root = element.getroottree().getroot()
        published = published or (root.get("generationDate") or "")[:10]
        names = [
            ListedName(alias.get("wholeName") or "", weak=alias.get("strong") == "false")
            for alias in children(element, "nameAlias")
        ]
        kind = next((it.get("code") or "" for it in children(element, "subjectType")), "")
        countries = [it.get("countryIso2Code") or "" for it in children(element, "citizenship")]
        countries = countries or [it.get("countryIso2Code") or "" for it in children(element, "address")]
        yield (
            published,
            listing(
                "eu",
                element.get("euReferenceNumber") or element.get("logicalId") or "",
                _KINDS.get(kind.lower(), "other"),
                sorted(names, key=lambda name: name.weak),
                programmes=[it.get("programme") or "" for it in children(element, "regulation")],
                countries=[code for code in countries if code != _UNKNOWN],
                born=years(*(it.get("birthdate") or it.get("year") or "" for it in children(element, "birthdate"))),
            ),
        )


def parse_csv(file: IO[bytes]) -> Iterator[tuple[str, Listing | None]]:
    """The same of the CSV file."""
    table = rows(file, delimiter=";")
    header = {name.strip().lower(): place for place, name in enumerate(next(table, []))}

    def cell(row: list[str], name: str) -> str:
        place = header.get(name)
        return row[place].strip() if place is not None and place < len(row) else ""

    for _, group in groupby(table, key=lambda row: cell(row, "entity_logicalid")):
        parts = list(group)
        names = [ListedName(cell(row, "namealias_wholename")) for row in parts]
        kind = next(filter(None, (cell(row, "entity_subjecttype") for row in parts)), "")
        yield (
            cell(parts[0], "filegenerationdate"),
            listing(
                "eu",
                cell(parts[0], "entity_eu_referencenumber") or cell(parts[0], "entity_logicalid"),
                _KINDS.get(kind.lower(), "other"),
                names,
                programmes=[cell(row, "entity_regulation_programme") for row in parts],
                countries=[cell(row, "citizenship_countryiso2code") for row in parts],
                born=years(*(cell(row, "birthdate_birthdate") or cell(row, "birthdate_year") for row in parts)),
            ),
        )
