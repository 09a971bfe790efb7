"""Bytes to text.

Comes in: the bytes of an item and the character set that its sender declared. Goes out: the text, and notes on what was
guessed or repaired. Never garbles silently: what fits no reading is a `Reject`.

Copy that is not UTF-8 and declares nothing is guessed by `chardet` among the character sets that newswires use, and the
reading must hold as writing: no symbols, capitals or letters of another script within words. Figures: docs/decisions.md.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import NamedTuple

import chardet

from pipeline.errors import Reject
from pipeline.formats.providers import find_provider
from pipeline.formats.raw import RawCopy

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

# The 7-bit national variants of ISO 646 that teleprinters used (ECMA-6 and its registrations), by IANA's names without
# punctuation. Their bytes are plain ASCII, so that nothing but a declaration can tell them.
_ASCII_PLACES = "#$@[\\]^`{|}~"
_GERMAN, _NORDIC = "#$§ÄÖÜ^`äöüß", "#$@ÆØÅ^`æøå~"
_NATIONAL = {
    **dict.fromkeys(("iso646de", "din66003", "isoir21"), _GERMAN),
    **dict.fromkeys(("iso646fr", "nfz62010", "isoir69"), "£$à°ç§^µéùè¨"),
    **dict.fromkeys(("iso646it", "isoir15"), "£$§°çé^ùàòèì"),
    **dict.fromkeys(("iso646es", "isoir17"), "£$§¡Ñ¿^`°ñç~"),
    **dict.fromkeys(("iso646pt", "isoir16"), "#$§ÃÇÕ^`ãçõ°"),
    **dict.fromkeys(("iso646se", "iso646fi", "sen850200b", "isoir10"), "#¤@ÄÖÅ^`äöå~"),
    **dict.fromkeys(("iso646se2", "sen850200c", "isoir11"), "#¤ÉÄÖÅÜéäöåü"),
    **dict.fromkeys(("iso646no", "ns45511", "isoir60"), _NORDIC),
    **dict.fromkeys(("iso646dk", "ds2089"), _NORDIC),
    **dict.fromkeys(("iso646gb", "bs4730", "isoir4"), "£$@[\\]^`{|}~"),
}

_MAX_WESTERN_SHARE = 0.2
"""Above one accented letter in five it is no Western language: Cyrillic, Greek or Arabic in a code page nobody declared."""
_MAX_SAMPLE = 64 * 1024
"""Bytes that a guess looks at; some hundred are enough."""
_SURE = 0.05
"""chardet's confidence from which a script other than Latin is believed: noise reaches 0.035, copy of 60 bytes 0.06."""
_WESTERN_WEIGHT = 0.6
"""Between Latin character sets that are about as likely, Windows-1252 is what most copy is in."""
_FOREIGN_WORD = re.compile(rb"[\x80-\xff]{4}")
"""What copy of another script has at the least; single letters beyond ASCII are accents."""
_RARE = re.compile("[ÐÞÝðþý]")
"""Icelandic in Windows-1252, daily letters of Turkish and Romanian in their own."""
_MAX_ODD = 0.1
_C1 = re.compile("[\x80-\x84\x86-\x9f]")
"""Control codes that no writing has: a reading with them is a wrong one."""
# What wires are sent in: chardet's names are Python's. Names that people know stand in the notes.
_GUESSED = {
    "cp1252": "Windows-1252", "iso8859-15": "ISO-8859-15", "cp850": "DOS 850", "mac-roman": "Mac Roman",
    "cp1250": "Windows-1250", "iso8859-2": "ISO-8859-2", "cp1254": "Windows-1254", "iso8859-9": "ISO-8859-9",
    "cp1257": "Windows-1257", "cp1251": "Windows-1251", "koi8-r": "KOI8-R", "koi8-u": "KOI8-U", "iso8859-5": "ISO-8859-5",
    "cp866": "DOS 866", "mac-cyrillic": "Mac Cyrillic", "cp1253": "Windows-1253", "iso8859-7": "ISO-8859-7",
    "cp1255": "Windows-1255", "iso8859-8": "ISO-8859-8", "cp1256": "Windows-1256", "iso8859-6": "ISO-8859-6",
    "cp874": "Windows-874", "gb18030": "GB18030", "big5hkscs": "Big5", "cp932": "Shift-JIS", "euc_jis_2004": "EUC-JP",
    "cp949": "EUC-KR",
}  # fmt: skip
_LATIN = frozenset(
    ["cp1252", "iso8859-15", "cp850", "mac-roman", "cp1250", "iso8859-2", "cp1254", "iso8859-9", "cp1257"]
)
_ESCAPED = ((b"\x1b$B", "iso2022_jp_ext"), (b"\x1b$@", "iso2022_jp_ext"), (b"\x1b$)C", "iso2022_kr"))
"""Character sets in 7 bits tell themselves by the escape sequence that opens them."""


def declared_charset(content_type: str | None) -> str | None:
    """The ``charset`` of a media type."""
    found = _CHARSET.search(content_type or "")
    return found[1] if found else None


def charset_of(raw: RawCopy, provider: str = "") -> str | None:
    """The character set that the copy declares, else the one that `providers.yaml` has for its provider or its feed's."""
    if declared := declared_charset(raw.content_type):
        return declared
    try:
        return find_provider(provider, raw).charset
    except Reject:
        return None


def decode(value: bytes, declared: str | None, notes: list[str]) -> str:
    """The text of the bytes: byte order mark, UTF-8, the declared character set, and only then a guess with a note."""
    for mark, name in _BOMS:
        if value.startswith(mark):
            return _decode_marked(value[len(mark) :], name, notes)
    if declared and (national := _NATIONAL.get(re.sub(r"[\W_]", "", declared.lower()))) and value.isascii():
        return value.decode("ascii").translate(str.maketrans(_ASCII_PLACES, national))
    charset = _known(declared, notes)
    for name in _order(value, charset):
        try:
            text = value.decode(name)
        except UnicodeDecodeError:
            continue
        return text if name != "cp1252" else _doubt_western(value, text, notes)
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
    if b"\x1b$" in value and (escaped := next((name for mark, name in _ESCAPED if mark in value), None)):
        return [escaped, "utf-8"]
    return ["utf-8", charset] if charset else ["utf-8"]


def _unmarked_utf16(value: bytes) -> str | None:
    """UTF-16 without its mark shows by zero bytes at every other place (of blanks and digits at least) and nowhere else."""
    even, odd = value[::2].count(0), value[1::2].count(0)
    if len(value) % 2 or max(even, odd) < len(value) / 20:
        return None
    return "utf-16-le" if even == 0 else "utf-16-be" if odd == 0 else None


# --- guessing ----------------------------------------------------------------------------------------------------------


class _Reading(NamedTuple):
    """One reading of the bytes and chardet's confidence in it."""

    charset: str
    confidence: float
    text: str


def _guess(value: bytes, notes: list[str]) -> str:
    """Damaged UTF-8, or the character set that it plainly is."""
    repaired = value.decode("utf-8", "replace")
    broken = repaired.count("\ufffd") - value.count(b"\xef\xbf\xbd")
    whole = sum(character > "\x7f" for character in repaired) - broken
    if whole > 4 * broken:
        notes.append("bytes that are not UTF-8 stand as \ufffd")
        return repaired
    reading = None if b"\0" in value else _best_reading(value, notes)
    if reading is None:
        raise Reject(
            "unreadable",
            "expected UTF-8 text, got bytes in another character set or no text at all: "
            "declare it in the content type, as in text/plain; charset=windows-1251",
        )
    notes.append(f"not UTF-8; read as {_GUESSED[reading.charset]}")
    return reading.text


def _doubt_western(value: bytes, text: str, notes: list[str]) -> str:
    """The declared Windows-1252, or Latin-1, which many senders declare whatever they send."""
    if _is_western(value):
        return text
    reading = _best_reading(value, [])
    if reading is None or reading.charset in _LATIN:
        return text
    notes.append(f"declared as Western, read as {_GUESSED[reading.charset]}")
    return reading.text


def _is_western(value: bytes) -> bool:
    """Whether few enough of its letters are accented; in a word or two some may be."""
    letters = sum(byte > 0x40 for byte in value)
    high = sum(byte > 0x7F for byte in value)
    return high <= max(3, _MAX_WESTERN_SHARE * letters)


def _best_reading(value: bytes, notes: list[str]) -> _Reading | None:
    """The most likely reading that holds as writing; none where nothing is likely."""
    readings = [
        reading
        for reading in _readings(value, notes)
        if not _C1.search(reading.text) and _odd_share(reading.text) <= _MAX_ODD
    ]
    if not readings:
        return None
    best, western_share = readings[0], _is_western(value)
    if best.charset not in _LATIN and best.confidence >= _SURE and (not western_share or _FOREIGN_WORD.search(value)):
        return best
    readings = [reading for reading in readings if reading.charset in _LATIN]
    if not readings or not (
        western_share or readings[0].confidence >= 2 * _SURE
    ):  # Turkish and Czech have many accents
        return None
    western = next((reading for reading in readings if reading.charset == "cp1252"), None)
    likely = western and western.confidence >= _WESTERN_WEIGHT * readings[0].confidence
    return western if western and likely and not _RARE.search(western.text) else readings[0]


def _readings(value: bytes, notes: list[str]) -> list[_Reading]:
    """The readings that chardet takes for possible, the most likely first."""
    high = re.search(rb"[\x80-\xff]", value)
    start = max(0, high.start() - 200) if high else 0
    found = chardet.detect_all(
        value[start : start + _MAX_SAMPLE],
        ignore_threshold=True,
        compat_names=False,
        prefer_superset=False,
        include_encodings=_GUESSED,
        no_match_encoding="cp1252",
    )
    readings = []
    for result in found:
        name = codecs.lookup(result["encoding"] or "cp1252").name
        name = _SUPERSETS.get(name, name)
        text = _decode_cut(value, name)
        if text is not None and name in _GUESSED:
            readings.append(_Reading(name, result["confidence"], text))
    return readings


def _decode_cut(value: bytes, name: str) -> str | None:
    """The text; one that was cut off within its last character loses that."""
    try:
        return value.decode(name)
    except UnicodeDecodeError as error:
        if len(value) - error.start > 3 or error.start == 0 or name.startswith(("cp12", "iso", "koi")):
            return None
        return value[: error.start].decode(name)


def _letters(category: str) -> str:
    """The letters of this case of the scripts that have cases, without ASCII's."""
    return "".join(chr(code) for code in range(0xAA, 0x530) if unicodedata.category(chr(code)) == category)


def _symbols() -> str:
    """What never stands between two letters of a word."""
    kinds = ("So", "Sm", "Sc", "No", "Sk", "Cc", "Cn", "Co")
    found = (chr(code) for code in range(0x80, 0x2600) if unicodedata.category(chr(code)) in kinds)
    return "".join(found) + "¿¡ªº„“”‚«»‹›†‡‰•"


_UPPER, _LOWER = _letters("Lu"), _letters("Ll")
_OTHER_SCRIPT = "\u0370-\u03ff\u0400-\u052f\u0590-\u06ff\u0e00-\u0e7f"
_ODD = re.compile(
    rf"[^\W\d_](?=[{re.escape(_symbols())}][^\W\d_])"
    rf"|[a-z{_LOWER}](?=[{_UPPER}])|[{_LOWER}](?=[A-Z])|[A-Z{_UPPER}](?=[{_UPPER}][a-z{_LOWER}])"
    rf"|[A-Za-z](?=[{_OTHER_SCRIPT}])|[{_OTHER_SCRIPT}](?=[A-Za-z])"
)
_FOREIGN_LETTER = re.compile(r"[^\W\d_\x00-\x7f]")


def _odd_share(text: str) -> float:
    """How many places within words are odd, for each letter beyond ASCII."""
    sample = text[:_MAX_SAMPLE]
    odd = len(_ODD.findall(sample))
    return odd / max(1, len(_FOREIGN_LETTER.findall(sample))) if odd else 0.0
