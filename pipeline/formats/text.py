"""Plain text: one story a message, of which the copy says nothing but its text.

A headline is taken where it stands as a line of its own above the text, else the first sentence serves (named in
``derived``). A trailing credits line becomes ``credits``, short lines between paragraphs ``crossheads``.
"""

from __future__ import annotations

from pipeline.errors import Reject
from pipeline.formats.decoding import clean_body, clean_line, decode
from pipeline.formats.items import Item, make_story
from pipeline.formats.prose import derive_headline, find_crossheads, find_dateline, split_credits, split_headline
from pipeline.formats.raw import RawCopy

NAME = "text"


def accepts(raw: RawCopy) -> bool:
    """Whether this is plain text: what is declared so, or what does not look like markup or JSON."""
    if (raw.content_type or "").startswith("text/plain"):
        return True
    return raw.value.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"<", b"{", b"[")


def parse(raw: RawCopy) -> list[Item]:
    """The story; raises `Reject` for bytes that are no text."""
    text, notes = decode(raw)
    body = clean_body(text)
    if not body or not any(letter.isalnum() for letter in body):
        raise Reject("no-text", "the copy holds no letters")
    body, credits = split_credits(body)
    headline, body = split_headline(body)
    derived = () if headline else ("headline",)
    fields = {
        "headline": clean_line(headline or derive_headline(body)),
        "body": body,
        "dateline": find_dateline(body)[0],
        "credits": credits,
        "crossheads": find_crossheads(body),
        "notes": notes,
        "derived": derived,
    }
    return [make_story(fields, raw, NAME)]
