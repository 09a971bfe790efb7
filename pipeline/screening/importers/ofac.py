"""OFAC's lists: the SDN and the consolidated list, in the classic XML (sdn.xml, consolidated.xml) and in CSV.

The XML: one ``sdnEntry`` with ``uid lastName firstName sdnType programList akaList nationalityList dateOfBirthList``. The CSV has
no header: number, name, type, programmes (``A] [B``), title, six fields for vessels, remarks; ``-0-`` stands for nothing; its aliases are in
a file of their own (alt.csv, cons_alt.csv). Source: OFAC's data specification (dat_spec.txt) and public samples.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import IO

from pipeline.screening.importers.records import child, children, country_code, elements, rows, texts, years
from pipeline.screening.listing import Kind, ListedName, Listing, listing

_KINDS: dict[str, Kind] = {"individual": "person", "vessel": "vessel", "aircraft": "aircraft", "entity": "organisation"}
_NONE = "-0-"
_BORN = re.compile(r"(?:alt\. )?DOB ([^;.]{4,30})")
_NATIONALITY = re.compile(r"(?:nationality|citizen) ([^;.]{3,40})", re.IGNORECASE)
_QUOTED = re.compile(r"a\.k\.a\. '([^']{2,120})'")
_NON_SDN = re.compile(r"\b(?:NS-|SSI\b|FSE-|561-|CMIC-|MBS\b|CAPTA)|EO13662|EO13599")


def parse_xml(file: IO[bytes]) -> Iterator[tuple[str, Listing | None]]:
    """(published, listing) pairs; the list's id is told from the programmes, since both files look alike."""
    published = ""
    for element in elements(file, "Publish_Date", "sdnEntry"):
        if element.tag.endswith("Publish_Date"):
            published = (element.text or "").strip()
            continue
        names = [ListedName(_joined(child(element, "firstName"), child(element, "lastName")))]
        for aka in children(element, "akaList/aka"):
            weak = child(aka, "category").lower() == "weak"
            names.append(ListedName(_joined(child(aka, "firstName"), child(aka, "lastName")), weak))
        countries = texts(element, "nationalityList/nationality/country") + texts(
            element, "citizenshipList/citizenship/country"
        )
        yield (
            published,
            listing(
                "ofac",
                child(element, "uid"),
                _KINDS.get(child(element, "sdnType").lower(), "other"),
                names,
                programmes=texts(element, "programList/program"),
                countries=[country_code(it) for it in countries or texts(element, "addressList/address/country")],
                born=years(*texts(element, "dateOfBirthList/dateOfBirthItem/dateOfBirth")),
            ),
        )


def parse_csv(file: IO[bytes], aliases: IO[bytes] | None) -> Iterator[tuple[str, Listing | None]]:
    """The same of the CSV files; without the file of aliases, only those that stand in the remarks."""
    others: dict[str, list[ListedName]] = defaultdict(list)
    for row in rows(aliases) if aliases else ():
        if len(row) >= 4:
            others[row[0].strip()].append(ListedName(_turned(row[3].strip())))
    for row in rows(file):
        if len(row) < 12 or not row[0].strip().isdigit():
            continue
        number, name, kind, programmes, remarks = (_value(row[place]) for place in (0, 1, 2, 3, 11))
        names = [ListedName(_turned(name) if kind == "individual" else name), *others[number]]
        names += [ListedName(_turned(alias), weak=True) for alias in _QUOTED.findall(remarks)]
        yield (
            "",
            listing(
                "ofac",
                number,
                _KINDS.get(kind.lower(), "organisation"),
                names,
                programmes=programmes.split("] ["),
                countries=[country_code(it) for it in _NATIONALITY.findall(remarks)],
                born=years(*_BORN.findall(remarks)),
            ),
        )


def is_consolidated(listings: Iterable[Listing]) -> bool:
    """Whether these are the consolidated list: many of its programmes are of its own, on the SDN list hardly any is."""
    own = [any(_NON_SDN.search(programme) for programme in it.programmes) for it in listings]
    return sum(own) > 0.3 * len(own)


def _value(cell: str) -> str:
    stripped = cell.strip()
    return "" if stripped == _NONE else stripped


def _joined(first: str, last: str) -> str:
    return f"{first} {last}".strip()


def _turned(name: str) -> str:
    """CRUZ, Juan M. de la → Juan M. de la CRUZ; a company's "CO., LTD." stays."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma and first[:1].isupper() and not first.isupper() and "," not in first else name
