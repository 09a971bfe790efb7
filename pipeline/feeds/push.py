"""POST /feeds/NAME: copy that its sender signs.

Comes in: HTTP requests. Goes out: the body to Kafka, and 202 only once Kafka has acknowledged it; every other answer means
that the sender still has the copy in its care. Errors are JSON that says what was expected, what came and what to do.

Signed is ``TIMESTAMP.BODY`` with HMAC-SHA256 (see `pipeline.feeds.signing`). The body is counted while it comes, never more
than passes the door is kept, and nothing of it is looked at before its signature is known to be good. TLS is the business of
the proxy in front.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from pipeline import __version__
from pipeline.errors import Reject, Retry
from pipeline.feeds import feed_metrics
from pipeline.feeds.config import PushFeed
from pipeline.feeds.files import Copy, split_lines
from pipeline.feeds.outlet import Outlet
from pipeline.feeds.running import Desk, log
from pipeline.feeds.signing import SIGNATURE, TIMESTAMP, is_signed, signing_secrets, why_stale
from pipeline.formats.raw import MAX_RAW_BYTES

_READ_S = 30.0
"""How long a body may take to come."""
_AT_ONCE = 64
"""Bodies that are read at a time, 2 MiB each at most; more are asked to come again."""
_RETRY_AFTER_S = 5
_LINES = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """An answer other than 202."""

    def __init__(self, status: int, kind: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.retry_after = retry_after

    def response(self) -> web.Response:
        """The answer."""
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Signature realm="dateline"'
        return _json(self.status, {"error": self.kind, "message": str(self)}, headers)


@dataclass(frozen=True)
class _Door:
    """One push feed: its secrets and its desk."""

    desk: Desk
    secrets: tuple[bytes, ...]


class PushServer:
    """The endpoint of all push feeds."""

    def __init__(
        self, feeds: list[tuple[PushFeed, Desk]], outlet: Outlet, *, now: Callable[[], float] = time.time
    ) -> None:
        self._doors = {
            feed.name: _Door(desk, signing_secrets(feed.secret_env, feed.secret_file)) for feed, desk in feeds
        }
        self._outlet = outlet
        self._now = now
        self._reading = 0

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(middlewares=[_errors_as_json])
        app.router.add_post("/feeds/{name}", self._push)
        app.router.add_get("/health", self._health)
        return app

    async def run(self, host: str, port: int, stop: asyncio.Event, *, started: Callable[[int], None]) -> None:
        """Serves until the stop, and ends the requests that are under way; tells the port that it took."""
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=15, auto_decompress=False)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            try:
                await site.start()
            except OSError as error:
                raise Retry(f"can't listen on {host}:{port}: {error.strerror}") from error
            taken = runner.addresses[0][1]
            log.info("listening", address=f"{host}:{taken}", feeds=sorted(self._doors))
            started(taken)
            await stop.wait()
        finally:
            await runner.cleanup()

    async def _push(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        door = self._doors.get(name)
        if door is None:
            raise Refused(404, "unknown-feed", f"there is no push feed {name[:60]!r}: see the names in feeds.yaml")
        try:
            count = await self._take(request, door)
        except Refused as refused:
            feed_metrics.REFUSED.labels(name, refused.kind).inc()
            if refused.status != 503:
                door.desk.tally.refused[name] += 1
            log.warning("refused", feed=name, kind=refused.kind, reason=str(refused), peer=request.remote)
            raise
        return _json(202, {"accepted": count, "feed": name})

    async def _take(self, request: web.Request, door: _Door) -> int:
        timestamp, signature = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
        if not signature:
            raise Refused(401, "unsigned", f"expected the headers {TIMESTAMP} and {SIGNATURE}, see docs/feeds.md")
        if stale := why_stale(timestamp, self._now()):
            raise Refused(401, "stale", stale)
        packed = request.headers.get("Content-Encoding", "identity").lower()
        if packed != "identity":
            raise Refused(
                415, "packed", f"expected the copy as it is, got it packed with {packed[:40]}: send it unpacked"
            )
        body = await self._read(request)
        if not is_signed(door.secrets, timestamp, body, signature):
            raise Refused(
                401,
                "bad-signature",
                f"{SIGNATURE} is not the HMAC-SHA256 of timestamp, dot and body with this feed's secret: "
                "sign the very bytes that are sent, and compare the secrets",
            )
        copies = _copies(request, body, f"push/{door.desk.name}")
        if not copies:
            raise Refused(400, "empty", "expected copy in the body, got nothing but blanks")
        return await self._feed(door.desk, copies)

    async def _read(self, request: web.Request) -> bytes:
        too_large = Refused(
            413, "too-large", f"expected at most {MAX_RAW_BYTES} bytes: send each item in a request of its own"
        )
        if (request.content_length or 0) > MAX_RAW_BYTES:
            raise too_large
        if self._reading >= _AT_ONCE:
            raise Refused(503, "busy", "too many requests at once: send it again", retry_after=_RETRY_AFTER_S)
        body = bytearray()
        self._reading += 1
        try:
            async with asyncio.timeout(_READ_S):
                async for chunk in request.content.iter_chunked(65536):
                    body += chunk
                    if len(body) > MAX_RAW_BYTES:
                        raise too_large
        except TimeoutError as error:
            raise Refused(408, "slow", f"expected the body within {_READ_S:.0f} seconds: send it again") from error
        finally:
            self._reading -= 1
        return bytes(body)

    async def _feed(self, desk: Desk, copies: list[Copy]) -> int:
        answers = await asyncio.gather(*(desk.feed(copy) for copy in copies), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, Retry):
                raise Refused(503, "kafka-away", f"not accepted: {answer}", retry_after=_RETRY_AFTER_S) from answer
            if isinstance(answer, Reject):
                raise Refused(413 if answer.kind == "too-large" else 400, answer.kind, answer.reason) from answer
            if isinstance(answer, BaseException):
                raise answer
        return len(copies)

    async def _health(self, request: web.Request) -> web.Response:
        """200 while the process lives, also without Kafka: a probe must not restart us for what a restart can't mend."""
        trouble = self._outlet.trouble
        kafka = {"kafka": "away", "message": trouble} if trouble else {"kafka": "ok"}
        return _json(200, {"status": "ok", "version": __version__, "feeds": sorted(self._doors), **kafka})


def _copies(request: web.Request, body: bytes, source: str) -> list[Copy]:
    given = request.headers.get("Content-Type", "")[:200]
    # What curl and browsers say of any bytes says nothing.
    content_type = None if given.startswith("application/x-www-form-urlencoded") else given or None
    if request.content_type in _LINES:
        return [Copy(line, source, "application/json") for line in split_lines(body)]
    return [Copy(body, source, content_type)] if body.strip() else []


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as refused:
        return refused.response()
    except web.HTTPException as error:
        message = f"{request.method} {request.path[:100]}: expected POST /feeds/NAME or GET /health"
        return _json(error.status, {"error": error.reason.lower().replace(" ", "-"), "message": message})
    except Exception:  # a fault of ours: the sender keeps its copy and tries again
        log.exception("push failed", path=request.path[:100])
        message = "not accepted, a fault on our side: send it again later"
        return _json(500, {"error": "fault", "message": message})


def _json(status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status, text=json.dumps(content) + "\n", content_type="application/json", headers=headers
    )
