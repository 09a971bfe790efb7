"""From what a person types to a query for Elasticsearch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.search.query import Query, parse_query
from pipeline.search.request import counts_request, is_settled, page_request
from pipeline.search.resolving import resolver

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def query_of(query: Query) -> dict[str, Any]:
    found: dict[str, Any] = page_request(query, limit=5, origin=NOW)["query"]["bool"]
    return found


def fields_of(clauses: list[dict[str, Any]]) -> list[str]:
    return [next(iter(clause["term"])) for clause in clauses if "term" in clause]


@pytest.mark.parametrize(
    ("typed", "fields", "hidden"),
    [
        ("asset freeze", [], False),
        ("sanctions lang:de country:RU", ["language.code", "countries"], False),
        ("is:killed", ["pubstatus"], True),
        ("claim IS:KILLED lang:fr", ["pubstatus", "language.code"], True),
        ("is:waiting", [], True),
        ("quake is:embargoed", [], True),
        ("-is:killed", [], False),
        ("is:corrected", ["signals"], False),
        ("service:bdt sequence:bdt:626", ["service_names", "service_numbers"], False),
        ("foo:bar", [], False),
        ('provider:"aurora"', ["provider"], False),
        ("", [], False),
    ],
)
def test_filters_are_told_from_words(typed: str, fields: list[str], hidden: bool) -> None:
    query = parse_query(typed)
    assert (fields_of(query_of(query)["filter"]), query.hidden) == (fields, hidden)


def test_what_is_hidden_counts_only_where_it_is_asked_for() -> None:
    """Among all stories, "killed, or in German" must not show German stories under embargo."""
    gate = query_of(parse_query("is:killed OR lang:de"))["filter"][-1]
    assert gate["bool"]["should"] == [
        {"range": {"visible_from": {"lte": "now"}}},
        {"term": {"pubstatus": "canceled"}},
    ]


def test_a_name_is_looked_for_by_id_and_by_word() -> None:
    query = parse_query("Xi Jinping sanctions", resolver=resolver())
    assert [(it.text, it.id, it.kind) for it in query.understood] == [
        ("Xi Jinping", "Q15031", "person"),
        ("sanctions", "medtop:20000642", "topic"),
    ]
    name, topic = query_of(query)["must"]
    assert "'entity_ids': ['Q15031']" in str(name)
    assert "'query': 'Xi Jinping'" in str(name)
    assert "'topics': ['medtop:20000642']" in str(topic)


def test_small_words_beside_names_need_not_be_there() -> None:
    assert len(query_of(parse_query("war in Ukraine", resolver=resolver()))["must"]) == 2
    assert len(query_of(parse_query("in", resolver=resolver()))["must"]) == 1


def test_quotes_search_for_the_words_as_they_stand() -> None:
    query = parse_query('"Xi Jinping"', resolver=resolver())
    assert query.understood == ()
    assert "entity_ids" not in str(query_of(query))


def test_what_is_taken_out_is_all_that_the_word_would_find() -> None:
    wanted, unwanted = (query_of(parse_query(typed, resolver=resolver())) for typed in ("sanctions", "-sanctions"))
    assert unwanted["must_not"] == wanted["must"]
    assert parse_query("-sanctions", resolver=resolver()).understood == ()


def test_an_ambiguous_name_offers_choices() -> None:
    (choice,) = parse_query("Congo rebels", resolver=resolver()).choices
    assert (choice.text, [option.name for option in choice.options]) == ("Congo", ["DR Congo", "Republic of the Congo"])
    chosen = parse_query(f"{choice.options[0].filter} rebels", resolver=resolver())
    assert chosen.choices == ()
    assert [it.name for it in chosen.understood] == ["DR Congo"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("since:3h", {"range": {"received": {"gte": "now-3h"}}}),
        ("until:2026-04-25", {"range": {"received": {"lte": "2026-04-25T00:00:00+00:00"}}}),
        ("since:today", {"range": {"received": {"gte": "now/d"}}}),
        ("urgency:<=3", {"range": {"urgency": {"lte": 3}}}),
        ("urgency:2", {"term": {"urgency": 2}}),
        ("urgency:2..4", {"range": {"urgency": {"gte": 2, "lte": 4}}}),
        ("has:sanctions", {"exists": {"field": "sanction_keys"}}),
        ("is:new", {"exists": {"field": "sanction_news"}}),
        ("country:Germany", {"terms": {"countries": ["DE"]}}),
        ("topic:Sanktionen", {"terms": {"topics": ["medtop:20000642"]}}),
        ("lang:German", {"term": {"language.code": {"value": "de", "case_insensitive": True}}}),
    ],
)
def test_fields_mean_filters(typed: str, expected: dict[str, Any]) -> None:
    assert query_of(parse_query(typed, resolver=resolver()))["filter"] == [expected]


@pytest.mark.parametrize("typed", ["urgency:high", "is:odd", "has:fun", "since:later", "until:0001-01-01T00:00+14:00"])
def test_a_value_that_means_nothing_is_searched_as_text(typed: str) -> None:
    query = parse_query(typed)
    assert any("searched as text" in hint for hint in query.hints)
    assert query.is_scored


def test_several_values_of_one_filter_are_alternatives() -> None:
    (clause,) = query_of(parse_query("", filters={"lang": ("de", "fr")}))["filter"]
    assert len(clause["bool"]["should"]) == 2


def test_without_words_the_newest_come_first() -> None:
    assert page_request(parse_query("lang:de"), limit=1, origin=NOW)["sort"][0] == {"received": "desc"}
    assert page_request(parse_query("word"), limit=1, origin=NOW)["sort"][0] == {"_score": "desc"}


def test_a_page_of_new_stories_is_settled_where_no_older_one_can_be_better() -> None:
    query, window = parse_query("tanker (insurer OR bank) -film lang:en"), timedelta(days=2)
    best, fresh = 6 + 6, 2  # two words in the headline; half of what it counts to have come now
    assert is_settled(query, {"_score": best + fresh + 0.1}, window)
    assert not is_settled(query, {"_score": best + fresh - 0.1}, window)
    assert is_settled(parse_query("lang:en"), {"_score": None}, window), "the newest first anyway"


def test_times_bound_the_arrival() -> None:
    since = datetime(2026, 11, 1, tzinfo=UTC)
    assert {"range": {"received": {"gte": since.isoformat()}}} in query_of(parse_query("", since=since))["filter"]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=80))
def test_nothing_that_is_typed_fails(typed: str) -> None:
    query = parse_query(typed, resolver=resolver())
    assert page_request(query, limit=5, origin=NOW)["size"] == 5
    counts_request(query, total=1, facets=True, interval=None)
