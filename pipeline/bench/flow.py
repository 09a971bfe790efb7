"""The pipeline on real servers: stories a second by role and end to end, the time to a search's and an alert's eye, memory.

Comes in: stories, how many, how long and how fast. Goes out: one dict of figures. What it makes on the servers has a name of its own and is
removed at the end.
"""

from __future__ import annotations

import json
import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import psutil

from pipeline.bench.copies import PROVIDER, generate
from pipeline.bench.rules import write_rules
from pipeline.bench.timing import timed
from pipeline.documents.indices import index_names
from pipeline.feeds.files import Copy
from pipeline.feeds.producer import Feeder
from pipeline.launcher import Launcher
from pipeline.outcomes import Tally
from pipeline.scanning import scan
from pipeline.servers import set_up
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect, remove_indices, unrefreshed
from pipeline.story import Story
from pipeline.streams import STORIES, STREAMS, LagWatch, admin, end_of, partitions_of

Say = Callable[[str], None]
Figures = dict[str, float]
_WARM = 500
"""Stories that go first, so that processes are up and each language's tables built."""


@dataclass(frozen=True)
class Load:
    """What is fed: ``count`` stories at full speed, then each of ``rates`` a second for ``seconds``; ``size``: letters of a story's body."""

    samples: Sequence[Story]
    size: int | None
    count: int
    workers: int
    rates: tuple[float, ...]
    seconds: float


@contextmanager
def installation(settings: Settings) -> Iterator[Settings]:
    """Streams, indices and rules of the bench's own, removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        own = replace(settings, prefix=f"bench-{secrets.token_hex(4)}-", rules=write_rules(Path(folder) / "rules"))
        set_up(own)
        try:
            yield own
        finally:
            _remove(own)


def measure_flow(settings: Settings, load: Load, say: Say) -> Figures:
    """All figures of the pipeline: first each role by itself over the same stories, then all together."""
    figures: Figures = {}
    copies = generate(load.samples, load.size)
    with installation(settings) as own:
        say(f"READ alone: {load.count} stories …")
        figures["read_stories_per_s"] = _read_alone(own, copies, load)
        say("KEEP alone: the same stories …")
        figures["keep_stories_per_s"] = _keep_alone(own, load)
    with installation(replace(settings, backfill="on")) as own:
        say("KEEP alone in a backfill: as many stories, enriched before …")
        _read_alone(own, copies, load)
        with unrefreshed(own):
            figures["backfill_stories_per_s"] = _keep_alone(own, load)
    with installation(settings) as own, _running(own, load.workers, say) as (launcher, tally):
        _feed_and_wait(own, launcher, list(islice(copies, _WARM)), tally)
        say(f"End to end: {load.count} stories at full speed …")
        spent = _feed_and_wait(own, launcher, list(islice(copies, load.count)), tally)
        figures["end_to_end_stories_per_s"] = load.count / spent
        memory = _memory(launcher)
        figures |= {f"{role}_rss_mb": size for role, size in memory.items()} | {"worker_rss_mb": max(memory.values())}
        _await_deliveries(own, launcher)
        for number, rate in enumerate(load.rates):
            if rate > figures["end_to_end_stories_per_s"]:
                say(f"{rate:.0f} a second is more than this machine does: left out")
                continue
            say(f"{rate:.0f} a second for {load.seconds:.0f} s …")
            found = _at_rate(own, copies, rate, load.seconds)
            figures |= {f"at_{rate:.0f}_{name}": value for name, value in found.items()}
            if number == 0:
                figures |= found | {"rate_stories_per_s": rate}
    return figures


@contextmanager
def _running(
    settings: Settings, workers: int, say: Say, roles: tuple[str, ...] = ("read", "keep", "notify")
) -> Iterator[tuple[Launcher, Tally]]:
    """Workers of these roles, and the count of what became of the stories."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        counts = {role: 1 if role == "notify" else workers for role in roles}
        launcher = Launcher(settings, counts, folder=Path(folder), on_settled=tally.add, on_line=say)
        launcher.start()
        try:
            yield launcher, tally
        finally:
            launcher.stop()


def _read_alone(settings: Settings, copies: Iterator[Copy], load: Load) -> float:
    with (
        _running(settings, load.workers, lambda line: None, ("read",)) as (launcher, _),
        admin(settings) as client,
    ):
        partitions = partitions_of(client, STORIES.topic(settings))
        feed(settings, islice(copies, _WARM))
        _wait(launcher, lambda: end_of(client, partitions) >= _WARM)
        start = time.perf_counter()
        feed(settings, islice(copies, load.count))
        _wait(launcher, lambda: end_of(client, partitions) >= _WARM + load.count)
        return load.count / (time.perf_counter() - start)


def _keep_alone(settings: Settings, load: Load) -> float:
    """From the first outcome on, so that the start of the process does not count."""
    goal = _WARM + load.count
    with _running(settings, load.workers, lambda line: None, ("keep",)) as (launcher, tally):
        _wait(launcher, lambda: _settled(tally) > 0)
        start, first = time.perf_counter(), _settled(tally)
        _wait(launcher, lambda: _settled(tally) >= goal)
        return (goal - first) / (time.perf_counter() - start)


def feed(settings: Settings, copies: Iterator[Copy]) -> None:
    """Feeds the copies as fast as Kafka takes them, and waits until it has them."""
    with Feeder(settings) as feeder:
        for copy in copies:
            feeder.feed(copy)


def _feed_and_wait(settings: Settings, launcher: Launcher, copies: list[Copy], tally: Tally) -> float:
    """Seconds from the first message fed until all have their outcome."""
    goal = _settled(tally) + len(copies)

    def work() -> None:
        feed(settings, iter(copies))
        _wait(launcher, lambda: _settled(tally) >= goal)

    return timed(work)


def _settled(tally: Tally) -> int:
    return sum(tally.counts.values())


def _wait(launcher: Launcher, done: Callable[[], bool]) -> None:
    while not done():
        launcher.check()
        time.sleep(0.02)


def _await_deliveries(settings: Settings, launcher: Launcher) -> None:
    """Returns once no alert of before waits, so that those to come wait for none of them."""
    client, names, watch = connect(settings), index_names(settings), LagWatch(settings)

    def all_sent() -> bool:
        lags = watch.read()
        if not lags or any(lag.messages for lag in lags):
            return False
        client.indices.refresh(index=names.deliveries)
        return not client.count(index=names.deliveries, query={"term": {"status": "pending"}})["count"]

    with closing(client), closing(watch):
        _wait(launcher, all_sent)


def _memory(launcher: Launcher) -> Figures:
    """The resident memory of the largest worker of each role, in MB."""
    found: Figures = {}
    for worker in launcher.workers:
        if worker.process:
            size = psutil.Process(worker.process.pid).memory_info().rss / 1024**2
            found[worker.role] = max(size, found.get(worker.role, 0.0))
    return found


def _at_rate(settings: Settings, copies: Iterator[Copy], rate: float, seconds: float) -> Figures:
    """Seconds to searchable and to alert at a steady rate."""
    begun = datetime.now(UTC)
    figures = _spread("arrival_to_searchable", _search_delays(settings, copies, rate, seconds))
    alerts = _alert_delays(settings, begun)
    return figures | {"alerts": len(alerts)} | _spread("arrival_to_alert", alerts)


def _spread(name: str, delays: list[float]) -> Figures:
    if len(delays) < 2:
        return {}
    return {
        f"{name}_p50_s": statistics.median(delays),
        f"{name}_p99_s": statistics.quantiles(delays, n=100, method="inclusive")[98],
    }


def _search_delays(settings: Settings, copies: Iterator[Copy], rate: float, seconds: float) -> list[float]:
    """Seconds from handing a story to Kafka until a search finds it, by asking the index every 50 ms."""
    sent: dict[str, float] = {}
    sender = threading.Thread(target=_send_steadily, args=(settings, copies, rate, seconds, sent))
    sender.start()
    client, names = connect(settings), index_names(settings)
    delays: list[float] = []
    seen: set[str] = set()
    while sender.is_alive() or len(seen) < len(sent):
        if waiting := set(sent) - seen:
            response = client.search(
                index=names.visible, query={"ids": {"values": list(waiting)}}, size=1000, source=False
            )
            now = time.perf_counter()
            for hit in response["hits"]["hits"]:
                seen.add(hit["_id"])
                delays.append(now - sent[hit["_id"]])
        time.sleep(0.05)
    sender.join()
    return delays


def _send_steadily(
    settings: Settings, copies: Iterator[Copy], rate: float, seconds: float, sent: dict[str, float]
) -> None:
    start = time.perf_counter()
    with Feeder(settings) as feeder:
        for number, copy in enumerate(islice(copies, int(rate * seconds))):
            time.sleep(max(0.0, start + number / rate - time.perf_counter()))
            sent[f"{PROVIDER}:{json.loads(copy.value)['guid']}"] = time.perf_counter()
            feeder.feed(copy)


def _alert_delays(settings: Settings, begun: datetime) -> list[float]:
    """Seconds from a story's arrival to its alert's delivery by the log channel, of the alerts since then that no rule held back."""
    client, names = connect(settings), index_names(settings)
    client.indices.refresh(index=[names.deliveries, names.alerts])
    received = {
        hit["_id"]: datetime.fromisoformat(hit["_source"]["received"])
        for hit in scan(client, names.alerts, {"range": {"received": {"gte": begun.isoformat()}}}, source=["received"])
    }
    sent = {"bool": {"filter": [{"term": {"status": "sent"}}, {"range": {"at": {"gte": begun.isoformat()}}}]}}
    return [
        (datetime.fromisoformat(hit["_source"]["sent"]) - received[hit["_source"]["alert"]]).total_seconds()
        for hit in scan(client, names.deliveries, sent, source=["alert", "sent", "reason"])
        if hit["_source"]["alert"] in received and not hit["_source"]["reason"]
    ]


def _remove(settings: Settings) -> None:
    remove_indices(connect(settings), index_names(settings))
    with admin(settings) as kafka:
        kafka.delete_topics([stream.topic(settings) for stream in STREAMS])
