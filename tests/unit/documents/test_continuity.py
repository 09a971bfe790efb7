"""Gaps in sequence numbers and quiet feeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.continuity import Quiet, find_gaps, find_quiet

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)


def gaps(*numbers: int, last_sequence: int = 9999, now: datetime = NOW) -> list[tuple[int, int]]:
    """The gaps in numbers that came a minute apart, the last one an hour ago."""
    start = NOW - timedelta(hours=1, minutes=len(numbers))
    heard = [(start + timedelta(minutes=minute), number) for minute, number in enumerate(numbers)]
    found = find_gaps("dpa", "bdt", heard, last_sequence=last_sequence, now=now)
    return [(gap.first, gap.last) for gap in found]


def test_numbers_that_never_came_are_a_gap() -> None:
    assert gaps(625, 626, 632, 633, 640) == [(627, 631), (634, 639)]


def test_a_gap_says_what_to_ask_for() -> None:
    heard = [(NOW - timedelta(minutes=20), 626), (NOW - timedelta(minutes=19), 632)]
    (gap,) = find_gaps("dpa", "bdt", heard, last_sequence=9999, now=NOW)
    assert str(gap) == "dpa bdt 0627-0631 missing since 11:41 UTC, ask for a repeat"
    assert gap.missing == 5


def test_a_late_number_closes_its_gap() -> None:
    assert gaps(1, 2, 5, 4, 3) == []


def test_the_wrap_around_is_no_gap_but_what_is_missing_in_it_is() -> None:
    assert gaps(9997, 9998, 9999, 1, 2) == []
    assert gaps(9997, 9999, 1, 9998, 2) == []
    assert gaps(9996, 9997, 2, 3) == [(9998, 9999), (1, 1)]
    assert gaps(998, 999, 1, 2, last_sequence=999) == []


def test_a_count_that_begins_anew_is_no_gap() -> None:
    assert gaps(1042, 1043, 1, 2, 3) == []
    assert gaps(8000, 8001, 1, 3) == [(2, 2)]


def test_a_repeat_is_no_gap() -> None:
    assert gaps(7, 8, 8, 7, 9) == []


def test_what_may_still_be_on_its_way_is_no_gap_yet() -> None:
    heard = [(NOW - timedelta(seconds=2), 5), (NOW - timedelta(seconds=1), 7)]
    assert not list(find_gaps("dpa", "bdt", heard, last_sequence=9999, now=NOW))
    assert list(find_gaps("dpa", "bdt", heard, last_sequence=9999, now=NOW + timedelta(minutes=1)))


def test_yesterdays_gap_is_not_told_for_ever() -> None:
    assert gaps(5, 9, now=NOW + timedelta(days=2)) == []


@given(st.integers(1, 9999), st.integers(2, 300), st.sets(st.integers(2, 250), max_size=20))
def test_what_is_left_out_is_what_is_missing(start: int, count: int, left_out: set[int]) -> None:
    left_out = {offset for offset in left_out if offset < count - 1}
    numbers = [(start + offset - 1) % 9999 + 1 for offset in range(count) if offset not in left_out]
    missing = {number for first, last in gaps(*numbers) for number in range(first, last + 1)}
    assert missing == {(start + offset - 1) % 9999 + 1 for offset in left_out}


def every(minutes: int, *, days: int = 8, until: datetime = NOW) -> list[datetime]:
    count = days * 24 * 60 // minutes
    return [until - timedelta(minutes=minutes * number) for number in range(count, 0, -1)]


def quiet(arrivals: list[datetime], now: datetime = NOW) -> Quiet:
    return find_quiet("feed", "bdt", arrivals, arrivals[-1], now=now)


def test_a_feed_that_stops_is_silent_and_says_what_is_normal() -> None:
    found = quiet(every(5, until=NOW - timedelta(minutes=55)))
    assert found.silent
    assert str(found) == "no item from bdt for 60 minutes, normal is 5"


def test_a_feed_that_goes_on_is_not_silent() -> None:
    assert not quiet(every(5)).silent


def test_the_usual_quiet_of_the_night_is_normal() -> None:
    daytime = [at for at in every(10, until=NOW + timedelta(hours=15)) if 6 <= at.hour < 22]
    three_at_night = datetime(2026, 11, 13, 3, tzinfo=UTC)
    until_then = [at for at in daytime if at < three_at_night]
    assert not quiet(until_then, now=three_at_night).silent
    assert quiet(until_then, now=datetime(2026, 11, 13, 9, 30, tzinfo=UTC)).silent


def test_what_was_fed_once_is_no_feed_that_could_fall_silent() -> None:
    found = quiet([NOW - timedelta(hours=5)])
    assert not found.silent
    assert str(found) == "no item from bdt for 300 minutes"


def test_a_new_feed_is_measured_by_its_own_short_past() -> None:
    young = [NOW - timedelta(minutes=35 + 4 * number) for number in range(15, -1, -1)]
    assert quiet(young).silent
    assert not quiet(young, now=NOW - timedelta(minutes=30)).silent
