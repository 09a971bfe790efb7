"""RSS (0.9x, 1.0, 2.0) and Atom: feeds of entries, read with feedparser, each entry a story.

Comes in: `RawCopy` of a whole feed. Goes out: one item per entry; entries without title and text are skipped. The XML is made
safe first (no DTD, no entities), so that feedparser sees only what `safe_xml` let through, and never the network.
"""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from io import BytesIO
from time import struct_time
from typing import Any

import feedparser
import msgspec
from lxml import etree

from pipeline.errors import Reject
from pipeline.formats.cleaning import clean_line
from pipeline.formats.fields import ZONES, parse_time
from pipeline.formats.finishing import finish
from pipeline.formats.items import Item, attempt
from pipeline.formats.markup import Block, all_text, join_blocks, local_name
from pipeline.formats.nitf_body import read_text
from pipeline.formats.providers import find_provider, issuer_of
from pipeline.formats.raw import RawCopy
from pipeline.formats.safe_xml import parse_xml, root_name
from pipeline.story import Language, Skipped, Story

_ATOM, _RSS = ("feed",), ("rss", "RDF")
_MAX_ENTRIES = 5000
"""Feeds hold some dozen; reading more in one message would hold up the stories behind it."""
_PEOPLE = frozenset(["author", "creator", "name", "email"])
_OTHER_PEOPLE = frozenset(["contributor", "managingeditor", "owner", "publisher", "webmaster"])
"""People of whom a story has nothing; RSS writes names in any case."""
_MAX_NAME = 300
"""feedparser looks for addresses in names in quadratic time: 40 kB of one take it six seconds."""
_ADDRESS = re.compile(r"[<(]?\b[\w.+-]{1,64}@[\w.-]{1,100}[>)]?")
_MAX_DATE = 100


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
    _plain_people(root, notes)
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
    if not blocks and (medium := _medium(entry)):
        return Skipped(reason=f"{medium} has no text of its own", guid=guid or None)
    text, crossheads = join_blocks(blocks)
    if not guid:
        raw = msgspec.structs.replace(raw, value=f"{title}\n{text}".encode())
    provider = _provider(guid, entry, feed, raw)
    zone = find_provider(provider, raw, guid=guid).zoneinfo
    published = _time(entry, "published", zone)
    story = Story(
        id="",
        guid=guid,
        provider=provider,
        headline=title,
        body=text,
        crossheads=crossheads,
        byline=", ".join(_names(entry, notes)) or None,
        copyright=clean_line(entry.get("rights") or feed.get("rights") or "", notes) or None,
        keywords=tuple(
            dict.fromkeys(
                filter(
                    None,
                    (clean_line(tag.get("label") or tag.get("term") or "", notes) for tag in entry.get("tags", ())),
                )
            )
        ),
        first_created=published,
        version_created=_time(entry, "updated", zone) or published,
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


def _time(entry: Any, name: str, zone: tzinfo) -> datetime | None:
    """The time: as ISO 8601 and as mail writes it, else as feedparser reads it, which knows odder forms but few zones."""
    # feedparser's own get() answers "updated" with "published" and warns that it will not do so for ever.
    given = clean_line(dict.get(entry, name) or "", [])
    parsed: struct_time | None = dict.get(entry, f"{name}_parsed")
    if given and len(given) <= _MAX_DATE:
        for read in (_iso_time, _mail_time):
            if found := read(given, zone):
                return found
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError):
        return None


def _iso_time(given: str, zone: tzinfo) -> datetime | None:
    try:
        return parse_time("time", given, zone)
    except Reject:
        return None


def _mail_time(given: str, zone: tzinfo) -> datetime | None:
    """A time such as "Thu, 12 Nov 2026 08:15:00 CET"; one without a zone is taken as in ``zone``."""
    try:
        parsed = parsedate_tz(given)
        if parsed is None:
            return None
        word = given.rpartition(" ")[2].strip("()").upper()
        own = ZONES.get(word)
        if own is None and not word[:1].isdigit():  # "08:15:00" or "2026" at the end: no zone is said
            own = timezone(timedelta(seconds=parsed[9] or 0))
        return datetime(*parsed[:6], tzinfo=own or zone).astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):  # what the standard library makes of odd dates
        return None


def _medium(entry: Any) -> str | None:
    """What the entry is where sound or video is all that it brings."""
    kinds = [(part.get("type") or "").partition("/")[0].lower() for part in entry.get("enclosures", ())]
    return next((kind for kind in kinds if kind in ("audio", "video")), None)


def _plain_people(root: etree._Element, notes: list[str]) -> None:
    """Leaves of people only the names, and of those none that is too long to be one."""
    for element in list(root.iter("*")):
        name = local_name(element).lower()
        if name in _OTHER_PEOPLE:
            etree.strip_elements(element, "*", with_tail=False)
            element.text = None
        elif name in _PEOPLE and len(text := all_text(element)) > _MAX_NAME:
            etree.strip_elements(element, "*", with_tail=False)
            element.text = None
            notes.append(f"a name of {len(text)} characters was left out")
        elif name in _PEOPLE and element.text and "@" in element.text:
            plain = _ADDRESS.sub(" ", element.text).strip(" \t\r\n()<>,;")
            element.text = None if "@" in plain else plain or None
