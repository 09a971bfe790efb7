"""Plain text: copy without any labels, whose parts are told by their shape.

Comes in: `RawCopy` of one story. Goes out: that story. The first line is the headline where it clearly is one, else the
headline is derived from the first sentence. A text names itself by its source (file or feed), else by the hash of its bytes.
"""

from __future__ import annotations

import re

from pipeline.errors import Reject
from pipeline.formats.cleaning import clean_text
from pipeline.formats.decoding import charset_of, decode
from pipeline.formats.finishing import finish
from pipeline.formats.headlines import split_byline, split_headline
from pipeline.formats.items import Item
from pipeline.formats.paragraphs import unwrap
from pipeline.formats.providers import find_provider
from pipeline.formats.raw import RawCopy
from pipeline.story import Story

_MARKUP = re.compile(rb"\s{0,100}<(?:[?!]|[A-Za-z_][\w:.-]{0,60}(?:[\s/>]|\Z))")
_OTHER_FILES = (b"%PDF-", b"{\\rtf", b"PK\x03\x04", b"\x1f\x8b")
"""Files that would pass as text by their bytes, or whose dead letter should say what they are."""


def accepts(raw: RawCopy) -> bool:
    """Whether the copy may be plain text: no markup, and not declared as such."""
    declared = (raw.content_type or "").lower()
    head = raw.value[:400].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    return not (_MARKUP.match(head) or "xml" in declared or "html" in declared)


def parse(raw: RawCopy) -> list[Item]:
    """The one story of the copy."""
    if raw.value.startswith(_OTHER_FILES):
        raise Reject("unreadable", f"expected text, got another kind of file: {raw.value[:8]!r}")
    notes: list[str] = []
    text = unwrap(clean_text(decode(raw.value, charset_of(raw), notes), notes))
    if not any(letter.isalnum() for letter in text):
        raise Reject("no-text", "expected text, got no letter in it")
    headline, rest = split_headline(text)
    byline, body = split_byline(rest)
    # Where a provider reuses file names, each text is a story of its own: see providers.yaml.
    source = "" if find_provider("", raw).identity == "content" else raw.source or ""
    story = Story(
        id="",
        guid=source,
        provider="",
        headline=headline,
        byline=byline,
        body=body,
        derived=("version", "guid") if source else ("version",),
    )
    return [finish(story, raw, format="text", notes=notes, status_in_text=True)]
