"""Plots: bars and lines over time, laid out for one macro (`plot.html`) that draws them as SVG. Pure.

Comes in: counts or durations, a step each. Goes out: a `Plot` with shapes in a field of `WIDE` × `HIGH` that the page stretches to whatever room
there is; texts stand beside the field as HTML, so that they never stretch. Colours are classes (``s1 s2 …``), and a table tells the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from pipeline.desk.formatting import duration, number

WIDE, HIGH = 1000.0, 100.0
_TICKS = 4
"""Parts of the axis of time."""
_GAP = 0.12
"""Of a bar's room, left free on each side."""
_LAST_COLOUR = 7
"""The class of what comes last, and of "others"."""

Value = float | None
Format = Callable[[float], str]


class Rect(NamedTuple):
    """A part of a bar."""

    x: float
    y: float
    width: float
    height: float
    colour: str


class Line(NamedTuple):
    """A line, in pieces where values are missing; ``path``: as SVG writes it."""

    path: str
    colour: str


class Step(NamedTuple):
    """The room of one step: what the pointer finds there, and a row of the table."""

    x: float
    width: float
    start: datetime
    values: tuple[str, ...]
    total: str


@dataclass(frozen=True)
class Plot:
    """A plot. ``names``: of the series with their colours; ``levels``: texts of the axis of values, from the top; ``ticks``: times below."""

    id: str
    title: str
    summary: str
    names: tuple[tuple[str, str], ...]
    levels: tuple[str, ...]
    ticks: tuple[datetime, ...]
    steps: tuple[Step, ...]
    rects: tuple[Rect, ...] = ()
    lines: tuple[Line, ...] = ()
    by_day: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.rects and not self.lines


def milliseconds(value: float) -> str:
    """A duration in milliseconds, for people."""
    return duration(value / 1000).replace(".0 ", " ") if value else "0"


def count(value: float) -> str:
    """A count, for people."""
    return number(round(value))


def bars(
    id_: str,
    title: str,
    series: Mapping[str, Sequence[float]],
    *,
    start: datetime,
    step: timedelta,
    names: Mapping[str, str] | None = None,
) -> Plot:
    """Bars of counts, the series upon each other. ``names``: of series, for people."""
    rows = list(series.values())
    steps = len(rows[0]) if rows else 0
    totals = [sum(row[n] for row in rows) for n in range(steps)]
    top = nice(max(totals, default=0))
    room = WIDE / steps if steps else WIDE
    rects = []
    for n in range(steps):
        below = 0.0
        for colour, row in zip(_colours(series), rows, strict=True):
            if row[n]:
                height = HIGH * row[n] / top
                rects.append(Rect(room * (n + _GAP), HIGH - below - height, room * (1 - 2 * _GAP), height, colour))
                below += height
    peak = max(totals, default=0)
    summary = f"{count(sum(totals))} in all, {count(peak)} at most in {_step(step)}."
    return _plot(
        id_, title, summary, series, names, top, count, start=start, step=step, totals=totals, rects=tuple(rects)
    )


def lines(
    id_: str,
    title: str,
    series: Mapping[str, Sequence[Value]],
    *,
    start: datetime,
    step: timedelta,
    show: Format = milliseconds,
) -> Plot:
    """Lines; None where nothing is known."""
    known = [value for row in series.values() for value in row if value is not None]
    top = nice(max(known, default=0), least=10)
    steps = max(map(len, series.values()), default=0)
    room = WIDE / steps if steps else WIDE
    drawn = tuple(
        Line(path, colour)
        for colour, row in zip(_colours(series), series.values(), strict=True)
        if (path := _path(row, room, top))
    )
    summary = f"At most {show(max(known))}." if known else "Nothing came."
    return _plot(id_, title, summary, series, None, top, show, start=start, step=step, totals=[], lines=drawn)


def nice(highest: float, *, least: float = 4) -> float:
    """A round number that is no less, and whose half is round too."""
    highest = max(highest, least)
    power = 10.0 ** math.floor(math.log10(highest))
    return next(factor * power for factor in (1, 2, 4, 5, 6, 8, 10) if factor * power >= highest * (1 - 1e-9))


def _plot(
    id_: str,
    title: str,
    summary: str,
    series: Mapping[str, Sequence[Value]],
    names: Mapping[str, str] | None,
    top: float,
    show: Format,
    *,
    start: datetime,
    step: timedelta,
    totals: Sequence[float],
    rects: tuple[Rect, ...] = (),
    lines: tuple[Line, ...] = (),
) -> Plot:
    steps = max(map(len, series.values()), default=0)
    room = WIDE / steps if steps else WIDE
    return Plot(
        id=id_,
        title=title,
        summary=summary,
        names=tuple(
            ((names or {}).get(name, name), colour) for name, colour in zip(series, _colours(series), strict=True)
        ),
        levels=(show(top), show(top / 2), "0"),
        ticks=tuple(start + steps * step * n / _TICKS for n in range(_TICKS + 1)),
        steps=tuple(
            Step(
                x=n * room,
                width=room,
                start=start + n * step,
                values=tuple("" if row[n] is None else show(row[n] or 0) for row in series.values()),
                total=show(totals[n]) if totals else "",
            )
            for n in range(steps)
        ),
        rects=rects,
        lines=lines,
        by_day=step >= timedelta(days=1),
    )


def _colours(series: Mapping[str, object]) -> list[str]:
    return [f"s{_LAST_COLOUR if name == 'others' else min(n, _LAST_COLOUR)}" for n, name in enumerate(series, 1)]


def _path(row: Sequence[Value], room: float, top: float) -> str:
    """The line through the middles of the steps; a value without neighbours is a stroke as wide as its step."""
    pieces = []
    for missing, group in groupby(enumerate(row), key=lambda it: it[1] is None):
        if missing:
            continue
        points = [(room * (n + 0.5), HIGH * (1 - (value or 0) / top)) for n, value in group]
        if len(points) == 1:
            ((x, y),) = points
            points = [(x - room / 2, y), (x + room / 2, y)]
        pieces.append("M" + "L".join(f"{x:.1f} {y:.2f}" for x, y in points))
    return "".join(pieces)


def _step(step: timedelta) -> str:
    seconds = step.total_seconds()
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            many = round(seconds / size)
            return f"a {name}" if many == 1 and name != "hour" else "an hour" if many == 1 else f"{many} {name}s"
    return f"{seconds:.0f} seconds"
