"""`dateline bench`: the speed figures of this machine, measured on real servers under names of its own.

Comes in: stories of the sample wire, repeated under new guids, and how many and how fast. Goes out: one dict of figures.
What it made on the servers is removed at the end.
"""

from __future__ import annotations

import json
import secrets
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

import psutil

from pipeline.documents.indices import index_names
from pipeline.enrich import enrich
from pipeline.enrich.entities import match_entities
from pipeline.enrich.language import detect_language
from pipeline.enrich.topics import match_topics
from pipeline.feeds.files import Copy
from pipeline.feeds.producer import Feeder
from pipeline.feeds.samples import sample_stories
from pipeline.formats import parse
from pipeline.formats.raw import RawCopy
from pipeline.launcher import Launcher
from pipeline.outcomes import Tally
from pipeline.scanning import scan
from pipeline.servers import set_up
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect
from pipeline.story import Story, encode_story
from pipeline.streams import STREAMS, admin

Say = Callable[[str], None]


def generate(stories: list[Story], size: int) -> Iterator[Copy]:
    """JSON stories without end, each under a guid of its own, their bodies about ``size`` characters long."""
    for number, story in enumerate(cycle(stories)):
        body = (story.body + "\n\n") * (size // max(1, len(story.body)) + 1)
        fields = {
            "guid": f"bench-{number}",
            "provider": "bench",
            "version": 1,
            "headline": story.headline,
            "body": body[:size],
        }
        yield Copy(json.dumps(fields, ensure_ascii=False).encode(), content_type="application/json")


def measure_enrichment(size: int, *, count: int = 400) -> dict[str, float]:
    """Milliseconds a story, in all and by stage, on one core and without servers."""
    copies = list(islice(generate(sample_stories(), size), count))
    now = datetime.now(UTC)
    stories = [item for copy in copies for item in parse(copy.raw(now)) if isinstance(item, Story)]
    for story in stories[:100]:
        enrich(story)  # the matchers of each language are built on first use
    tagged = [enrich(story) for story in stories]
    stages: dict[str, Callable[[], object]] = {
        "parse": lambda: [parse(copy.raw(now)) for copy in copies],
        "language": lambda: [detect_language(story.headline, story.body) for story in stories],
        "entities": lambda: [match_entities(story, thorough=False) for story in tagged],
        "entities_with_models": lambda: [match_entities(story) for story in tagged],
        "topics": lambda: [match_topics(story) for story in tagged],
        "encode": lambda: [encode_story(story) for story in tagged],
    }
    figures = {f"{name}_ms_per_story": _timed(stage) / len(stories) * 1000 for name, stage in stages.items()}
    return figures | {
        "enrich_ms_per_story": _timed(lambda: [enrich(story, thorough=False) for story in stories])
        / len(stories)
        * 1000
    }


@dataclass(frozen=True)
class FormatSpeed:
    """How fast one core parses the copy of one format, without enrichment."""

    format: str
    stories: int
    stories_per_s: float
    ms_per_story: float
    kb_per_story: float


def measure_formats(copies: Iterable[Copy], *, seconds: float = 1.0) -> list[FormatSpeed]:
    """The speed of each format that the copies hold, each measured for about ``seconds``."""
    now = datetime.now(UTC)
    by_format: dict[str, list[RawCopy]] = defaultdict(list)
    for copy in copies:
        raw = copy.raw(now)
        formats = {item.format for item in parse(raw) if isinstance(item, Story) and item.format}
        for name in formats:
            by_format[name].append(raw)
    return [_format_speed(name, raws, seconds) for name, raws in sorted(by_format.items())]


def _format_speed(name: str, raws: list[RawCopy], seconds: float) -> FormatSpeed:
    stories = sum(isinstance(item, Story) for raw in raws for item in parse(raw))
    rounds, spent = 0, 0.0
    while spent < seconds:
        spent += _timed(lambda: [parse(raw) for raw in raws])
        rounds += 1
    each = spent / (rounds * stories)
    return FormatSpeed(name, stories, 1 / each, each * 1000, sum(len(raw.value) for raw in raws) / stories / 1000)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure_pipeline(
    settings: Settings, *, count: int, size: int, workers: int, rate: float, seconds: float, say: Say
) -> dict[str, float]:
    """Stories a second end to end, and the time from arrival to searchable at a steady rate."""
    settings = replace(settings, prefix=f"bench-{secrets.token_hex(4)}-")
    set_up(settings)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _with_workers(settings, Path(folder), count, size, workers, rate, seconds, say)
    finally:
        _remove(settings)


def _with_workers(
    settings: Settings, folder: Path, count: int, size: int, workers: int, rate: float, seconds: float, say: Say
) -> dict[str, float]:
    tally = Tally()
    launcher = Launcher(
        settings, {"read": workers, "keep": workers, "notify": 1}, folder=folder, on_settled=tally.add, on_line=say
    )
    copies = generate(sample_stories(), size)
    launcher.start()
    try:
        _feed_and_wait(settings, launcher, list(islice(copies, 200)), tally)  # processes up, matchers built
        say(f"Feeding {count} stories of {size} characters …")
        spent = _feed_and_wait(settings, launcher, list(islice(copies, count)), tally)
        memory = max(
            psutil.Process(worker.process.pid).memory_info().rss for worker in launcher.workers if worker.process
        )
        say(f"Feeding {rate:.0f} a second for {seconds:.0f} s …")
        begun = datetime.now(UTC)
        delays = _delays(settings, copies, rate, seconds)
        alerts = _alert_delays(settings, begun)
    finally:
        launcher.stop()
    return {
        "end_to_end_stories_per_s": count / spent,
        "worker_rss_mb": memory / 1024**2,
        "arrival_to_searchable_p50_s": statistics.median(delays),
        "arrival_to_searchable_p99_s": statistics.quantiles(delays, n=100)[98],
        "rate_stories_per_s": rate,
        "alerts": len(alerts),
    } | (
        {
            "arrival_to_alert_p50_s": statistics.median(alerts),
            "arrival_to_alert_p99_s": statistics.quantiles(alerts, n=100)[98],
        }
        if len(alerts) > 1
        else {}
    )


def _feed_and_wait(settings: Settings, launcher: Launcher, copies: list[Copy], tally: Tally) -> float:
    """Seconds from the first message fed until all have their outcome."""
    goal = sum(tally.counts.values()) + len(copies)
    start = time.perf_counter()
    with Feeder(settings) as feeder:
        for copy in copies:
            feeder.feed(copy)
    while sum(tally.counts.values()) < goal:
        launcher.check()
        time.sleep(0.02)
    return time.perf_counter() - start


def _delays(settings: Settings, copies: Iterator[Copy], rate: float, seconds: float) -> list[float]:
    """Seconds from handing a story to Kafka until a search finds it, by polling the index every 20 ms."""
    sent: dict[str, float] = {}
    sender = threading.Thread(target=_send_steadily, args=(settings, copies, rate, seconds, sent))
    sender.start()
    client, names = connect(settings.elasticsearch or ""), index_names(settings)
    delays: list[float] = []
    waiting: set[str] = set()
    seen: set[str] = set()
    while sender.is_alive() or len(seen) < len(sent):
        waiting = set(sent) - seen
        if waiting:
            response = client.search(
                index=names.visible, query={"ids": {"values": list(waiting)}}, size=1000, source=False
            )
            now = time.perf_counter()
            for hit in response["hits"]["hits"]:
                seen.add(hit["_id"])
                delays.append(now - sent[hit["_id"]])
        time.sleep(0.02)
    sender.join()
    return delays


def _alert_delays(settings: Settings, begun: datetime) -> list[float]:
    """Seconds from a story's arrival to its alert's delivery by the log channel, of the alerts since then that no rule held back."""
    client, names = connect(settings.elasticsearch or ""), index_names(settings)
    client.indices.refresh(index=[names.deliveries, names.alerts])
    received = {
        hit["_id"]: datetime.fromisoformat(hit["_source"]["received"])
        for hit in scan(client, names.alerts, {"exists": {"field": "received"}}, source=["received"])
    }
    sent = {"bool": {"filter": [{"term": {"status": "sent"}}, {"range": {"at": {"gte": begun.isoformat()}}}]}}
    return [
        (datetime.fromisoformat(hit["_source"]["sent"]) - received[hit["_source"]["alert"]]).total_seconds()
        for hit in scan(client, names.deliveries, sent, source=["alert", "sent", "reason"])
        if hit["_source"]["alert"] in received and not hit["_source"]["reason"]
    ]


def _send_steadily(
    settings: Settings, copies: Iterator[Copy], rate: float, seconds: float, sent: dict[str, float]
) -> None:
    start = time.perf_counter()
    with Feeder(settings) as feeder:
        for number, copy in enumerate(islice(copies, int(rate * seconds))):
            time.sleep(max(0.0, start + number / rate - time.perf_counter()))
            sent[f"bench:{json.loads(copy.value)['guid']}"] = time.perf_counter()
            feeder.feed(copy)


def _remove(settings: Settings) -> None:
    names = index_names(settings)
    client = connect(settings.elasticsearch or "")
    for index in names.indices:
        client.options(ignore_status=404).indices.delete(index=index)
        client.options(ignore_status=404).indices.delete_index_template(name=index)
    with admin(settings.kafka or "") as kafka:
        kafka.delete_topics([stream.topic(settings) for stream in STREAMS])
