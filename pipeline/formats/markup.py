"""Bodies in XHTML, HTML and NITF as plain text.

Comes in: an element. Goes out: its paragraphs, each text, crosshead or title. Table rows become lines; pictures, their
captions and scripts are left out. Never keeps markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from lxml import etree

from pipeline.errors import Reject
from pipeline.formats.cleaning import clean_text
from pipeline.formats.paragraphs import Paragraph, is_short_line, mention_of
from pipeline.story import Mention

Kind = Literal["text", "crosshead", "title"]

_TITLES = frozenset(["h1", "hl1"])
_CROSSHEADS = frozenset(["h2", "h3", "h4", "h5", "h6", "hl2"])
_PARAGRAPHS = frozenset(
    ["address", "article", "aside", "blockquote", "block", "body", "body.content", "body.end", "bq", "dd", "div", "dl", "dt", "footer", "header", "html", "li", "main", "nitf", "ol", "p", "pre", "section", "tagline", "ul", "hr", "datasource"]
) | _TITLES | _CROSSHEADS  # fmt: skip
_LEFT_OUT = frozenset(
    [
        "head",
        "title",
        "script",
        "style",
        "noscript",
        "template",
        "figure",
        "figcaption",
        "media",
        "img",
        "object",
        "iframe",
        "video",
        "audio",
        "svg",
        "nav",
        "form",
        "body.head",
    ]
)
_EDITORS_ONLY = frozenset(["notepad", "closingline", "np-public", "np-nonpublic"])
"""Classes of sections that agencies (dpa and those who follow it) write for editors; they stand in edNote as well."""
_ROW_GROUPS = frozenset(["thead", "tbody", "tfoot"])
_BOLD = frozenset(["b", "strong"])
_MAX_DEPTH = 100
"""Wire bodies are some ten deep; beyond this it is an attack or a fault."""


class Block(NamedTuple):
    """One paragraph of a body."""

    text: str
    kind: Kind


def local_name(element: etree._Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2]


def all_text(element: etree._Element) -> str:
    """All text in the element as it stands."""
    return "".join(map(str, element.itertext()))


def plain(element: etree._Element | None) -> str:
    """All text in the element, on one line."""
    return " ".join(all_text(element).split()) if element is not None else ""


def read_blocks(element: etree._Element, notes: list[str], *, for_editors: bool = False) -> list[Block]:
    """The paragraphs of the element; ``for_editors``: with the sections that are for them alone."""
    flow = _Flow(notes, frozenset() if for_editors else _EDITORS_ONLY)
    flow.walk(element, 0)
    flow.end("text")
    return flow.blocks


def join_blocks(blocks: list[Block]) -> tuple[str, tuple[Mention, ...]]:
    """The body, its paragraphs a blank line apart, and where its crossheads stand."""
    crossheads, start = [], 0
    for block in blocks:
        if block.kind == "crosshead":
            crossheads.append(mention_of(Paragraph(start, block.text)))
        start += len(block.text) + 2
    return "\n\n".join(block.text for block in blocks), tuple(crossheads)


class _Flow:
    """Gathers text into lines and lines into blocks while walking through markup."""

    def __init__(self, notes: list[str], left_out: frozenset[str]) -> None:
        self.blocks: list[Block] = []
        self._left_out = left_out
        self._notes = notes
        self._lines: list[str] = []
        self._parts: list[str] = []

    def walk(self, element: etree._Element, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise Reject("bad-xml", f"expected a body at most {_MAX_DEPTH} elements deep, got a deeper one")
        name = local_name(element)
        if name == "br":
            self._break()
        elif name == "table":
            self._table(element)
        elif name == "pre":
            self._preformatted(element)
        elif name == "header" and element.getnext() is not None:
            self._header(element, depth)
        elif name not in _LEFT_OUT and not self._left_out.intersection(element.get("class", "").split()):
            self._inside(element, name, depth)

    def _inside(self, element: etree._Element, name: str, depth: int) -> None:
        parted = name in _PARAGRAPHS
        if parted:
            self.end("text")
        if element.text:
            self._parts.append(element.text)
        for child in element:
            self.walk(child, depth + 1)
            if child.tail:
                self._parts.append(child.tail)
        if parted:
            self.end(_kind(element, name))

    def _header(self, header: etree._Element, depth: int) -> None:
        """Of what stands above the text (categories, time, genre) only the headings are text."""
        self.end("text")
        for heading in header.iter(*(f"{{*}}{name}" for name in (*_TITLES, *_CROSSHEADS))):
            self.walk(heading, depth + 1)
            self.end("text")

    def end(self, kind: Kind) -> None:
        """Ends the block that was begun, if it holds anything."""
        self._break()
        if self._lines:
            text = clean_text("\n".join(self._lines), self._notes)
            heading = kind if kind == "title" or "\n" not in text else "text"
            if text:
                self.blocks.append(Block(text, heading))
            self._lines = []

    def _break(self) -> None:
        if self._parts and (line := " ".join("".join(self._parts).split())):
            self._lines.append(line)
        self._parts = []

    def _table(self, table: etree._Element) -> None:
        self.end("text")
        for row in _rows(table):
            cells = [plain(cell) for cell in row] if local_name(row) == "tr" else [plain(row)]
            self._parts.append(" | ".join(cell for cell in cells if cell))
            self._break()
        self.end("text")

    def _preformatted(self, element: etree._Element) -> None:
        self.end("text")
        self._lines = [line for line in all_text(element).split("\n") if line.strip()]
        self.end("text")


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table:
        if local_name(child) in _ROW_GROUPS:
            yield from child
        else:
            yield child


def _kind(element: etree._Element, name: str) -> Kind:
    if name in _TITLES:
        return "title"
    return "crosshead" if name in _CROSSHEADS or (name == "p" and _is_bold_line(element)) else "text"


def _is_bold_line(paragraph: etree._Element) -> bool:
    """Whether the paragraph is one short line, all of it bold: the crosshead of those who know no h2."""
    if len(paragraph) != 1 or local_name(paragraph[0]) not in _BOLD:
        return False
    beside = (paragraph.text or "") + (paragraph[0].tail or "")
    return not beside.strip() and is_short_line(plain(paragraph))
