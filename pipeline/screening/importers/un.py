"""The consolidated list of the UN Security Council, in XML: ``INDIVIDUAL`` and ``ENTITY`` with up to four parts of a name each.

Source: the list's own schema (sc-sanctions.xsd) and a public copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from pipeline.screening.importers.records import child, children, country_code, elements, texts, years
from pipeline.screening.listing import ListedName, Listing, listing


def parse_xml(file: IO[bytes]) -> Iterator[tuple[str, Listing | None]]:
    """(published, listing) pairs."""
    published = ""
    for element in elements(file, "INDIVIDUAL", "ENTITY"):
        published = published or (element.getroottree().getroot().get("dateGenerated") or "")[:10]
        person = element.tag == "INDIVIDUAL"
        kind = "INDIVIDUAL" if person else "ENTITY"
        parts = [child(element, f"{place}_NAME") for place in ("FIRST", "SECOND", "THIRD", "FOURTH")]
        names = [ListedName(" ".join(filter(None, parts))), ListedName(child(element, "NAME_ORIGINAL_SCRIPT"))]
        for alias in children(element, f"{kind}_ALIAS"):
            names.append(ListedName(child(alias, "ALIAS_NAME"), weak=child(alias, "QUALITY").lower() == "low"))
        countries = texts(element, "NATIONALITY/VALUE") or texts(element, f"{kind}_ADDRESS/COUNTRY")
        born = [*texts(element, "INDIVIDUAL_DATE_OF_BIRTH/YEAR"), *texts(element, "INDIVIDUAL_DATE_OF_BIRTH/DATE")]
        yield (
            published,
            listing(
                "un",
                child(element, "REFERENCE_NUMBER") or child(element, "DATAID"),
                "person" if person else "organisation",
                names,
                programmes=[child(element, "UN_LIST_TYPE")],
                countries=[country_code(country) for country in countries],
                born=years(*born),
            ),
        )
