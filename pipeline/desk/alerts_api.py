"""The HTTP API of alerts and rules: the inbox, acknowledging, drafts checked and rehearsed. Alerts have the fields of `wire.alerts`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Body, Depends, HTTPException, Query, Request
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel, Field

from pipeline.alert_reading import acknowledge, deliveries_of, show_alert
from pipeline.desk import drafts
from pipeline.desk.alert_news import News
from pipeline.desk.alerts import find
from pipeline.desk.alerts_asked import AlertsAsked
from pipeline.desk.api import Json, described
from pipeline.desk.live import Batch
from pipeline.desk.problems import NotFound
from pipeline.desk.rates import limited
from pipeline.desk.rule_shelf import way_of
from pipeline.desk.state import DeskState
from pipeline.desk.streaming import event, stream
from pipeline.figures import RuleFigures, count_open
from pipeline.rehearsing import count_by_day

router = APIRouter()

_ALERT = {
    "type": "object",
    "description": "an alert as in wire.alerts, with `recalled` and `acknowledged` where it has them",
}
_ALERTS = {
    "type": "object",
    "properties": {
        "alerts": {"type": "array", "items": _ALERT},
        "total": {"type": "integer", "description": "counted up to 10,000"},
        "open": {"type": "integer", "description": "of all: neither recalled nor acknowledged"},
        "next": {"type": ["string", "null"], "description": "give it as after for the next page"},
    },
}
_PROBLEM = {
    "type": "object",
    "properties": {"line": {"type": ["integer", "null"]}, "message": {"type": "string"}, "remedy": {"type": "string"}},
}
_PROBLEMS = {"type": "array", "items": _PROBLEM}


class Acknowledgement(BaseModel):
    """What is kept with an alert that somebody has seen."""

    note: str = Field("", max_length=1000)


class DraftRule(BaseModel):
    """A rule that is to be tried."""

    name: str = Field("draft", max_length=60, description="as the file would be called, without .yaml")
    yaml: str = Field(max_length=drafts.MOST_LETTERS, description="as schemas/rule.json describes it")


class Rehearsal(DraftRule):
    """A rule that is to be tried on stories that came."""

    days: Literal[1, 7, 30] = 7


@router.get(
    "/api/alerts",
    summary="The alerts, newest first",
    responses=described("A page of alerts", _ALERTS),
    response_class=Json,
    dependencies=[Depends(limited("search"))],
)
def api_alerts(
    desk: DeskState,
    show: Annotated[Literal["open", "all", "recalled"], Query(description="open: neither recalled nor seen")] = "all",
    rule: Annotated[str, Query(description="only of the rule of that name", max_length=60)] = "",
    since: Annotated[Literal["", "1h", "24h", "7d", "30d"], Query(description="made in that time")] = "",
    after: Annotated[str, Query(description="`next` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Json:
    """What the desk was told, with who has seen it and what was recalled."""
    page = find(desk, AlertsAsked(rule, show, since), limit=limit, after=after or None)
    return Json(
        {
            "alerts": [row.to_dict() for row in page.alerts],
            "total": page.total,
            "open": count_open(desk.client, desk.names),
            "next": page.next,
        }
    )


@router.get(
    "/api/alerts/live",
    summary="Alerts as they come and change",
    responses={200: {"description": "Server-sent events", "content": {"text/event-stream": {}}}},
    response_class=PlainTextResponse,
)
async def api_live_alerts(
    desk: DeskState, rule: Annotated[str, Query(description="only of the rule of that name", max_length=60)] = ""
) -> Response:
    """Event `alert`: an alert that has just come; event `changed`: one that was recalled or acknowledged; both as JSON. Events `missed` and
    `state` as of `/api/live`.
    """
    asked = AlertsAsked(rule, "all")
    return stream(
        desk.alerts, f"api {asked.path()}", lambda news: [it for it in news if asked.wants(it.row)], _live_events
    )


def _live_events(batch: Batch[News]) -> str:
    missed = event("missed", {"missed": batch.missed}) if batch.missed else ""
    return missed + "".join(event("alert" if it.is_new else "changed", it.row.to_dict()) for it in batch.found)


@router.get(
    "/api/alerts/{alert_id}",
    summary="An alert",
    responses=described("The alert, and what became of it on each channel", {"type": "object"}),
    response_class=Json,
)
def api_alert(desk: DeskState, alert_id: str) -> Json:
    """The alert as it is now, with its deliveries."""
    row = show_alert(desk.client, desk.names, alert_id)
    if row is None:
        raise NotFound(f"there is no alert {alert_id}")
    deliveries = deliveries_of(desk.client, desk.names, [alert_id])[alert_id]
    return Json({"alert": row.to_dict(), "deliveries": msgspec.to_builtins(deliveries)})


@router.post(
    "/api/alerts/{alert_id}/ack",
    summary="Acknowledge an alert",
    responses=described("What it did: `done` or `already`, and who had acknowledged it before", {"type": "object"}),
    response_class=Json,
)
def api_acknowledge(
    request: Request,
    desk: DeskState,
    alert_id: str,
    given: Annotated[Acknowledgement | None, Body()] = None,
) -> Json:
    """Marks the alert as seen; one that was seen before changes only for a note."""
    note = given.note if given else ""
    (acked,) = acknowledge(
        desk.client, desk.names, [alert_id], by=str(request.scope["user"]), note=note, now=datetime.now(UTC)
    )
    if acked.state == "missing":
        raise NotFound(f"there is no alert {alert_id}")
    return Json(acked._asdict())


@router.get(
    "/api/rules",
    summary="The rules",
    responses=described("The rules with their problems and how often they alerted", {"type": "object"}),
    response_class=Json,
)
def api_rules(desk: DeskState) -> Json:
    """All rule files, the broken ones first."""
    figures = desk.overview.rules.get().value or {}
    return Json(
        {
            "rules": [
                it.to_dict()
                | {"way": way_of(it.rule) if it.rule else []}
                | figures.get(it.name, RuleFigures())._asdict()
                for it in desk.rules.rules()
            ]
        }
    )


@router.post(
    "/api/rules/check",
    summary="Check a rule",
    responses=described("What is wrong with it", {"type": "object", "properties": {"problems": _PROBLEMS}}),
    response_class=Json,
    dependencies=[Depends(limited("search"))],
)
def api_check(desk: DeskState, given: DraftRule) -> Json:
    """Says what is wrong with a rule; keeps nothing."""
    draft = drafts.check(desk, given.name, given.yaml)
    return Json({"ok": not draft.problems, "problems": [it._asdict() for it in draft.problems]})


@router.post(
    "/api/rules/rehearse",
    summary="Rehearse a rule",
    responses=described("What it would have alerted on", {"type": "object"}),
    response_class=Json,
    dependencies=[Depends(limited("rehearse"))],
)
def api_rehearse(desk: DeskState, given: Rehearsal) -> Json:
    """Tries a rule on stories that came, the newest days first, for some seconds at most (`since` says how far back that was); sends nothing."""
    try:
        draft = drafts.rehearse(desk, given.name, given.yaml, given.days)
    except drafts.Busy as error:
        raise HTTPException(503, "other rehearsals are running", {"Retry-After": "15"}) from error
    found: dict[str, Any] = {"ok": not draft.problems, "problems": [it._asdict() for it in draft.problems]}
    if done := draft.done:
        found |= {
            "stories": done.stories,
            "since": done.since,
            "total": len(done.alerts),
            "days": [
                {"day": day, "alerts": it.total(), "languages": it} for day, it in count_by_day(done.alerts).items()
            ],
            "alerts": draft.alerts,
        }
    return Json(found)
