"""Headlines of copy that does not label them.

Comes in: cleaned text. Goes out: the headline that stands in its first line, or one made from its first sentence. Never
takes a sentence out of the body.
"""

from __future__ import annotations

import re

from pipeline.formats.datelines import Opening, read_opening
from pipeline.formats.paragraphs import ends_sentence, is_prose, split_paragraphs, width

MAX_WIDTH = 120
"""Columns of a derived headline: what search results and alerts show in one or two lines."""
_MAX_GIVEN = 160
_SENTENCE_END = re.compile(r"[.!?…؟۔।]+[\"'»”’“)\]]{0,3}(?=\s)|[。！？｡]+[」』”’）]{0,3}")
_LAST_WORD = re.compile(r"[^\s(\"'„“«]{1,30}$")
# Words whose full stop ends no sentence. Single letters and ordinal numbers are seen by their form.
_ABBREVIATIONS = frozenset(
    [
        "dr",
        "mr",
        "mrs",
        "ms",
        "st",
        "prof",
        "gen",
        "sen",
        "rep",
        "gov",
        "lt",
        "col",
        "sgt",
        "capt",
        "hon",
        "rev",
        "jr",
        "sr",
        "vs",
        "etc",
        "inc",
        "ltd",
        "corp",
        "no",
        "approx",
        "dept",
        "nr",
        "bzw",
        "ca",
        "usw",
        "abs",
        "art",
        "sog",
        "evtl",
        "inkl",
        "mio",
        "mrd",
        "str",
        "geb",
        "hl",
        "jh",
        "vgl",
        "tel",
        "mme",
        "mlle",
        "mgr",
        "cf",
        "env",
        "art",
        "sra",
        "srta",
        "sres",
        "dra",
        "ud",
        "uds",
        "ee",
        "dott",
        "sig",
        "ing",
        "avv",
        "on",
        "pag",
        "mln",
        "mld",
        "drs",
        "dhr",
        "mevr",
        "jhr",
        "bijv",
        "zgn",
        "resp",
        "mrt",
        "ul",
        "al",
        "św",
        "im",
        "ks",
        "abp",
        "płk",
        "ppłk",
        "mjr",
        "kpt",
        "ppor",
        "por",
        "sierż",
        "hab",
        "inż",
        "np",
        "tzw",
        "m.in",
        "woj",
        "tys",
        "г",
        "гг",
        "г-н",
        "г-жа",
        "ул",
        "им",
        "тыс",
        "млн",
        "млрд",
        "руб",
        "проф",
        "акад",
        "см",
        "др",
        "пр",
        "т.е",
        "т.д",
        "т.п",
        "т.к",
        "ім",
        "вул",
        "грн",
        "тис",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "okt",
        "dez",
        "ene",
        "abr",
        "ago",
        "dic",
        "янв",
        "фев",
        "мар",
        "апр",
        "авг",
        "сен",
        "окт",
        "ноя",
        "дек",
    ]
)
_BYLINE = re.compile(r"(?:by|von|par|por|di|door|przez)\s", re.IGNORECASE)
_BYLINE_PARTICLES = frozenset(
    [
        "and",
        "und",
        "et",
        "y",
        "e",
        "i",
        "en",
        "de",
        "da",
        "di",
        "du",
        "del",
        "della",
        "der",
        "den",
        "van",
        "von",
        "zu",
        "al",
        "el",
        "bin",
        "la",
        "le",
        "dos",
        "das",
        "ten",
        "ter",
        "te",
        "'t",
    ]
)


def split_headline(text: str) -> tuple[str, str]:
    """Headline and rest, where the first line clearly is one; else the empty string and the text.

    Clearly: it is short, has no final stop and no dateline, and running text follows it after a blank line or, in copy
    that has no blank lines at all, on the next line.
    """
    paragraphs = split_paragraphs(text)
    if len(paragraphs) < 2:
        return "", text
    first, rest = paragraphs[0].text, text[paragraphs[1].start :]
    if "\n" in first or len(first) > _MAX_GIVEN or width(first) > _MAX_GIVEN or read_opening(first):
        return "", text
    if not any(letter.isalpha() for letter in first) or _ends_with_stop(first) or is_byline(first):
        return "", text
    running = any(is_prose(paragraph.text) for paragraph in paragraphs[1:4])
    return (first, rest) if running else ("", text)


def split_byline(text: str) -> tuple[str | None, str]:
    """Byline ("By Jane Doe") and rest, where the first paragraph is one."""
    first, gap, rest = text.partition("\n\n")
    return (first, rest) if gap and is_byline(first) else (None, text)


def is_byline(line: str) -> bool:
    """Whether the line is "By" and names, in the languages that write it so."""
    if len(line) > 100 or ends_sentence(line) or not _BYLINE.match(line):
        return False
    words = line.split()[1:]
    return 2 <= len(words) <= 10 and all(word[0].isupper() or word in _BYLINE_PARTICLES for word in words)


def derive_headline(body: str) -> str:
    """A headline from the first sentence of running text, cut at a word."""
    paragraphs = [paragraph.text for paragraph in split_paragraphs(body[:4000])]
    if not paragraphs:
        return ""
    lead = next((text for text in paragraphs[:4] if is_prose(text)), paragraphs[0])
    opening = read_opening(lead) or Opening("", 0)
    sentence = first_sentence(" ".join((lead[opening.end :] or lead).split()))
    return shorten(sentence if _is_abbreviation(sentence[:-1]) else sentence.rstrip(".。") or sentence)


def first_sentence(text: str) -> str:
    """The first sentence; abbreviations and ordinal numbers don't end it."""
    for found in _SENTENCE_END.finditer(text, 0, 1000):
        rest = text[found.end() :].lstrip()
        if found[0] != "." or not (_is_abbreviation(text[: found.start()]) or rest[:1].islower()):
            return text[: found.end()]
    return text


def shorten(text: str, limit: int = MAX_WIDTH) -> str:
    """The text, cut at a word boundary with an ellipsis if it is wider than the limit."""
    if width(text) <= limit:
        return text
    head = text[:limit]
    while width(head) >= limit:
        head = head[:-1]
    blank = head.rfind(" ")
    return head[: blank if blank > len(head) // 2 else len(head)].rstrip(" ,;:–—-،，、；：") + "…"


def _is_abbreviation(before: str) -> bool:
    found = _LAST_WORD.search(before[-31:])
    word = found[0].lower() if found else ""
    return len(word) == 1 or (word.isdecimal() and len(word) <= 2) or word in _ABBREVIATIONS or word[-2:-1] == "."


def _ends_with_stop(line: str) -> bool:
    return ends_sentence(line) and line.rstrip("\"'»”’“›)]）」』】 ")[-1] not in "!?！？؟"
