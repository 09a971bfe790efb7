"""The UK's lists: the UK Sanctions List (XML and CSV) and the former list of OFSI (ConList, XML and CSV).

All write a name in six parts, of which the sixth is the surname or the whole name of an organisation. The XML of the UK Sanctions List
has one ``Designation`` for each target; the other files have a row for each name, to be joined by the target's id. Source: the formats'
published descriptions and public readers of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import IO

from lxml import etree

from pipeline.screening.importers.records import child, children, country_code, elements, rows, texts, years
from pipeline.screening.listing import Kind, ListedName, Listing, listing

_KINDS: dict[str, Kind] = {"individual": "person", "entity": "organisation", "ship": "vessel"}
_PARTS = ("1", "2", "3", "4", "5", "6")


def parse_designations(file: IO[bytes]) -> Iterator[tuple[str, Listing | None]]:
    """The XML of the UK Sanctions List: (published, listing) pairs."""
    published = ""
    for element in elements(file, "DateGenerated", "Designation"):
        if etree.QName(element).localname == "DateGenerated":
            published = (element.text or "").strip()
            continue
        names: list[ListedName] = []
        for name in children(element, "Names/Name"):
            weak = "low" in child(name, "AliasStrength").lower()
            text = " ".join(filter(None, (child(name, f"Name{part}") for part in _PARTS)))
            primary = child(name, "NameType").lower() == "primary name"
            names.insert(0 if primary else len(names), ListedName(text, weak))
        names += [ListedName(text) for text in texts(element, "NonLatinNames/NonLatinName/NameNonLatinScript")]
        details = "IndividualDetails/Individual/"
        yield (
            published,
            listing(
                "uk",
                child(element, "UniqueID"),
                _KINDS.get(child(element, "IndividualEntityShip").lower(), "other"),
                names,
                programmes=[child(element, "RegimeName")],
                countries=[
                    country_code(country)
                    for country in texts(element, f"{details}Nationalities/Nationality")
                    or texts(element, "Addresses/Address/AddressCountry")
                ],
                born=years(*texts(element, f"{details}DOBs/DOB")),
            ),
        )


def parse_targets(file: IO[bytes]) -> Iterator[tuple[str, Listing | None]]:
    """The XML of OFSI's list."""
    fields: tuple[str, ...] = (
        "GroupID",
        "GroupTypeDescription",
        "RegimeName",
        "AliasQuality",
        "NameNonLatinScript",
        "AliasType",
    )
    fields += ("Individual_DateOfBirth", "Individual_Nationality", "Country", "LastUpdated")
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for element in elements(file, "FinancialSanctionsTarget"):
        row = {field: child(element, field) for field in fields}
        row["name"] = " ".join(
            filter(None, (child(element, f"name{part}") or child(element, f"Name{part}") for part in _PARTS))
        )
        found[row["GroupID"]].append(row)
    return _targets(found)


def parse_csv(file: IO[bytes]) -> Iterator[tuple[str, Listing | None]]:
    """The CSV of either list; the line above the header says when it was made."""
    table = rows(file)
    published = next((cell for cell in next(table, [])[1:] if cell.strip()), "")
    header = {" ".join(name.lower().split()): place for place, name in enumerate(next(table, []))}

    def reader(row: list[str]) -> Callable[..., str]:
        def cell(*names: str) -> str:
            places = (header[name] for name in names if name in header)
            return next((row[place].strip() for place in places if place < len(row) and row[place].strip()), "")

        return cell

    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in table:
        cell = reader(row)
        number = cell("unique id", "group id")
        found[number].append(
            {
                "GroupID": number,
                "GroupTypeDescription": cell("individual, entity, ship", "designation type", "group type"),
                "RegimeName": cell("regime name", "regime"),
                "AliasQuality": cell("alias strength", "alias quality"),
                "AliasType": cell("name type", "alias type"),
                "NameNonLatinScript": cell("name non-latin script"),
                "Individual_DateOfBirth": cell("d.o.b", "dob"),
                "Individual_Nationality": cell("nationality(/ies)", "nationality"),
                "Country": cell("address country", "country"),
                "LastUpdated": published,
                "name": " ".join(filter(None, (cell(f"name {part}") for part in _PARTS))),
            }
        )
    return _targets(found)


def _targets(found: dict[str, list[dict[str, str]]]) -> Iterator[tuple[str, Listing | None]]:
    """One listing of all rows of a target."""
    for number, parts in found.items():
        parts.sort(key=lambda row: not row["AliasType"].lower().startswith("primary"))
        names = [ListedName(row["name"], "low" in row["AliasQuality"].lower()) for row in parts]
        names += [ListedName(row["NameNonLatinScript"]) for row in parts]
        countries = [row["Individual_Nationality"] or row["Country"] for row in parts]
        yield (
            max(row["LastUpdated"] for row in parts),
            listing(
                "uk",
                number,
                _KINDS.get(parts[0]["GroupTypeDescription"].lower(), "other"),
                names,
                programmes=[row["RegimeName"] for row in parts],
                countries=[country_code(country) for country in countries],
                born=years(*(row["Individual_DateOfBirth"] for row in parts)),
            ),
        )
