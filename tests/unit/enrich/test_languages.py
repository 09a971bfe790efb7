"""Every language's own examples: names in the forms that its texts use, and words that only look like them."""

from __future__ import annotations

import pytest

from pipeline.enrich.folding import fold
from pipeline.enrich.languages import LANGUAGES
from pipeline.enrich.languages.language import Example, Language, decline
from pipeline.enrich.matching import Pattern, PhraseMatcher

EXAMPLES = [
    pytest.param(language, example, id=f"{code}-{example.name}-{example.text}")
    for code, language in LANGUAGES.items()
    for example in language.examples
]


@pytest.mark.parametrize(("language", "example"), EXAMPLES)
def test_an_example_finds_what_it_says(language: Language, example: Example) -> None:
    found = matches(example.name, example.text, language)
    assert max(found, key=len, default="") == example.found


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_a_language_shows_what_it_finds_and_what_it_must_not(language: Language) -> None:
    assert sum(bool(example.found) for example in language.examples) >= 4
    assert any(not example.found for example in language.examples)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_a_name_is_always_one_of_its_forms(language: Language) -> None:
    assert {"antony blinken", "world bank"} <= decline("Antony Blinken", language) | decline("World Bank", language)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_an_earlier_pair_never_hides_a_later_one(language: Language) -> None:
    for pairs in (language.declensions, language.common):
        bases = [base for base, _ in pairs]
        hidden = [
            later for index, later in enumerate(bases) if any(later.endswith(earlier) for earlier in bases[:index])
        ]
        assert not hidden, f"put the longer endings first: {hidden}"


def test_a_turkish_dotted_capital_is_one_letter() -> None:
    assert matches("İstanbul", "İstanbul'da", LANGUAGES["tr"]) == ["İstanbul"]


def matches(name: str, text: str, language: Language) -> list[str]:
    case = "any" if name.islower() else "initial"
    patterns = [Pattern(form, None, case=case) for form in decline(name, language)]  # type: ignore[arg-type]  # mypy widens the literal
    hits = PhraseMatcher(patterns, prefixes=language.prefixes).find(fold(text))
    return [text[hit.start : hit.end] for hit in hits]
