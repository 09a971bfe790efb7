"""Plots: shapes and texts of what came over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.desk.plots import HIGH, WIDE, bars, lines, nice
from tests.unit.desk.test_colours import DARK, LIGHT, contrast

START = datetime(2026, 4, 25, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("highest", "top"), [(0, 4), (3, 4), (60, 60), (61, 80), (999, 1000), (1001, 2000)])
def test_an_axis_ends_at_a_round_number(highest: float, top: float) -> None:
    assert nice(highest) == top


def test_bars_stand_upon_each_other_and_keep_within_the_field() -> None:
    plot = bars("x", "Languages", {"en": [3, 0], "others": [1, 4]}, start=START, step=HOUR, names={"en": "English"})
    first = [rect for rect in plot.rects if rect.x < WIDE / 2]
    assert [rect.colour for rect in first] == ["s1", "s7"]
    assert first[0].y + first[0].height == HIGH
    assert first[1].y + first[1].height == pytest.approx(first[0].y)
    assert sum(rect.height for rect in first) == HIGH  # 4 of an axis of 4
    assert plot.names == (("English", "s1"), ("others", "s7"))
    assert plot.levels == ("4", "2", "0")
    assert [step.values for step in plot.steps] == [("3", "1"), ("0", "4")]
    assert plot.ticks[0] == START
    assert plot.ticks[-1] == START + 2 * HOUR
    assert plot.summary == "8 in all, 4 at most in an hour."


def test_a_line_leaves_out_what_is_not_known_and_shows_a_lonely_value() -> None:
    plot = lines("x", "Delay", {"half": [100.0, None, 50.0, 60.0]}, start=START, step=HOUR)
    (line,) = plot.lines
    assert line.path == "M0.0 0.00L250.0 0.00M625.0 50.00L875.0 40.00"
    assert plot.levels == ("100 ms", "50 ms", "0")
    assert plot.steps[1].values == ("",)


def test_nothing_is_said_to_be_nothing() -> None:
    assert bars("x", "Stories", {"stories": [0, 0]}, start=START, step=HOUR).is_empty
    assert bars("x", "Languages", {}, start=START, step=HOUR).is_empty
    assert lines("x", "Delay", {"half": [None]}, start=START, step=HOUR).is_empty


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_series_stand_out_from_the_panel(colours: dict[str, str]) -> None:
    faint = [n for n in range(1, 8) if contrast(colours[f"s{n}"], colours["raised"]) < 3]
    assert faint == []
