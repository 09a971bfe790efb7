"""How far a worker is behind on each of its partitions, in messages and in time, for Prometheus, the log and `Health`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import faust
import structlog
from aiokafka.errors import KafkaError

from pipeline import metrics
from pipeline.health import Health
from pipeline.streams import Stream

log = structlog.get_logger("dateline.lag")

EVERY_SECONDS = 5.0


class LagGauge:
    """Sets the lag of each assigned partition: its end less what this worker has settled."""

    def __init__(self, app: faust.App, stream: Stream, topic: str, health: Health) -> None:
        self._app = app
        self._topic = topic
        self._health = health
        self._expires_after = stream.retention_days * 24 * 3600 / 2
        self._settled: dict[Any, int] = {}
        self._since: dict[Any, float] = {}
        """For each partition, a time after which its oldest unsettled message came: that of the last settled, or of no lag."""
        self._in_hand: dict[Any, float] = {}
        self._shown: set[Any] = set()
        self._is_expiring = False

    def begin(self, messages: Sequence[Any]) -> None:
        """Notes messages that are in hand."""
        self._in_hand = {message.tp: message.timestamp for message in reversed(messages)}
        self._health.move(in_hand=True)

    def settle(self, messages: Sequence[Any]) -> None:
        """Notes messages that are settled."""
        for message in messages:
            self._settled[message.tp] = message.offset + 1
            self._since[message.tp] = max(message.timestamp, self._since.get(message.tp, 0.0))
        self._in_hand = {}
        self._health.move(in_hand=False)
        metrics.LAST_SETTLED.labels(self._topic).set(max(message.timestamp for message in messages))

    async def measure(self) -> None:
        """Asks the broker for the ends and sets the gauges; partitions that went to another worker are let go."""
        consumer = self._app.consumer
        assigned = set(consumer.assignment())
        try:
            ends = await consumer.highwaters(*assigned) if assigned else {}
            lags = {
                partition: max(0, end - done)
                for partition, end in ends.items()
                if end is not None
                and (done := self._settled.get(partition) or await consumer.position(partition)) is not None
            }
        except KafkaError:
            return  # the broker is away; the last figures stand
        self._show(lags)
        for partition in self._shown - assigned:
            self._settled.pop(partition, None)
            self._since.pop(partition, None)
            metrics.LAG.remove(partition.topic, partition.partition)
        self._shown = set(lags)

    def _show(self, lags: dict[Any, int]) -> None:
        now = time.time()
        oldest = now
        for partition, lag in lags.items():
            metrics.LAG.labels(partition.topic, partition.partition).set(lag)
            if lag:
                oldest = min(oldest, self._in_hand.get(partition, self._since.get(partition, now)))
            else:
                self._since[partition] = now
        metrics.LAG_SECONDS.labels(self._topic).set(now - oldest)
        self._health.fall_behind(any(lags.values()))
        is_expiring = now - oldest > self._expires_after
        if is_expiring and not self._is_expiring:
            log.error(
                "messages are about to expire unread",
                stream=self._topic,
                days_old=round((now - oldest) / 86400, 1),
                days_kept=round(self._expires_after * 2 / 86400),
            )
        self._is_expiring = is_expiring
