"""What the page Pipeline knows: figures of the index, lag, what is missing, dead letters, workers; and what of it a person should look at.

Comes in: settings and a client. Goes out: answers that are kept for some seconds, since many pages ask every ten; and `Concern`s.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from elasticsearch import Elasticsearch

from pipeline.dead import DeadLetter, newest_dead
from pipeline.desk.cached import Answer, Cached
from pipeline.desk.formatting import duration, number
from pipeline.documents.indices import Indices
from pipeline.errors import Retry
from pipeline.figures import DeliveryFigures, WireFigures, read_deliveries, read_rules, read_wire
from pipeline.running import read_state
from pipeline.settings import Settings
from pipeline.status import read_status
from pipeline.streams import Lag, LagWatch
from pipeline.worker_metrics import read_outcomes

T = TypeVar("T")

SHOWN_LETTERS = 20
_PATIENCE_S = 2.0
_RECENT = timedelta(days=1)
_LONG_LAG = 1000
"""Messages: some ten seconds of work. A wire that comes in bursts has less than that most of the time."""
_SLOW_MS = 5000


class Concern(NamedTuple):
    """Something to look at. ``weight``: bad or warn; ``place``: where on the page it stands."""

    weight: str
    text: str
    place: str


class Known(NamedTuple):
    """What is known of the pipeline, and of what nothing is known why."""

    wire: Answer[WireFigures]
    lags: Answer[list[Lag]]
    status: Answer[dict[str, Any]]
    deliveries: Answer[DeliveryFigures]
    dead: Answer[list[DeadLetter]]
    outcomes: Answer[Counter[str]]


class Overview:
    """The answers of one desk process."""

    def __init__(self, settings: Settings, client: Elasticsearch, names: Indices) -> None:
        self._lag_watch = LagWatch(settings)
        index, kafka = "The index", "Kafka"
        self.wire = Cached(index, lambda: read_wire(client, names, now=datetime.now(UTC)), 5)
        self.deliveries = Cached(index, lambda: read_deliveries(client, names, now=datetime.now(UTC)), 5)
        self.rules = Cached(index, lambda: read_rules(client, names, now=datetime.now(UTC)), 5)
        self.lags = Cached(kafka, self._lags, 3)
        self.dead = Cached(kafka, lambda: newest_dead(settings, limit=SHOWN_LETTERS), 10)
        # Looking for gaps reads a day of the wire.
        self.status = Cached("The pipeline", lambda: read_status(settings), 30)
        self.outcomes = Cached("The workers", lambda: _outcomes(settings), 5)

    def read(self) -> Known:
        """What is known now; all are asked at once, and waited for no longer than a person likes to."""
        kept = (self.wire, self.lags, self.status, self.deliveries, self.dead, self.outcomes)
        for cached in kept:
            cached.start()
        until = time.monotonic() + _PATIENCE_S

        def answer(cached: Cached[T]) -> Answer[T]:
            return cached.get(patience_s=max(0.0, until - time.monotonic()))

        return Known(
            wire=answer(self.wire),
            lags=answer(self.lags),
            status=answer(self.status),
            deliveries=answer(self.deliveries),
            dead=answer(self.dead),
            outcomes=answer(self.outcomes),
        )

    def close(self) -> None:
        """Closes the connection to Kafka."""
        self._lag_watch.close()

    def _lags(self) -> list[Lag]:
        if not (lags := self._lag_watch.read()):
            raise Retry("Kafka does not answer: what waits in the streams is not known. The workers wait for it.")
        return lags


def _outcomes(settings: Settings) -> Counter[str]:
    state = read_state(settings.local.path)
    return read_outcomes(state["workers"] if state else [], settings.metrics_host)


def concerns_of(known: Known, *, now: datetime) -> Iterator[Concern]:
    """What a person should look at, the worst first."""
    wire, lags, deliveries, dead = known.wire, known.lags, known.deliveries, known.dead
    if wire.trouble:
        yield Concern("bad", wire.trouble, "throughput")
    if lags.trouble:
        yield Concern("bad", lags.trouble, "lag")
    for lag in lags.value or ():
        if lag.messages > _LONG_LAG:
            yield Concern("warn", f"{lag.role} is {number(lag.messages)} messages behind on {lag.stream}", "lag")
    if wire.value and (most := wire.value.delay.most) and most > _SLOW_MS:
        text = f"one in a hundred stories of the last hour could be found only after {duration(most / 1000)} or more"
        yield Concern("warn", text, "delay")
    if deliveries.value and (failed := deliveries.value.count("dead")):
        yield Concern(
            "bad", f"{number(failed)} {_many(failed, 'delivery was', 'deliveries were')} given up", "deliveries"
        )
    if deliveries.value and (tried := [it for it in deliveries.value.troubled if it.status == "pending"]):
        channels = ", ".join(sorted({it.channel for it in tried}))
        yield Concern("warn", f"deliveries by {channels} fail and are tried again", "deliveries")
    if recent := [letter for letter in dead.value or () if is_recent(letter, now)]:
        more = "or more " if len(recent) == SHOWN_LETTERS else ""
        text = f"{len(recent)} {more}dead {_many(len(recent), 'letter', 'letters')} in the last day"
        yield Concern("warn", text, "dead")
    status = known.status.value or {}
    yield from (Concern("warn", gap["text"], "missing") for gap in status.get("gaps", ())[:5])
    yield from (Concern("warn", feed["text"], "missing") for feed in status.get("feeds", ()) if feed["silent"])


def is_recent(letter: DeadLetter, now: datetime) -> bool:
    """Whether it died in the last day."""
    at = letter_time(letter)
    return at is not None and now - at < _RECENT


def letter_time(letter: DeadLetter) -> datetime | None:
    """When it died, where its header says so."""
    try:
        at = datetime.fromisoformat(letter.time)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _many(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
