"""Every name and term found in one pass over a text, however many there are.

Comes in: patterns with what they stand for, then folded texts. Goes out: hits with their spans. Aho-Corasick finds all
places; what stands beside a place (word boundaries, joined prefixes) and its case decide whether it counts.
Never decides between hits: that is the caller's subject.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Generic, Literal, NamedTuple, TypeVar

from ahocorasick_rs import AhoCorasick, Implementation

from pipeline.enrich.folding import Folded, fold

T = TypeVar("T")
Case = Literal["any", "initial", "exact"]


@dataclass(frozen=True, slots=True)
class Pattern(Generic[T]):
    """What to look for. ``case``: any; initial = must begin with a capital where it is a cased letter; exact = as given.

    ``open_left`` / ``open_right``: the word may go on there (a part of a compound, a stem).
    """

    text: str
    value: T
    case: Case = "any"
    open_left: bool = False
    open_right: bool = False


class Hit(NamedTuple, Generic[T]):
    """A place where a pattern counts; offsets are of the original text."""

    start: int
    end: int
    value: T


_BY_PLACE = itemgetter(0, 1)
new_tuple = tuple.__new__
"""Makes a named tuple in a third of the time; a story has some hundred hits."""


class PhraseMatcher(Generic[T]):
    """Finds patterns. ``prefixes`` are letters that a language writes joined before a word (Arabic و, ب, ال)."""

    def __init__(self, patterns: Iterable[Pattern[T]], *, prefixes: frozenset[str] = frozenset()) -> None:
        by_text: dict[str, list[Pattern[T]]] = {}
        for pattern in patterns:
            if key := fold(pattern.text).text:
                by_text.setdefault(key, []).append(pattern)
        # A worker holds some hundred thousand of them: the forms of a name share theirs, and only what is compared letter by
        # letter keeps its text.
        shared: dict[tuple[object, ...], tuple[tuple[T, str, Case, bool, bool], ...]] = {}
        self._patterns = []
        for same in by_text.values():
            wanted = tuple(
                (it.value, it.text if it.case == "exact" else "", it.case, it.open_left, it.open_right) for it in same
            )
            self._patterns.append(shared.setdefault(tuple((id(it[0]), *it[1:]) for it in wanted), wanted))
        self._automaton = AhoCorasick(list(by_text), implementation=Implementation.ContiguousNFA)
        self._prefixes = prefixes
        self._longest_prefix = max(map(len, prefixes), default=0)

    def find(self, folded: Folded) -> list[Hit[T]]:
        """All places that count, by start; they may overlap."""
        text, original, origins = folded.text, folded.original, folded.origins
        hits: list[Hit[T]] = []
        length, patterns = len(text), self._patterns
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for value, given, case, open_left, open_right in patterns[index]:
                # Nearly all words stand between blanks; only what does not is looked at closely.
                if not open_left and start > 0 and text[start - 1].isalnum() and not self._begins(text, start):
                    continue
                if not open_right and end < length and text[end].isalnum() and _joined(text, end - 1, end):
                    continue
                first, last = (start, end) if origins is None else folded.span(start, end)
                if case == "any" or _case_fits(case, given, original[first:last]):
                    hits.append(new_tuple(Hit, (first, last, value)))
        hits.sort(key=_BY_PLACE)
        return hits

    def _begins(self, text: str, start: int) -> bool:
        """Whether a word may begin behind a letter: in scripts without spaces, or where a prefix is joined before it."""
        return not _joined(text, start - 1, start) or (bool(self._prefixes) and self._is_prefixed(text, start))

    def _is_prefixed(self, text: str, start: int) -> bool:
        """Whether all that stands between the word's beginning and ``start`` is a joined prefix."""
        begin = start
        while begin > 0 and start - begin <= self._longest_prefix and _joined(text, begin - 1, begin):
            begin -= 1
        return text[begin:start] in self._prefixes


def _case_fits(case: Case, given: str, found: str) -> bool:
    return found == given if case == "exact" else not found[0].islower()


def _joined(text: str, left: int, right: int) -> bool:
    """Whether the letters at the two neighbouring places belong to one word.

    Chinese, Japanese and Thai write no spaces, so a letter of theirs never joins, but for a run of katakana.
    """
    a, b = text[left], text[right]
    if not (a.isalnum() and b.isalnum()):
        return False
    if a < "\u0e00" and b < "\u0e00":  # the usual case: letters of scripts with spaces
        return True
    return not (_unspaced(a) or _unspaced(b)) or (_katakana(a) and _katakana(b))


def _katakana(letter: str) -> bool:
    """Katakana, which writes one foreign word after another kind of letters: タイ is not in タイトル."""
    return "\u30a1" <= letter <= "\u30fa" or letter in "ーヽヾ"


def _unspaced(letter: str) -> bool:
    """Scripts written without spaces: Thai to Khmer, Kana, Han with its compatibility forms, planes 2 and 3."""
    return (
        "\u3040" <= letter <= "\u9fff"
        or "\u0e00" <= letter <= "\u0eff"
        or "\u1780" <= letter <= "\u17ff"
        or "\uf900" <= letter <= "\ufaff"
        or letter >= "\U00020000"
    )
