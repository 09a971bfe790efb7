"""Finding names in texts: words, cases, scripts, and offsets that cut exactly what was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.enrich.folding import fold
from pipeline.enrich.matching import Pattern, PhraseMatcher


def found(text: str, *patterns: Pattern[str], prefixes: frozenset[str] = frozenset()) -> list[str]:
    matcher = PhraseMatcher(patterns, prefixes=prefixes)
    return [text[hit.start : hit.end] for hit in matcher.find(fold(text))]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("China's exports", "china", ["China"]),
        ("Indochina and Chinatown", "china", []),
        ("US-China talks", "china", ["China"]),
        ("(China)", "china", ["China"]),
        ("中国外交部发言人", "外交部", ["外交部"]),
        ("TikTok在中国", "tiktok", ["TikTok"]),
        ("l’Iran et l'Irak", "iran", ["Iran"]),
        ("İran'ın nükleer", "iran", ["İran"]),
        ("الرئيس الإيرانيّ", "ايراني", []),
        ("روسيــا تعلن", "روسيا", ["روسيــا"]),
    ],
)
def test_whole_words_are_found(text: str, name: str, expected: list[str]) -> None:
    assert found(text, Pattern(name, "x")) == expected


def test_a_joined_prefix_is_passed_over() -> None:
    assert found("وروسيا والصين", Pattern("روسيا", "x"), prefixes=frozenset({"و"})) == ["روسيا"]
    assert found("بوروسيا دورتموند", Pattern("روسيا", "x"), prefixes=frozenset({"و", "ب"})) == []


@pytest.mark.parametrize(
    ("text", "case", "expected"),
    [
        ("tell us about the US", "exact", ["US"]),
        ("in may, Theresa May said", "initial", ["May"]),
        ("in may, Theresa May said", "any", ["may", "May"]),
    ],
)
def test_case_counts_as_asked(text: str, case: str, expected: list[str]) -> None:
    name = {"exact": "US"}.get(case, "may")
    assert found(text, Pattern(name, "x", case=case)) == expected  # type: ignore[arg-type]


def test_an_open_end_lets_a_compound_go_on() -> None:
    assert found("Wirtschaftssanktionen", Pattern("sanktion", "x", open_left=True, open_right=True)) == ["sanktion"]
    assert found("Wirtschaftssanktionen", Pattern("sanktion", "x", open_right=True)) == []


@given(st.text(alphabet="ab İßё\u0640\u200fcx’-\u00ad中", max_size=40))
def test_offsets_always_cut_the_original(text: str) -> None:
    patterns = [Pattern(name, name, open_left=True, open_right=True) for name in ("ab", "i", "е", "中", "c")]
    for hit in PhraseMatcher(patterns).find(fold(text)):
        assert fold(text[hit.start : hit.end]).text.strip() == hit.value
