"""From what a person types to a query; nothing a person types may fail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.queries import parse_query


def fields_of(query: Any) -> list[str]:
    return [next(iter(clause["term"])) for clause in query.filters if "term" in clause]


@pytest.mark.parametrize(
    ("typed", "text", "fields", "hidden"),
    [
        ("asset freeze", "asset freeze", [], False),
        ("sanctions lang:de country:RU", "sanctions", ["language.code", "countries"], False),
        ('lang:de "asset freeze" -football', '"asset freeze" -football', ["language.code"], False),
        ("is:killed", "", ["pubstatus"], True),
        ("claim IS:KILLED lang:fr", "claim", ["language.code", "pubstatus"], True),
        ("is:waiting", "", [], True),
        ("quake is:embargoed", "quake", [], True),
        ("is:corrected", "", ["signals"], False),
        ("service:bdt sequence:bdt:626", "", ["service_names", "service_numbers"], False),
        ("10:30 http://x.y/z foo:bar", "10:30 http://x.y/z foo:bar", [], False),
        ('provider:"aurora"', "", ["provider"], False),
        ("", "", [], False),
    ],
)
def test_filters_are_told_from_words(typed: str, text: str, fields: list[str], hidden: bool) -> None:
    query = parse_query(typed)
    assert (query.text, fields_of(query), query.hidden) == (text, fields, hidden)


@given(st.text())
def test_nothing_that_is_typed_fails(typed: str) -> None:
    assert parse_query(typed).body(limit=5)["size"] == 5


def test_several_values_of_one_filter_are_alternatives() -> None:
    (clause,) = parse_query("", filters={"lang": ("de", "fr")}).filters
    assert len(clause["bool"]["should"]) == 2


def test_without_words_the_newest_come_first() -> None:
    assert parse_query("lang:de").body(limit=1)["sort"] == [{"received": "desc"}]
    assert "sort" not in parse_query("word").body(limit=1)


def test_times_bound_the_arrival() -> None:
    since = datetime(2026, 11, 1, tzinfo=UTC)
    assert {"range": {"received": {"gte": since.isoformat()}}} in parse_query("", since=since).filters
