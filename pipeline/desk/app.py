"""The desk page, put together: pages and API behind the headers, the host check, the session and the gate.

A page is a line in `PAGES`: a module with its routes, a template, and a key. docs/desk.md tells how to add one.
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline import __version__
from pipeline.desk import access, alerts, alerts_api, api, pipeline_api, pipeline_page, rules, story, wire
from pipeline.desk.csrf import check_csrf
from pipeline.desk.headers import SafeHeaders
from pipeline.desk.listening import Listening
from pipeline.desk.pages import STATIC, Page, static_folder
from pipeline.desk.problems import answer_problems
from pipeline.desk.rates import usual_limits
from pipeline.desk.state import Desk
from pipeline.resources import resource
from pipeline.settings import Settings

PAGES = (
    Page("/", "Wire", "w", wire.router),
    Page("/alerts", "Alerts", "a", alerts.router),
    Page("/rules", "Rules", "r", rules.router),
    Page("/pipeline", "Pipeline", "p", pipeline_page.router),
)
"""The pages in the navigation, in its order."""
ROUTERS = (
    *(page.router for page in PAGES),
    story.router,
    access.router,
    api.router,
    alerts_api.router,
    pipeline_api.router,
)

_MOST_BODY_BYTES = 256 * 1024
"""Of a form: a draft of a rule is the largest thing that anybody sends here."""
_SESSION_S = 14 * 24 * 3600


class _KnownHosts:
    """Answers only to our own names, so that a page elsewhere can't reach us under its own (DNS rebinding); probes need no name."""

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...]) -> None:
        self._app = app
        self._checked = TrustedHostMiddleware(app, list(hosts), www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on where its host is ours."""
        probe = scope["type"] == "http" and scope["path"] == "/healthz"
        await (self._app if probe else self._checked)(scope, receive, send)


def create_app(settings: Settings, way: Listening, desk: Desk) -> FastAPI:
    """The application on a desk."""
    app = FastAPI(
        title="Dateline",
        version=__version__,
        description=api.DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,  # Swagger UI comes from elsewhere
        redoc_url=None,
        dependencies=[Depends(check_csrf)],
        middleware=_middleware(way),
    )
    app.state.settings, app.state.way, app.state.desk = settings, way, desk
    app.state.pages = PAGES
    app.state.limits = usual_limits()
    answer_problems(app)
    app.mount(static_folder(), StaticFiles(directory=STATIC), name="static")
    app.openapi = lambda: _description(app)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    for router in ROUTERS:
        app.include_router(router)
    return app


def _description(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, made when first asked for."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        story = json.loads((resource("schemas") / "messages" / "story.json").read_text("utf-8"))
        app.openapi_schema = api.with_story_schema(made, story)
    return app.openapi_schema


def _middleware(way: Listening) -> list[Middleware]:
    """From the outside in."""
    return [
        Middleware(SafeHeaders),
        Middleware(_KnownHosts, hosts=way.hosts or ("*",)),
        Middleware(RequestBodyLimitMiddleware, max_body_size=_MOST_BODY_BYTES),
        Middleware(
            SessionMiddleware,
            secret_key=access.session_key(way),
            session_cookie="dateline",
            max_age=_SESSION_S,
            same_site="lax",
            https_only=way.https,
        ),
        Middleware(access.Gate, way=way),
    ]
