"""The plot above the list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from pipeline.desk.asked import Asked
from pipeline.desk.wire import plot_of
from pipeline.search.request import Bar

START = datetime(2026, 4, 25, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_bars_are_as_high_as_the_highest_allows_and_reach_to_now() -> None:
    plot = plot_of(Asked(), [Bar(START, 10), Bar(START + HOUR, 5)], START + 4 * HOUR)
    assert plot[-1].bar.start == START + 4 * HOUR
    high = [it.height for it in plot if it.bar.count]
    assert high == [36.0, 18.0]


def test_a_few_bars_do_not_fill_the_width() -> None:
    assert len(plot_of(Asked(), [Bar(START, 1)], START)) >= 48


def test_a_bar_leads_to_its_own_time_within_the_search() -> None:
    plot = plot_of(Asked("sanctions", {"lang": ("de",)}), [Bar(START, 10), Bar(START + HOUR, 5)], START + HOUR)
    asked = parse_qs(urlsplit(next(it for it in plot if it.bar.count == 10).path).query)
    assert asked["q"] == ["sanctions"]
    assert asked["lang"] == ["de"]
    assert asked["since"] == ["2026-04-25T08:00:00+00:00"]
    assert asked["until"] == ["2026-04-25T08:59:59.999+00:00"]


def test_nothing_found_is_no_plot() -> None:
    assert plot_of(Asked(), [], START) == []
