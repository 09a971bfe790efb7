"""The one safe way through a stream: take a batch, settle every message of it, only then acknowledge them, in offset order.

At least once: an offset is committed after what came of the message is safe, and a repeat is harmless downstream. Faust's
own `take` and plain iteration acknowledge messages even when their handling failed; a `noack` clone does not, and with one
batch in flight (`concurrency=1`) no commit can step over an unsettled message. An exception must end the whole worker
(`CrashingSupervisor`): Faust does not redeliver within a process.

Batches are made here, since `noack_take` looks for messages by the clock: a story waits half of its ``within`` in each role, all of
it after a long batch, and an idle worker wakes fifty times a second.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple, Protocol, TypeVar

import structlog

from pipeline import metrics
from pipeline.errors import DatelineError, Retry
from pipeline.health import Health

T = TypeVar("T")
log = structlog.get_logger("dateline.settling")


class Pace(NamedTuple):
    """``messages`` settled together, small enough to hold in memory at 8 MiB a story; ``pause``: seconds without a message that end a batch."""

    messages: int
    pause: float


LIVE = Pace(200, pause=0.002)
"""Enough to take what waits; three roles must fit into 0.3 s."""
BACKFILL = Pace(500, pause=0.1)
"""Nobody waits: fuller bulk requests."""
STOP_DEADLINE = 4.0
"""Seconds that a stopping worker goes on trying before it leaves the rest to its successor, unacknowledged."""
_FIRST_DELAY, _MAX_DELAY = 0.1, 5.0


class StoppedUnsettled(DatelineError):
    """The worker was told to stop while the world was unwell; nothing of the batch was acknowledged."""


class Progress(Protocol):
    """Who wants to know how the work goes on."""

    def begin(self, messages: Sequence[Any]) -> None:
        """These are in hand."""

    def settle(self, messages: Sequence[Any]) -> None:
        """They are settled."""


async def settle_stream(
    stream: Any,
    settle: Callable[[Sequence[Any]], Awaitable[None]],
    *,
    pace: Pace = LIVE,
    progress: Progress | None = None,
) -> None:
    """Feeds the stream's events to ``settle`` in batches and acknowledges each batch once it returns."""
    unacknowledged = stream.noack()
    async with aclosing(_batches(unacknowledged.events(), pace)) as batches:
        async for events in batches:
            messages = [event.message for event in events] if progress else []
            if progress:
                progress.begin(messages)
            await settle(events)
            for event in events:
                await unacknowledged.ack(event)
            if progress:
                progress.settle(messages)


async def _batches(events: AsyncIterator[Any], pace: Pace) -> AsyncGenerator[list[Any], None]:
    """The events as they come: a batch never waits for one that may not come, also where Faust drops what it had in store (a rebalance)."""
    following = asyncio.ensure_future(anext(events))
    try:
        while True:
            batch = [await following]
            following = asyncio.ensure_future(anext(events))
            while len(batch) < pace.messages and (await asyncio.wait({following}, timeout=pace.pause))[0]:
                batch.append(following.result())
                following = asyncio.ensure_future(anext(events))
            yield batch
    except StopAsyncIteration:  # the worker ends
        return
    finally:
        following.cancel()


class Patience:
    """Waiting in place while the world is unwell, until it is well or the worker has to stop."""

    def __init__(self, should_stop: Callable[[], bool], health: Health | None = None) -> None:
        self._should_stop = should_stop
        self._health = health or Health()
        self._stop_seen: float | None = None

    async def retry(self, attempt: Callable[[], Awaitable[T]], *, what: str) -> T:
        """The result of ``attempt``, tried again as long as it raises `Retry`.

        Full jitter under a doubling bound, so that many workers don't come back in step.
        """
        bound = _FIRST_DELAY
        is_waiting = False
        try:
            while True:
                try:
                    return await attempt()
                except Retry as error:
                    metrics.WAITS.labels(what).inc()
                    log.warning("waiting", what=what, reason=str(error), at_most_s=round(bound, 1))
                if not is_waiting:
                    is_waiting = True
                    self._health.wait()
                await self._sleep(random.uniform(0, bound))  # noqa: S311 - jitter, not a secret
                bound = min(bound * 2, _MAX_DELAY)
        finally:
            self._health.go_on() if is_waiting else self._health.move()

    async def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            self._check_deadline()
            left = end - time.monotonic()
            if left <= 0:
                return
            await asyncio.sleep(min(left, 0.2))

    def _check_deadline(self) -> None:
        if not self._should_stop():
            return
        self._stop_seen = self._stop_seen or time.monotonic()
        if time.monotonic() - self._stop_seen > STOP_DEADLINE:
            raise StoppedUnsettled("told to stop while waiting; the unacknowledged messages go to the next worker")
