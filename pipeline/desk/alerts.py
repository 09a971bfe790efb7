"""The page Alerts: the inbox of what the desk was told, live, to be acknowledged; and the page of each alert with why and whereto."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.alert_reading import (
    AlertRow,
    acknowledge,
    alerts_of_story,
    deliveries_of,
    explain_story,
    list_alerts,
    show_alert,
    show_alerts,
)
from pipeline.desk.alert_news import News
from pipeline.desk.alert_view import LIST_NAMES, view_of
from pipeline.desk.alerts_asked import SHOWS, SPANS, AlertsAsked
from pipeline.desk.api import Json
from pipeline.desk.live import Batch
from pipeline.desk.pages import is_htmx, render, templates
from pipeline.desk.problems import NotFound
from pipeline.desk.rates import limited
from pipeline.desk.state import Desk, DeskState
from pipeline.desk.streaming import event, stream
from pipeline.figures import count_open
from pipeline.rule_checks import rules_in_force
from pipeline.searching import read_story

router = APIRouter(include_in_schema=False)

_PAGE = 100
_LIVE_ROWS = 50
"""Of one second; more than that nobody reads."""
_MOST_AT_ONCE = 500
_MOST_NOTE = 1000


def _asked(rule: str = "", show: str = "open", since: str = "") -> AlertsAsked:
    return AlertsAsked.of(rule=rule, show=show, since=since)


Asked = Annotated[AlertsAsked, Depends(_asked)]


@router.get("/alerts", dependencies=[Depends(limited("search"))])
def alerts_page(request: Request, desk: DeskState, asked: Asked, after: str = "") -> Response:
    """The inbox, or of it what is asked for."""
    page = find(desk, asked, limit=_PAGE, after=after or None)
    rules = {it.name: it.rule.title if it.rule else it.name for it in desk.rules.rules()}
    if asked.rule:
        rules.setdefault(asked.rule, asked.rule)  # a rule that was taken away has its alerts still
    return render(
        request,
        "alerts.html",
        asked=asked,
        page=page,
        rules=rules,
        shows=SHOWS,
        spans=SPANS,
        open=count_open(desk.client, desk.names),
        first=not after,
    )


def find(desk: Desk, asked: AlertsAsked, *, limit: int, after: str | None) -> Any:
    """A page of the alerts that are asked for."""
    return list_alerts(
        desk.client,
        desk.names,
        since=asked.since(datetime.now(UTC)),
        rule=asked.rule or None,
        open_=asked.show == "open",
        recalled=asked.show == "recalled",
        limit=limit,
        after=after,
    )


@router.get("/alerts/open")
def open_alerts(desk: DeskState) -> Json:
    """How many alerts nobody has seen, for the navigation of every page."""
    return Json({"open": count_open(desk.client, desk.names)})


@router.get("/alerts/live")
async def live(desk: DeskState, asked: Asked) -> Response:
    """Alerts that come or change, as rows of the list."""
    key = asked.path()
    return stream(desk.alerts, key, lambda news: [it for it in news if asked.wants(it.row)], _rows)


def _rows(batch: Batch[News]) -> str:
    shown = batch.found[-_LIVE_ROWS:]
    rows = [
        {
            "id": it.row.alert.id,
            "new": it.is_new,
            "type": it.row.alert.type,
            "title": it.row.alert.title,
            "headline": it.row.alert.headline[:300],
            "html": row_html(it.row, live=it.is_new),
        }
        for it in shown
    ]
    return event("alerts", {"rows": rows, "missed": batch.missed + len(batch.found) - len(shown)})


def row_html(row: AlertRow, *, live: bool = False) -> str:
    """An alert as a row of the list."""
    return templates().get_template("alert_row.html").render(row=row, live=live)


@router.post("/alerts/ack")
def acknowledge_alerts(
    request: Request,
    desk: DeskState,
    id: Annotated[list[str] | None, Form()] = None,
    note: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/alerts",
) -> Response:
    """Marks alerts as seen by whoever asks; answers with their rows as they are then, or goes back to the page."""
    ids = (id or [])[:_MOST_AT_ONCE]
    acknowledge(
        desk.client,
        desk.names,
        ids,
        by=str(request.scope["user"]),
        note=" ".join(note.split())[:_MOST_NOTE],
        now=datetime.now(UTC),
    )
    if not is_htmx(request):
        return RedirectResponse(back if back.startswith("/alerts") else "/alerts", 303)
    rows = show_alerts(desk.client, desk.names, ids)
    return Json(
        {
            "rows": [{"id": id_, "html": row_html(row)} for id_, row in rows.items()],
            "open": count_open(desk.client, desk.names),
        }
    )


@router.get("/alerts/{alert_id}")
def alert_page(request: Request, desk: DeskState, alert_id: str) -> Response:
    """One alert."""
    row = _row(desk, alert_id)
    alert = row.alert
    found = read_story(desk.client, desk.names, alert.origin)
    deliveries = deliveries_of(desk.client, desk.names, [alert.id])[alert.id]
    related = [it for it in alerts_of_story(desk.client, desk.names, alert.origin) if it.alert.id != alert.id]
    return render(
        request,
        "alert.html",
        row=row,
        alert=alert,
        view=view_of(alert, found.story if found else None, deliveries),
        story=found,
        deliveries=deliveries,
        related=related,
        lists=LIST_NAMES,
    )


@router.get("/alerts/{alert_id}/explain", dependencies=[Depends(limited("search"))])
def explain_page(request: Request, desk: DeskState, alert_id: str) -> Response:
    """What each rule says of the alert's story; the page of the alert loads it when it is scrolled to."""
    alert = _row(desk, alert_id).alert
    explained = explain_story(desk.client, desk.names, alert.origin, rules_in_force(desk.rules.files()))
    return render(request, "explain.html", alert=alert, explained=explained, fragment=is_htmx(request))


def _row(desk: Desk, alert_id: str) -> AlertRow:
    row = show_alert(desk.client, desk.names, alert_id) if alert_id.isalnum() and len(alert_id) <= 64 else None
    if row is None:
        raise NotFound(f"There is no alert {alert_id[:64]}. Its id may be cut off in the link.")
    return row
