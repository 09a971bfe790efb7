"""How far a worker is behind on each of its partitions, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import faust
from aiokafka.errors import KafkaError

from pipeline import metrics

EVERY_SECONDS = 5.0


class LagGauge:
    """Sets the lag of each assigned partition: its end less what this worker has settled."""

    def __init__(self, app: faust.App) -> None:
        self._app = app
        self._settled: dict[Any, int] = {}
        self._shown: set[Any] = set()

    def note(self, messages: Iterable[Any]) -> None:
        """Notes messages that are settled."""
        for message in messages:
            self._settled[message.tp] = message.offset + 1

    async def measure(self) -> None:
        """Asks the broker for the ends and sets the gauges; partitions that went to another worker are let go."""
        consumer = self._app.consumer
        assigned = set(consumer.assignment())
        try:
            ends = await consumer.highwaters(*assigned) if assigned else {}
            for partition, end in ends.items():
                done = self._settled.get(partition) or await consumer.position(partition)
                if end is not None and done is not None:
                    metrics.LAG.labels(partition.topic, partition.partition).set(max(0, end - done))
        except KafkaError:
            return  # the broker is away; the last figures stand
        for partition in self._shown - assigned:
            self._settled.pop(partition, None)
            metrics.LAG.remove(partition.topic, partition.partition)
        self._shown = set(ends)
