"""Whether anything is missing, for Prometheus: measured once a minute by the worker that has the first partition."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime

import faust
import structlog
from aiokafka.structs import TopicPartition

from pipeline import metrics
from pipeline.continuity import Continuity, read_continuity
from pipeline.documents.indices import index_names
from pipeline.errors import DatelineError
from pipeline.searching import count_stories
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect

log = structlog.get_logger("dateline.continuity")

EVERY_SECONDS = 60.0


class ContinuityGauge:
    """Sets the gauges of gaps and of what is quiet, and says in the log what has newly gone missing."""

    def __init__(self, app: faust.App, topic: str, settings: Settings) -> None:
        self._app = app
        self._first = TopicPartition(topic, 0)
        self._settings = settings
        self._told: set[str] = set()

    async def measure(self) -> None:
        """Asks the index, in a thread, so that no story waits for the answer."""
        if self._first not in self._app.consumer.assignment():
            self._clear()
            return
        try:
            found, waiting = await asyncio.to_thread(self._read)
        except DatelineError:
            return  # Elasticsearch is away; the last figures stand
        self._show(found)
        metrics.WAITING.set(waiting)

    def _read(self) -> tuple[Continuity, int]:
        names = index_names(self._settings)
        with connect(self._settings) as client:
            return read_continuity(client, names, now=datetime.now(UTC)), count_stories(client, names)["waiting"]

    def _show(self, found: Continuity) -> None:
        self._clear()
        missing: Counter[tuple[str, str]] = Counter()
        for gap in found.gaps:
            missing[gap.provider, gap.service] += gap.missing
        for (provider, service), count in missing.items():
            metrics.SEQUENCE_MISSING.labels(provider, service).set(count)
        for it in found.quiet:
            metrics.QUIET_SECONDS.labels(it.kind, it.name).set(it.minutes * 60)
            if it.normal_minutes is not None:
                metrics.USUAL_PAUSE_SECONDS.labels(it.kind, it.name).set(it.normal_minutes * 60)
        lines = {f"{gap.provider} {gap.service} {gap.first}": str(gap) for gap in found.gaps}
        lines |= {f"{it.kind} {it.name}": str(it) for it in found.silent}
        for key in lines.keys() - self._told:
            log.warning("missing", what=lines[key])
        self._told = set(lines)

    def _clear(self) -> None:
        for gauge in (metrics.SEQUENCE_MISSING, metrics.QUIET_SECONDS, metrics.USUAL_PAUSE_SECONDS):
            gauge.clear()
