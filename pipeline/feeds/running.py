"""What a running feed is given, and what it counts."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import structlog

from pipeline.errors import Reject
from pipeline.feeds import feed_metrics
from pipeline.feeds.files import Copy, Label
from pipeline.feeds.outlet import Outlet

log: Any = structlog.get_logger("dateline.feeds")


@dataclass
class Tally:
    """What became of the copy of all feeds of this process."""

    fed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Desk:
    """The place of one feed in the service: its label, the way to Kafka, the stop, and the books."""

    name: str
    label: Label
    outlet: Outlet
    stop: asyncio.Event
    tally: Tally

    async def feed(self, copy: Copy) -> None:
        """Labels and sends one message; returns once Kafka has it. Raises `Reject` or `Retry`."""
        await self.outlet.send(self.label.on(copy))
        self.tally.fed[self.name] += 1
        feed_metrics.FED.labels(self.name).inc()
        self.succeeded()

    def succeeded(self) -> None:
        """Notes that the feed did its work, were it that there was none."""
        feed_metrics.LAST_SUCCESS.labels(self.name).set(time.time())

    def refused(self, source: str, error: Reject) -> None:
        """Notes and logs copy that was refused at the door."""
        self.tally.refused[self.name] += 1
        feed_metrics.REFUSED.labels(self.name, error.kind).inc()
        log.warning("refused", feed=self.name, source=source, kind=error.kind, reason=error.reason)

    def failed(self, reason: str, again_in: float, **context: Any) -> None:
        """Notes and logs a failure that the feed waits out."""
        feed_metrics.FAILURES.labels(self.name).inc()
        log.warning("waiting", feed=self.name, reason=reason, again_in_s=round(again_in, 1), **context)
