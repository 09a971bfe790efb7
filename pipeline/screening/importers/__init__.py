"""The official lists as published, read into one form.

Comes in: a file. Goes out: a `Publication`. What a file is, its first bytes say, not its name; only OFAC's CSV, which has no
header, is told by its rows. A format is a module with functions here; `_FORMATS` is the list of them, the first that fits is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from pipeline.errors import Reject
from pipeline.screening.importers import eu, ofac, opensanctions, uk, un
from pipeline.screening.listing import LISTS, Listing, Publication

MAX_BYTES = 1 << 30
"""The largest official list has some 30 MB, OpenSanctions' export of everything some 700."""
_HEAD = 4096
Pairs = Iterator[tuple[str, Listing | None]]

_FORMATS: tuple[tuple[str, re.Pattern[bytes], Callable[[IO[bytes]], Pairs]], ...] = (
    ("ofac", re.compile(rb"<sdnList\b"), ofac.parse_xml),
    ("eu", re.compile(rb"<export\b[^>]{0,400}eu\.europa\.ec|<sanctionEntity\b"), eu.parse_xml),
    ("un", re.compile(rb"<CONSOLIDATED_LIST\b"), un.parse_xml),
    ("uk", re.compile(rb"<Designations\b"), uk.parse_designations),
    ("uk", re.compile(rb"<ArrayOfFinancialSanctionsTarget\b"), uk.parse_targets),
    ("eu", re.compile(rb"^(?:\xef\xbb\xbf)?fileGenerationDate;", re.IGNORECASE), eu.parse_csv),
    ("uk", re.compile(rb"^(?:\xef\xbb\xbf)?\"?(?:Report Date|Last Updated)\b", re.IGNORECASE), uk.parse_csv),
    ("opensanctions", re.compile(rb"^(?:\xef\xbb\xbf)?\"?id\"?,\"?schema\"?,\"?name\"?,"), opensanctions.parse_csv),
    ("opensanctions", re.compile(rb"^\s*\{[^\n]{0,400}\"(?:schema|caption)\""), opensanctions.parse_ftm),
)
_OFAC_CSV = re.compile(rb"^\d+,\"[^\"]+\",")
_ALIASES = {"sdn.csv": "alt.csv", "cons_prim.csv": "cons_alt.csv"}


def read_publication(path: Path) -> Publication:
    """The list in a file. Raises `Reject` for a file that is none of the known ones, is broken or holds no listing."""
    if (size := path.stat().st_size) > MAX_BYTES:
        raise Reject("bad-list", f"{path.name} has {size} bytes, at most {MAX_BYTES} are read")
    with path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(0)
        for name, fits, parse in _FORMATS:
            if fits.search(head):
                return _publication(name, parse(file), path)
        if _OFAC_CSV.match(head):
            aliases = path.with_name(_ALIASES.get(path.name.lower(), ""))
            if aliases.name and aliases.is_file():
                with aliases.open("rb") as further:
                    return _publication("ofac", ofac.parse_csv(file, further), path)
            return _publication("ofac", ofac.parse_csv(file, None), path)
    raise Reject(
        "bad-list",
        f"{path.name} is none of the known files: OFAC sdn.xml, consolidated.xml or sdn.csv (with alt.csv beside it), the EU's, "
        "the UN's or the UK's list in XML or CSV, OpenSanctions targets.simple.csv or entities.ftm.json",
    )


def _publication(name: str, pairs: Pairs, path: Path) -> Publication:
    published, found = "", {}
    for date, listing in pairs:
        published = max(published, date)
        if listing is not None:
            found[listing.list_id] = listing
    if not found:
        raise Reject("bad-list", f"{path.name} holds no listing: is the file complete?")
    if name == "ofac":
        name = "ofac-consolidated" if ofac.is_consolidated(found.values()) else "ofac-sdn"
    assert name in LISTS, "a format names its list"  # noqa: S101 - programming error
    listings = (_of_list(listing, name) for listing in found.values())
    return Publication(list=name, published=published, listings=tuple(sorted(listings, key=lambda it: it.list_id)))


def _of_list(listing: Listing, name: str) -> Listing:
    return listing if listing.list == name else msgspec.structs.replace(listing, list=name)
