"""Nothing is lost, doubled or stale, whatever happens to the workers, to Kafka, to Elasticsearch and to those who are told.

One load runs through all of it, one thing happens after the other, and at the end everything is counted. `make faults` runs fifty kills at
random besides.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from pipeline import stack
from pipeline.documents.indices import index_names
from pipeline.errors import Reject
from pipeline.feeds.files import Copy
from pipeline.feeds.producer import check_size, connect_producer
from pipeline.formats.raw import MAX_RAW_BYTES
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect
from pipeline.story import SCHEMA_VERSION
from pipeline.streams import STORIES
from tests.faults.harness import HOOKS, SESSION_SECONDS, Ordeal, ordeal
from tests.faults.load import PROVIDER
from tests.faults.proxy import answer_lost, away, half_open, refusing_items, slow, unavailable

LONG = bool(os.environ.get("DATELINE_LONG_FAULTS"))
KILLS = 50


def workers_are_killed(it: Ordeal) -> None:
    """One of each role at the same moment."""
    for name in ("read-1", "keep-1", "notify-1"):
        it.send(name, signal.SIGKILL)
    it.await_ready()
    it.await_progress()


def a_worker_is_paused_for_longer_than_its_session_while_others_come_and_go(it: Ordeal) -> None:
    """The group gives its partitions away; what it still writes when it wakes must change nothing. Elasticsearch is unwell meanwhile."""
    it.send("keep-2", signal.SIGSTOP)
    begun = time.monotonic()
    with it.more_workers():
        answers_are_lost_after_elasticsearch_has_written(it)
        elasticsearch_refuses_single_items_by_429_and_503(it)
        elasticsearch_answers_503(it)
        it.wait(lambda: time.monotonic() - begun > SESSION_SECONDS + 3, "the session to end")
        it.await_progress()
    it.send("keep-2", signal.SIGCONT)
    it.await_progress()


def a_worker_stops_in_the_middle_of_a_slow_batch(it: Ordeal) -> None:
    """It settles what it has in hand and ends with 0."""
    since = len(it.lines)
    with it.fault(slow(1.0), "slow"):
        it.wait(lambda: it.proxy.met["slow"] > 2, "slow writes")
        it.send("keep-1", signal.SIGTERM)
        it.await_line("worker keep-1 ended with 0", since=since, seconds=20)


def answers_are_lost_after_elasticsearch_has_written(it: Ordeal) -> None:
    with it.fault(answer_lost):
        it.wait(lambda: it.proxy.met["answer_lost"] > 60, "lost answers")
    it.await_progress()


def elasticsearch_refuses_single_items_by_429_and_503(it: Ordeal) -> None:
    with it.fault(refusing_items(seed=1), "items"):
        it.wait(lambda: it.proxy.met["items"] > 60, "refused items")
    it.await_progress()


def elasticsearch_answers_503(it: Ordeal) -> None:
    with it.fault(unavailable):
        it.wait(lambda: it.proxy.met["unavailable"] > 10, "refusals")
    it.await_progress()


def the_index_becomes_read_only(it: Ordeal) -> None:
    """As Elasticsearch makes it where its disk is nearly full."""
    client, since = connect(it.direct), len(it.lines)
    index = index_names(it.direct).stories
    client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": True})
    it.await_line("waiting", "read-only", since=since)
    client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": None})
    client.close()
    it.await_progress()


def elasticsearch_takes_requests_and_never_answers(it: Ordeal) -> None:
    with it.fault(half_open):
        it.wait(lambda: it.proxy.met["half_open"] > 4, "requests that hang")
        it.send("keep-2", signal.SIGKILL)
    with it.frozen_server("elasticsearch"):
        time.sleep(3)  # the freeze itself, not a wait
    it.await_progress()


def the_agent_raises_and_another_service_crashes(it: Ordeal) -> None:
    it.happen("raise")
    it.await_progress()
    it.happen("crash")
    it.await_progress()


def elasticsearch_is_away(it: Ordeal) -> None:
    """No worker counts as ill for it, and one that is told to stop does so, with nothing acknowledged."""
    it.await_ready("keep-1")
    since = len(it.lines)
    with it.fault(away):
        it.await_line("waiting", "write documents", since=since)
        names = [worker.name for worker in it.launcher.workers if worker.serving]
        assert {name: it.ask(name, "live") for name in names} == dict.fromkeys(names, 200)
        it.send("keep-1", signal.SIGTERM)
        it.await_line("worker keep-1 ended with 1", since=since, seconds=15)
    it.await_progress()


def the_broker_freezes(it: Ordeal) -> None:
    """For longer than a session: each worker has lost its place in the group when it wakes."""
    it.await_ready()
    with it.frozen_server("kafka"):
        time.sleep(SESSION_SECONDS + 2)  # the freeze itself, not a wait
    it.await_progress()


def both_servers_are_killed_and_workers_start_before_them(it: Ordeal) -> None:
    """Those that live on and those that start say what they wait for and go on when it is there; nobody need start them again."""
    it.kill_server("elasticsearch")
    it.kill_server("kafka")
    for name in ("read-1", "keep-1", "notify-1"):
        it.send(name, signal.SIGKILL)
    since = len(it.lines)
    it.await_line("waiting", "no Kafka broker answers", since=since)
    it.start_servers()
    it.await_ready()
    it.await_progress()


def a_newer_version_writes_stories_that_these_workers_cannot_read(it: Ordeal) -> None:
    """They wait, which loses nothing, until they are upgraded."""
    since = len(it.lines)
    story = {"id": f"{PROVIDER}:newer", "guid": "newer", "provider": PROVIDER, "schema_version": SCHEMA_VERSION + 1}
    producer = connect_producer(it.direct)
    producer.send(STORIES.topic(it.direct), json.dumps(story).encode(), key=b"newer").get(timeout=30)
    producer.close()
    it.load.ledger.versions[f"{PROVIDER}:newer"] = {1}
    it.await_line("waiting", "finish the deploy", since=since)
    (it.folder / "upgraded").touch()
    for name in ("keep-1", "keep-2"):
        it.send(name, signal.SIGKILL)
    it.await_progress()


FAULTS: tuple[Callable[[Ordeal], None], ...] = (
    workers_are_killed,
    a_worker_stops_in_the_middle_of_a_slow_batch,
    the_index_becomes_read_only,
    elasticsearch_takes_requests_and_never_answers,
    a_worker_is_paused_for_longer_than_its_session_while_others_come_and_go,
    the_agent_raises_and_another_service_crashes,
    elasticsearch_is_away,
    the_broker_freezes,
    both_servers_are_killed_and_workers_start_before_them,
    a_newer_version_writes_stories_that_these_workers_cannot_read,
)


Trial = Callable[..., AbstractContextManager[Ordeal]]
"""An `ordeal` on the session's servers, given its seed, rate and hooks."""


@pytest.fixture
def trial(home: stack.Home, servers: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    return partial(ordeal, home, servers, tmp_path, monkeypatch)


@pytest.mark.timeout(400)
def test_whatever_happens_under_load_each_message_has_one_outcome(
    trial: Trial, capsys: pytest.CaptureFixture[str]
) -> None:
    with trial(seed=7, rate=40) as it:
        it.hook.state = "down"
        it.load.start()
        it.await_progress()
        it.hook.state = "slow"
        for fault in FAULTS:
            begun = time.monotonic()
            fault(it)
            it.lines.append(f"== {fault.__name__}: {time.monotonic() - begun:.1f} s")
            it.hook.state = "well"
        found = it.finish()
    with capsys.disabled():
        print(f"\n{found}\n" + "\n".join(line for line in it.lines if line.startswith("== ")))  # noqa: T201
    assert not found.wrong


@pytest.mark.skipif(not LONG, reason="runs with `make faults`")
@pytest.mark.timeout(3600)
def test_fifty_kills_at_random(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("DATELINE_FAULTS_SEED") or random.randrange(10_000))
    rng, kills = random.Random(seed), Counter[str]()
    with trial(seed=seed, rate=40) as it:
        it.load.start()
        it.await_ready(seconds=180)
        for _ in range(KILLS):
            victim = rng.choice(("read-1", "read-2", "keep-1", "keep-2", "notify-1", "kafka", "elasticsearch"))
            kills[victim] += 1
            if victim in ("kafka", "elasticsearch"):
                it.kill_server(victim)
                it.start_servers()
            else:
                it.send(victim, signal.SIGKILL)
            it.await_progress(items=rng.randint(20, 200), seconds=180)
        found = it.finish()
    with capsys.disabled():
        print(f"\nseed {seed}, killed: {dict(kills)}\n{found}")  # noqa: T201
    assert not found.wrong


# What most write: it acknowledges a batch whether or not it was handled, and goes on behind it.
NAIVE = (
    HOOKS
    + """
import pipeline.app
from mode.supervisors import OneForOneSupervisor

async def naive(stream, settle, **options):
    async for events in stream.take_events(200, within=0.02):
        await settle(events)

pipeline.app.settle_stream = naive
pipeline.app.CrashingSupervisor = OneForOneSupervisor
"""
)


@pytest.mark.timeout(120)
def test_the_accounting_finds_what_a_naive_agent_loses(trial: Trial) -> None:
    with trial(seed=7, rate=40, hooks=NAIVE) as it:
        it.load.start()
        it.await_progress()
        the_agent_raises_and_another_service_crashes(it)
        found = it.finish()
    assert found.missing
    assert not found.lag, "the naive agent believes that it has settled everything"


def test_copy_that_is_too_long_is_refused_at_the_door() -> None:
    with pytest.raises(Reject, match="split the file"):
        check_size(Copy(b"x" * (MAX_RAW_BYTES + 1)))
