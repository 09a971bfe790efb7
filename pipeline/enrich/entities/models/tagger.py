"""Our own tagger: a linear-chain CRF per language (CRFsuite), trained by `training.py` on the stories of `tests/training`.

Comes in: a text and what the other sources say of it (hints, see `features`). Goes out: spans of people, organisations and
places, each with the model's probability, and how sure it is that a stretch is no name at all.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import NamedTuple

import pycrfsuite

from pipeline.enrich.entities.models.features import Hint, Word, read_features, read_words, spans

MODELS = "pipeline.enrich.entities.models"
_TABLES = "en"
"""The model for text without a language: tables of results and lists, whose names look the same in every Latin one."""


TYPES = ("person", "organisation", "place")


class Span(NamedTuple):
    """A name as a model sees it; ``odds``: how probable each of `TYPES` is."""

    start: int
    end: int
    type: str
    odds: tuple[float, ...]

    @property
    def sure(self) -> float:
        """How probable its type is."""
        return self.odds[TYPES.index(self.type)]


class Reading:
    """What the model makes of one text."""

    def __init__(self, words: list[Word], tagger: pycrfsuite.Tagger, features: list[list[str]]) -> None:
        self._words, self._tagger = words, tagger
        self._tags: list[str] = tagger.tag(features) if words else []
        self._opens = {word.start: at for at, word in enumerate(words)}

    def spans(self) -> list[Span]:
        """The names, in the order of the text."""
        return [
            Span(start, end, kind, tuple(self._marginal(self._opens[start], f"B-{it}", f"I-{it}") for it in TYPES))
            for start, end, kind in spans(self._words, self._tags)
        ]

    def no_name(self, start: int, end: int) -> float:
        """How sure it is that no word of the stretch belongs to a name; 1 for a stretch without words."""
        return min(
            (self._marginal(at, "O") for at, word in enumerate(self._words) if word.start < end and start < word.end),
            default=1.0,
        )

    def _marginal(self, at: int, *tags: str) -> float:
        known = self._tagger.labels()
        return sum((float(self._tagger.marginal(tag, at)) for tag in tags if tag in known), 0.0)


def read(text: str, language: str, hints: list[Hint]) -> Reading | None:
    """What the model of the language makes of a text; None for a language without one."""
    tagger = _tagger(language)
    if tagger is None:
        return None
    words = read_words(text, language)
    return Reading(words, tagger, read_features(words, hints, text, language))


@cache
def _tagger(language: str) -> pycrfsuite.Tagger | None:
    if language == "und":
        language = _TABLES
    found = files(MODELS) / "data" / f"{language}.crfsuite"
    if not found.is_file():
        return None
    tagger = pycrfsuite.Tagger()
    with as_file(found) as path:
        tagger.open(str(path))
    return tagger
