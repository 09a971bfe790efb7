"""A rehearsal: the alerts that a rule would have made of stories that came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from pipeline.alerts.rules import Rule, parse_rule
from pipeline.rehearsing import count_by_day, narrowing, rehearse
from pipeline.story import Language, SanctionEvent, Story, Topic

NOW = datetime(2026, 11, 12, 23, 30, tzinfo=UTC)
TIKTOK = Topic(id="tiktok", name="TikTok", score=1.0, source="terms")
TEXT = (
    "The senate committee held a hearing on the app on Tuesday and heard two witnesses of the company, who said that "
    "nothing had been decided and that the talks with the government would go on for several weeks at least."
)


def rule(when: str, rest: str = "") -> Rule:
    return parse_rule("a-rule", f"title: A rule\nwhen: {when}\n{rest}")


def story(number: int, *, minutes: float = 0, provider: str = "aurora", **more: Any) -> Story:
    more = {"headline": f"Story {number}", "body": f"Body {number}.", "topics": (TIKTOK,)} | more
    received = NOW + timedelta(minutes=minutes)
    return Story(id=f"{provider}:{number}", guid=str(number), provider=provider, received=received, **more)


def event(*added: str) -> SanctionEvent:
    return SanctionEvent(key="EU:RU:impose", action="impose", status="announced", new=bool(added), added=added)


def test_each_story_alerts_once_and_the_oldest_comes_first() -> None:
    found = rehearse(rule("{topics: tiktok}"), [story(2, minutes=5), story(1), story(3, topics=()), story(1)])
    assert [(it.origin, it.at) for it in found] == [
        ("aurora:1", NOW),
        ("aurora:2", NOW + timedelta(minutes=5)),
    ]
    assert found[0].new == ("first report",)


def test_a_rule_that_is_turned_off_is_rehearsed_all_the_same() -> None:
    assert len(rehearse(rule("{topics: tiktok}", "enabled: false"), [story(1)])) == 1


def test_a_near_copy_is_a_source_of_the_first_and_no_alert() -> None:
    copy = story(9, minutes=3, provider="halcyon", body=TEXT, headline="Senate hears TikTok")
    (alert,) = rehearse(rule("{topics: tiktok}"), [copy, story(1, body=TEXT, headline="Senate hears TikTok")])
    assert alert.origin == "aurora:1"
    assert [it.story_id for it in alert.sources] == ["halcyon:9"]


def test_only_what_is_stored_as_new_alerts_by_event() -> None:
    stories = [story(1, sanctions=(event("event"),)), story(2, minutes=1, sanctions=(event(),))]
    (alert,) = rehearse(rule("{sanction: {action: impose, new: true}}"), stories)
    assert (alert.origin, alert.unit, alert.new) == ("aurora:1", "EU:RU:impose", ("first report",))


def test_a_burst_is_counted_in_the_order_of_arrival() -> None:
    burst = rule("{topics: tiktok, burst: {stories: 3, within: 10m}}")
    stories = [story(number, minutes=at) for number, at in enumerate((0, 30, 34, 39, 39.5))]
    assert [it.origin for it in rehearse(burst, reversed(stories))] == ["aurora:3"]


def test_a_story_without_a_time_of_arrival_stops_nothing() -> None:
    bare = Story(id="p:1", guid="1", provider="p", headline="TikTok", topics=(TIKTOK,))
    burst = rule("{topics: tiktok, burst: {stories: 2, within: 1h}}")
    assert rehearse(burst, [bare]) == []
    assert len(rehearse(rule("{topics: tiktok}"), [bare])) == 1


@pytest.mark.parametrize(
    ("when", "clauses"),
    [
        (
            "{topics: [tiktok], languages: [en, de]}",
            [{"terms": {"topics": ["tiktok"]}}, {"terms": {"language.code": ["de", "en"]}}],
        ),
        ("{entities: [Q30]}", [{"terms": {"entity_ids": ["Q30"]}}]),
        ("{listed: {}}", [{"exists": {"field": "listed_on"}}]),
        ("{sanction: {action: impose, new: true}}", [{"exists": {"field": "sanction_news"}}]),
        ("{sanction: {background: true}}", []),
        ("{text: tanker}", []),
        ('{entities: ["~Acme", Q30]}', []),
        ("{none: [{topics: [sport]}]}", []),
        (
            "{any: [{countries: [US]}, {topics: [tiktok]}]}",
            [
                {
                    "bool": {
                        "should": [{"terms": {"countries": ["US"]}}, {"terms": {"topics": ["tiktok"]}}],
                        "minimum_should_match": 1,
                    }
                }
            ],
        ),
    ],
)
def test_the_query_leaves_out_only_what_cannot_match(when: str, clauses: list[object]) -> None:
    def ordered(found: list[Any]) -> list[str]:
        for it in found:
            if "bool" in it:
                it["bool"]["should"].sort(key=str)
        return sorted(map(str, found))

    assert ordered(narrowing(rule(when))) == ordered(clauses)


def test_days_begin_where_the_reader_is() -> None:
    german = Language(code="de", confidence=1.0)
    found = rehearse(rule("{topics: tiktok}"), [story(1, language=german), story(2, minutes=10), story(3, minutes=40)])
    assert count_by_day(found) == {"2026-11-12": {"de": 1, "und": 1}, "2026-11-13": {"und": 1}}
    assert count_by_day(found, timezone(timedelta(hours=1))) == {"2026-11-13": {"de": 1, "und": 2}}
