"""What alerting remembers: steps of a story, bursts, terms, near-copies; and when an alert may go out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.alerts.holding import held_until, is_life_event
from pipeline.alerts.memory import Memory, bands, count_burst, is_copy, memory_id, minhashes, next_step, see_term
from pipeline.alerts.rules import Burst, NewTerm, parse_rule
from pipeline.story import Story

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
TEXT = (
    "Senators asked TikTok on Tuesday how it guards the data of users in the United States from its Chinese owner. "
    "The company said that it would answer within two weeks, as the law on its sale demands of it."
)


def story(id_: str = "a:1", *, provider: str = "a") -> Story:
    return Story(id=id_, guid=id_, provider=provider, body=TEXT)


def test_a_story_alerts_again_only_with_what_was_added() -> None:
    memory, step = next_step(None, "m", ["topic:x"], story(), "1", "alert1")
    assert step is not None
    memory, nothing = next_step(memory, "m", ["topic:x"], story(), "2", "alert2")
    assert nothing is None
    memory, second = next_step(memory, "m", ["topic:x", "entity:Q1"], story(), "3", "alert3")
    assert second is not None
    assert (second.alert, second.added) == ("alert3", ("entity:Q1",))
    again, same = next_step(memory, "m", ["topic:x"], story(), "1", "alert1")
    assert (again, same) == (memory, step)


@pytest.mark.parametrize(("urgency", "again"), [(2, True), (4, False), (5, False)])
def test_only_a_raised_urgency_is_added(urgency: int, again: bool) -> None:
    memory, _ = next_step(None, "m", ["urgency:4"], story(), "1", "alert1")
    assert (next_step(memory, "m", [f"urgency:{urgency}"], story(), "2", "alert2")[1] is not None) is again


def test_a_burst_is_told_once_in_its_time() -> None:
    burst, memory, told = Burst(stories=3, within=timedelta(minutes=10)), None, []
    for minute in range(8):
        memory, fires = count_burst(memory, "b", burst, story(f"a:{minute}"), "1", NOON + timedelta(minutes=minute))
        told.append(fires)
    assert told == [False, False, True, False, False, False, False, False]
    assert count_burst(memory, "b", burst, story("a:2"), "1", NOON)[1] is True  # its redelivery says the same
    slow, memory = [], None
    for minute in range(0, 60, 6):
        memory, fires = count_burst(memory, "b", burst, story(f"a:{minute}"), "1", NOON + timedelta(minutes=minute))
        slow.append(fires)
    assert not any(slow)


def test_a_term_is_new_after_so_many_days() -> None:
    rule = NewTerm(of="people", days=30)
    memory, new = see_term(None, "t", rule, story("a:1"), NOON)
    assert new
    memory, new = see_term(memory, "t", rule, story("a:2"), NOON + timedelta(days=10))
    assert not new
    assert see_term(memory, "t", rule, story("a:3"), NOON + timedelta(days=45))[1]
    assert not see_term(memory, "t", rule, story("a:2"), NOON + timedelta(days=10))[1]


def test_a_near_copy_by_another_agency_meets_and_another_text_does_not() -> None:
    hashes = minhashes(TEXT)
    near = minhashes(TEXT.replace("on Tuesday", "Tuesday"))
    other = minhashes(TEXT[::-1])
    memory = Memory(id="c", kind="copy", story="a:1", provider="a", at=NOON, hashes=hashes)
    assert set(bands(hashes)) & set(bands(near))
    assert not set(bands(hashes)) & set(bands(other))
    assert is_copy(memory, story("b:1", provider="b"), near, NOON + timedelta(hours=2))
    assert not is_copy(memory, story("b:1", provider="b"), near, NOON + timedelta(hours=30))
    assert not is_copy(memory, story("a:2", provider="a"), near, NOON)
    assert not is_copy(memory, story("b:1", provider="b"), other, NOON)
    assert minhashes("Too short to tell.") == ()


def test_ids_fit() -> None:
    assert memory_id("story", "rule", "a:1") == "story|rule|a:1"
    assert len(memory_id("story", "rule", "x" * 600).encode()) < 512


@pytest.mark.parametrize(
    ("keys", "urgency", "sent", "minutes", "why"),
    [
        ("", None, 0, None, ""),
        ("digest: {every: 1h}", None, 0, 60, "digest"),
        ('digest: {at: "07:30", zone: Europe/Berlin}', None, 0, (18 * 60 + 30), "digest"),
        ('quiet: {from: "11:00", to: "13:00", zone: UTC, unless_urgency: 2}', 3, 0, 60, "quiet hours"),
        ('quiet: {from: "11:00", to: "13:00", zone: UTC, unless_urgency: 2}', 2, 0, None, ""),
        ("throttle: {at_most: 2, every: 1h}", None, 1, None, ""),
        ("throttle: {at_most: 2, every: 1h}", None, 2, 40, "throttle"),
    ],
)
def test_a_rule_holds_back_until_its_time(
    keys: str, urgency: int | None, sent: int, minutes: int | None, why: str
) -> None:
    rule = parse_rule("r", f"title: R\nwhen: {{topics: [tiktok]}}\n{keys}\n")
    held = held_until(rule, urgency=urgency, sent=[NOON - timedelta(minutes=20)] * sent, now=NOON)
    if minutes is None:
        assert held is None
    else:
        assert held is not None
        assert (held.until - NOON, held.why) == (timedelta(minutes=minutes), why)


@pytest.mark.parametrize(
    ("value", "is_one"), [(b'{"type": "kill"}', True), (b'{"type": "alert"}', False), (b"x", False), (None, False)]
)
def test_kills_and_releases_are_for_others(value: bytes | None, is_one: bool) -> None:
    assert is_life_event(value) is is_one
