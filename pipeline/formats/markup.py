"""Marked-up bodies (XHTML, NITF) to plain text with paragraphs, crossheads and the rows of tables kept."""

from __future__ import annotations

from lxml import etree

_BLOCKS = frozenset(
    (
        "p",
        "div",
        "section",
        "article",
        "blockquote",
        "li",
        "dt",
        "dd",
        "pre",
        "tr",
        "caption",
        "block",
        "bq",
        "hl1",
        "hl2",
    )
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "hl2"))
_CELLS = frozenset(("td", "th"))
_SILENT = frozenset(("head", "script", "style", "title", "media", "img", "figure", "template", "body.head", "body.end"))


def text_of(element: etree._Element) -> tuple[str, list[str]]:
    """The text below an element, paragraphs divided by blank lines, and those of its paragraphs that are headings."""
    paragraphs: list[str] = [""]
    headings: list[str] = []
    _walk(element, paragraphs, headings)
    return "\n\n".join(text for paragraph in paragraphs if (text := _folded(paragraph))), headings


def _walk(element: etree._Element, paragraphs: list[str], headings: list[str]) -> None:
    name = etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""
    if name in _SILENT or not name:
        return
    block = name in _BLOCKS or name in _HEADINGS
    if block:
        paragraphs.append("")
    start = len(paragraphs)
    paragraphs[-1] += _inline(element.text)
    for child in element:
        _walk(child, paragraphs, headings)
        paragraphs[-1] += _inline(child.tail)
    if name == "br":
        paragraphs[-1] += "\n"
    elif name in _CELLS:
        paragraphs[-1] += "\t"
    if name in _HEADINGS and (text := _folded(" ".join(paragraphs[start - 1 :]))):
        headings.append(text)
    if block:
        paragraphs.append("")


def _inline(text: str | None) -> str:
    """Text between tags: white space means one space."""
    return " ".join(text.replace("\u00a0", " ").split(" ")).replace("\n", " ") if text else ""


def _folded(paragraph: str) -> str:
    return "\n".join(
        " ".join(line.replace("\t", "  ").strip().split(" ")).strip() for line in paragraph.split("\n")
    ).strip()
