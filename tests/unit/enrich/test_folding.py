"""Folded text keeps its places, and a part of it is the fold of that part."""

from __future__ import annotations

import pytest

from pipeline.enrich.folding import fold

SOFT = "Die Sank\u00adtionen\u00ad der EU gegen Ruß\u00adland"
VOWELLED = "العُقُوبَات على رُوسـيا"


@pytest.mark.parametrize("text", ["Sanctions\non Russia’s banks", SOFT, VOWELLED, "İstanbul — Ёлка", ""])
def test_a_part_is_folded_as_it_would_be_alone(text: str) -> None:
    whole = fold(text)
    for start in range(len(text)):
        for end in range(start, len(text) + 1):
            assert whole.part(start, end) == fold(text[start:end]).text


def test_marks_within_words_are_left_out_and_places_are_those_of_the_original() -> None:
    folded = fold(SOFT)
    start = folded.text.index("rußland")
    first, last = folded.span(start, start + len("rußland"))
    assert SOFT[first:last] == "Ruß\u00adland"
