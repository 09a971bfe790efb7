"""Nothing is lost and nothing doubled when a server or a worker goes away under load.

One case of each runs with the other tests; `make faults` runs ten times the load with a kill every few seconds.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from pipeline import stack
from pipeline.documents.indices import index_names
from pipeline.feeds.files import Copy
from pipeline.settings import Settings
from tests.conftest import Pipeline, running, wait_for

LONG = bool(os.environ.get("DATELINE_LONG_FAULTS"))
STORIES = 15_000 if LONG else 1500
RATE = 150.0
KILLS = 10 if LONG else 1


def numbered(count: int) -> list[Copy]:
    body = "The European Union imposed sanctions on Russian banks, diplomats in Brussels said. "
    return [
        Copy(
            json.dumps(
                {"guid": str(n), "provider": "load", "version": 1, "headline": f"Number {n}", "body": body * 8}
            ).encode(),
            content_type="application/json",
        )
        for n in range(count)
    ]


def feed_steadily(pipeline: Pipeline, copies: list[Copy]) -> threading.Thread:
    def feed() -> None:
        for start in range(0, len(copies), 50):
            pipeline.feed(*copies[start : start + 50])
            time.sleep(50 / RATE)

    thread = threading.Thread(target=feed)
    thread.start()
    return thread


def check_all_there(pipeline: Pipeline, elastic: Elasticsearch, count: int) -> None:
    """Each story is one document, and each has exactly one outcome."""
    names = index_names(pipeline.settings)
    assert elastic.count(index=names.everything)["count"] == count
    assert elastic.count(index=names.all_versions)["count"] == count
    assert pipeline.tally.counts["created"] + pipeline.tally.counts["unchanged"] >= count


def count(elastic: Elasticsearch, settings: Settings) -> int:
    found: int = elastic.count(index=index_names(settings).everything)["count"]
    return found


@pytest.mark.timeout(300)
def test_elasticsearch_away_for_20_s_under_load(
    home: stack.Home, settings: Settings, elastic: Elasticsearch, tmp_path: Path
) -> None:
    with running(settings, tmp_path) as pipeline:
        feeding = feed_steadily(pipeline, numbered(STORIES))
        wait_for(lambda: count(elastic, settings) > 100, what="the first documents")
        stack.stop_one(home, "elasticsearch")
        try:
            time.sleep(20)  # the outage itself, not a wait
        finally:
            stack.start_one(home, "elasticsearch", progress=lambda line: None)
        feeding.join()
        pipeline.settle(seconds=120)
        check_all_there(pipeline, elastic, STORIES)


@pytest.mark.timeout(600 if LONG else 300)
@pytest.mark.parametrize("role", ["read", "keep"])
def test_a_worker_killed_under_load(role: str, settings: Settings, elastic: Elasticsearch, tmp_path: Path) -> None:
    rng = random.Random(7)
    with running(settings, tmp_path, workers=2) as pipeline:
        feeding = feed_steadily(pipeline, numbered(STORIES))
        for _ in range(KILLS):
            goal = count(elastic, settings) + 100
            wait_for(lambda goal=goal: pipeline.launcher.check() and count(elastic, settings) > goal, what="progress")  # type: ignore[misc]
            if process := pipeline.process(f"{role}-{rng.randint(1, 2)}"):
                os.kill(process.pid, signal.SIGKILL)
        feeding.join()
        pipeline.settle(seconds=120)
        check_all_there(pipeline, elastic, STORIES)
