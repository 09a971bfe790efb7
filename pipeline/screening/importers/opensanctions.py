"""Exports of OpenSanctions, for those who have them: ``targets.simple.csv`` and FollowTheMoney entities, one JSON object a line.

Only what is a target counts: in the JSON, entities with the topic ``sanction`` (or one below it). Their ids and datasets are theirs.
Source: OpenSanctions' documentation of its bulk formats.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import msgspec

from pipeline.errors import Reject
from pipeline.screening.importers.records import rows, years
from pipeline.screening.listing import Kind, ListedName, Listing, listing

LIST = "opensanctions"
_KINDS: dict[str, Kind] = {
    "Person": "person",
    "Organization": "organisation",
    "Company": "organisation",
    "LegalEntity": "organisation",
    "PublicBody": "organisation",
    "Vessel": "vessel",
    "Airplane": "aircraft",
}


def parse_csv(file: IO[bytes]) -> Iterator[tuple[str, Listing | None]]:
    """targets.simple.csv: (published, listing) pairs."""
    table = rows(file)
    header = {name: place for place, name in enumerate(next(table, []))}

    def cell(row: list[str], name: str) -> str:
        place = header.get(name)
        return row[place] if place is not None and place < len(row) else ""

    for row in table:
        aliases = [ListedName(alias) for alias in cell(row, "aliases").split(";")]
        yield (
            cell(row, "last_change")[:10],
            listing(
                LIST,
                cell(row, "id"),
                _KINDS.get(cell(row, "schema"), "other"),
                [ListedName(cell(row, "name")), *aliases],
                programmes=(cell(row, "program_ids") or cell(row, "dataset")).split(";"),
                countries=[code.upper() for code in cell(row, "countries").split(";") if len(code) == 2],
                born=years(cell(row, "birth_date")),
            ),
        )


def parse_ftm(file: IO[bytes]) -> Iterator[tuple[str, Listing | None]]:
    """FollowTheMoney entities: (published, listing) pairs."""
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            entity: dict[str, Any] = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            raise Reject(
                "bad-list", f"line {number}: expected a FollowTheMoney entity as JSON, got: {error}"
            ) from error
        properties: dict[str, list[str]] = entity.get("properties", {})
        if not any(topic.split(".")[0] == "sanction" for topic in properties.get("topics", ())):
            continue
        names = [ListedName(name) for key in ("name", "alias", "previousName") for name in properties.get(key, ())]
        names += [ListedName(name, weak=True) for name in properties.get("weakAlias", ())]
        if caption := entity.get("caption"):
            names.insert(0, ListedName(caption))
        codes = properties.get("nationality", []) + properties.get("citizenship", []) + properties.get("country", [])
        yield (
            str(entity.get("last_change") or "")[:10],
            listing(
                LIST,
                str(entity.get("id", "")),
                _KINDS.get(str(entity.get("schema")), "other"),
                names,
                programmes=properties.get("programId", []) or list(entity.get("datasets", [])),
                countries=[code.upper() for code in codes if len(code) == 2],
                born=years(*properties.get("birthDate", [])),
            ),
        )
