"""RSS (0.9x, 1.0, 2.0) and Atom: feeds of entries, read with feedparser, each entry a story.

Comes in: `RawCopy` of a whole feed. Goes out: one item per entry; entries without title and text are skipped. The XML is made
safe first (no DTD, no entities), so that feedparser sees only what `safe_xml` let through, and never the network.
"""

from __future__ import annotations

from calendar import timegm
from datetime import UTC, datetime
from io import BytesIO
from time import struct_time
from typing import Any

import feedparser
import msgspec
from lxml import etree

from pipeline.errors import Reject
from pipeline.formats.cleaning import clean_line
from pipeline.formats.finishing import finish
from pipeline.formats.items import Item, attempt
from pipeline.formats.markup import Block, join_blocks
from pipeline.formats.nitf_body import read_text
from pipeline.formats.providers import issuer_of
from pipeline.formats.raw import RawCopy
from pipeline.formats.safe_xml import parse_xml, root_name
from pipeline.story import Language, Skipped, Story

_ATOM, _RSS = ("feed",), ("rss", "RDF")
_MAX_ENTRIES = 5000
"""Feeds hold some dozen; reading more in one message would hold up the stories behind it."""


def accepts_atom(raw: RawCopy) -> bool:
    """Whether the copy is XML whose root is ``feed``."""
    return root_name(raw.value) in _ATOM


def accepts_rss(raw: RawCopy) -> bool:
    """Whether the copy is XML whose root is ``rss`` or ``RDF``."""
    return root_name(raw.value) in _RSS


def parse_atom(raw: RawCopy) -> list[Item]:
    """One item per entry."""
    return _parse(raw, "atom")


def parse_rss(raw: RawCopy) -> list[Item]:
    """One item per item of the channel."""
    return _parse(raw, "rss")


def _parse(raw: RawCopy, format_: str) -> list[Item]:
    notes: list[str] = []
    root = parse_xml(raw.value, notes, doctype=True)
    clean = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    # Text is taken out of the markup here, and links are not followed: both of its helpers would be work for nothing.
    found = feedparser.parse(BytesIO(clean), sanitize_html=False, resolve_relative_uris=False)
    if not found.get("version") and not found.entries:
        raise Reject("bad-xml", f"expected a feed in RSS or Atom, got <{root.tag}> without any of its elements")
    if len(found.entries) > _MAX_ENTRIES:
        raise Reject("too-many-items", f"expected at most {_MAX_ENTRIES} entries, got {len(found.entries)}")
    return [
        attempt(lambda entry=entry: _read_entry(entry, found.feed, raw, format_, [*notes]))  # type: ignore[misc]
        for entry in found.entries
    ] or [Skipped(reason="feed without entries")]


def _read_entry(entry: Any, feed: Any, raw: RawCopy, format_: str, notes: list[str]) -> Item:
    guid = clean_line(entry.get("id") or entry.get("link") or "", notes)
    title = _title(entry, notes)
    blocks = _blocks(entry, notes)
    if not title and not blocks:
        return Skipped(reason="entry without title and text", guid=guid or None)
    text, crossheads = join_blocks(blocks)
    if not guid:
        raw = msgspec.structs.replace(raw, value=f"{title}\n{text}".encode())
    story = Story(
        id="",
        guid=guid,
        provider=_provider(guid, entry, feed, raw),
        headline=title,
        body=text,
        crossheads=crossheads,
        byline=", ".join(_names(entry, notes)) or None,
        copyright=clean_line(entry.get("rights") or feed.get("rights") or "", notes) or None,
        keywords=tuple(
            dict.fromkeys(filter(None, (clean_line(tag.get("term") or "", notes) for tag in entry.get("tags", ()))))
        ),
        first_created=_time(entry, "published_parsed"),
        version_created=_time(entry, "updated_parsed") or _time(entry, "published_parsed"),
        language=Language(code="und", declared=_language(entry, feed, notes)),
        derived=("version",),
    )
    return finish(story, raw, format=format_, notes=notes)


def _title(entry: Any, notes: list[str]) -> str:
    """The title as plain text; RSS does not say whether it is HTML."""
    title = entry.get("title") or ""
    if "<" in title or "&" in title:
        title = " ".join(block.text for block in read_text(title, "text/html", notes).blocks)
    return clean_line(title, notes)


def _blocks(entry: Any, notes: list[str]) -> list[Block]:
    """The content, the longest where there are several; else the summary."""
    contents = [(part.get("value") or "", part.get("type") or "") for part in entry.get("content", ())]
    contents.sort(key=lambda part: -len(part[0]))
    detail = entry.get("summary_detail") or {}
    for value, media_type in (*contents, (entry.get("summary") or "", detail.get("type") or "")):
        if value.strip():
            body = read_text(value, "text/html" if "<" in value or "&" in value else media_type, notes)
            if body.blocks:
                return [Block(body.headline, "crosshead"), *body.blocks] if body.headline else body.blocks
    return []


def _provider(guid: str, entry: Any, feed: Any, raw: RawCopy) -> str:
    """The host of the entry or of the feed, where neither the feed's binding nor the guid says who it is."""
    if raw.providers or issuer_of(guid):
        return ""
    return next((link for link in (entry.get("link"), feed.get("link")) if link and issuer_of(link)), "")


def _names(entry: Any, notes: list[str]) -> list[str]:
    names = [clean_line(author.get("name") or "", notes) for author in entry.get("authors", ())]
    return list(dict.fromkeys(name for name in names if name)) or [
        name for name in (clean_line(entry.get("author") or "", notes),) if name
    ]


def _language(entry: Any, feed: Any, notes: list[str]) -> str | None:
    detail = entry.get("title_detail") or {}
    return clean_line(detail.get("language") or feed.get("language") or "", notes) or None


def _time(entry: Any, name: str) -> datetime | None:
    """The time that feedparser parsed, which is UTC."""
    # feedparser's own get() answers "updated" with "published" and warns that it will not do so for ever.
    parsed: struct_time | None = dict.get(entry, name)
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError):
        return None
