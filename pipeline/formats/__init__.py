"""Wire formats: the bytes of one message into its items. Pure, and never raises, whatever the bytes.

Comes in: `RawCopy`. Goes out: one value per item: a `Story`, a `Skipped` (no text in it) or a `Reject` with the reason.
Each format is one module with ``accepts`` and ``parse``, listed in the table below. docs/adding/format.md is the walk.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from pipeline.errors import Reject, WrongUse
from pipeline.formats import (
    anpa1312,
    ap_json,
    dpa_json,
    iptc7901,
    json_story,
    newsml_12,
    newsml_g2,
    ninjs,
    nitf,
    syndication,
    text,
)
from pipeline.formats.items import Item, attempt
from pipeline.formats.raw import MAX_RAW_BYTES, RawCopy
from pipeline.story import Skipped

__all__ = ["FORMATS", "MAX_RAW_BYTES", "Format", "Item", "RawCopy", "parse", "sniff"]

_MEDIA = tuple(
    (re.compile(mark, re.DOTALL), name)
    for mark, name in (
        (rb"\xff\xd8\xff", "a JPEG picture"),
        (rb"\x89PNG\r\n", "a PNG picture"),
        (rb"GIF8[79]a", "a GIF picture"),
        (rb"II\*\0|MM\0\*", "a TIFF picture"),
        (rb"RIFF....WEBP", "a WebP picture"),
        (rb"RIFF....WAVE|ID3[\x02-\x04]|\xff[\xfa\xfb\xf2\xf3]", "a sound file"),
        (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI |\0\0\x01\xba", "a video file"),
    )
)
"""Pictures, sound and video that agencies drop beside their text, by the marks that open such files."""
_BLANKS = b" \t\r\n\0\xef\xbb\xbf"
_MAX_REJECTS = 20
"""Each reject becomes a dead letter with the whole message in it, so those beyond are told in one."""


@dataclass(frozen=True, slots=True)
class Format:
    """A wire format. ``accepts`` judges by content; ``parse`` may raise `Reject` for the whole message."""

    name: str
    accepts: Callable[[RawCopy], bool]
    parse: Callable[[RawCopy], list[Item]]


# The order is the priority: plain text takes nearly anything, so it stands last.
FORMATS = {
    known.name: known
    for known in (
        Format("newsml-1.2", newsml_12.accepts, newsml_12.parse),
        Format("nitf", nitf.accepts, nitf.parse),
        Format("newsml-g2", newsml_g2.accepts, newsml_g2.parse),
        Format("ap-json", ap_json.accepts, ap_json.parse),
        Format("dpa-json", dpa_json.accepts, dpa_json.parse),
        Format("ninjs", ninjs.accepts, ninjs.parse),
        Format("json", json_story.accepts, json_story.parse),
        Format("atom", syndication.accepts_atom, syndication.parse_atom),
        Format("rss", syndication.accepts_rss, syndication.parse_rss),
        Format("anpa1312", anpa1312.accepts, anpa1312.parse),
        Format("iptc7901", iptc7901.accepts, iptc7901.parse),
        Format("text", text.accepts, text.parse),
    )
}


def sniff(raw: RawCopy) -> Format | None:
    """The first format that accepts the copy; none for other markup and other files."""
    return next((known for known in FORMATS.values() if known.accepts(raw)), None)


def parse(raw: RawCopy, *, format_: str | None = None) -> list[Item]:
    """The items of a message, at least one. Never raises for any bytes, only for an unknown ``format_``."""
    if format_ is not None and format_ not in FORMATS:
        raise WrongUse(f"there is no format {format_!r}: known are {', '.join(FORMATS)}")
    found = attempt(lambda: _items(raw, format_))
    return [found] if isinstance(found, Reject) else _few_rejects(found)


def _items(raw: RawCopy, forced: str | None) -> list[Item]:
    if len(raw.value) > MAX_RAW_BYTES:
        raise Reject("too-large", f"expected at most {MAX_RAW_BYTES} bytes, got {len(raw.value)}: split it into items")
    if not raw.value.strip(_BLANKS):
        raise Reject("empty", "expected a wire item, got nothing but blanks")
    if media := next((name for mark, name in _MEDIA if mark.match(raw.value)), None):
        return [Skipped(reason=f"{media} has no text")]
    forced = forced or raw.format
    if forced is not None and forced not in FORMATS:
        raise Reject("unknown-format", f"the feed says format {forced!r}: known are {', '.join(FORMATS)}")
    known = FORMATS[forced] if forced else sniff(raw)
    if known is None:
        raise Reject("unknown-format", f"expected one of {', '.join(FORMATS)}, got {raw.value.lstrip()[:40]!r}…")
    return [_of_format(item, known.name) for part in _documents(raw) for item in _parsed(known, part)]


def _documents(raw: RawCopy) -> list[RawCopy]:
    """The XML documents of copy that holds several, one behind the other, as some file drops do; any other copy whole."""
    if raw.value.count(b"<?xml ") < 2 or not raw.value.lstrip(_BLANKS).startswith(b"<?xml "):
        return [raw]
    parts = [
        part for part in re.split(rb"(?:^|(?<=>))\s*(?=<\?xml )", raw.value, flags=re.MULTILINE) if part.strip(_BLANKS)
    ]
    return [msgspec.structs.replace(raw, value=part) for part in parts]


def _parsed(known: Format, raw: RawCopy) -> list[Item]:
    found = attempt(lambda: known.parse(raw))
    return [found] if isinstance(found, Reject) else found


def _of_format(item: Item, name: str) -> Item:
    """The item, marked with its format also where it gave no story."""
    if isinstance(item, Skipped):
        return msgspec.structs.replace(item, format=name)
    if isinstance(item, Reject):
        item.format = name
    return item


def _few_rejects(items: list[Item]) -> list[Item]:
    rejects = [item for item in items if isinstance(item, Reject)]
    if len(rejects) <= _MAX_REJECTS:
        return items
    beyond = rejects[_MAX_REJECTS]
    told = {id(reject) for reject in rejects[:_MAX_REJECTS]}
    kept = [item for item in items if not isinstance(item, Reject) or id(item) in told]
    return [
        *kept,
        Reject(
            beyond.kind,
            f"{len(rejects) - _MAX_REJECTS} more items were refused, first: {beyond.reason}",
            format=beyond.format,
        ),
    ]
