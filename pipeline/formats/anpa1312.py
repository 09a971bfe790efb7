"""ANPA 1312 (the American newspapers' wire standard, 1979 and later), as AP and others on its wires send it.

Comes in: `RawCopy` with one message or several. Goes out: one story per message, its typesetting codes turned into plain text.

    SYN SYN SOH a0123 US selector             service letter and number, routing
    u w DC3 DC1 BC-Budget 1stLd-Writethru   05-12 0450      priority, category, type, slug, take, date, words
    STX BC-Budget, 1st Ld-Writethru,450<
    ^Headline<  ^Eds: note<  ^By NAME=  ^Associated Press=
       WASHINGTON (AP) _ text ETX AP-NY-05-12-26 1203EDT< EOT

A line that begins with ``^`` is set flush left, ``<`` and ``=`` end it; DC2 means a table, whose lines stay lines.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from pipeline.errors import Reject
from pipeline.formats.cleaning import clean_line, clean_text
from pipeline.formats.decoding import charset_of, decode
from pipeline.formats.fields import ZONES, bad_field, full_year
from pipeline.formats.finishing import finish
from pipeline.formats.headlines import is_byline
from pipeline.formats.identity import dated_guid
from pipeline.formats.items import Item
from pipeline.formats.marks import KILL, read_marks
from pipeline.formats.raw import RawCopy
from pipeline.formats.teleprinter import (
    agency_of,
    dateline_of,
    each_message,
    join_paragraphs,
    part_notes,
    provider_of,
    text_lines,
    urgency_of,
    without_padding,
)
from pipeline.story import Headline, Service, Story, Subject, utc

# The letters of ANPA 1312 on AP's scale of urgency, which is IPTC's: 1 flash, 2 bulletin, 3 urgent, 4 routine, 5 daily,
# 6 release at will, 7 weekday advance, 8 weekend advance. z, y and x are the ordinary, the repeated and the internal.
_URGENCY = {"f": 1, "b": 2, "u": 3, "r": 4, "d": 5, "h": 6, "x": 6, "y": 6, "z": 6, "a": 7, "s": 8}
_MAX_FLUSH, _MAX_FLUSH_LINES = 2000, 40
"""Letters of a line above the text; what is longer is text."""
_MAX_FLASH = 1000
"""Letters: a flash is a sentence, and AP writes f on features too."""
_FIRST = re.compile(
    r"\s*(?P<service>[A-Za-z]?)(?P<number>\d{3,4})(?P<upi>[^\x1f\r\n]{0,16})[\x1f ](?P<selector>[\w-]{0,12})\s*"
)
_SECOND = re.compile(
    r"\s*(?P<priority>[A-Za-z]) (?P<category>[A-Za-z])(?P<type>[\x11-\x14]{0,2}) +(?P<slug>\S{1,60})(?P<rest>.{0,120})",
    re.DOTALL,
)
_HEAD = re.compile(
    rb"\x01?\s{0,4}[A-Za-z]?\d{3,4}[^\x1f\r\n]{0,16}\x1f[\w-]{0,12}\s{1,6}(?:[A-Za-z] [A-Za-z][\x11-\x14]{0,2} |\x02)"
    rb"|\s{0,4}[A-Za-z]\d{4} [\w-]{5}\s{1,4}[A-Za-z] [A-Za-z] {1,2}(?:[AaPp][Mm]|[Bb][Cc]|[Aa][Pp])-\S{1,60} .{0,60}\d\d-\d\d \d{3,4}\s"
)
_DATE_AND_WORDS = re.compile(r"\s(\d{1,2}-\d{1,2})(?:\s+(\d{1,4}))?\s*$")
_ALERT = re.compile(r"news\s?alert", re.IGNORECASE)
"""Every alert of the day has this slug, so that its number tells it apart."""
_CYCLE = re.compile(r"(?:am|pm|bc|ap)-{1,2}(?=\w)", re.IGNORECASE)
"""For the morning or the afternoon papers, or both: no part of the slug, which stays the same through the cycles."""
_WORDS = re.compile(r",\s?\d{1,5}\s*$")
_ROUTING = re.compile(r"^\*\d{3,5}<\s*\^?|,\s?[a-z]\d{4}(?=,|$)")
_TAKE = re.compile(r"(\d(?:st|nd|rd|th))(?=[A-Z])")
_TRAILER = re.compile(
    r"\b([A-Z]{2,6})(?:-([A-Z]{2,4}))?[- ](\d{2})-(\d{2})-(\d{4}|\d{2})\s{1,3}(\d{2})(\d{2})\s?([A-Z]{1,4})?\b"
)
# On these wires CST is Chicago's; elsewhere it is also Shanghai's.
_ZONES = ZONES | {
    name: timezone(timedelta(hours=hours)) for name, hours in (("CST", -6), ("CDT", -5), ("MST", -7), ("MDT", -6))
}
_NOTE = re.compile(r"\(?(?:eds|editor'?s'? notes?|editors)\b\s?[:_]?", re.IGNORECASE)
_PICTURES = re.compile(r"\(?(?:[A-Z]{2,4} )?(?:Photos?|Graphics?|Video|LaserPhoto|Laserphotos?)\b", re.IGNORECASE)
_FLAG = re.compile(
    r"(?:urgent|bulletin|flash|bulletin matter|precede [\w ]{2,30}|hfr|budget|advance|hold for release)[.:]?",
    re.IGNORECASE,
)
_OFFICE = re.compile(
    r"\b(?:Press|Writers?|Editors?|Staff|Correspondents?|Service|News|Times|Post|Agency|Reporters?|Bureau|AP|International)\b",
    re.IGNORECASE,
)
_IN_DATELINE = re.compile(r"\(([A-Za-z]{2,12}(?:/[A-Za-z]{2,12})?)\)")
_DASH = re.compile(r"(?<=\S) {1,2}_{1,2} {1,2}(?=\S)")
_SINGLE = re.compile(r"`([^`'“”]{1,300}(?:'\w[^`'“”]{0,300}){0,5})'(?!\w)")
_RULE = re.compile(r"_{2,4}|-{3,}")


class _Message(NamedTuple):
    """The parts of one message."""

    first: re.Match[str]
    second: re.Match[str] | None
    lines: list[str]
    tail: str


class _Top(NamedTuple):
    """What the flush lines above the text say."""

    slug: str = ""
    headline: str = ""
    further: tuple[str, ...] = ()
    byline: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


def accepts(raw: RawCopy) -> bool:
    """Whether the copy begins with an ANPA header: SOH or not, its first line is parted by US or else is whole."""
    return bool(_HEAD.match(without_padding(raw.value[:2000]).lstrip(b"\xef\xbb\xbf \t\r\n\x0c\x04")))


def parse(raw: RawCopy) -> list[Item]:
    """One item per message; one that can't be read costs only itself."""
    parts = [part.strip(b" \t\r\n\x0c") for part in re.split(rb"[\x01\x04]", without_padding(raw.value))]
    return each_message([part for part in parts if part], raw, _read_message)


def _read_message(part: bytes, raw: RawCopy) -> Item:
    notes: list[str] = []
    message = _part_message(decode(part, charset_of(raw), notes), notes)
    second = message.second
    table = bool(second and "\x12" in second["type"])
    top, lines = _read_top(message.lines, table=table)
    body = part_notes(_paragraphs(lines, table=table))
    trailer = _TRAILER.search(message.tail)
    agency = agency_of(_agencies(trailer, body.paragraphs), raw)
    provider = provider_of(agency, raw)
    priority = second["priority"].lower() if second else ""
    urgency = urgency_of(priority, provider, _URGENCY, notes)
    if priority == "f" and sum(map(len, body.paragraphs)) > _MAX_FLASH:
        urgency = None
        notes.append("priority f of a long text is no flash: left out")
    headline = " ".join([*(f"({mark})" for mark in top.marks if top.headline), top.headline]).strip()
    moment = _time(trailer, provider.zoneinfo, raw.received, notes)
    slug, services = _slug(top.slug, second), _services(message.first)
    guid = ""
    if slug and services and _ALERT.search(slug):
        guid = dated_guid(moment or raw.received, f"{services[0].name}-{services[0].sequence:04d}")
    if (
        KILL in read_marks(slug, headline or " ".join(top.marks)).signals
    ):  # its note is its text: it names what it kills
        body = body._replace(paragraphs=[*top.notes, *body.notes, *body.paragraphs])
    story = Story(
        id="",
        guid=guid,
        provider=agency,
        derived=("version", "guid") if guid else ("version",),
        headline=clean_line(headline or " ".join(top.marks), notes),
        headlines=tuple(Headline(text=clean_line(line, notes), role="sub") for line in top.further),
        slugline=slug,
        byline=clean_line(", ".join(top.byline), notes) or None,
        dateline=dateline_of(body.paragraphs),
        body=clean_text("\n\n".join(body.paragraphs), notes),
        urgency=urgency,
        urgency_given=priority or None,
        ed_note=clean_text("\n".join((*top.notes, *body.notes)), notes) or None,
        correction=body.corrects,
        subjects=(Subject(code=f"a1312cat:{second['category'].lower()}"),) if second else (),
        services=services,
        version_created=moment,
    )
    return finish(story, raw, format="anpa1312", notes=notes, status_in_text=True)


def _part_message(text: str, notes: list[str]) -> _Message:
    head, start, rest = text.partition("\x02")
    head_lines = [line for line in re.split(r"[\r\n]+", head) if line.strip()]
    first = _FIRST.fullmatch(head_lines[0]) if head_lines else None
    if first is None:
        raise Reject("bad-header", f"expected a header such as a0123 US bylne, got {text.strip()[:80]!r}")
    second = _SECOND.match(head_lines[1]) if len(head_lines) > 1 else None
    if second is None:
        notes.append("the second line of the header is missing")
    if not start:
        notes.append("STX is missing")
        rest = "\n".join(text.split("\n")[text[: text.find(head_lines[1]) if second else 0].count("\n") + 1 :])
    body, end, tail = rest.replace("\x02", "").partition("\x03")
    if not end:
        found = _TRAILER.search(body[-200:])
        at = max(0, len(body) - 200) + found.start() if found else len(body)
        body, tail = body[:at], body[at:]
        notes.append("ETX is missing" if found else "ETX is missing: the text may be cut off")
    return _Message(first, second, text_lines(body), tail)


def _services(first: re.Match[str]) -> tuple[Service, ...]:
    number = int(first["number"])
    return (Service(name=first["service"].lower() or "wire", sequence=number),) if number else ()


def _slug(line: str, second: re.Match[str] | None) -> str | None:
    """The slug as the text has it, in full, else the short one of the header, with the take that only that has."""
    take = _TAKE.sub(r"\1 ", _DATE_AND_WORDS.sub("", second["rest"]).strip()) if second else ""
    slug = line or (second["slug"] if second else "")
    if take and "," not in slug:
        slug = f"{slug}, {take}"
    return clean_line(_CYCLE.sub("", slug.strip(), count=1), []) or None


def _agencies(trailer: re.Match[str] | None, paragraphs: list[str]) -> list[str]:
    """Who the trailer names, else who the dateline does."""
    if trailer is not None:
        return [trailer[1]]
    found = next((found for paragraph in paragraphs[:4] if (found := _IN_DATELINE.search(paragraph[:80]))), None)
    return found[1].split("/") if found else []


def _time(trailer: re.Match[str] | None, zone: tzinfo, near: datetime, notes: list[str]) -> datetime | None:
    if trailer is None:
        return None
    *_, month, day, year, hour, minute, given = trailer.groups()
    if given and given not in _ZONES:
        notes.append(f"time zone {given} is not known: taken as the provider's")
    zone = _ZONES.get(given or "", zone)
    try:
        return utc(datetime(full_year(year, near), int(month), int(day), int(hour), int(minute), tzinfo=zone))
    except (ValueError, OverflowError):
        notes.append(bad_field("trailer", "MM-DD-YY hhmm and zone, as in AP-NY-05-12-26 1203EDT", trailer[0]).reason)
        return None


# --- the lines above the text ------------------------------------------------------------------------------------------


def _read_top(lines: list[str], *, table: bool) -> tuple[_Top, list[str]]:
    """The flush lines above the text, and the lines from the text on."""
    top, index = _Top(), next((at for at, line in enumerate(lines) if line.strip()), 0)
    if index < len(lines) and _is_slug_line(lines[index]):
        slug = _ROUTING.sub("", lines[index].strip("^ \t"))
        top = top._replace(slug=_WORDS.sub("", _ROUTING.sub("", slug.strip("<=^ "))).strip(", "))
        index += 1
    last = min(len(lines), index + _MAX_FLUSH_LINES)
    while index < last:
        line, taken = _flush_line(lines, index)
        if not line:
            break
        read = _read_flush(line, top, table=table)
        if read is None:
            break
        top, index = read, index + taken
    return top, lines[index:]


def _is_slug_line(line: str) -> bool:
    bare = _ROUTING.sub("", line.strip("^ \t"))
    return not line.startswith("\t") and (bool(_CYCLE.match(bare)) or bool(_WORDS.search(bare.rstrip("<= "))))


def _flush_line(lines: list[str], index: int) -> tuple[str, int]:
    """The flush line here, with those that go on with it up to its end."""
    line = lines[index].strip()
    if not line.startswith("^") or line == "^" or len(line) > _MAX_FLUSH:
        return "", 0
    taken = 1
    while not line.endswith(("<", "=")) and index + taken < len(lines) and taken < 6:
        after = lines[index + taken]
        if not after.strip() or after.startswith(("^", "\t", "  ")):
            break
        line, taken = f"{line} {after.strip()}", taken + 1
    return line, taken


def _read_flush(line: str, top: _Top, *, table: bool) -> _Top | None:
    """What one flush line says; none where the text begins with it."""
    text, ended = _typeset(line.strip("^<= ")), line[-1]
    if not text:
        return top
    if _NOTE.match(text):
        return top._replace(notes=(*top.notes, text.strip("()") if text.endswith(")") else text))
    if _PICTURES.match(text) and ended == "<":
        return top._replace(notes=(*top.notes, text))
    if is_byline(text) or re.match(r"By\s\S", text):
        return top._replace(byline=(text,))
    if top.byline and ended == "=" and len(top.byline) < 3 and _OFFICE.search(text) and len(text) <= 60:
        return top._replace(byline=(*top.byline, text))
    if read_marks(None, text).headline == "":
        return top._replace(marks=(*top.marks, text))
    if _FLAG.fullmatch(text):
        return top
    if ended not in "<=" or (ended == "=" and top.headline):
        return None
    if not top.headline:
        return top._replace(headline=text)
    return None if table else top._replace(further=(*top.further, text))


# --- the text ----------------------------------------------------------------------------------------------------------


def _paragraphs(lines: list[str], *, table: bool) -> list[str]:
    if table:
        return _table_blocks([_plain(line) for line in lines])
    plain: list[str] = []
    for line in lines:
        flush = line.lstrip().startswith("^")
        plain += [*([""] if flush else []), _plain(line), *([""] if line.rstrip().endswith(("<", "=")) else [])]
    found = [paragraph for paragraph in join_paragraphs(plain) if not _RULE.fullmatch(paragraph.strip())]
    return ["\n".join(line.strip() for line in paragraph.split("\n")) for paragraph in found]


def _table_blocks(lines: list[str]) -> list[str]:
    """The lines of a table, each its own; blank lines and rules part them, and running text is a paragraph."""
    blocks: list[list[str]] = [[]]
    for line in (line.strip() for line in lines):
        if not line or _RULE.fullmatch(line):
            blocks.append([])
        elif len(line) > 100:
            blocks += [[line], []]
        else:
            blocks[-1].append(re.sub(r"(?<=\d)\{|(?<=[\s;])\{", "½", line))
    found = ["\n".join(block) for block in blocks if block]
    return found[:-1] if found[-1:] == ["END"] else found


def _plain(line: str) -> str:
    """The line without typesetting: flush marks, tabs of columns, teletype's quotes and dashes."""
    if not line:
        return ""
    indented = line.startswith(("\t", "  "))
    text = re.sub(r"\x1b[\x20-\x2f]?|\x08", "", line)
    text = re.sub(r" ?[\x1c-\x1f][\x1c-\x1f ]*", "  ", re.sub(r" ?\x10 ?", " ", text))
    text = re.sub(r"[ \t]{0,3}[<=]\s*$", "", text.strip()).lstrip("^").replace(" ^", " ")
    text = _typeset(text)
    return f"   {text.strip()}" if indented and text.strip() else text.strip()


def _typeset(text: str) -> str:
    """Real quotes and dashes for those that a teletype could write."""
    text = _SINGLE.sub("‘\\1’", text.replace("``", "“").replace("''", "”")).replace("`", "‘")
    return _DASH.sub(" — ", text)
