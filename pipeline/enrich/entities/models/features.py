"""What the tagger sees of a text: its words, and of each word its form, its neighbours and what the other sources say of it.

Comes in: a text, its language and the spans that the gazetteer and the rules for names have found in it. Goes out: words with
their places, and a list of features (strings) for each. Chinese and Japanese are read by the character.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipeline.enrich.entities.models.lexicon import commonness, kinds, town_marks
from pipeline.enrich.entities.names import given_names, given_names_anywhere, known_titles

_WORDS = re.compile(r"[^\W\d_]+|\d[\d.,]*|\S")
_WORDS_BY_LANGUAGE = {
    # l'Union, dell'Ue: the article ends with the apostrophe
    **dict.fromkeys(["fr", "it"], re.compile(r"[^\W\d_]+['’](?=[^\W\d_])|[^\W\d_]+|\d[\d.,]*|\S")),
    # the apostrophe is a letter: перем'я
    "fa": re.compile(r"[^\W\d_]+(?:\u200c[^\W\d_]+)*|\d[\d.,]*|\S"),  # a word may have a joint that does not join
    **dict.fromkeys(["uk", "ru"], re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*|\d[\d.,]*|\S")),
    # Arafat's, Ankara'da: what follows belongs to the grammar; but O'Connor, D'Alessio
    **dict.fromkeys(
        ["de", "en", "es", "nl", "pl", "pt", "tr", "und"],
        re.compile(r"(?<!\w)[ODLod]['’](?=[^\W\d_])|['’][^\W\d_]{1,6}|[^\W\d_]+|\d[\d.,]*|\S"),
    ),
}
_CHARACTERS = re.compile(r"[A-Za-z]+|\d+|\S")
UNSPACED = frozenset(["zh", "ja"])
_MARKS = frozenset(["first", "first?", "title", "townB", "townI"])
_OPENING, _CLOSING = frozenset('«“„「『《"'), frozenset('»”“」』》"')
_LONGEST_QUOTED, _LONGEST_QUOTED_CHARACTERS = 5, 10
_SENTENCE_ENDS = frozenset(".!?。！？؟۔")


class Word(NamedTuple):
    """A word of a text with its place, in code points."""

    start: int
    end: int
    text: str


class Hint(NamedTuple):
    """What another source says of a stretch of text: ``what`` is a type, or "demonym" and such."""

    start: int
    end: int
    what: str


def read_words(text: str, language: str) -> list[Word]:
    """The words, numbers and marks of a text."""
    pattern = _CHARACTERS if language in UNSPACED else _WORDS_BY_LANGUAGE.get(language, _WORDS)
    return [Word(found.start(), found.end(), found[0]) for found in pattern.finditer(text)]


def read_features(words: list[Word], hints: Iterable[Hint], text: str, language: str) -> list[list[str]]:
    """The features of each word, as the model is trained on them."""
    hinted = _hints_by_word(words, hints)
    first_names, anywhere, known = given_names(language), given_names_anywhere(language), known_titles(language)
    shapes = [_shape(word.text) for word in words]
    lower = [word.text.lower() for word in words]
    within = _seen_within(words, lower, text)
    own = [_own(word.text, lower[at], shapes[at], hinted[at]) for at, word in enumerate(words)]
    for at in _quoted(words, unspaced=language in UNSPACED):
        own[at].append("quoted")
    towns, no_names = town_marks([word.text for word in words], language), kinds(language)
    for at, word in enumerate(words):
        if towns[at]:
            own[at].append("town" + towns[at])
        if mark := commonness(lower[at], language):
            own[at].append("common" + mark)
        if kind := no_names.get(lower[at]):
            own[at].append(kind)
        if word.text in first_names:
            own[at].append("first")
        elif word.text in anywhere:
            own[at].append("first?")
        if lower[at] in known:
            own[at].append("title")
        if lower[at] in within:
            own[at].append("within")
    unspaced = language in UNSPACED
    return [_with_neighbours(at, own, words, lower, shapes, hinted, text, unspaced) for at in range(len(words))]


def _own(word: str, lower: str, shape: str, hint: str) -> list[str]:
    found = ["b", "w=" + lower, "s=" + shape, "h=" + hint]
    if len(lower) > 3:
        found += ["-3=" + lower[-3:], "-2=" + lower[-2:], "+3=" + lower[:3]]
        if len(lower) > 5:
            found.append("-4=" + lower[-4:])
    return found


def _with_neighbours(
    at: int,
    own: list[list[str]],
    words: list[Word],
    lower: list[str],
    shapes: list[str],
    hinted: list[str],
    text: str,
    unspaced: bool,
) -> list[str]:
    found = own[at][:]
    last = len(words) - 1
    if at == 0 or words[at - 1].text in _SENTENCE_ENDS or "\n" in text[words[at - 1].end : words[at].start]:
        found.append("opens")
    for step in (-2, -1, 1, 2) if not unspaced else (-3, -2, -1, 1, 2, 3):
        there = at + step
        if 0 <= there <= last:
            found.append(f"{step}w={lower[there]}")
            found.append(f"{step}s={shapes[there]}")
            found.append(f"{step}h={hinted[there]}")
            if step in (-1, 1):
                found += [f"{step}{it}" for it in own[there] if it in _MARKS]
                if not unspaced and len(lower[there]) > 4:
                    found.append(f"{step}-3={lower[there][-3:]}")
        else:
            found.append(f"{step}w=")
    if at > 0:
        found.append(f"-1,0s={shapes[at - 1]},{shapes[at]}")
        found.append(f"-1,0h={hinted[at - 1]},{hinted[at]}")
        found.append(f"-1h,0s={hinted[at - 1]},{shapes[at]}")
        if unspaced:
            found.append(f"-1,0w={lower[at - 1]}{lower[at]}")
    if at < last:
        found.append(f"0,1s={shapes[at]},{shapes[at + 1]}")
        found.append(f"0h,1s={hinted[at]},{shapes[at + 1]}")
        if unspaced:
            found.append(f"0,1w={lower[at]}{lower[at + 1]}")
    return found


def _quoted(words: list[Word], *, unspaced: bool) -> Iterator[int]:
    """The words of short stretches in quotation marks, which are names and titles more often than speech."""
    longest = _LONGEST_QUOTED_CHARACTERS if unspaced else _LONGEST_QUOTED
    opened = -1
    for at, word in enumerate(words):
        if word.text in _OPENING and not (word.text in _CLOSING and opened >= 0):
            opened = at
        elif word.text in _CLOSING and opened >= 0:
            if at - opened - 1 <= longest:
                yield from range(opened + 1, at)
            opened = -1


def _hints_by_word(words: list[Word], hints: Iterable[Hint]) -> list[str]:
    """For each word what is said of it: B- or I- with the type, else O."""
    by_word = ["O"] * len(words)
    starts, ends = [word.start for word in words], [word.end for word in words]
    for hint in sorted(hints):
        first = bisect_right(ends, hint.start)
        for at in range(first, bisect_left(starts, hint.end)):
            if by_word[at] == "O":
                by_word[at] = ("B-" if at == first else "I-") + hint.what
    return by_word


def _seen_within(words: list[Word], lower: list[str], text: str) -> frozenset[str]:
    """Words that the text also writes with a capital inside a sentence: those are likely names where they open one."""
    return frozenset(
        lower[at]
        for at in range(1, len(words))
        if words[at].text[0].isupper() and words[at - 1].text[-1].isalpha() and words[at - 1].text[0].islower()
    )


def _shape(word: str) -> str:
    if word.isdigit() or word[0].isdigit():
        return "0"
    if not word[0].isalpha():
        return word[0]
    if word[0].isupper():
        if len(word) == 1:
            return "X"
        if word.isupper():
            return "XX"
        return "Xx" if word[1:].islower() else "XxX"
    if word[0].islower():
        return "x" if word.islower() else "xX"
    return _script(word[0])


def _script(letter: str) -> str:
    """Letters without case by what kind they are."""
    code = ord(letter)
    if 0x30A0 <= code <= 0x30FF:
        return "kata"
    if 0x3040 <= code <= 0x309F:
        return "hira"
    if 0x4E00 <= code <= 0x9FFF:
        return "han"
    return "l"


def spans(words: list[Word], tags: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """The spans (start, end, type) that B- and I- tags mark; an I- without its B- opens a span too."""
    start = end = -1
    kind = ""
    for word, tag in zip(words, tags, strict=True):
        mark, _, what = tag.partition("-")
        if start >= 0 and (mark != "I" or what != kind):
            yield start, end, kind
            start = -1
        if mark != "O":
            if start < 0:
                start, kind = word.start, what
            end = word.end
    if start >= 0:
        yield start, end, kind
