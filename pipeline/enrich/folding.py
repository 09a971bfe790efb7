"""Text folded for matching, letter for letter, so that what is found can be cut out of the original.

Comes in: a text field of a story. Goes out: the same text with case, apostrophes, hyphens and spelling variants levelled.
Never decides what matches.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

# One code point to one code point, so that offsets stay true. "İ" is the only letter whose lower() is longer than itself.
_LEVEL: dict[str, str] = {
    **dict.fromkeys("’‘ʼʹ`´＇", "'"),
    **dict.fromkeys("‐‑‒–−－", "-"),
    **dict.fromkeys("\u200c\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\t\n", " "),
    "İ": "i",
    "ё": "е",
    "Ё": "е",
    **dict.fromkeys("أإآٱ", "ا"),  # Arabic hamza carriers are written or left off at will
    **dict.fromkeys("يىئ", "ی"),  # Arabic yeh, alef maqsura and Persian yeh look alike on most keyboards
    "ك": "ک",
    "ة": "ه",
    "ؤ": "و",
}
_LEVEL_ASCII = {letter: levelled for letter, levelled in _LEVEL.items() if letter.isascii()}
# Marks that writers add or leave off within a word: Arabic vowel signs and tatweel, soft hyphen, directional marks.
_OPTIONAL = re.compile("[\u0640\u064b-\u0652\u0670\u00ad\u200b\u200d-\u200f\u202a-\u202e\u2060\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text and its folded form; ``origins[i]`` is where the folded letter ``i`` stands in the text."""

    original: str
    text: str
    origins: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that the folded span came from."""
        if self.origins is None:
            return start, end
        return self.origins[start], self.origins[end - 1] + 1

    def part(self, start: int, end: int) -> str:
        """The folded form of a span of the original."""
        if self.origins is None:
            return self.text[start:end]
        return self.text[bisect_left(self.origins, start) : bisect_left(self.origins, end)]


@lru_cache(maxsize=8)  # entities and topics look at the same headline and body
def fold(text: str) -> Folded:
    """The text levelled for matching."""
    if text.isascii() or not _OPTIONAL.search(text):
        return Folded(text, _level(text), None)
    origins: list[int] = []
    start = 0
    for mark in _OPTIONAL.finditer(text):
        origins += range(start, mark.start())
        start = mark.end()
    origins += range(start, len(text))
    return Folded(text, _level(_OPTIONAL.sub("", text)), origins)


def _level(text: str) -> str:
    # Letter by letter through str.translate takes ten times as long where the text is not ASCII.
    for letter, levelled in (_LEVEL_ASCII if text.isascii() else _LEVEL).items():
        if letter in text:
            text = text.replace(letter, levelled)
    return text.lower()
