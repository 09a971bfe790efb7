"""What has just become searchable, told to everybody who looks: one watcher for the process, many subscribers.

Comes in: looks at the index, one a second while anybody listens. Goes out: batches to each subscriber, of the stories that fit its query
and of kills. A subscriber that reads slowly loses the oldest batches and is told how many stories they held.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

import structlog

from pipeline.errors import DatelineError

log = structlog.get_logger("dateline.desk")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_LOOK_EVERY_S = 1.0
_MOST_SUBSCRIBERS = 200
_KEPT_BATCHES = 60
"""A minute; whoever reads slower than that had better load the page anew."""
PING_S = 15.0
"""Proxies end streams that say nothing for a minute or so; a ping also tells us who has gone."""


@dataclass(frozen=True)
class Batch(Generic[T]):
    """What one look found for a subscriber. ``missed``: stories that were dropped before it; ``trouble``: why we can't look."""

    found: tuple[T, ...] = ()
    missed: int = 0
    trouble: str = ""


class Watching(Protocol[T_co]):
    """Looks at the index."""

    def look(self) -> Iterable[T_co]:
        """What is new since the last look."""


class TooMany(Exception):
    """No more subscribers fit."""


@dataclass(eq=False)
class Subscription(Generic[T]):
    """One who listens. ``wanted``: chooses from what was found what it is to be told; equal ``key`` means equal choice."""

    key: str
    wanted: Callable[[list[T]], list[T]]
    loop: asyncio.AbstractEventLoop
    batches: deque[Batch[T]] = field(default_factory=deque)
    missed: int = 0
    closed: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, batch: Batch[T]) -> None:
        """Puts a batch into the queue; runs on the subscriber's loop."""
        self.batches.append(batch)
        if len(self.batches) > _KEPT_BATCHES:
            self.missed += len(self.batches.popleft().found)
        self.ready.set()

    def close(self) -> None:
        """Ends the subscription after what is queued."""
        self.closed = True
        self.ready.set()

    async def listen(self) -> AsyncIterator[Batch[T] | None]:
        """The batches as they come, and None every now and then while there are none."""
        while True:
            while self.batches:
                batch = self.batches.popleft()
                missed, self.missed = self.missed, 0
                yield Batch(batch.found, batch.missed + missed, batch.trouble)
            if self.closed:
                return
            self.ready.clear()
            try:
                await asyncio.wait_for(self.ready.wait(), PING_S)
            except TimeoutError:
                yield None


class Hub(Generic[T]):
    """Tells subscribers what a watcher sees. ``watcher``: makes one that looks from a time on."""

    def __init__(
        self, watcher: Callable[[datetime], Watching[T]], *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._make_watcher = watcher
        self._now = now
        self._subscriptions: list[Subscription[T]] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ended = False
        self._thread: threading.Thread | None = None

    def subscribe(self, key: str, wanted: Callable[[list[T]], list[T]]) -> Subscription[T]:
        """Begins to listen; called on the event loop that listens. Raises `TooMany`."""
        subscription = Subscription(key, wanted, asyncio.get_running_loop())
        with self._lock:
            if self._ended or len(self._subscriptions) >= _MOST_SUBSCRIBERS:
                raise TooMany
            self._subscriptions.append(subscription)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="desk-live", daemon=True)
                self._thread.start()
        return subscription

    def leave(self, subscription: Subscription[T]) -> None:
        """Ends a subscription."""
        with self._lock:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)

    def close(self) -> None:
        """Ends all subscriptions and the looking."""
        with self._lock:
            self._ended = True
            subscriptions = list(self._subscriptions)
        self._wake.set()
        for subscription in subscriptions:
            subscription.loop.call_soon_threadsafe(subscription.close)

    def _run(self) -> None:
        """Looks once a second until nobody listens any more."""
        watcher, trouble = self._make_watcher(self._now()), ""
        while True:
            with self._lock:
                if self._ended or not self._subscriptions:
                    self._thread = None
                    return
                subscriptions = list(self._subscriptions)
            try:
                found = list(watcher.look())
                self._tell(subscriptions, found, recovered=bool(trouble))
                trouble = ""
            except DatelineError as error:
                if str(error) != trouble:
                    trouble = str(error)
                    log.warning("can't look", reason=trouble)
                for subscription in subscriptions:
                    self._offer(subscription, Batch(trouble=trouble))
            except Exception:
                log.exception("looking failed")  # a fault of ours must not end the live list for good
            self._wake.wait(_LOOK_EVERY_S)

    def _tell(self, subscriptions: list[Subscription[T]], found: list[T], *, recovered: bool) -> None:
        chosen: dict[str, tuple[T, ...]] = {}
        for subscription in subscriptions:
            if found and subscription.key not in chosen:
                chosen[subscription.key] = tuple(subscription.wanted(found))
            if recovered or chosen.get(subscription.key):
                self._offer(subscription, Batch(chosen.get(subscription.key, ())))

    @staticmethod
    def _offer(subscription: Subscription[T], batch: Batch[T]) -> None:
        try:
            subscription.loop.call_soon_threadsafe(subscription.offer, batch)
        except RuntimeError:
            subscription.closed = True  # its loop has ended
