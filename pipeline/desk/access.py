"""Who may look: a token that people log in with once and programs send along, or a user whom a proxy names.

Comes in: requests. Goes out: those of people who may look, with ``scope["user"]`` set; others get the login page or a 401. A request that
changes something is let through only from our own pages (`is_same_origin`, `pipeline.desk.csrf`) or with the token itself, which no browser sends
by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.desk.csrf import SAFE_METHODS
from pipeline.desk.listening import Listening
from pipeline.desk.pages import render
from pipeline.desk.rates import limited

LOCAL_USER = "desk"
"""Who looks where nobody is asked, and who has logged in: the token is one for all."""
_OPEN = ("/login", "/healthz")

router = APIRouter(include_in_schema=False)


def session_key(way: Listening) -> str:
    """What signs the session cookie: made from the token, so that a new token ends all sessions and replicas agree; without a token
    anything that lasts as long as the process.
    """
    if way.token is None:
        return secrets.token_hex(32)
    return hmac.new(way.token.encode(), b"dateline desk session", hashlib.sha256).hexdigest()


class Gate:
    """Lets through who may look; stands behind the session."""

    def __init__(self, app: ASGIApp, way: Listening) -> None:
        self._app = app
        self._way = way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on with its user, or answers it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope["user"] = self._user(scope, headers)
        scope["by_token"] = self._has_token(headers)
        if (
            scope["method"] not in SAFE_METHODS
            and not scope["by_token"]
            and not is_same_origin(headers, self._way.site)
        ):
            await _refusal(403, "cross-site", "expected a form of this desk page, got one from elsewhere")(
                scope, receive, send
            )
        elif scope["user"] or scope["path"] in _OPEN or scope["path"].startswith("/static/"):
            await self._app(scope, receive, send)
        else:
            await _ask_for_login(scope, headers)(scope, receive, send)

    def _user(self, scope: Scope, headers: Headers) -> str | None:
        way = self._way
        if way.is_open:
            return LOCAL_USER
        if way.proxy_header and (named := headers.get(way.proxy_header, "").strip()):
            return named[:100]
        if way.token and (self._has_token(headers) or scope["session"].get("user")):
            return LOCAL_USER
        return None

    def _has_token(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and is_token(self._way.token, given.strip())


def is_token(token: str | None, given: str) -> bool:
    """Whether this is the token; takes as long for a wrong one as for a right one."""
    return token is not None and hmac.compare_digest(token.encode(), given.encode())


def is_same_origin(headers: Headers, site: str | None) -> bool:
    """Whether a browser says that the request comes from a page of ours; programs say nothing. ``site``: our host for people."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    return urlsplit(origin).netloc.lower() in (headers.get("host", "").lower(), site)


def _ask_for_login(scope: Scope, headers: Headers) -> Response:
    if scope["path"].startswith("/api/"):
        refusal = _refusal(401, "login", "expected the header Authorization: Bearer with the desk's token")
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal
    here = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
    login = f"/login?next={quote(here)}"
    if headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": login})
    return RedirectResponse(login, 303)


def _refusal(status: int, kind: str, message: str) -> JSONResponse:
    return JSONResponse({"error": kind, "message": message}, status)


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:
    """The form that takes the token."""
    return render(request, "login.html", next=_own_path(next), wrong=False)


@router.post("/login", dependencies=[Depends(limited("login"))])
def log_in(request: Request, token: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/") -> Response:
    """Starts a session for who knows the token."""
    way: Listening = request.app.state.way
    if not is_token(way.token, token.strip()):
        return render(request, "login.html", status=403, next=_own_path(next), wrong=True)
    request.session.clear()
    request.session["user"] = LOCAL_USER
    request.session["client"] = secrets.token_urlsafe(9)
    return RedirectResponse(_own_path(next), 303)


@router.post("/logout")
def log_out(request: Request) -> Response:
    """Ends the session."""
    request.session.clear()
    return RedirectResponse("/login", 303)


def _own_path(path: str) -> str:
    """The path where it is one of ours, else the start: a link to our login must not lead elsewhere."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if ours else "/"
