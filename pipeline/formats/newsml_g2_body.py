"""The text of a NewsML-G2 item: inlineXML with XHTML or NITF, or inlineData with text or HTML.

Comes in: the elements of contentSet. Goes out: the blocks of the first rendition that has text, and what a NITF or HTML head
says that contentMeta may have left out.
"""

from __future__ import annotations

from typing import NamedTuple

from lxml import etree

from pipeline.formats.cleaning import clean_text
from pipeline.formats.markup import Block, all_text, local_name, plain, read_blocks
from pipeline.formats.paragraphs import split_paragraphs, unwrap

_HTML_PARSER = etree.HTMLParser(
    encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
)


class Body(NamedTuple):
    """The blocks of a body, and the lines of its head."""

    blocks: list[Block]
    headline: str = ""
    byline: str = ""
    dateline: str = ""


def read_body(content_set: dict[str, list[etree._Element]], notes: list[str]) -> Body:
    """The first rendition with text; an empty body where there is none."""
    empty = Body([])
    for element in content_set.get("inlineXML", []):
        body = _read_inline_xml(element, notes)
        if body.blocks:
            return body
        empty = body
    for element in content_set.get("inlineData", []):
        if (body := _read_inline_data(element, notes)).blocks:
            return body
    return empty


def _read_inline_xml(element: etree._Element, notes: list[str]) -> Body:
    body = Body([block for child in element for block in read_blocks(child, notes)])
    nitf = next((child for child in element if local_name(child) == "nitf"), None)
    return _without_title(body if nitf is None else _with_nitf_head(body, nitf))


def _with_nitf_head(body: Body, nitf: etree._Element) -> Body:
    """The body with the first headline, byline and dateline of body.head."""
    found: dict[str, str] = {}
    for head in nitf.iter("{*}body.head"):
        for element in head.iter("{*}hl1", "{*}byline", "{*}dateline"):
            found.setdefault(local_name(element), plain(element))
    return body._replace(
        headline=found.get("hl1", ""), byline=found.get("byline", ""), dateline=found.get("dateline", "")
    )


def _without_title(body: Body) -> Body:
    """A title at the top is the headline; further down it is a crosshead."""
    headline, blocks = body.headline, body.blocks
    if blocks and blocks[0].kind == "title":
        headline, blocks = headline or blocks[0].text, blocks[1:]
    blocks = [block._replace(kind="crosshead") if block.kind == "title" else block for block in blocks]
    return body._replace(headline=headline, blocks=blocks)


def _read_inline_data(element: etree._Element, notes: list[str]) -> Body:
    media_type = element.get("contenttype", "").lower()
    text = all_text(element)
    is_text = not media_type or media_type.startswith("text/")
    if element.get("encoding") or not is_text or not text.strip():
        return Body([])
    if "html" in media_type:
        root = etree.fromstring(text.encode(), _HTML_PARSER)
        return _without_title(Body(read_blocks(root, notes))) if root is not None else Body([])
    cleaned = unwrap(clean_text(text, notes))
    return Body([Block(paragraph.text, "text") for paragraph in split_paragraphs(cleaned)])
