"""The page Pipeline: how much comes and how fast, what is missing, what failed; and dead letters, to be read and sent back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.dead import find_dead, newest_dead, send_back
from pipeline.desk.bytes_view import bytes_view, is_text
from pipeline.desk.formatting import language_name
from pipeline.desk.overview import concerns_of, is_recent, letter_time
from pipeline.desk.pages import render
from pipeline.desk.plots import Plot, bars, lines
from pipeline.desk.problems import NotFound
from pipeline.desk.rates import limited
from pipeline.desk.state import DeskState
from pipeline.errors import WrongUse
from pipeline.figures import FIVE_MINUTES, Counts, WireFigures

router = APIRouter(include_in_schema=False)

_PAGE = 50
_MOST_AT_ONCE = 100


@router.get("/pipeline", dependencies=[Depends(limited("search"))])
def pipeline_page(request: Request, desk: DeskState) -> Response:
    """The pipeline as it is now; what can't be read says so in its place. The page asks again every few seconds."""
    now = datetime.now(UTC)
    known = desk.overview.read()
    return render(
        request,
        "pipeline.html",
        now=now,
        wire=known.wire,
        lags=known.lags,
        known=known.status.value or {},
        deliveries=known.deliveries,
        dead=known.dead,
        recent=sum(is_recent(letter, now) for letter in known.dead.value or ()),
        letter_time=letter_time,
        outcomes=known.outcomes.value or {},
        concerns=list(concerns_of(known, now=now)),
        plots=plots_of(known.wire.value) if known.wire.value else {},
        waiting=sum(lag.messages for lag in known.lags.value or ()),
    )


def plots_of(wire: WireFigures) -> dict[str, Plot]:
    """The plots of the page by name."""
    languages = {code: language_name(code) for code in wire.languages.series if code != "others"}
    delays = {"half of the stories": [it.half for it in wire.delays], "99 of 100": [it.most for it in wire.delays]}
    return {
        "minutes": _bars("minutes", "Stories a minute, last hour", wire.minutes),
        "hours": _bars("hours", "Stories an hour, last day", wire.hours),
        "delay": lines(
            "delay", "From arrival to searchable, last hour", delays, start=wire.delays_since, step=FIVE_MINUTES
        ),
        "languages": _bars("languages", "Languages, last day", wire.languages, names=languages),
        "providers": _bars("providers", "Providers, last day", wire.providers),
    }


def _bars(id_: str, title: str, counts: Counts, *, names: Mapping[str, str] | None = None) -> Plot:
    return bars(id_, title, counts.series, start=counts.start, step=counts.step, names=names)


@router.get("/pipeline/dead", dependencies=[Depends(limited("search"))])
def dead_page(request: Request, desk: DeskState, before: int | None = None, sent: int | None = None) -> Response:
    """Dead letters, the newest first."""
    letters = newest_dead(desk.settings, limit=_PAGE, before=before)
    return render(
        request,
        "dead.html",
        letters=letters,
        letter_time=letter_time,
        sent=sent,
        before=before,
        older=letters[-1].number if len(letters) == _PAGE and letters[-1].number > 0 else None,
    )


@router.get("/pipeline/dead/{number}", dependencies=[Depends(limited("search"))])
def letter_page(request: Request, desk: DeskState, number: int, form: str = "") -> Response:
    """One dead letter with its bytes; ``form``: text or hex, else whatever reads better."""
    found = find_dead(desk.settings, [number])
    if not found:
        raise NotFound(f"There is no dead letter {number}: wire.dead keeps them for 30 days.")
    content = found[0].value or b""
    as_hex = form == "hex" or (form != "text" and not is_text(content))
    headers: dict[str, Any] = {name: value.decode("utf-8", "replace") for name, value in found[0].headers.items()}
    return render(
        request,
        "letter.html",
        letter=found[0],
        at=letter_time(found[0]),
        view=bytes_view(content, as_hex=as_hex),
        headers={name: value for name, value in headers.items() if not name.startswith("dead.")},
    )


@router.post("/pipeline/dead/replay", dependencies=[Depends(limited("search"))])
def replay(desk: DeskState, number: Annotated[list[int] | None, Form()] = None) -> Response:
    """Sends dead letters back to where they came from."""
    numbers = set(number or ())
    if len(numbers) > _MOST_AT_ONCE:
        raise WrongUse(f"expected {_MOST_AT_ONCE} dead letters at most: `dateline dead replay` sends more")
    sent = send_back(desk.settings, find_dead(desk.settings, numbers))
    desk.overview.dead.forget()
    return RedirectResponse(f"/pipeline/dead?sent={sent}", 303)
