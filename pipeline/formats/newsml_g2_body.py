"""The text of a NewsML-G2 item: inlineXML with XHTML or NITF, or inlineData with text or HTML.

Comes in: the elements of contentSet. Goes out: the blocks of the first rendition that has text, and what a NITF or HTML head
says that contentMeta may have left out.
"""

from __future__ import annotations

from lxml import etree

from pipeline.formats.markup import all_text
from pipeline.formats.nitf_body import Body, read_markup, read_text

__all__ = ["Body", "read_body"]


def read_body(content_set: dict[str, list[etree._Element]], notes: list[str]) -> Body:
    """The first rendition with text; an empty body where there is none."""
    empty = Body([])
    for element in content_set.get("inlineXML", []):
        body = read_markup(element, notes)
        if body.blocks:
            return body
        empty = body
    for element in content_set.get("inlineData", []):
        if (body := _read_inline_data(element, notes)).blocks:
            return body
    return empty


def _read_inline_data(element: etree._Element, notes: list[str]) -> Body:
    media_type = element.get("contenttype", "").lower()
    is_text = not media_type or media_type.startswith("text/")
    if element.get("encoding") or not is_text:
        return Body([])
    return read_text(all_text(element), media_type, notes)
