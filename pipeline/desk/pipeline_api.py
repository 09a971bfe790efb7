"""The HTTP API of the pipeline's state and of dead letters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from pipeline.dead import find_dead, newest_dead, send_back
from pipeline.desk.api import Json, described
from pipeline.desk.overview import concerns_of
from pipeline.desk.problems import NotFound
from pipeline.desk.rates import limited
from pipeline.desk.state import DeskState

router = APIRouter()


@router.get(
    "/api/status",
    summary="The state of the pipeline",
    responses=described(
        "Servers, workers, lag, documents, gaps, feeds, what to look at, and figures of the last hour",
        {"type": "object"},
    ),
    response_class=Json,
    dependencies=[Depends(limited("search"))],
)
def api_status(desk: DeskState) -> Json:
    """What `dateline status --json` prints, as of half a minute ago at most, with figures beside it; null where a server does not answer."""
    known = desk.overview.read()
    wire, lags, deliveries = known.wire.value, known.lags.value, known.deliveries.value
    found: dict[str, Any] = dict(known.status.value or {})
    found["concerns"] = [it._asdict() for it in concerns_of(known, now=datetime.now(UTC))]
    found["stories_per_minute"] = wire and wire.per_minute
    found["delay_ms"] = wire and {"p50": wire.delay.half, "p99": wire.delay.most}
    found["lag"] = lags and {lag.role: lag.messages for lag in lags}
    found["deliveries"] = deliveries and deliveries.channels
    return Json(found)


@router.get(
    "/api/dead",
    summary="Dead letters, newest first",
    responses=described(
        "Dead letters without their bytes",
        {"type": "object", "properties": {"letters": {"type": "array", "items": {"type": "object"}}}},
    ),
    response_class=Json,
    dependencies=[Depends(limited("search"))],
)
def api_dead(
    desk: DeskState,
    before: Annotated[int | None, Query(ge=0, description="only those with a smaller number")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Json:
    """Messages that could not be read, with the reason."""
    return Json({"letters": [it.to_dict() for it in newest_dead(desk.settings, limit=limit, before=before)]})


@router.post(
    "/api/dead/{number}/replay",
    summary="Send a dead letter back",
    responses=described("How many messages were sent", {"type": "object", "properties": {"sent": {"type": "integer"}}}),
    response_class=Json,
    dependencies=[Depends(limited("search"))],
)
def api_replay(desk: DeskState, number: int) -> Json:
    """Sends the message back to the stream it came from; a repeat does no harm."""
    letters = find_dead(desk.settings, [number])
    if not letters:
        raise NotFound(f"there is no dead letter {number}")
    return Json({"sent": send_back(desk.settings, letters)})
