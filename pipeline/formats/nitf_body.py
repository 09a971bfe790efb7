"""The text of an item and the head above it, for every format that carries NITF, XHTML, HTML or plain text.

Comes in: an element with markup in it, or text of a media type. Goes out: the blocks of the text, and what the head of a NITF
body says: headlines, byline, dateline and place, notes to editors, distributor. Never keeps markup; what the head does not
say is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from textwrap import dedent
from typing import NamedTuple

from lxml import etree

from pipeline.errors import Reject
from pipeline.formats.cleaning import clean_line, clean_text
from pipeline.formats.markup import Block, all_text, local_name, plain, read_blocks
from pipeline.formats.paragraphs import split_paragraphs, unwrap
from pipeline.formats.safe_xml import parse_xml

_HTML_PARSER = etree.HTMLParser(
    encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
)
_MARKUP = re.compile(
    r"</?(?:p|br|div|b|i|u|em|strong|span|a|ul|ol|li|table|h[1-6]|html|body|font|hl2|block)\b[^<>]{0,500}>"
    r"|<[A-Za-z][A-Za-z0-9]{0,40}\b[^<>]{0,500}/>",
    re.IGNORECASE,
)
_BLOCKS = re.compile(r"<(?:p|br|div|ul|ol|li|table|h[1-6]|hl2|pre)\b", re.I)
_XML_TEXT = re.compile(r"\s{0,1000}<(?:\?xml|!DOCTYPE|(?:\w{1,20}:)?(?:nitf|html))\b", re.I)
_ISO_DATE = re.compile(r"\d{4}-?\d{2}-?\d{2}(?:[T ][\d:.+-]*Z?)?")
_CLOSES, _OPENS = ("", ",", ";", ".", ")"), ",;(-–—"
_EDITORS = frozenset(["editorsnote", "editors-note", "editorialnote"])


class Body(NamedTuple):
    """The blocks of a body, and the lines of its head; ``others`` are its further headlines."""

    blocks: list[Block]
    headline: str = ""
    byline: str = ""
    dateline: str = ""
    others: tuple[str, ...] = ()
    city: str = ""
    date: str = ""
    notes: tuple[str, ...] = ()
    distributor: str = ""


def read_markup(element: etree._Element, notes: list[str]) -> Body:
    """What stands in the element: NITF, XHTML or bare paragraphs."""
    nitf = next((child for child in (element, *element) if local_name(child) == "nitf"), None)
    if nitf is None:
        return _without_title(Body(read_blocks(element, notes)))
    return read_nitf(nitf, notes)


def read_nitf(nitf: etree._Element, notes: list[str]) -> Body:
    """The text of a NITF document with its head; notes to editors within the text go to the notes."""
    head = _read_head(nitf)
    within = tuple(_take_notes(nitf))
    body = Body([_unwrapped(block) for block in read_blocks(nitf, notes)], *head[1:])
    if not body.blocks:
        body = body._replace(blocks=_abstract(nitf, notes))
    return _without_title(body._replace(notes=(*body.notes, *within)))


def read_text(text: str, media_type: str, notes: list[str]) -> Body:
    """Text that stands as text: plain, or markup that was escaped."""
    if not text.strip():
        return Body([])
    if _XML_TEXT.match(text):
        try:
            return read_markup(parse_xml(text.encode("utf-8", "replace"), notes, doctype=True), notes)
        except Reject:
            media_type = "text/html"
    if _is_markup(text, media_type):
        root = parse_html(text)
        if root is None:
            return Body([])
        if len(_BLOCKS.findall(text)) > text.lstrip().startswith(("<p>", "<P>")):  # one around it all parts nothing
            return _without_title(Body(read_blocks(root, notes)))
        text = all_text(root)
    cleaned = unwrap(clean_text(_outdent(text), notes))
    return Body([Block(paragraph.text, "text") for paragraph in split_paragraphs(cleaned)])


def parse_html(text: str) -> etree._Element | None:
    """The root of HTML, however broken; None where nothing is left of it."""
    return etree.fromstring(text.encode("utf-8", "replace"), _HTML_PARSER)


def _is_markup(text: str, media_type: str) -> bool:
    """Whether it is HTML: what says that it is plain text is so only where a paragraph of HTML opens it."""
    if "plain" in media_type:
        return bool(_BLOCKS.match(text.lstrip()))
    return "html" in media_type or bool(_MARKUP.search(text))


def _outdent(text: str) -> str:
    """The text without blanks before its lines; a line set in from the one before it begins a paragraph."""
    lines: list[str] = []
    before = ""
    for line in dedent(text).splitlines():
        if line[:2].isspace() and line.strip() and before.strip() and not before[:2].isspace():
            lines.append("")
        lines.append(line.strip())
        before = line
    return "\n".join(lines)


def _without_title(body: Body) -> Body:
    """A title at the top is the headline; further down it is a crosshead."""
    headline, blocks = body.headline, body.blocks
    if blocks and blocks[0].kind == "title":
        headline, blocks = headline or blocks[0].text, blocks[1:]
    blocks = [block._replace(kind="crosshead") if block.kind == "title" else block for block in blocks]
    return body._replace(headline=headline, blocks=blocks)


def _unwrapped(block: Block) -> Block:
    """The block with its lines joined, if a teleprinter's width broke them (``<br/>`` at every 65th column)."""
    if "\n" not in block.text or " | " in block.text:
        return block
    joined = unwrap(f"{block.text}\n\n")  # a blank line says that lines are not paragraphs here
    return block if "\n" in joined else block._replace(text=joined)


# --- the head of NITF --------------------------------------------------------------------------------------------------


def _read_head(nitf: etree._Element) -> Body:
    found: dict[str, list[etree._Element]] = {}
    for head in nitf.iter("{*}body.head"):
        for element in head.iter("{*}hl1", "{*}hl2", "{*}byline", "{*}dateline", "{*}note", "{*}distributor"):
            found.setdefault(local_name(element), []).append(element)
    headlines = _unique(map(plain, (*found.get("hl1", []), *found.get("hl2", []))))
    dateline = found.get("dateline", [])
    date = next((child.get("norm", "") for line in dateline for child in line.iter("{*}story.date")), "")
    return Body(
        [],
        headline=headlines[0] if headlines else "",
        others=headlines[1:],
        byline=next(filter(None, map(_byline, found.get("byline", []))), ""),
        dateline=next(filter(None, map(_dateline, dateline)), ""),
        city=next((plain(city) for line in dateline for city in line.iter("{*}city")), ""),
        date=date,
        notes=_unique(plain(note) for note in found.get("note", []) if note.get("note-class") != "cpyrt"),
        distributor=next(filter(None, map(plain, found.get("distributor", []))), ""),
    )


def _byline(element: etree._Element) -> str:
    """The byline; what its writer is stands in an element of its own, often without a blank before it."""
    return _joined(element, {"byttl": ", "})


def _dateline(element: etree._Element) -> str:
    """The dateline as people write it: place, its region, date. A date in figures alone is for machines."""
    parts = [part for part in _texts(element) if not _ISO_DATE.fullmatch(part.text)]
    return _join([part._replace(before=", ") if part.before else part for part in parts])


class _Part(NamedTuple):
    text: str
    before: str
    """What parts it from the text before it: nothing said (``""``) within the same element."""


def _texts(element: etree._Element) -> list[_Part]:
    """The texts in the element, each with the name of the element that it opens."""
    found = [_Part(element.text or "", "")]
    for child in element:
        inner = _texts(child)
        found += [inner[0]._replace(before=local_name(child)), *inner[1:], _Part(child.tail or "", "")]
    return [part._replace(text=" ".join(part.text.split())) for part in found if part.text.strip()] or [_Part("", "")]


def _joined(element: etree._Element, marks: dict[str, str]) -> str:
    return _join([part._replace(before=marks.get(part.before, " ")) for part in _texts(element)])


def _join(parts: Iterable[_Part]) -> str:
    line = ""
    for part in parts:
        if not line or part.text[:1] in _CLOSES:
            line += part.text
        else:
            line += (" " if line[-1] in _OPENS else part.before or " ") + part.text
    return line.strip(" ,")


def _take_notes(nitf: etree._Element) -> Iterator[str]:
    """Takes the notes out of the text that are for editors and not for publication."""
    for content in nitf.iter("{*}body.content"):
        for note in list(content.iter("{*}note")):
            parent = note.getparent()
            secret = note.get("type") == "npa" or note.get("note-class", "").lower() in _EDITORS
            if secret and parent is not None:
                if text := plain(note):
                    yield text
                tail, before = note.tail or "", note.getprevious()
                if before is not None:
                    before.tail = (before.tail or "") + tail
                else:
                    parent.text = (parent.text or "") + tail
                parent.remove(note)


def _abstract(nitf: etree._Element, notes: list[str]) -> list[Block]:
    """The abstract, which is the whole text of a short item."""
    return [block for element in nitf.iter("{*}abstract") for block in read_blocks(element, notes)]


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for value in values if (line := clean_line(value, []))))
