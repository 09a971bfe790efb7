"""Response headers that bound what a browser may do with a page: nothing but our own scripts and styles, no frames, no guessing.

Whatever slipped through escaping, no script of the wire would run: there is no inline script or style, and none from elsewhere.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
SAFE_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with "no-referrer" browsers hide the origin of our own forms from us as well
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_KEPT = "public, max-age=31536000, immutable"
"""Static files are asked for under a name that changes with their content."""
_NOT_KEPT = "private, no-cache"
"""Copy is licensed: nobody between us and the browser may keep it."""


class SafeHeaders:
    """Sets the headers on every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, and the headers to its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kept = scope["path"].startswith("/static/")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", _KEPT if kept and message["status"] == 200 else _NOT_KEPT)
            await send(message)

        await self._app(scope, receive, with_headers)
