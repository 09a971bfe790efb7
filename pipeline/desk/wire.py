"""The page Wire: the list of stories as they become searchable, with search, filters, facets and a plot over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from pipeline.desk.asked import Asked, asked_of
from pipeline.desk.formatting import is_killed
from pipeline.desk.listing import chooser, find, query_of
from pipeline.desk.live import Batch
from pipeline.desk.pages import is_htmx, render, templates
from pipeline.desk.rates import limited
from pipeline.desk.state import DeskState
from pipeline.desk.streaming import event, stream
from pipeline.errors import WrongUse
from pipeline.search.as_rule import rule_of
from pipeline.search.labels import label_of
from pipeline.search.request import FACET_FILTERS, Bar
from pipeline.searching import Found

router = APIRouter(include_in_schema=False)

_PAGE = 50
_LIVE_ROWS = 50
"""Of one second; more than that nobody reads, so of a flood the newest are shown and the rest counted."""
_LABELLED = {"lang": "language", "language": "language", "country": "country", "topic": "topic"}
"""Filters whose values are codes, and the facet that knows their names."""
_PLOT_HEIGHT = 36.0
_LEAST_BARS, _MOST_BARS = 48, 72


class Chip(NamedTuple):
    """A filter in force, for people, and the address without it."""

    field: str
    label: str
    path: str


@dataclass(frozen=True)
class PlotBar:
    """A bar of the plot: where it stands, how high it is, and the address of its time alone."""

    x: int
    height: float
    bar: Bar
    path: str


@router.get("/", dependencies=[Depends(limited("search"))])
def wire_page(request: Request, desk: DeskState) -> Response:
    """The wire, or of it what is asked for."""
    asked = asked_of(request.query_params)
    results = find(desk, asked, limit=_PAGE, facets=True, histogram=True)
    return render(
        request,
        "wire.html",
        asked=asked,
        results=results,
        chips=_chips(asked),
        facet_filters=FACET_FILTERS,
        plot=plot_of(asked, results.histogram, datetime.now(UTC)),
        highest=max((bar.count for bar in results.histogram), default=0),
    )


@router.get("/live")
async def live(request: Request, desk: DeskState) -> Response:
    """New stories that fit the search, as rows of the list."""
    asked = asked_of(request.query_params)
    choose = await run_in_threadpool(chooser, desk, asked)
    return stream(desk.stories, asked.key, choose, lambda batch: _rows(batch, asked))


def _rows(batch: Batch[Found], asked: Asked) -> str:
    shown = batch.found[-_LIVE_ROWS:]
    row = templates().get_template("row.html")
    stories = [
        {
            "id": found.story.id,
            "version": found.story.version,
            "killed": is_killed(found),
            "html": row.render(found=found, asked=asked, live=True),
        }
        for found in shown
    ]
    return event("stories", {"stories": stories, "missed": batch.missed + len(batch.found) - len(shown)})


@router.get("/rule", dependencies=[Depends(limited("search"))])
def rule_page(request: Request, name: str = "") -> Response:
    """The search as an alert rule, to be copied into the folder of rules."""
    asked = asked_of(request.query_params)
    problem = text = ""
    try:
        text = rule_of(query_of(asked), name or "my-search")
    except WrongUse as error:
        problem = str(error)
    return render(
        request,
        "rule.html",
        asked=asked,
        name=name or "my-search",
        text=text,
        problem=problem,
        fragment=is_htmx(request),
    )


def _chips(asked: Asked) -> list[Chip]:
    return [Chip(name, label_of(_LABELLED.get(name, name), value), path) for name, value, path in asked.chips()]


def plot_of(asked: Asked, bars: list[Bar], now: datetime) -> list[PlotBar]:
    """The bars of the plot up to now, as high as the highest allows; empty ones before them, so that a few don't fill its width."""
    if not bars:
        return []
    step = bars[1].start - bars[0].start if len(bars) > 1 else timedelta(minutes=1)
    bars = list(bars)
    while bars[-1].start + step <= now and len(bars) < _MOST_BARS:
        bars.append(Bar(bars[-1].start + step, 0))
    while len(bars) < _LEAST_BARS:
        bars.insert(0, Bar(bars[0].start - step, 0))
    highest = max(bar.count for bar in bars)
    found = []
    for number, bar in enumerate(bars):
        # A millisecond short of the next bar, whose stories are the next one's.
        end = (bar.start + step - timedelta(milliseconds=1)).isoformat(timespec="milliseconds")
        path = asked.having("since", bar.start.isoformat()).having("until", end).path()
        height = max(_PLOT_HEIGHT * bar.count / highest, 1.5) if bar.count else 0.0
        found.append(PlotBar(number, height, bar, path))
    return found
