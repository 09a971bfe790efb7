"""The page Rules: what the desk is told of and how, what is wrong with a rule, its last alerts; and a draft tried on past stories."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from pipeline.alert_reading import list_alerts
from pipeline.desk import drafts
from pipeline.desk.asked import asked_of
from pipeline.desk.listing import query_of
from pipeline.desk.pages import is_htmx, render
from pipeline.desk.plots import bars
from pipeline.desk.problems import NotFound
from pipeline.desk.rates import limited
from pipeline.desk.rule_shelf import way_of
from pipeline.desk.state import Desk, DeskState
from pipeline.errors import WrongUse
from pipeline.figures import RuleFigures, read_alert_days
from pipeline.search.as_rule import rule_of

router = APIRouter(include_in_schema=False)

_LAST_ALERTS = 20
_PLOTTED_DAYS = 30
_EMPTY_DRAFT = """title: My rule
description: What the desk wants to hear of, and why.
when:
  topics: [economic sanction]
channels: [log]
"""

Name = Annotated[str, Form(max_length=80)]
Text = Annotated[str, Form()]


@router.get("/rules")
def rules_page(request: Request, desk: DeskState) -> Response:
    """All rules."""
    figures = desk.overview.rules.get()
    return render(
        request,
        "rules.html",
        rules=[(it, way_of(it.rule) if it.rule else []) for it in desk.rules.rules()],
        figures=figures.value or {},
        never=RuleFigures(),
        trouble=figures.trouble,
        folder=desk.settings.rules,
    )


@router.get("/rules/{name}")
def rule_page(request: Request, desk: DeskState, name: str) -> Response:
    """One rule: how it tells, what its file says, its last alerts."""
    shelved = desk.rules.find(name)
    page = list_alerts(desk.client, desk.names, rule=name, limit=_LAST_ALERTS)
    if shelved is None and not page.alerts:
        raise NotFound(f"There is no rule {name[:80]}.")
    now = datetime.now(UTC)
    days = read_alert_days(desk.client, desk.names, name, now=now, days=_PLOTTED_DAYS)
    plot = bars(
        "days",
        f"Alerts a day, last {_PLOTTED_DAYS} days",
        days.series or {"alert": [0]},
        start=days.start,
        step=days.step,
    )
    return render(
        request,
        "one_rule.html",
        name=name,
        shelved=shelved,
        way=way_of(shelved.rule) if shelved and shelved.rule else [],
        text=desk.rules.text(name) if shelved else "",
        page=page,
        plot=plot,
        figures=(desk.overview.rules.get().value or {}).get(name, RuleFigures()),
        folder=desk.settings.rules,
    )


@router.get("/draft", dependencies=[Depends(limited("search"))])
def draft_page(request: Request, desk: DeskState, rule: str = "", name: str = "") -> Response:
    """A draft to be tried: of a rule that is there (``rule``), of a search (as the wire asks for it), or from nothing."""
    asked = asked_of(request.query_params)
    problem = ""
    if rule and rule in desk.rules.files():
        draft = drafts.Draft(rule, desk.rules.text(rule))
    elif not asked.is_all:
        name = name or "my-search"
        try:
            draft = drafts.Draft(name, rule_of(query_of(asked), name))
        except WrongUse as error:
            problem, draft = str(error), drafts.Draft(name, _EMPTY_DRAFT)
    else:
        draft = drafts.Draft(name or "my-rule", _EMPTY_DRAFT)
    return _show(request, desk, draft, problem=problem)


@router.post("/draft/check", dependencies=[Depends(limited("search"))])
def check_draft(request: Request, desk: DeskState, name: Name = "", text: Text = "") -> Response:
    """What is wrong with a draft."""
    return _show(request, desk, drafts.check(desk, name.strip(), text), checked=True)


@router.post("/draft/rehearse", dependencies=[Depends(limited("rehearse"))])
def rehearse_draft(
    request: Request, desk: DeskState, name: Name = "", text: Text = "", days: Annotated[int, Form()] = 7
) -> Response:
    """What a draft would have alerted on."""
    try:
        draft = drafts.rehearse(desk, name.strip(), text, days)
    except drafts.Busy as error:
        raise HTTPException(503, "Other rehearsals are running: try again in some seconds.") from error
    return _show(request, desk, draft, checked=True)


def _show(request: Request, desk: Desk, draft: drafts.Draft, *, problem: str = "", checked: bool = False) -> Response:
    """The page of a draft; of it only the findings where a script asks."""
    return render(
        request,
        "findings.html" if is_htmx(request) else "draft.html",
        draft=draft,
        problem=problem,
        checked=checked,
        plot=draft.plot(datetime.now(UTC)),
        way=way_of(draft.rule) if draft.rule else [],
        spans=drafts.SPANS,
        shown=drafts.SHOWN_ALERTS,
        folder=desk.settings.rules,
    )
