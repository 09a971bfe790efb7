"""The type of a language's file, and declining a name with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

_WORDS = re.compile(r"([\s-]+)")
_MAX_DECLINED_WORDS = 4
"""In longer names only the first words decline; what follows is nearly always a genitive that stays as it is."""


@dataclass(frozen=True)
class Example:
    """``name`` as the gazetteer has it is found in ``text`` as ``found``; an empty ``found``: it must not be found."""

    name: str
    text: str
    found: str


@dataclass(frozen=True)
class Language:
    """A language as matching needs it.

    ``declensions``: pairs of a base ending and the endings that take its place, one entry per grammatical case in a fixed
    order (so that the words of a name decline together), alternatives within a case divided by ``/``. The first pair whose
    base ending fits a word is taken, so longer endings stand first; ``""`` fits every word. An entry ``-`` adds nothing.
    ``common``: pairs that are tried first on a name of one word in lower case, which is a common word ("китайский",
    "chino") and has forms that a proper name has not: gender, plural.
    ``prefixes``: letters written joined before a word. ``openings``: what the first letters of a name become after a
    preposition that melts with them. ``examples`` are run as a test.
    """

    code: str
    name: str
    declensions: tuple[tuple[str, str], ...] = ()
    common: tuple[tuple[str, str], ...] = ()
    prefixes: frozenset[str] = frozenset()
    openings: tuple[tuple[str, str], ...] = ()
    examples: tuple[Example, ...] = ()


def after(letters: str, cases: str) -> Iterator[tuple[str, str]]:
    """Pairs for words that end in any of the letters and keep it: ``after("бв", "- а")`` gives "- ба" and "- ва"."""
    for letter in letters:
        yield letter, re.sub(r"[^ /-]+", rf"{letter}\g<0>", cases)


def decline(name: str, language: Language) -> set[str]:
    """All forms of a name, lower case, itself included.

    Each word either declines with the case or stays: "Владимир Путин" gives "владимиром путиным", and "Урсула фон дер
    Ляйен" gives "урсулы фон дер ляйен".
    """
    lowered = name.replace("İ", "i").lower()  # lower() alone makes two letters of a Turkish İ, which no text has
    parts = _WORDS.split(lowered)
    pairs = language.declensions
    if name.islower() and " " not in name:
        pairs = (*language.common, *pairs)
    tables = [_case_forms(word, pairs) if index % 2 == 0 else None for index, word in enumerate(parts)]
    declined = [index for index, table in enumerate(tables) if table][:_MAX_DECLINED_WORDS]
    forms = {lowered}
    for case in range(max((len(tables[index] or ()) for index in declined), default=0)):
        choices = [
            {part, *_at(tables[index], case)} if index in declined else {part} for index, part in enumerate(parts)
        ]
        forms.update("".join(words) for words in product(*choices))
    return forms | {
        melted + form.removeprefix(opening)
        for opening, melted in language.openings
        for form in forms
        if form.startswith(opening)
    }


def _case_forms(word: str, pairs: tuple[tuple[str, str], ...]) -> list[list[str]]:
    """The declined forms of one word, a list per case; none where no pair fits it."""
    for base, cases in pairs:
        if word.endswith(base) and len(word) > len(base) + 1:
            stem = word.removesuffix(base)
            return [[stem + ending for ending in case.split("/") if ending != "-"] for case in cases.split(" ")]
    return []


def _at(table: list[list[str]] | None, case: int) -> list[str]:
    return table[case] if table and case < len(table) else []
