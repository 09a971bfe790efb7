"""Records of large files, one at a time: XML elements and CSV rows. XML is read without DTDs, entities or network.

Comes in: an open binary file. Goes out: elements or rows. A DOCTYPE or broken markup is a `Reject`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import cache
from typing import IO

from lxml import etree

from pipeline.enrich.entities.gazetteer import COUNTRIES_FILE, entries
from pipeline.errors import Reject

csv.field_size_limit(1 << 20)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20[0-4]\d)(?!\d)")


def elements(file: IO[bytes], *tags: str) -> Iterator[etree._Element]:
    """The elements with these local names, each complete, freed after use."""
    try:
        context = etree.iterparse(
            file,
            events=("end",),
            tag=[f"{{*}}{tag}" for tag in tags],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for _, element in context:
            if element.getroottree().docinfo.doctype:
                raise Reject("bad-list", "the file has a DOCTYPE, which no official list has; it was not read")
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise Reject("bad-list", f"the file is broken XML: {error}; fetch it again") from error


def child(element: etree._Element, path: str) -> str:
    """The text at a path of local names, stripped; the empty string where there is none."""
    found = element.find("/".join(f"{{*}}{name}" for name in path.split("/")))
    return " ".join((found.text or "").split()) if found is not None else ""


def children(element: etree._Element, path: str) -> list[etree._Element]:
    """All elements at a path of local names."""
    return element.findall("/".join(f"{{*}}{name}" for name in path.split("/")))


def texts(element: etree._Element, path: str) -> list[str]:
    """The texts of all elements at a path that have one."""
    return [" ".join(it.text.split()) for it in children(element, path) if it.text and it.text.strip()]


def rows(file: IO[bytes], *, delimiter: str = ",") -> Iterator[list[str]]:
    """The rows of a CSV file in UTF-8 (with or without a mark) or Windows-1252."""
    value = file.read()
    try:
        text = value.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = value.decode("cp1252", "replace")
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def years(*given: str) -> list[int]:
    """The years in dates of any form: "10 Dec 1948", "circa 1961", "1964-07-17"."""
    return [int(year) for text in given for year in _YEAR.findall(text)]


def country_code(name: str) -> str:
    """The ISO code of a country by its English name or code, as lists write them; the empty string where we don't know it."""
    key = re.sub(r"[^a-z]+", " ", re.sub(r"\([^)]*\)", "", name).lower()).strip().removeprefix("the ")
    if len(name.strip()) == 2 and name.strip().isupper():
        return name.strip()
    return _countries().get(key) or _countries().get(
        key.split(" people")[0].split(" republic")[0].split(" islamic")[0].strip(), ""
    )


@cache
def _countries() -> dict[str, str]:
    known = {
        "dprk": "KP",
        "democratic people s republic of korea": "KP",
        "korea north": "KP",
        "korea south": "KR",
        "burma": "MM",
        "palestinian": "PS",
        "west bank": "PS",
        "region gaza": "PS",
        "congo democratic republic of the": "CD",
        "democratic republic of the congo": "CD",
    }
    for entry in entries():
        if entry.source_file == COUNTRIES_FILE:
            names = (entry.name, *(alias.text for alias in entry.aliases.get("en", ())))
            for name in names:
                known.setdefault(re.sub(r"[^a-z]+", " ", name.lower()).strip(), entry.countries[0])
    return known
