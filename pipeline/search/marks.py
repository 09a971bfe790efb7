"""Snippets: pieces of a story's text with the places that a search meant.

Comes in: stories and what was searched for. Goes out: plain text with offsets (Unicode code points), so that whoever shows it never has to
tell marks from text. Words are found as alert rules find them, names and subjects where enrichment found them, so that a story in another
language shows why it is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from pipeline.alerts.rules.view import FIELDS, Sought, WordMatcher, level
from pipeline.enrich.terms import LETTER
from pipeline.search.tree import Named, Node, Phrase, Word, leaves
from pipeline.story import Mention, Story

LETTERS = 160
"""Of a piece, about."""
_PIECES = 2
_READ = 50_000
"""Letters of a body in which words are looked for: what stands behind them explains no hit."""
_BLANK = re.compile(r"\s")
_REST = re.compile(rf"{LETTER}*")
"""Of a word that is looked for by its beginning."""


@dataclass(frozen=True)
class Snippet:
    """A piece of ``field``; ``marks`` are (start, end) within ``text``."""

    field: str
    text: str
    marks: tuple[tuple[int, int], ...] = ()

    def parts(self) -> Iterator[tuple[str, bool]]:
        """The text in order, each piece with whether it is marked."""
        end = 0
        for first, last in self.marks:
            if first > end:
                yield self.text[end:first], False
            yield self.text[first:last], True
            end = last
        if end < len(self.text):
            yield self.text[end:], False

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"field": self.field, "text": self.text, "marks": [list(mark) for mark in self.marks]}


class Marker:
    """Marks in stories what a search asks for."""

    def __init__(self, tree: Node) -> None:
        wanted = [leaf for leaf, is_wanted in leaves(tree) if is_wanted]
        self._ids = {meaning.id for leaf in wanted if not isinstance(leaf, Word | Phrase) for meaning in leaf.meanings}
        self._words: dict[Sought, set[str]] = {}
        for leaf in wanted:
            if isinstance(leaf, Word | Phrase | Named) and (text := level(leaf.text)):
                fields = FIELDS if isinstance(leaf, Named) or not leaf.field else (leaf.field,)
                self._words.setdefault(Sought(text, isinstance(leaf, Word) and leaf.is_open), set()).update(fields)
        self._matcher = WordMatcher(self._words)

    def snippets(self, story: Story) -> tuple[Snippet, ...]:
        """The headline, if anything of it is meant, and the pieces of the body in which most of it stands."""
        places = [*self._found(story), *self._named(story)]
        headline = _merged((it.start, it.end) for it in places if it.field == "headline")
        body = _merged((it.start, it.end) for it in places if it.field == "body")
        found = [Snippet("headline", story.headline, headline)] if headline else []
        return (*found, *_pieces(story.body, body))

    def _found(self, story: Story) -> Iterator[Mention]:
        read = msgspec.structs.replace(story, body=story.body[:_READ])
        for word, places in self._matcher.find(read).items():
            for field, start, end in places:
                if field in self._words[word]:
                    whole = _REST.match(getattr(story, field), end) if word.is_open else None
                    yield Mention(field=field, start=start, end=whole.end() if whole else end, text="")

    def _named(self, story: Story) -> Iterator[Mention]:
        for entity in story.entities:
            if entity.id in self._ids:
                yield from entity.mentions
        for topic in story.topics:
            if topic.id in self._ids:
                yield from topic.evidence


def _pieces(body: str, marks: tuple[tuple[int, int], ...]) -> list[Snippet]:
    """The pieces with the most marks, in the order of the body."""
    pieces: list[Snippet] = []
    taken: list[tuple[int, int]] = []
    left = list(marks)
    while left and len(pieces) < _PIECES:
        most = max(left, key=lambda mark: sum(mark[0] <= it[0] < mark[0] + LETTERS * 3 // 4 for it in left))
        first, last = _piece(body, *most)
        pieces.append(
            Snippet(
                "body", body[first:last], tuple((a - first, b - first) for a, b in marks if first <= a and b <= last)
            )
        )
        taken.append((first, last))
        left = [mark for mark in left if mark[1] <= first - LETTERS or mark[0] >= last]
    return [piece for _, piece in sorted(zip(taken, pieces, strict=True), key=lambda it: it[0])]


def _piece(body: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the piece around a mark: within its paragraph, cut between words."""
    first = paragraph = body.rfind("\n", 0, start) + 1
    if start - paragraph > LETTERS // 4:
        blank = _BLANK.search(body, start - LETTERS // 4, start)
        first = blank.end() if blank else start - LETTERS // 4
    stop = body.find("\n", end)
    last = stop = len(body) if stop < 0 else stop
    if stop - first > LETTERS:
        last = max(end, first + LETTERS)
        blank_at = body.rfind(" ", end, last)
        last = blank_at if blank_at > end and last < stop else min(last, stop)
    return first, last


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)
