"""IPTC 7901 (revision 5, 1995): the teleprinter format of European agencies, as dpa, KNA, epd, APA and SDA send it.

Comes in: `RawCopy` with one message or several. Goes out: one story per message. Codes may be lost, doubled or padded; what
was lost is told in a note. The contacts of a notepad are named as credits and dropped: they are not for publication.

    SOH bdt0626 3 wi 125 vvvvb dpa 3902     service and number, priority, category, words, options, agency and its number or id
    Bahn/Verkehr/                           slug
    STX (Zusammenfassung) Headline =        headline lines up to "=", the last of them the byline
    text ETX 291644 MESZ Jun 26 EOT
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.errors import Reject
from pipeline.formats.cleaning import clean_line, clean_text
from pipeline.formats.datelines import read_opening
from pipeline.formats.decoding import charset_of, decode
from pipeline.formats.fields import MAX_VERSION
from pipeline.formats.finishing import finish
from pipeline.formats.headlines import is_byline, split_byline, split_headline
from pipeline.formats.items import Item
from pipeline.formats.marks import CORRECTION, KILL, REPEAT, UPDATE, read_marks
from pipeline.formats.paragraphs import width
from pipeline.formats.raw import RawCopy
from pipeline.formats.teleprinter import (
    agency_of,
    dateline_of,
    each_message,
    end_time,
    is_sign_off,
    join_paragraphs,
    part_notes,
    provider_of,
    text_lines,
    urgency_of,
    without_padding,
)
from pipeline.story import Credit, Headline, Service, Story, Subject

_URGENCY = {str(number): number for number in range(1, 10)}
"""7901 counts from 1 (flash) to 6 (ordinary), the beginning of IPTC's urgency (1 most, 8 least urgent): dpa's own converter
from NewsML-G2 to 7901 copies one into the other. Numbers above 6 come from senders of that scale."""
_HEADER = re.compile(
    r"\s*(?P<service>[^\W\d_]{1,6}) ?(?P<number>\d{1,5})[ ]{1,4}(?P<priority>\w)[ ]{1,4}"
    r"(?P<category>[^\W\d_]{1,3}(?:[/,][^\W\d_]{1,3}){0,4})(?:[ ]{1,6}(?P<words>\d{1,5}))?(?P<rest>(?:[ ]{1,80}\S.{0,200})?)\s*"
)
_EXACT = re.compile(
    rb"(?:\s|ZCZC){0,20}[a-zA-Z]{2,4}\d{3,4} [1-9] [a-zA-Z]{1,2} {1,3}\d{1,5}(?: [a-z]{5}|(?= {2})) {1,4}[A-Za-z-]{2,12} "
    rb"[\d#-]{3,20}[ \t]*\r?\n"
)
"""A whole header whose control codes were stripped on the way: nothing in it may be missing."""
_ID = re.compile(r"(?<![\w-])(\d{6,8}-\d{2,3}-\d{3,6})(?:#(\d{1,4}))?(?![\w-])")
_OPTIONS = re.compile(r"[a-z]{5}(?=\s|$)")
_AGENCY = re.compile(r"(?<!\S)([^\W\d_][^\W\d_/-]{1,11}(?:[-/][^\W\d_]{1,11})?)(?!\S)")
_IN_DATELINE = re.compile(r"\(([^()\d]{2,40})\)")
_MAX_HEADLINE_LINES, _MAX_HEADLINE = 16, 300
_GROUP = re.compile(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*", re.DOTALL)
_TIME_IN_MARK = re.compile(r"\s\d{3,4}\b.*$")
_EMBARGO = re.compile(r"\b(?:sperrfrist|embargo(?:ed)?|frei für|эмбарго)\b", re.IGNORECASE)
_PICTURES = re.compile(r"(?:mit )?(?:dpa-?)?(?:foto|bild|grafik|video|archivbild|pix|photo)", re.IGNORECASE)
_KILLS = frozenset(["аннулирование", "حظر", "eliminar", "anular", "kill"])
"""What dpa writes above the headline of what is withdrawn, in its languages; a headline in these words alone is none."""
_REFILED = re.compile(r"\(?(?:refile[d]?|remettre|powtarzanie)\)?", re.IGNORECASE)
_UPDATED = re.compile(r"\(?(?:aktualisierung|aktualizacja|mise à jour|обновить)\)?", re.IGNORECASE)
# dpa's "KORR-Bericht" is a correspondent's report, no correction.
_REPORT = re.compile(r"korr-?bericht", re.IGNORECASE)
_LAST_OF_BYLINE = re.compile(r"\s*(?:,|\()\s*[^\W\d_]{2,4}(?:[-/][^\W\d_]{2,6})?\)?\s*$")
_STAFF = re.compile(
    r"(?:By|Von|Par) [\w-]{2,12}[ -](?:correspondents?|staff|korrespondent(?:en|in)?|reporters?)", re.IGNORECASE
)
_NOTEPAD = re.compile(
    r"\s*(?:#+|-{2,})\s*(?:dpa[- ])?(?:notizblock|notebook|notepad|notes?|bloc-notes|bloc de notas|notatnik|блокнот)\b.*",
    re.IGNORECASE,
)
_PRIVATE = re.compile(
    r"\s*(?:\* ){2,}\*\s*|.*(?:not (?:intended )?for publication|nicht (?:zur|für die) Veröffentlichung|no para su publicación)",
    re.IGNORECASE,
)
_CONTACTS = re.compile(r"#+\s*(?:\w+ )?(?:kontakte|contacts|ansprechpartner|editorial contacts)\b", re.IGNORECASE)
_PERSON = re.compile(
    r"-?\s*(?P<role>Autor(?:/in|in|en)?|Redaktion|Reporting by|Editing by|Reportería|Edición)\s?:\s*(?P<names>[^<\d+(]{3,200})",
    re.IGNORECASE,
)
_DESKS = frozenset(["The", "Politik", "Wirtschaft", "Sport", "Kultur", "Redaktion", "Ressort", "Landesbüro"])
"""First words of what is named as an author and is none: newspapers and desks."""
_EDITORS = ("redaktion", "editing", "edición")


class _Message(NamedTuple):
    """The parts of one message as they stood between the control codes."""

    head: list[str]
    text: str
    tail: str


class _Top(NamedTuple):
    """What the headline lines say."""

    headlines: list[str]
    byline: str | None = None
    genre: str | None = None
    signals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    correction: str | None = None
    embargoed: str | None = None


def accepts(raw: RawCopy) -> bool:
    """Whether the copy begins with SOH and a 7901 header, or with a whole header that lost its codes."""
    head = without_padding(raw.value[:2000]).lstrip(b"\xef\xbb\xbf \t\r\n\x04")
    if head[:1] == b"\x01":
        line = head.lstrip(b"\x01 \t\r\n").split(b"\n", 1)[0].split(b"\x02", 1)[0]
        return b"\x1f" not in line and bool(_HEADER.fullmatch(line.decode("utf-8", "replace").rstrip("\r")))
    return bool(_EXACT.match(head))


def parse(raw: RawCopy) -> list[Item]:
    """One item per message; one that can't be read costs only itself."""
    value = without_padding(raw.value)
    found = [part for part in re.split(rb"[\x01\x04]", value) if part.strip()]
    messages = [part for part in found if b"\x02" in part or _has_header(part)] or found[:1]
    return each_message(messages, raw, _read_message)


def _has_header(part: bytes) -> bool:
    return bool(_HEADER.fullmatch(_first_line(part.decode("utf-8", "replace"))))


def _first_line(text: str) -> str:
    lines = [line for line in text_lines(text[:2000]) if line.strip() and line.strip() != "ZCZC"]
    return lines[0].removeprefix("ZCZC ") if lines else ""


# --- one message -------------------------------------------------------------------------------------------------------


def _read_message(part: bytes, raw: RawCopy) -> Item:
    notes: list[str] = []
    text = decode(part, charset_of(raw, _header_agency(part, raw)), notes)
    header = _HEADER.fullmatch(_first_line(text))
    if header is None:
        raise Reject(
            "bad-header", f"expected a header such as bdt0626 3 wi 125 vvvvb dpa 3902, got {text.strip()[:80]!r}"
        )
    message = _part_message(text, notes)
    top, lines = _read_top(text_lines(message.text))
    lines, pad = _part_notepad(lines)
    paragraphs = join_paragraphs(lines)
    opening = next((paragraph for paragraph in paragraphs[:5] if read_opening(paragraph)), "")
    agency = agency_of(_agencies(header["rest"], opening), raw)
    paragraphs = _without_sign_off(paragraphs, agency or "dpa")
    body = part_notes(paragraphs)
    id_ = _ID.search(header["rest"])
    provider = provider_of(agency, raw, id_[1] if id_ else "")
    if KILL in read_marks(None, top.headlines[0] if top.headlines else "").signals:  # it names what it kills
        body = body._replace(paragraphs=[*top.notes, *body.notes, *body.paragraphs])
    text_of_body = clean_text("\n\n".join(body.paragraphs), notes)
    byline = top.byline
    if not top.headlines:
        given, text_of_body = split_headline(text_of_body)
        top = top._replace(headlines=[given] if given else [])
        byline, text_of_body = split_byline(text_of_body) if byline is None else (byline, text_of_body)
    correction = top.correction or body.corrects
    signals = (*top.signals, CORRECTION) if correction is not None else top.signals
    ed_note = "\n".join(dict.fromkeys(filter(None, (*top.notes, *body.notes, *_public(pad)))))
    story = Story(
        id="",
        guid=id_[1] if id_ else "",
        version=min(max(int(id_[2]), 1), MAX_VERSION) if id_ and id_[2] else 1,
        provider=agency,
        derived=() if id_ and id_[2] else ("version",),
        headline=clean_line(top.headlines[0], notes) if top.headlines else "",
        headlines=tuple(Headline(text=clean_line(line, notes), role="sub") for line in top.headlines[1:]),
        slugline=_slug(message.head),
        byline=clean_line(byline or "", notes) or None,
        dateline=dateline_of(paragraphs),
        body=text_of_body,
        genre=top.genre,
        urgency=urgency_of(header["priority"], provider, _URGENCY, notes),
        urgency_given=header["priority"],
        subjects=tuple(Subject(code=f"iptc7901cat:{code.lower()}") for code in re.split("[/,]", header["category"])),
        services=(Service(name=header["service"].lower(), sequence=int(header["number"]) or None),),
        signals=tuple(dict.fromkeys(signals)),
        correction=correction,
        embargoed=top.embargoed,
        ed_note=clean_text(ed_note, notes) or None,
        credits=tuple(_credits(pad)),
        version_created=end_time(message.tail, provider.zoneinfo, raw.received, notes),
    )
    return finish(story, raw, format="iptc7901", notes=notes, status_in_text=True)


def _header_agency(part: bytes, raw: RawCopy) -> str:
    """The agency by the header alone, which is ASCII, for the character set that the table has for it."""
    header = _HEADER.fullmatch(_first_line(part[:2000].decode("latin-1")))
    return agency_of(_agencies(header["rest"], ""), raw) if header else ""


def _part_message(text: str, notes: list[str]) -> _Message:
    """Header lines, text and tail, by the control codes or, where these were lost, by what stands there."""
    head, start, rest = text.partition("\x02")
    if not start:
        notes.append("STX is missing")
        head, rest = _part_head(text)
    rest = rest.replace("\x02", "")
    body, end, tail = rest.partition("\x03")
    if not end:
        body, tail = _part_tail(body)
        notes.append("ETX is missing" if tail else "ETX is missing: the text may be cut off")
    lines = [line.strip() for line in text_lines(head) if line.strip() not in ("", "ZCZC")]
    return _Message(lines[1:], body, tail.replace("\x03", "\n"))


def _part_head(text: str) -> tuple[str, str]:
    """Header and slug, and what follows, where no STX parts them."""
    lines = text_lines(text)
    at = next(index for index, line in enumerate(lines) if line.strip() not in ("", "ZCZC")) + 1
    slug = next((index for index in range(at, min(at + 3, len(lines))) if lines[index].strip()), None)
    if slug is not None and _is_slug(lines[slug].strip()):
        at = slug + 1
    return "\n".join(lines[:at]), "\n".join(lines[at:])


def _is_slug(line: str) -> bool:
    return len(line) <= 80 and not line.endswith(("=", ".")) and ("/" in line or len(line.split()) == 1)


def _part_tail(body: str) -> tuple[str, str]:
    """The end line, where no ETX stands before it."""
    lines = body.rstrip().split("\n")
    last = lines[-1].strip() if lines else ""
    if re.fullmatch(r"(?:NNNN\s*)?\d{6}(?: [A-Z]{2,4})? [^\W\d_]{3,9}\.? \d{2,4}(?:\s*NNNN)?", last):
        return "\n".join(lines[:-1]), last
    return body, ""


def _slug(head: list[str]) -> str | None:
    return clean_line(" ".join(head[:3]), []).rstrip("/ ") or None


def _agencies(rest: str, opening: str) -> list[str]:
    """The words that may name the agency: in the header, behind its options, and in the dateline."""
    rest = _ID.sub(" ", rest).strip()
    if _OPTIONS.match(rest) and _AGENCY.search(rest[5:]):
        rest = rest[5:]
    found = _AGENCY.search(rest)
    bracket = _IN_DATELINE.search(opening[:120])
    return [*([found[1]] if found else []), *(re.split(r"[/,]\s?", bracket[1]) if bracket else [])]


# --- headline lines ----------------------------------------------------------------------------------------------------


def _read_top(lines: list[str]) -> tuple[_Top, list[str]]:
    """The lines up to the one that ends with "=", read, and the lines after them."""
    at = next((index for index, line in enumerate(lines) if line.strip()), 0)
    window = lines[at : at + _MAX_HEADLINE_LINES]
    end = next((index for index, line in enumerate(window) if line.rstrip().endswith("=")), None)
    if (
        end is None
        or any(len(line) > _MAX_HEADLINE for line in window[: end + 1])
        or sum(not line.strip() for line in window[:end]) > 1
    ):
        return _Top([]), lines
    block = [line.strip() for line in window[: end + 1] if line.strip()]
    block[-1] = block[-1].rstrip("= ")
    return _read_block([line for line in block if line]), lines[at + end + 1 :]


def _read_block(lines: list[str]) -> _Top:
    groups, lines = _take_groups(lines)
    top = _Top([])
    marks: list[str] = []
    for group in groups:
        top = _read_group(group, top, marks)
    byline: list[str] = []
    while len(lines) > 1 and (_is_byline(lines[-1]) or (len(lines) > 2 and _is_byline(" ".join(lines[-2:])))):
        taken = 1 if _is_byline(lines[-1]) else 2
        byline = lines[-taken:]
        lines = lines[:-taken]
        break
    while lines and (flag := _flag(lines[0])) and (len(lines) > 1 or _is_mark(flag)):
        top = _read_group(flag, top, marks)
        lines = lines[1:]
    headlines = _join_headlines(lines)
    if marks:
        headlines = [" ".join([f"({', '.join(marks)})", *headlines[:1]]), *headlines[1:]] if headlines else [marks[0]]
    return top._replace(headlines=headlines, byline=" ".join(byline) or None)


def _take_groups(lines: list[str]) -> tuple[list[str], list[str]]:
    """What stands in brackets on lines of its own, and the other lines."""
    groups: list[str] = []
    kept: list[str] = []
    index = 0
    while index < len(lines):
        if lines[index].startswith("("):
            for end in range(index, min(index + 10, len(lines))):
                if whole := _GROUP.fullmatch(" ".join(lines[index : end + 1])):
                    groups.append(" ".join(whole[1].split()))
                    index = end + 1
                    break
            else:
                found = _GROUP.match(lines[index])
                if found and len(found[1]) <= 40:
                    groups.append(" ".join(found[1].split()))
                    lines[index] = lines[index][found.end() :]
                    continue
                kept.append(lines[index])
                index += 1
        else:
            kept.append(lines[index])
            index += 1
    return groups, kept


def _flag(line: str) -> str:
    """A line that is only a flag: a mark, or one or two words in capitals."""
    once = re.sub(r"\b([^\W\d_]{2,20})(?:[ -]{1,3}\1)+\b", r"\1", line.strip("* "))
    if read_marks(None, once).headline == "" or once.casefold() in _KILLS:
        return once
    return (
        once if once.isupper() and len(once) <= 24 and len(once.split()) <= 2 and not re.search(r"\d{2}", once) else ""
    )


def _is_mark(flag: str) -> bool:
    return bool(read_marks(None, flag).signals) or flag.casefold() in _KILLS


def _read_group(group: str, top: _Top, marks: list[str]) -> _Top:
    """What one remark in brackets, or one flag, says."""
    if not group:
        return top
    if _EMBARGO.search(group):
        return top._replace(embargoed="", notes=(*top.notes, group))
    if _REPORT.search(group):
        return top._replace(genre=top.genre or group)
    if group.casefold() in _KILLS:
        marks.append("KILL")
        return top
    if _REFILED.fullmatch(group):
        return top._replace(signals=(*top.signals, REPEAT))
    if _UPDATED.fullmatch(group):
        return top._replace(signals=(*top.signals, UPDATE))
    if read_marks(None, f"({group}) X").signals:
        marks.append(group)
        return top
    word, parted, rest = _part_remark(group)
    found = read_marks(None, f"({word}) X").signals if parted else ()
    if CORRECTION in found:
        return top._replace(correction=rest, notes=(*top.notes, group), signals=(*top.signals, CORRECTION))
    if found:
        marks.append(word)
        return top._replace(notes=(*top.notes, group))
    if _PICTURES.match(group) or len(group) > 40:
        return top._replace(notes=(*top.notes, group))
    return top if group.casefold() in ("eil", "blitz", "urgent", "flash") else top._replace(genre=top.genre or group)


def _part_remark(group: str) -> tuple[str, bool, str]:
    """ "Zusammenfassung 1630 - neu: Reaktionen" as the mark and what it says."""
    found = re.match(r"([^:–—]{2,40}?)\s?(?::|\s[-–—]\s|,\s)(.*)", group, re.DOTALL)
    if not found:
        timed = _TIME_IN_MARK.sub("", group)
        return timed, timed != group, ""
    return _TIME_IN_MARK.sub("", found[1]).strip(), True, found[2].strip()


def _is_byline(line: str) -> bool:
    return is_byline(_LAST_OF_BYLINE.sub("", line)) or is_byline(line) or bool(_STAFF.match(line)) or _has_paper(line)


def _has_paper(line: str) -> bool:
    """By somebody of a newspaper: names, a comma, more names."""
    return line.startswith(("By ", "Von ")) and "," in line and is_byline(line.split(",")[0]) and len(line) <= 100


def _join_headlines(lines: list[str]) -> list[str]:
    """Headlines, one that was broken for its width joined."""
    joined: list[str] = []
    last = 0
    for line in lines:
        word = line.split(None, 1)[0]
        if joined and (last + 1 + len(word) > 60 or line[:1].islower()):
            joined[-1] += f" {line}"
        else:
            joined.append(line)
        last = width(line)
    return joined


# --- the end of the text -----------------------------------------------------------------------------------------------


def _part_notepad(lines: list[str]) -> tuple[list[str], list[str]]:
    """The text, and the notepad for editors that ends it."""
    for index, line in enumerate(lines):
        if _NOTEPAD.fullmatch(line) or (_PRIVATE.fullmatch(line) and index > len(lines) / 3):
            return lines[:index], lines[index:]
    return lines, []


def _public(pad: list[str]) -> list[str]:
    """The notes of the notepad that are no contacts."""
    kept: list[str] = []
    for line in pad:
        if _PRIVATE.fullmatch(line) or _CONTACTS.match(line.strip()):
            break
        if not _NOTEPAD.fullmatch(line):
            kept.append(line)
    found = join_paragraphs([line.lstrip("# ") if line.startswith("#") else line for line in kept])
    return [text for text in found if not is_sign_off(text, "dpa")]


def _credits(pad: list[str]) -> list[Credit]:
    """Who wrote and edited, as the contacts name them."""
    found = []
    for paragraph in join_paragraphs(pad):
        for line in paragraph.split("\n"):
            if person := _PERSON.match(line.strip()):
                role = "editor" if person["role"].lower().startswith(_EDITORS) else "reporter"
                for name in re.split(r",| and | und | y ", person["names"]):
                    name = re.sub(r"\s(?:in|aus|en)\s.*$", "", name).strip(" ;,-")
                    words = name.split()
                    if 2 <= len(words) <= 4 and all(word[0].isupper() for word in words) and words[0] not in _DESKS:
                        found.append(Credit(role=role, name=" ".join(words)))
    return list(dict.fromkeys(found))


def _without_sign_off(paragraphs: list[str], agency: str) -> list[str]:
    while paragraphs and (is_sign_off(paragraphs[-1], agency) or paragraphs[-1] in ("NNNN", "=")):
        paragraphs = paragraphs[:-1]
    return paragraphs
