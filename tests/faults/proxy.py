"""A proxy in front of Elasticsearch that can be told to fail, and an endpoint for alerts that can be told to.

Comes in: a fault, a function from request to answer, put in force from the test's thread. Goes out: what the server said, or less.
"""

from __future__ import annotations

import asyncio
import io
import json
import random
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
from aiohttp import web

Answer = web.Response
Fault = Callable[["Proxy", web.Request, bytes], Awaitable[Answer]]

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}
_OURS = {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/vnd.elasticsearch+json;compatible-with=9"}


class Loop:
    """An HTTP server on a free port, in an event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.address: str = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    async def _start(self) -> str:
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def _handle(self, request: web.Request) -> Answer:
        raise NotImplementedError

    async def _end(self) -> None:
        await self._runner.cleanup()

    def close(self) -> None:
        """Ends the server and its thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Proxy(Loop):
    """Passes requests on to one server, through the fault that is in force. ``met``: how many requests each fault met."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._session: aiohttp.ClientSession | None = None
        self._fault: tuple[str, Fault] | None = None
        self._ended = asyncio.Event()
        self.met: Counter[str] = Counter()
        super().__init__()

    @contextmanager
    def faulty(self, fault: Fault, name: str = "") -> Iterator[None]:
        """Puts a fault in force for the block; what hangs then ends with a reset."""
        self._ended = asyncio.Event()
        self._fault = (name or fault.__name__, fault)
        try:
            yield
        finally:
            self._fault = None
            self._loop.call_soon_threadsafe(self._ended.set)

    async def _handle(self, request: web.Request) -> Answer:
        body = await request.read()
        if (found := self._fault) is None:
            return await self.forward(request, body)
        self.met[found[0]] += 1
        return await found[1](self, request, body)

    async def forward(self, request: web.Request, body: bytes) -> Answer:
        """What the server says; a reset where it says nothing."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                auto_decompress=False, skip_auto_headers=["Accept-Encoding"], timeout=aiohttp.ClientTimeout(total=120)
            )
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        try:
            async with self._session.request(
                request.method,
                self._target + request.raw_path,
                data=io.BytesIO(body) if body else None,
                headers=headers,
            ) as answer:
                kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
                return Answer(status=answer.status, headers=kept, body=await answer.read())
        except aiohttp.ClientError:
            return reset(request)

    async def until_ended(self) -> None:
        """Waits for the end of the fault."""
        await self._ended.wait()

    async def _end(self) -> None:
        if self._session is not None:
            await self._session.close()
        await super()._end()


def reset(request: web.Request) -> Answer:
    """Breaks the connection off."""
    if request.transport is not None:
        request.transport.abort()
    return Answer()


async def away(proxy: Proxy, request: web.Request, body: bytes) -> Answer:
    """Every connection is broken off before anything is read."""
    return reset(request)


async def half_open(proxy: Proxy, request: web.Request, body: bytes) -> Answer:
    """Takes every request and never answers."""
    await proxy.until_ended()
    return reset(request)


async def answer_lost(proxy: Proxy, request: web.Request, body: bytes) -> Answer:
    """The server does what it was asked, and its answer to every second write is lost."""
    answer = await proxy.forward(request, body)
    if _is_write(request) and proxy.met["answer_lost"] % 2:
        return reset(request)
    return answer


async def unavailable(proxy: Proxy, request: web.Request, body: bytes) -> Answer:
    """Answers 503 to everything."""
    return Answer(status=503, headers=_OURS, text=json.dumps({"error": {"type": "unavailable"}, "status": 503}))


def slow(seconds: float) -> Fault:
    """Takes so much longer for every write."""

    async def fault(proxy: Proxy, request: web.Request, body: bytes) -> Answer:
        if _is_write(request):
            await asyncio.sleep(seconds)
        return await proxy.forward(request, body)

    return fault


def refusing_items(seed: int) -> Fault:
    """Of each bulk request does half of the operations and answers 429 or 503 for the others."""
    rng = random.Random(seed)

    async def fault(proxy: Proxy, request: web.Request, body: bytes) -> Answer:
        if not _is_write(request):
            return await proxy.forward(request, body)
        operations = list(_operations(body))
        statuses = [rng.choice((0, 0, 429, 503)) for _ in operations]
        passed = [lines for lines, status in zip(operations, statuses, strict=True) if not status]
        done: Iterator[Any] = iter(())
        if passed:
            answer = await proxy.forward(request, b"".join(b"".join(lines) for lines in passed))
            if answer.status != 200:
                return answer
            assert isinstance(answer.body, bytes)
            done = iter(json.loads(answer.body)["items"])
        items = [
            _refused(lines, status) if status else next(done)
            for lines, status in zip(operations, statuses, strict=True)
        ]
        return Answer(status=200, headers=_OURS, text=json.dumps({"errors": True, "items": items}))

    return fault


def _is_write(request: web.Request) -> bool:
    return request.path.endswith("/_bulk")


def _operations(body: bytes) -> Iterator[list[bytes]]:
    """The operations of a bulk request, each with its lines."""
    lines = iter(body.splitlines(keepends=True))
    for line in lines:
        yield [line] if "delete" in json.loads(line) else [line, next(lines)]


def _refused(lines: list[bytes], status: int) -> dict[str, Any]:
    (verb,) = json.loads(lines[0])
    kind = "es_rejected_execution_exception" if status == 429 else "unavailable_shards_exception"
    return {verb: {"status": status, "error": {"type": kind, "reason": "injected"}}}


class Endpoint(Loop):
    """Takes alerts. ``state``: ``well``, ``down`` (500) or ``slow`` (answers after ``well`` is set again)."""

    def __init__(self) -> None:
        self.state = "well"
        self.taken: Counter[str] = Counter()
        super().__init__()

    async def _handle(self, request: web.Request) -> Answer:
        await request.read()
        while self.state == "slow":
            await asyncio.sleep(0.1)
        if self.state == "down":
            return Answer(status=500)
        self.taken[request.headers["Idempotency-Key"]] += 1
        return Answer()
