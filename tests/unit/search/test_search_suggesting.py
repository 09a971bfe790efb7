"""Suggestions while a person types."""

from __future__ import annotations

import pytest

from pipeline.search.resolving import resolver
from pipeline.search.suggesting import suggest


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("xi ji", "Xi Jinping "),
        ("sanctions on xi ji", "sanctions on Xi Jinping "),
        ("war in Ukrai", "war in Ukraine "),
        ("is:k", "is:killed "),
        ("china is:ne", "china is:new "),
        ("topic:econ", 'topic:"economic sanction" '),
        ("country:germ", "country:DE "),
        ("provi", "provider:"),
        ("(prov", "(provider:"),
    ],
)
def test_what_is_begun_is_completed(typed: str, first: str) -> None:
    assert suggest(typed, resolver())[0].text == first


@pytest.mark.parametrize("typed", ["", " ", "x", '"asset fr', "nothing begins like thizz", ":", "lang:zzz"])
def test_where_nothing_is_known_nothing_is_suggested(typed: str) -> None:
    assert suggest(typed, resolver()) == []
