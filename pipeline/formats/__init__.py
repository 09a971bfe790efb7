"""Wire formats: bytes in, stories out. Pure: no clock, no files, no network.

Comes in: `RawCopy`, the bytes of one message and what its headers say. Goes out: one value per item, in order: a `Story`
without tags, a `Skipped` (an item without text), or a `Reject` (an item that can never pass). One file per format; the
table `FORMATS` below is the list, and its order is the order of sniffing. A walk: docs/adding/format.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import Fatal, Reject
from pipeline.formats import json_story, newsml_g2, text
from pipeline.formats.items import Item
from pipeline.formats.raw import MAX_RAW_BYTES, RawCopy

__all__ = ["FORMATS", "Format", "Item", "RawCopy", "parse", "sniff"]


@dataclass(frozen=True)
class Format:
    """One wire format: does it accept these bytes, and what items do they hold."""

    name: str
    accepts: Callable[[RawCopy], bool]
    parse: Callable[[RawCopy], list[Item]]


FORMATS = {
    known.name: known
    for known in (
        Format("newsml-g2", newsml_g2.accepts, newsml_g2.parse),
        Format("json", json_story.accepts, json_story.parse),
        Format("text", text.accepts, text.parse),
    )
}


def sniff(raw: RawCopy) -> Format | None:
    """The first format that accepts the copy; none for what looks like another structured format."""
    return next((known for known in FORMATS.values() if known.accepts(raw)), None)


def parse(raw: RawCopy, *, format_: str | None = None) -> list[Item]:
    """The items of a message, at least one. Never raises for any bytes, only for an unknown ``format_``."""
    if format_ is not None and format_ not in FORMATS:
        raise Fatal(f"there is no format {format_!r}: known are {', '.join(FORMATS)}")
    if not raw.value.strip():
        return [Reject("empty", "the message has no bytes in it")]
    if len(raw.value) > MAX_RAW_BYTES:
        return [Reject("too-large", f"{len(raw.value)} bytes, at most {MAX_RAW_BYTES} pass")]
    known = FORMATS[format_] if format_ else sniff(raw)
    if known is None:
        return [Reject("unknown-format", f"neither {' nor '.join(FORMATS)}: {raw.value[:60]!r}")]
    try:
        return known.parse(raw) or [Reject("no-items", f"{known.name} copy without any item")]
    except Reject as error:
        return [error]
    except RecursionError:
        return [Reject("too-deep", f"{known.name} copy nested deeper than any story is")]
