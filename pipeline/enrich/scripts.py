"""The script in which a text is written, for languages that have several.

Comes in: a language and a text. Goes out: the ISO 15924 code, None for languages with one script and where it can't be told.
Chinese is told by the characters that only GB 2312 (mainland, simplified) or only Big5 (Taiwan, traditional) has.
"""

from __future__ import annotations

import re
from functools import cache

_SEVERAL = {
    "sr": ("Cyrl", "Latn"), "bs": ("Cyrl", "Latn"), "az": ("Latn", "Cyrl", "Arab"), "uz": ("Latn", "Cyrl"),
    "kk": ("Cyrl", "Latn", "Arab"), "ku": ("Latn", "Arab"), "pa": ("Guru", "Arab"), "mn": ("Cyrl", "Mong"),
}  # fmt: skip
_LETTERS = {
    "Latn": re.compile("[A-Za-z\u00c0-\u024f]"),
    "Cyrl": re.compile("[\u0400-\u052f]"),
    "Arab": re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    "Guru": re.compile("[\u0a00-\u0a7f]"),
    "Mong": re.compile("[\u1800-\u18af]"),
}


def script_of(language: str, text: str) -> str | None:
    """The script of the text."""
    if language == "zh":
        return _chinese(text)
    counts = {script: len(_LETTERS[script].findall(text)) for script in _SEVERAL.get(language, ())}
    best = max(counts, key=lambda script: counts[script], default=None)
    return best if best and counts[best] else None


def _chinese(text: str) -> str | None:
    simplified, traditional = _han()
    more = sum(letter in simplified for letter in text) - sum(letter in traditional for letter in text)
    return None if more == 0 else "Hans" if more > 0 else "Hant"


@cache
def _han() -> tuple[frozenset[str], frozenset[str]]:
    """The characters that only the simplified and only the traditional script has, as their national standards list them."""
    letters = [chr(code) for code in range(0x4E00, 0xA000)]
    mainland, taiwan = ({letter for letter in letters if _has(charset, letter)} for charset in ("gb2312", "big5"))
    return frozenset(mainland - taiwan), frozenset(taiwan - mainland)


def _has(charset: str, letter: str) -> bool:
    try:
        letter.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
