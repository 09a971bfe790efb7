"""A search saved as an alert rule."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import yaml

from pipeline.alerts.rules import RuleBook, parse_rule
from pipeline.enrich import enrich
from pipeline.errors import WrongUse
from pipeline.search.as_rule import rule_of
from pipeline.search.query import parse_query
from pipeline.search.resolving import resolver
from pipeline.story import Story


def rule(typed: str) -> str:
    return rule_of(parse_query(typed, resolver=resolver()), "saved")


@pytest.mark.parametrize(
    "typed",
    [
        "Xi Jinping sanctions",
        '(China OR Russia) -football lang:de "oil price"',
        "sanct* NOT (tanker | film)",
        "urgency:2..3 is:new has:lists listed:ofac-sdn",
        "headline:tanker provider:aurora keyword:oil sanction:impose sanction:asset-freeze",
        "entity:Acme topic:tiktok topic:Sanktionen country:CN urgency:<=3",
        "习近平 訪問",
        'C++ what? a/b foo\\bar "back\\slash" AND^2 x~1 [y]',
        "title: #odd 'quotes' & more",
    ],
)
def test_the_rule_of_a_search_checks_clean(typed: str) -> None:
    assert parse_rule("saved", rule(typed)).title == " ".join(typed.split())


def test_the_rule_alerts_on_what_the_search_finds_in_other_languages() -> None:
    when = yaml.safe_load(rule("Xi Jinping sanctions"))["when"]
    assert {"entities": ["Q15031"]} in when["any"]
    book = RuleBook([parse_rule("saved", rule("Xi Jinping sanctions"))])
    story = Story(
        id="a:1", guid="1", provider="a", headline="习近平谈制裁", body="习近平表示,中国反对美国对中国企业实施制裁。"
    )
    other = Story(
        id="a:2", guid="2", provider="a", headline="Match report", body="The striker scored twice in the final."
    )
    assert [match.rule.name for match in book.match(enrich(story, thorough=False))] == ["saved"]
    assert not book.match(enrich(other, thorough=False))


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("is:killed tanker", "is:killed"),
        ("tanker since:3h", "since:3h"),
        ("tanker slug:X/Y", "slug:X/Y"),
        ("tanker -id:a", "id:a"),
        ("", "everything"),
        ("listed:somebody", "listed:somebody"),
        ("topic:nonesuch", "nonesuch"),
    ],
)
def test_what_no_rule_can_ask_is_named(typed: str, part: str) -> None:
    with pytest.raises(WrongUse, match=part):
        rule(typed)


def test_times_beside_the_text_are_refused() -> None:
    with pytest.raises(WrongUse, match="since"):
        rule_of(parse_query("tanker", since=datetime(2026, 1, 1, tzinfo=UTC)), "saved")


def test_a_name_that_no_rule_can_have_is_refused() -> None:
    with pytest.raises(WrongUse, match="name"):
        rule_of(parse_query("tanker"), "No Name!")
