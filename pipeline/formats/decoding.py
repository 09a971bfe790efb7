"""Bytes to clean text. Never garbles in silence: what had to be guessed or taken out is noted.

Text that leaves here is NFC, with ``\\n`` line ends and no control characters, so that offsets stay true in every later step.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from pipeline.errors import Reject
from pipeline.formats.raw import RawCopy

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
# All C0 and C1 controls but tab and line feed, lone surrogates, and the two non-characters that XML and JSON tools refuse.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANK_LINES = re.compile(r"\n[ \t\u00a0]*(?:\n[ \t\u00a0]*)+")
_MAX_UNWANTED = 0.1
"""Copy of which more than a tenth is control characters is no text at all, but a picture or an archive."""


def decode(raw: RawCopy) -> tuple[str, tuple[str, ...]]:
    """The text of the copy and notes on what was doubtful; raises `Reject` for what is no text."""
    for bom, encoding in _BOMS:
        if raw.value.startswith(bom):
            return _strictly(raw.value, encoding), ()
    declared = _CHARSET.search(raw.content_type or "")
    if declared:
        return _strictly(raw.value, declared[1]), ()
    try:
        return raw.value.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    if sum(byte < 9 or 13 < byte < 32 for byte in raw.value[:4096]) > _MAX_UNWANTED * len(raw.value[:4096]):
        raise Reject("unreadable", "neither text nor a known format")
    return raw.value.decode("cp1252", "replace"), ("not UTF-8; read as Windows-1252",)


def _strictly(value: bytes, encoding: str) -> str:
    try:
        return value.decode(encoding)
    except (LookupError, UnicodeError) as error:
        raise Reject(
            "bad-encoding", f"said to be {encoding}, but does not decode as such: {str(error)[:200]}"
        ) from error


def clean(text: str) -> str:
    """The text in NFC, with line feeds for line ends, without control characters."""
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\x85", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n\n")
    )
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text))


def clean_line(text: str) -> str:
    """The text on one line, white space folded."""
    return " ".join(clean(text).split())


def clean_body(text: str) -> str:
    """The text with paragraphs divided by one blank line each."""
    lines = "\n".join(line.rstrip() for line in clean(text).split("\n"))
    return _BLANK_LINES.sub("\n\n", lines).strip()
