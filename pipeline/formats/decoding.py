"""Bytes to text.

Comes in: the bytes of an item and the character set that its sender declared. Goes out: the text, and notes on what was
guessed or repaired. Never garbles silently: what fits no reading is a `Reject`.
"""

from __future__ import annotations

import codecs
import re

from pipeline.errors import Reject

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(r"charset\s{0,4}=\s{0,4}[\"']?([\w.:+-]{1,40})", re.IGNORECASE)
# Python's codecs of real character sets, by its own names; it also has punycode, unicode_escape and other traps.
_REAL = re.compile(
    r"utf-(8|16|32)(-[bl]e)?|ascii|iso8859-\d+|cp\d+|koi8-\w|gb\w+|hz|big5\w*|shift_jis\w*|euc_\w+|iso2022_\w+|mac-\w+|tis-620|johab"
)
# Read as the WHATWG encoding standard reads them: the supersets that senders mean.
_SUPERSETS = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030",
    "shift_jis": "cp932", "euc_kr": "cp949", "tis-620": "cp874",
}  # fmt: skip
_LOOKS_LIKE_ASCII = re.compile(r"utf-(16|32).*|hz|iso2022_.*")
"""Character sets whose bytes are valid UTF-8 and mean something else; a declaration of these goes first."""
_MAX_WESTERN_SHARE = 0.2
"""Above one accented letter in five it is no Western language: Cyrillic, Greek or Arabic in a code page nobody declared."""


def declared_charset(content_type: str | None) -> str | None:
    """The ``charset`` of a media type."""
    found = _CHARSET.search(content_type or "")
    return found[1] if found else None


def decode(value: bytes, declared: str | None, notes: list[str]) -> str:
    """The text of the bytes: byte order mark, UTF-8, the declared character set, and only then a guess with a note."""
    for mark, name in _BOMS:
        if value.startswith(mark):
            return _decode_marked(value[len(mark) :], name, notes)
    charset = _known(declared, notes)
    for name in _order(value, charset):
        try:
            return value.decode(name)
        except UnicodeDecodeError:
            continue
    if charset and charset != "utf-8":
        notes.append(f"not in the declared character set {declared}")
    return _guess(value, notes)


def _decode_marked(value: bytes, name: str, notes: list[str]) -> str:
    try:
        return value.decode(name)
    except UnicodeDecodeError as error:
        if name == "utf-8":
            return _guess(value, notes)
        text = value[: error.start].decode(name)
        if len(value) - error.start > 4:
            raise Reject("unreadable", f"expected {name} as the byte order mark says, got {error.reason}") from error
        notes.append("cut off within its last character")
        return text


def _known(declared: str | None, notes: list[str]) -> str | None:
    if not declared:
        return None
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        name = ""
    if not _REAL.fullmatch(name):
        notes.append(f"unknown character set {declared} ignored")
        return None
    return _SUPERSETS.get(name, name)


def _order(value: bytes, charset: str | None) -> list[str]:
    if charset and _LOOKS_LIKE_ASCII.fullmatch(charset):
        return [charset, "utf-8"]
    if b"\0" in value and (wide := _unmarked_utf16(value)):
        return [wide]
    return ["utf-8", charset] if charset else ["utf-8"]


def _unmarked_utf16(value: bytes) -> str | None:
    """UTF-16 without its mark shows by zero bytes at every other place (of blanks and digits at least) and nowhere else."""
    even, odd = value[::2].count(0), value[1::2].count(0)
    if len(value) % 2 or max(even, odd) < len(value) / 20:
        return None
    return "utf-16-le" if even == 0 else "utf-16-be" if odd == 0 else None


def _guess(value: bytes, notes: list[str]) -> str:
    """Damaged UTF-8 or Windows-1252, whichever it plainly is."""
    repaired = value.decode("utf-8", "replace")
    broken = repaired.count("\ufffd") - value.count(b"\xef\xbf\xbd")
    whole = sum(character > "\x7f" for character in repaired) - broken
    if whole > 4 * broken:
        notes.append("bytes that are not UTF-8 stand as \ufffd")
        return repaired
    letters = sum(byte > 0x40 for byte in value)
    high = sum(byte > 0x7F for byte in value)
    if high <= _MAX_WESTERN_SHARE * letters and b"\0" not in value:
        try:
            text = value.decode("cp1252")
        except UnicodeDecodeError:
            pass
        else:
            notes.append("not UTF-8; read as Windows-1252")
            return text
    raise Reject(
        "unreadable",
        "expected UTF-8 text, got bytes in another character set or no text at all: "
        "declare it in the content type, as in text/plain; charset=windows-1251",
    )
