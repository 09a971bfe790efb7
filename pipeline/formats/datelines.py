"""The dateline that opens running text: "BERLIN (agency) - ", "Москва. 12 ноября. АГЕНТСТВО - ", "北京11月12日电".

Comes in: the first paragraph. Goes out: place and date without the agency, and where the sentence begins. Says nothing
where it is not clear: a dateline has an agency in brackets or a date.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import NamedTuple

from pipeline.formats.paragraphs import is_prose, split_paragraphs

_REACH = 120
"""A dateline stands within the first line."""
_MONTHS: tuple[str, ...] = (
    "jan jän janv ene gen sty янв січ oca يناير ژانویه",
    "feb févr fev lut фев лют şub فبراير شباط فوریه",
    "mar mär mrt maa مارس мар бер آذار",
    "apr avr abr kwi апр кві nis أبريل إبريل نيسان آوریل",
    "may mai mei mag maj мая май тра مايو أيار مه",
    "jun juin giu cze июн чер haz يونيو حزيران ژوئن",
    "jul juil lug lip июл лип tem يوليو تموز ژوئیه",
    "aug août ago sie авг сер ağu أغسطس آب اوت",
    "sep set wrz сен вер eyl سبتمبر أيلول سپتامبر",
    "oct okt ott out paź окт жов eki أكتوبر اکتبر",
    "nov lis ноя лис kas نوفمبر نوامبر",
    "dec dez déc dic gru дек гру ara ديسمبر دسامبر",
)
"""The beginnings of the months' names, January first."""
_OTHER_MONTHS = "تشرين كانون فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند"
"""Names that mark a date but stand for two months (Levant) or for one of another calendar (Iran)."""
_MONTH_NUMBERS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH = rf"(?:{'|'.join([*_MONTH_NUMBERS, *_OTHER_MONTHS.split()])})\w{{0,9}}\.?"
_DAY = r"\d{1,2}(?:er|º|th|st|nd|rd|\.)?"
_DATE = re.compile(
    rf"[.,،]?\s{{1,2}}(?:{_DAY}\s(?:de\s)?{_MONTH}|{_MONTH}\s{_DAY}|\d{{1,2}}\.\s?\d{{1,2}}\.)(?:,?\s(?:de\s)?\d{{4}})?",
    re.IGNORECASE,
)
_AGENCY_AT_END = re.compile(r"\s?(?:\([^()]{1,40}\)|/[^/]{2,40}/)?\s?[-–—_]*$")
_DASH = r"\.?\s{0,2}(?:[-–—_]{1,3}|[:.])\s"
_WITH_AGENCY = re.compile(
    rf"([^()\n/]{{2,60}}(?:/[^()\n/]{{2,30}})?)\s?(?:\([^()\n]{{2,40}}\)|/[^/\n]{{2,40}}/){_DASH}"
)
_AGENCY_FIRST = re.compile(r"\([^()\n]{2,40}\)\s?[-–—]\s([^()\n–—]{2,60}?)\s?[-–—]{1,2}\s")
_DASHED = re.compile(r"([^()\n–—]{4,80}?)\s?(?:[-–—_]{1,2})\s")
_CHINESE = re.compile(
    r"[（(【]?(?:[^\s，。、（）\d]{1,5}[社网網])?([^\s，。、（）\d]{2,12}(?:\d{1,2}月)?\d{1,2}日)(?:电|電|讯|訊)(?:[（(][^）)\n]{1,40}[）)])?[\s】)）]?"
)
_JAPANESE = re.compile(r"[【\[［]([^】\]］\n]{2,40})[】\]］]\s?(?:[-－―]\s)?")
_JAPANESE_AGENCY = re.compile(r"\s?(?:[＝=].*|共同|時事|ロイター|AFP|ＡＦＰ|AP|ＡＰ)$")
_LOWER_IN_PLACES = frozenset(
    [
        "de",
        "del",
        "la",
        "le",
        "les",
        "el",
        "al",
        "am",
        "an",
        "der",
        "den",
        "do",
        "da",
        "dos",
        "das",
        "of",
        "the",
        "upon",
        "sur",
        "van",
        "on",
        "in",
        "and",
        "und",
        "y",
        "et",
        "aan",
        "bij",
        "op",
        "nad",
    ]
)


_AHEAD = timedelta(days=2)
"""Time zones, and features that are sent ahead."""
_PARTS = re.compile(r"(?P<number>\d{1,4})|(?P<word>[^\W\d_]{2,})")
_CHINESE_DATE = re.compile(r"(?:(\d{1,2})月)?(\d{1,2})日")


class Opening(NamedTuple):
    """A dateline, and where the text after it begins."""

    dateline: str
    end: int


def find_dateline(body: str) -> str | None:
    """The dateline of the first paragraphs, if it is clear."""
    lead = next((item.text for item in split_paragraphs(body[:2000])[:3] if is_prose(item.text)), "")
    opening = read_opening(lead)
    return opening.dateline if opening else None


def read_opening(paragraph: str) -> Opening | None:
    """The dateline that the paragraph opens with."""
    head = paragraph[:_REACH]
    for read in (_read_with_agency, _read_dashed, _read_chinese, _read_japanese):
        if opening := read(head):
            return opening
    return None


def _read_with_agency(head: str) -> Opening | None:
    found = _WITH_AGENCY.match(head) or _AGENCY_FIRST.match(head)
    if not found:
        return None
    place = found[1].strip(" .,،")
    date = _DATE.search(place)
    return Opening(place, found.end()) if _is_place(place[: date.start()] if date else place) else None


def _read_dashed(head: str) -> Opening | None:
    """Place and date, perhaps the agency's bare name, and a dash."""
    found = _DASHED.match(head)
    date = _DATE.search(found[1]) if found else None
    if not found or not date or not _is_place(found[1][: date.start()]):
        return None
    agency = found[1][date.end() :].strip(" .,/")
    if len(agency.split()) > 3 or agency[:1].islower():
        return None
    return Opening(found[1][: date.end()].rstrip(" .,"), found.end())


def _read_chinese(head: str) -> Opening | None:
    found = _CHINESE.match(head)
    return Opening(found[1], found.end()) if found else None


def _read_japanese(head: str) -> Opening | None:
    found = _JAPANESE.match(head)
    if not found or not (_JAPANESE_AGENCY.search(found[1]) or re.search(r"\d日", found[1])):
        return None
    return Opening(_JAPANESE_AGENCY.sub("", found[1]), found.end())


def _is_place(text: str) -> bool:
    """Whether the text can be the name of one or a few places: up to six words that begin like names."""
    words = text.replace("/", " ").replace(",", " ").split()
    named = [word for word in words if word.lower() not in _LOWER_IN_PLACES]
    return (
        1 <= len(named) <= 4
        and len(words) <= 6
        and all(word[0].isalpha() and not word[0].islower() for word in named)
        and not any(mark in text for mark in ':;!?"«»„“')
    )


def tidy_dateline(given: str) -> str:
    """A dateline as it is given, without the agency and the dash: "Gaza City, May 16 (AFP) -" is "Gaza City, May 16"."""
    return _AGENCY_AT_END.sub("", given.strip()).strip()


def place_of(dateline: str) -> str | None:
    """The place in a dateline, without its date and its agency: "SHANGHAI, April 25" is SHANGHAI."""
    text = f" {tidy_dateline(dateline)}"
    if found := _CHINESE_DATE.search(text) or _DATE.search(text):
        text = re.sub(r",?\s(?:den|am|le|el|o)$", "", text[: found.start()])
    place = text.strip(" .,،:-–—()/")
    return place if place and len(place) <= 80 and any(letter.isalpha() for letter in place) else None


def date_of(dateline: str, *, near: datetime) -> str | None:
    """The date in a dateline, ISO 8601; where it names no year, the last such date before ``near``."""
    if chinese := _CHINESE_DATE.search(dateline):
        return _nearest(near.year, int(chinese[1]) if chinese[1] else near.month, int(chinese[2]), near)
    found = _DATE.search(f" {dateline}")
    if not found:
        return None
    numbers = [int(part["number"]) for part in _PARTS.finditer(found[0]) if part["number"]]
    words = [part["word"].lower() for part in _PARTS.finditer(found[0]) if part["word"]]
    month = next((number for word in words if (number := _month(word))), None)
    year = next((number for number in numbers if number > 1000), None)
    rest = [number for number in numbers if number < 1000]
    if month is None:
        month = rest[1] if not words and len(rest) == 2 else None
    return _nearest(year, month, rest[0], near) if month and rest else None


def _month(word: str) -> int | None:
    fitting = [name for name in _MONTH_NUMBERS if word.startswith(name)]
    return _MONTH_NUMBERS[max(fitting, key=len)] if fitting else None


def _nearest(year: int | None, month: int, day: int, near: datetime) -> str | None:
    """The date; without a year the last such one, since a dateline says when the story was written."""
    dates = []
    for candidate in [year] if year else [near.year - 1, near.year, near.year + 1]:
        with suppress(ValueError):
            dates.append(date(candidate, month, day))
    past = [found for found in dates if year or found <= near.date() + _AHEAD]
    return max(past).isoformat() if past else None
