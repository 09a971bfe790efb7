"""The dateline that opens running text: "BERLIN (agency) - ", "Москва. 12 ноября. АГЕНТСТВО - ", "北京11月12日电".

Comes in: the first paragraph. Goes out: place and date without the agency, and where the sentence begins. Says nothing
where it is not clear: a dateline has an agency in brackets or a date.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.formats.paragraphs import is_prose, split_paragraphs

_REACH = 120
"""A dateline stands within the first line."""
_MONTHS = (
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "jän mär mai okt dez",
    "janv févr avr juin juil août déc",
    "ene abr ago set dic gen mag giu lug ott",
    "fev out dez mrt mei",
    "sty lut kwi maj cze lip sie wrz paź lis gru",
    "янв фев мар апр мая май июн июл авг сен окт ноя дек",
    "січ лют бер кві тра чер лип сер вер жов лис гру",
    "oca şub nis haz tem ağu eyl eki kas ara",
    "يناير فبراير مارس أبريل إبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين كانون",
    "ژانویه فوریه آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر",
    "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند",
)
_MONTH = rf"(?:{'|'.join(' '.join(_MONTHS).split())})\w{{0,9}}\.?"
_DAY = r"\d{1,2}(?:er|º|th|st|nd|rd|\.)?"
_DATE = re.compile(
    rf"[.,،]?\s{{1,2}}(?:{_DAY}\s(?:de\s)?{_MONTH}|{_MONTH}\s{_DAY}|\d{{1,2}}\.\s?\d{{1,2}}\.)(?:,?\s(?:de\s)?\d{{4}})?",
    re.IGNORECASE,
)
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
    ]
)


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
