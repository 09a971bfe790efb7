"""What became of each item, told once under one word: to the log, to Prometheus and to the launcher.

Comes in: a `Settled` per item. Goes out: a debug line, a counter, and, where a launcher listens, a JSON line in its pipe.
"""

from __future__ import annotations

import os
from collections import Counter, OrderedDict
from collections.abc import Sequence

import msgspec
import structlog

from pipeline import metrics
from pipeline.documents.merge import Outcome

log = structlog.get_logger("dateline.stories")


class Settled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True):
    """One item and what became of it. ``origin``: stream, partition, offset and item, as `Origin` prints it."""

    origin: str
    outcome: Outcome
    id: str | None = None
    format: str | None = None
    language: str | None = None
    reason: str | None = None


class Hello(msgspec.Struct, frozen=True, tag=True):
    """The first word of a worker: the port of its metrics, 0 for none; the ``address`` of a page that it serves."""

    metrics_port: int
    address: str = ""


Message = Settled | Hello
decode_message = msgspec.json.Decoder(Message).decode


class Reporter:
    """Tells what became of items. ``pipe``: a file descriptor of the launcher, if there is one."""

    def __init__(self, pipe: int | None = None) -> None:
        self._pipe = pipe
        self._encode = msgspec.json.Encoder().encode

    def tell(self, settled: list[Settled]) -> None:
        """Tells of a batch that is settled for good."""
        for item in settled:
            metrics.STORIES.labels(item.outcome, item.format or "none", item.language or "none").inc()
            log.debug("settled", **msgspec.to_builtins(item))
        self._write(settled)

    def hello(self, metrics_port: int, address: str = "") -> None:
        """Tells the launcher that the worker has started, and where it serves a page if it does."""
        self._write([Hello(metrics_port, address)])

    def _write(self, messages: Sequence[Message]) -> None:
        if self._pipe is None:
            return
        try:
            os.write(self._pipe, b"".join(self._encode(message) + b"\n" for message in messages))
        except BrokenPipeError:
            self._pipe = None  # a launcher that is gone doesn't stop the batch; the worker's end comes by its lifeline


class Tally:
    """Counts outcomes, each item once: a redelivered message is told apart by its origin."""

    _REMEMBERED = 200_000
    """A redelivery follows within a batch or a rebalance, so only the latest origins can come again."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._seen: OrderedDict[str, None] = OrderedDict()

    def add(self, settled: Settled) -> None:
        """Counts an item unless it was counted before."""
        if settled.origin in self._seen:
            return
        self._seen[settled.origin] = None
        if len(self._seen) > self._REMEMBERED:
            self._seen.popitem(last=False)
        self.counts[settled.outcome] += 1
