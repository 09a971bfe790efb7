"""All feeds of a feeds.yaml at once, in one process, until a signal ends them.

Comes in: checked feeds. Goes out: their copy in `wire.raw`. One feed's trouble is its own: it waits, with growing pauses, and
the others go on. A stop takes nothing more in, and ends once Kafka has what was accepted.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError
from typing import BinaryIO

import structlog

from pipeline.errors import Reject, Retry
from pipeline.feeds import feed_metrics
from pipeline.feeds.config import DirectoryFeed, Feed, Feeds, PollFeed, PushFeed, StdinFeed
from pipeline.feeds.directory import DirectoryWatch
from pipeline.feeds.files import Copy, read_stream
from pipeline.feeds.outlet import PATIENCE_S, Outlet
from pipeline.feeds.pauses import Backoff, pause
from pipeline.feeds.polling import Poll
from pipeline.feeds.push import PushServer
from pipeline.feeds.running import Desk, Tally, log
from pipeline.health import serve_health
from pipeline.settings import Settings

_CALM_S = 60.0
"""A feed that ran so long before it failed begins with short pauses again."""
_READ_AHEAD = 100


class Service:
    """The feeds of a file."""

    def __init__(
        self,
        feeds: Feeds,
        settings: Settings,
        *,
        stdin: BinaryIO | None = None,
        patience_s: float = PATIENCE_S,
        started: Callable[[int], None] = lambda port: None,
    ) -> None:
        self._feeds = feeds
        self._settings = settings
        self._stdin = stdin or sys.stdin.buffer
        self._patience_s = patience_s
        self._started = started
        self.tally = Tally()

    async def run(self, stop: asyncio.Event) -> Tally:
        """Runs until the stop, or until no feed has anything more to come; returns what became of the copy."""
        async with Outlet(self._settings, patience_s=self._patience_s) as outlet:
            desks = {feed.name: Desk(feed.name, feed.label, outlet, stop, self.tally) for feed in self._feeds.feeds}
            for name in desks:  # so that a feed which never fed shows as 0
                feed_metrics.FED.labels(name)
            works = {
                feed.name: self._work(feed, desks[feed.name])
                for feed in self._feeds.feeds
                if not isinstance(feed, PushFeed)
            }
            if pushes := [(feed, desks[feed.name]) for feed in self._feeds.of(PushFeed)]:
                server = PushServer(pushes, outlet)
                works["push"] = lambda: server.run(*self._feeds.address, stop, started=self._started)
            log.info("feeding", feeds=[feed.name for feed in self._feeds.feeds])
            await asyncio.gather(*(supervise(name, work, stop) for name, work in works.items()))
        log.info("ended", fed=self.tally.fed.total(), refused=self.tally.refused.total())
        return self.tally

    def _work(self, feed: Feed, desk: Desk) -> Callable[[], Awaitable[None]]:
        if isinstance(feed, DirectoryFeed):
            return lambda: DirectoryWatch(feed, desk).run()
        if isinstance(feed, PollFeed):
            return lambda: Poll(feed, desk, self._settings.local.path / "feeds").run()
        assert isinstance(feed, StdinFeed), "push feeds share one server"  # noqa: S101 - programming error
        return lambda: feed_stream(self._stdin, desk)


async def supervise(
    name: str, work: Callable[[], Awaitable[None]], stop: asyncio.Event, *, backoff: Backoff | None = None
) -> None:
    """Runs a feed until it ends or the stop; starts it again, with growing pauses, whatever goes wrong."""
    backoff = backoff or Backoff()
    while not stop.is_set():
        began = time.monotonic()
        try:
            await work()
            return
        except Exception as error:
            if time.monotonic() - began > _CALM_S:
                backoff.reset()
            seconds = backoff.next()
            known = isinstance(error, Retry)
            feed_metrics.FAILURES.labels(name).inc()
            log.error("failed", feed=name, reason=str(error), again_in_s=round(seconds, 1), exc_info=not known)
            await pause(stop, seconds)


async def feed_stream(stream: BinaryIO, desk: Desk) -> None:
    """Feeds a stream to its end. Reading blocks, so it has a thread of its own, which a stop leaves behind."""
    queue: asyncio.Queue[Copy | None] = asyncio.Queue(_READ_AHEAD)
    loop = asyncio.get_running_loop()

    def read() -> None:
        try:
            for copy in read_stream(stream):
                asyncio.run_coroutine_threadsafe(queue.put(copy), loop).result()
            asyncio.run_coroutine_threadsafe(queue.put(None), loop).result()
        except (
            CancelledError,
            RuntimeError,
            ValueError,
            OSError,
        ) as error:  # the loop has ended, or the stream was closed
            log.debug("reading ended", feed=desk.name, reason=str(error))

    threading.Thread(target=read, daemon=True, name=f"read-{desk.name}").start()
    under_way: set[asyncio.Task[None]] = set()
    stopped = asyncio.create_task(desk.stop.wait())
    try:
        while True:
            getting = asyncio.create_task(queue.get())
            await asyncio.wait([getting, stopped], return_when=asyncio.FIRST_COMPLETED)
            if not getting.done():
                getting.cancel()
                break
            copy = getting.result()
            if copy is None:
                break
            task = asyncio.create_task(_feed_until_taken(copy, desk))
            under_way.add(task)
            if len(under_way) >= _READ_AHEAD:
                _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        if under_way:
            await asyncio.wait(under_way)


async def _feed_until_taken(copy: Copy, desk: Desk) -> None:
    """A stream can't be asked again, so its copy waits here for Kafka, also for one more try after a stop."""
    backoff = Backoff(longest=30.0)
    while True:
        try:
            return await desk.feed(copy)
        except Reject as error:
            return desk.refused("standard input", error)
        except Retry as error:
            seconds = backoff.next()
            desk.failed(str(error), seconds)
            if not await pause(desk.stop, seconds):
                log.error("lost at the stop: Kafka was away", feed=desk.name, bytes=len(copy.value))
                desk.tally.refused[desk.name] += 1
                return None


def run_service(feeds: Feeds, settings: Settings, *, metrics_port: int | None = None, serve: bool = True) -> Tally:
    """Runs the feeds in this process until SIGTERM or Ctrl-C; serves metrics where asked."""
    if serve:
        port = _serve_metrics(settings, metrics_port)
        log.info("metrics", address=f"http://{settings.metrics_host}:{port}/metrics")
    structlog.contextvars.bind_contextvars(role="feeds")
    with asyncio.Runner() as runner:
        return runner.run(_run_until_signal(Service(feeds, settings)))


async def _run_until_signal(service: Service) -> Tally:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return await service.run(stop)


def _serve_metrics(settings: Settings, port: int | None) -> int:
    """Serves metrics on the port, by default that of the settings; on any free one where a worker of this host has it."""
    port = port or settings.metrics_port or 0
    try:
        return serve_health(settings.metrics_host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        log.warning("metrics port taken", port=port, reason=os.strerror(errno.EADDRINUSE))
        return serve_health(settings.metrics_host, 0)
