"""What the two teleprinter formats, IPTC 7901 and ANPA 1312, have in common: messages, lines, end times, notes.

Comes in: bytes with control codes, or decoded lines. Goes out: messages without their padding, paragraphs whose wrapped lines
are joined, and what in them speaks to editors rather than readers. Never joins what was a line of its own: tables stay tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import NamedTuple

import msgspec

from pipeline.errors import Reject
from pipeline.formats.datelines import read_opening
from pipeline.formats.fields import ZONES, bad_field, full_year
from pipeline.formats.items import Item, attempt
from pipeline.formats.paragraphs import width
from pipeline.formats.providers import PROVIDERS, Provider, find_provider, provider_named
from pipeline.formats.raw import RawCopy
from pipeline.story import utc

_PADDING = re.compile(rb"[\x00\x07\x16\x7f]+")
"""NUL, BEL, SYN and DEL: idle time of the line, the bell, and tape that was punched over. No part of any character."""
_MAX_MESSAGES = 1000
"""A day's file of one service holds some hundred; beyond this it is no wire copy."""
_LAST_WIDTH = 100
"""Longer lines were never wrapped for a teleprinter: each is a paragraph."""
_STOPS = '.!?:…"”«»)='
"""What ends a line at the end of its paragraph."""
_TABULAR = re.compile(r"\S[ ]{3,}\S|\t|\s\|\s|^\||\.{4,}|[\x1c-\x1f]|\S;\S+;\S")
_ITEM = re.compile(r"\s*(?:[-*+•–]|\d{1,2}[.)])\s")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan jän ene gen", "feb fév fev", "mar mär mrz maa", "apr avr abr", "may mai mei mag maj", "jun jui giu",
            "jul lug", "aug aoû aou ago", "sep set", "oct okt ott out", "nov", "dec dez déc dic des",
        ), 1)
    for name in names.split()
}  # fmt: skip
_END_LINE = re.compile(
    r"\b(\d{2})(\d{2})(\d{2})\s{0,3}(?:\b([A-Z]{2,4})\b\s{1,3})?([^\W\d_]{3,9})\.?\s{1,3}(\d{4}|\d{2})\b"
)
# Paragraphs for editors, in the words of the agencies.
_FOR_EDITORS = re.compile(
    r"\(?(?:eds|editors|editor's note|note to editors|hinweis(?: an die redaktionen?)?|achtung(?:,? redaktionen)?|"
    r"an die redaktionen|redaktioneller hinweis|aviso a los editores|nota a los editores|note aux rédactions|"
    r"note d'édition|nota per le redazioni|примечание для редакторов)\s?(?::|--?\s|_\s|!)",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"\((?:korrektur|korrigiert|berichtigt|berichtigung|correction|corrected|corrects|corrigé|correctif|rectificatif|corrige|"
    r"corrección|correzione|correção|исправлен\w*|исправление)\s?[:,–-].{3,600}\)\.?",
    re.IGNORECASE | re.DOTALL,
)


class Body(NamedTuple):
    """Paragraphs for readers, and those that speak to editors."""

    paragraphs: list[str]
    notes: list[str]
    corrects: str | None
    """What a correction says that it corrects."""


def without_padding(value: bytes) -> bytes:
    """The copy without idle codes, each control code of a message once."""
    return re.sub(rb"([\x01-\x04])\1+", rb"\1", _PADDING.sub(b"", value))


def each_message(parts: list[bytes], raw: RawCopy, read: Callable[[bytes, RawCopy], Item]) -> list[Item]:
    """One item per message; one that can't be read costs only itself."""
    if not parts:
        raise Reject("no-text", "expected a message after SOH, got nothing but control codes")
    items = [
        attempt(lambda part=part: read(part, msgspec.structs.replace(raw, value=part)))  # type: ignore[misc]
        for part in parts[:_MAX_MESSAGES]
    ]
    if len(parts) > _MAX_MESSAGES:
        beyond = len(parts) - _MAX_MESSAGES
        items.append(Reject("too-large", f"expected at most {_MAX_MESSAGES} messages in one file, got {beyond} more"))
    return items


def text_lines(text: str) -> list[str]:
    """The lines, whatever ends them: CR LF, CR CR LF (of slow carriages), CR LF LF or LF alone; blank ones once."""
    lines = [line.rstrip() for line in re.sub("\n{4,}", "\n\n\n", re.sub(r"\r{1,3}\n|\r", "\n", text)).split("\n")]
    return _single_spaced(lines)


def _single_spaced(lines: list[str]) -> list[str]:
    """Lines without the blank one that CR LF LF leaves after each of them."""
    full = [(line, after) for line, after in pairwise(lines) if len(line) > 50]
    run_on = sum(line[-1] not in _STOPS for line, _ in full)
    if len(full) < 3 or any(after for _, after in full[:-1]) or run_on < len(full) / 2:
        return lines
    kept, index = [], 0
    while index < len(lines):
        kept.append(lines[index])
        index += 2 if lines[index] and not "".join(lines[index + 1 : index + 2]) else 1
    return kept


def join_paragraphs(lines: list[str]) -> list[str]:
    """The paragraphs: parted by blank lines and by indents; lines that were broken for width joined, others kept."""
    limit = _wrap_width(lines)
    blocks: list[list[str]] = [[]]
    for line in lines:
        if not line.strip():
            blocks.append([])
        elif _begins_paragraph(line, blocks[-1]):
            blocks.append([line])
        else:
            blocks[-1].append(line)
    return [joined for block in blocks if block and (joined := _join(block, limit))]


def _begins_paragraph(line: str, block: list[str]) -> bool:
    """Whether the line opens a paragraph by its indent; below an item of a list an indent goes on with it."""
    return bool(block) and line.startswith(("  ", "\t")) and not _TABULAR.search(line.strip()) and not _is_item(block)


def _is_item(block: list[str]) -> bool:
    return any(_ITEM.match(line) for line in block)


def _wrap_width(lines: list[str]) -> int:
    """The width that the lines were broken at; 0 for copy whose lines are paragraphs."""
    widths = sorted(width(line.strip()) for line in lines if line.strip())
    fitting = [value for value in widths if value <= _LAST_WIDTH]
    if not fitting or len(fitting) < 0.8 * len(widths):
        return 0
    return fitting[min(len(fitting) - 1, int(len(fitting) * 0.95))]


def _join(block: list[str], limit: int) -> str:
    if any(_TABULAR.search(line.strip()) for line in block):
        return "\n".join(line.rstrip() for line in block).strip("\n")
    joined = block[0].strip()
    last = joined
    for line in (line.strip() for line in block[1:]):
        if _was_wrapped(last, line, limit):
            joined += line if width(joined[-1] + line[0]) == 4 else f" {line}"  # ideographs join without a blank
        else:
            joined += f"\n{line}"
        last = line
    return joined


def _was_wrapped(line: str, after: str, limit: int) -> bool:
    """Whether the line had no room for the next word."""
    if not limit or _ITEM.match(after):
        return False
    word = after.split(None, 1)[0]
    needed = 2 if width(word[0]) == 2 else len(word)
    return width(line) + 1 + needed > min(limit, 60)


def part_notes(paragraphs: list[str]) -> Body:
    """What is for readers, and what for editors."""
    kept, notes, corrects = [], [], None
    for index, paragraph in enumerate(paragraphs):
        if _CORRECTS.fullmatch(paragraph):
            corrects = paragraph.strip("().")
            notes.append(corrects)
        elif _FOR_EDITORS.match(paragraph) and (index < 3 or index >= len(paragraphs) - 3):
            notes.append(paragraph)
        else:
            kept.append(paragraph)
    return Body(kept, notes, corrects)


def dateline_of(paragraphs: list[str]) -> str | None:
    """The dateline, which need not stand in the first paragraph: a summary or a title may stand above it."""
    openings = (read_opening(paragraph) for paragraph in paragraphs[:5])
    return next((opening.dateline for opening in openings if opening), None)


def is_sign_off(line: str, agency: str) -> bool:
    """Whether the line is only the agency's initials and those of who wrote it: "dpa ab xx n1 hma", "KNA - abc/def"."""
    words = line.split()
    if not words or len(line) > 50 or line.endswith((".", "!", "?", ":")):
        return False
    first, rest = words[0].strip("()").lower(), [word for word in words[1:] if word not in ("-", "+", "/")]
    if first in ("schluss", "forts", "fortsetzung") and line.startswith("("):
        return all(len(word) <= 12 for word in rest)
    known = {agency.lower(), *PROVIDERS, "lni", "sda", "keystone-sda"}
    named = first in known or first.split("/")[0].split("-")[0] in known
    return named and all(re.fullmatch(r"[\w/.+-]{1,24}", word) and (len(word) <= 6 or "-" in word) for word in rest)


def end_time(text: str, zone: tzinfo, near: datetime, notes: list[str]) -> datetime | None:
    """The time of a 7901 end line (``131137 GMT Nov 13``); one without a zone is in ``zone``."""
    found = _END_LINE.search(text)
    if not found:
        return None
    day, hour, minute, given, month_name, year = found.groups()
    month = _MONTHS.get(month_name[:3].lower())
    if given and given not in ZONES:
        notes.append(f"time zone {given} is not known: taken as the provider's")
    try:
        if month is None:
            raise ValueError(month_name)
        zone = ZONES.get(given or "", zone)
        return utc(datetime(full_year(year, near), month, int(day), int(hour), int(minute), tzinfo=zone))
    except (ValueError, OverflowError):
        notes.append(bad_field("end of message", "DDhhmm zone month year, as in 131137 GMT Nov 26", found[0]).reason)
        return None


def agency_of(candidates: list[str], raw: RawCopy) -> str:
    """The agency among the words that may name it: one that the table lists, else the first.

    A feed that is bound to providers is not refused for a word that may be a mere service (``lni`` of dpa).
    """
    names = [name for given in candidates for name in dict.fromkeys((given, given.split("-")[0])) if name]
    usable = [name for name in names if re.search(r"[A-Za-z]", name)]
    for name in usable:
        if _provider_id(name) in {*PROVIDERS, *raw.providers}:
            return name
    return "" if raw.providers or not usable else usable[0]


def _provider_id(name: str) -> str | None:
    try:
        return provider_named(name).id
    except Reject:
        return None


def urgency_of(given: str, provider: Provider, scale: dict[str, int], notes: list[str]) -> int | None:
    """IPTC's urgency for what the header says, by the provider's own table or that of the format."""
    found = provider.dialect.urgency.get(given.lower(), scale.get(given.lower()))
    if found is None and given:
        notes.append(bad_field("urgency", f"one of {', '.join(scale)}", given).reason)
    return found


def provider_of(name: str, raw: RawCopy, guid: str = "") -> Provider:
    """The provider of the copy."""
    return find_provider(name, raw, guid=guid)
