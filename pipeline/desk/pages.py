"""Making a page: a template, what every page shows, and the response.

Templates escape everything that is no `Markup`; an unknown name in a template is an error, not an empty place.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline import __version__
from pipeline.desk.csrf import csrf_token
from pipeline.desk.formatting import FILTERS

_FOLDER = Path(__file__).parent
STATIC = _FOLDER / "static"


class Page(NamedTuple):
    """A page of the desk: where it is, what the navigation calls it, the key that follows ``g``."""

    path: str
    title: str
    key: str
    router: APIRouter


@cache
def templates() -> Environment:
    """The templates, compiled as they are first used."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals["static"] = static
    environment.globals["version"] = __version__
    return environment


@cache
def static_folder() -> str:
    """Where the static files are: a path that changes with their content, so that browsers may keep them. A folder, not a parameter, since
    scripts import each other by relative paths and must not run twice under two names.
    """
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


def static(name: str) -> str:
    """The address of a static file."""
    return f"{static_folder()}/{name}"


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The page that a template makes; it also knows ``pages``, ``path``, ``user``, ``csrf`` and ``may_log_out``."""
    state = request.app.state
    return HTMLResponse(
        templates()
        .get_template(template)
        .render(
            pages=state.pages,
            path=request.url.path,
            user=request.scope.get("user"),
            may_log_out=state.way.token is not None and bool(request.session.get("user")),
            csrf=csrf_token(request),
            **context,
        ),
        status,
    )


def is_htmx(request: Request) -> bool:
    """Whether a script of ours asks for a piece of a page, not a person for the whole."""
    return "hx-request" in request.headers
