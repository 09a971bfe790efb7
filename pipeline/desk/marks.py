"""Text with marks: what was found where, put together so that overlapping places show all that was found. Pure.

Comes in: a text and spans with offsets in Unicode code points. Goes out: paragraphs of pieces, each with the spans that cover it; templates
escape the pieces and draw the marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_BREAK = re.compile(r"\n[ \t\r]*\n\s*")


@dataclass(frozen=True)
class Span:
    """A place that something was found at: what ``kind`` of thing, ``label`` for people with who said so, ``ref`` of its card."""

    start: int
    end: int
    kind: str
    label: str
    ref: str


@dataclass(frozen=True)
class Piece:
    """A piece of text and what covers it, the widest first."""

    text: str
    spans: tuple[Span, ...] = ()

    @property
    def kinds(self) -> str:
        """The kinds of its spans, as a list of words."""
        return " ".join(dict.fromkeys(span.kind for span in self.spans))

    @property
    def refs(self) -> str:
        """The cards of its spans, as a list of words."""
        return " ".join(dict.fromkeys(span.ref for span in self.spans))

    @property
    def labels(self) -> str:
        """What was found here, a line each."""
        return "\n".join(dict.fromkeys(span.label for span in self.spans))


def pieces(text: str, spans: Iterable[Span]) -> list[Piece]:
    """The text in pieces, cut wherever a span begins or ends; spans outside the text count as far as they reach into it."""
    return list(_cut(text, 0, len(text), _sorted(spans)))


def paragraphs(text: str, spans: Iterable[Span], *, limit: int | None = None) -> list[list[Piece]]:
    """The paragraphs of a text in pieces, of its first ``limit`` characters at most."""
    text = text if limit is None else text[:limit]
    ordered = _sorted(spans)
    found, begin = [], 0
    for end, following in [*((it.start(), it.end()) for it in _BREAK.finditer(text)), (len(text), len(text))]:
        if text[begin:end].strip():
            inside = [span for span in ordered if span.start < end and span.end > begin]
            found.append(list(_cut(text, begin, end, inside)))
        begin = following
    return found


def _sorted(spans: Iterable[Span]) -> list[Span]:
    return sorted((it for it in spans if it.start < it.end), key=lambda it: (it.start, -it.end))


def _cut(text: str, begin: int, end: int, spans: Sequence[Span]) -> Iterator[Piece]:
    """The pieces of ``text[begin:end]``; the spans are sorted by their start."""
    edges = sorted({begin, end} | {edge for it in spans for edge in (it.start, it.end) if begin < edge < end})
    open_: list[Span] = []
    following = 0
    for left, right in pairwise(edges):
        open_ = [span for span in open_ if span.end > left]
        while following < len(spans) and spans[following].start <= left:
            if spans[following].end > left:
                open_.append(spans[following])
            following += 1
        yield Piece(text[left:right], tuple(open_))
