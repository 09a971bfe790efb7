"""Requests that change something come from our own pages: they carry a word of the session that no other page can know."""

from __future__ import annotations

import hmac
import secrets

from fastapi import HTTPException, Request

CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def csrf_token(request: Request) -> str:
    """The session's own word, for forms (`CSRF_FIELD`) and for what htmx sends (`CSRF_HEADER`)."""
    session = request.session
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["csrf"])


async def check_csrf(request: Request) -> None:
    """Refuses a request that would change something without the word; one with the desk's token needs none, nor does JSON to the API, which
    browsers send to no other site without asking it first.
    """
    if request.method in SAFE_METHODS or request.scope["by_token"]:
        return
    if request.url.path.startswith("/api/") and request.headers.get("content-type", "").startswith("application/json"):
        return
    given = request.headers.get(CSRF_HEADER) or str((await request.form()).get(CSRF_FIELD, ""))
    expected = str(request.session.get("csrf", ""))
    if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
        raise HTTPException(403, "This page is too old to do that: reload it and try again.")
