"""Text made fit to store: what JSON, UTF-8 or Elasticsearch refuse is taken out, the rest is levelled to NFC.

Comes in: decoded text. Goes out: the same text cleaned; what was repaired is told in ``notes``. Never changes words, and
leaves alone what languages need: no-break spaces, joiners, directional marks.
"""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufeff\ufffe\uffff]+")
_SURROGATES = re.compile("[\ud800-\udfff]+")
_C1 = re.compile("[\x80-\x9f]")
_SUSPECT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_BLANK_LINES = re.compile("\n{3,}")

# Copy that says Latin-1 nearly always means Windows-1252, as the WHATWG encoding standard has it too.
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}


def _mark_runs(limit: int) -> re.Pattern[str]:
    marks = "".join(chr(code) for code in range(0x300, 0x20000) if unicodedata.combining(chr(code)))
    return re.compile(f"([{marks}]{{{limit}}})[{marks}]+")


# UAX #15 (stream-safe text) allows 30 combining marks in a row. Sorting more of them takes normalisation quadratic time.
_MARK_RUNS = _mark_runs(30)


def clean_text(text: str, notes: list[str]) -> str:
    """Text of several lines: lines end in ``\\n`` and carry no blanks at their ends, paragraphs are one blank line apart."""
    text = _repair(text, notes)
    if "\n" in text:
        text = _BLANK_LINES.sub("\n\n", "\n".join(map(str.rstrip, text.split("\n"))))
    return text.strip()


def clean_line(text: str, notes: list[str]) -> str:
    """Text of one line: every run of blanks is one space."""
    return " ".join(_repair(text, notes).split())


def _repair(text: str, notes: list[str]) -> str:
    if text.isascii() and text.isprintable():
        return text
    if _SUSPECT.search(text):
        text = _replace_suspects(text, notes)
    if not text.isascii():
        text = _normalise(text, notes)
    return text


def _replace_suspects(text: str, notes: list[str]) -> str:
    text = _LINE_ENDS.sub("\n", text.removeprefix("\ufeff"))
    for pattern, note in ((_CONTROLS, "control characters removed"), (_SURROGATES, "broken surrogates removed")):
        text, count = pattern.subn("", text)
        if count:
            notes.append(note)
    text, count = _C1.subn(lambda found: _WINDOWS[ord(found[0])], text)
    if count:
        notes.append("C1 control characters read as Windows-1252")
    return text


def _normalise(text: str, notes: list[str]) -> str:
    if unicodedata.is_normalized("NFC", text):  # linear even on piled marks: it stops at the first out of order
        return text
    text, count = _MARK_RUNS.subn(r"\1", text)
    if count:
        notes.append("piled combining marks cut to 30")
    return unicodedata.normalize("NFC", text)
