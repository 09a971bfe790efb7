"""The local servers for real: from nothing, again, after crashes, beside another home, and stopped without a trace.

The tests of this file share a home and run in order; each leaves the servers running.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from pipeline import stack
from pipeline.errors import Fatal
from pipeline.stack.processes import find_all, mark_of

CHECKOUT = Path(__file__).parents[2]
DOWNLOADS = Path(os.environ.get("DATELINE_DOWNLOADS") or CHECKOUT / ".dateline" / "downloads")


def _quiet(text: str) -> None:
    pass


def _home() -> stack.Home:
    """A home that every user may look into, so that root's servers run in it; pytest's own folders are closed."""
    folder = Path(tempfile.mkdtemp(prefix="dateline-test-"))
    folder.chmod(0o755)
    return stack.Home(folder, DOWNLOADS)


@pytest.fixture(scope="module")
def home() -> Iterator[stack.Home]:
    """A home with running servers, started by two at once."""
    home = _home()
    with ThreadPoolExecutor() as pool:
        starts = [pool.submit(stack.start, home, progress=_quiet) for _ in range(2)]
    assert starts[0].result() == starts[1].result()
    yield home
    stack.stop(home)
    shutil.rmtree(home.path)


@pytest.fixture
def other_home() -> Iterator[stack.Home]:
    """A second home, in which nothing runs yet."""
    home = _home()
    yield home
    stack.stop(home)
    shutil.rmtree(home.path)


def _processes(home: stack.Home) -> list[int]:
    marks = [mark_of(home, name) for name in ("kafka", "elasticsearch")]
    return [process.pid for mark in marks for process in find_all(mark) if mark.server in process.cmdline()]


def _call(home: stack.Home, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    addresses = stack.addresses(home)
    assert addresses is not None
    request = urllib.request.Request(  # noqa: S310 - a local address
        addresses.elasticsearch + path,
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        return json.load(response)


def _read_stream(home: stack.Home) -> list[bytes]:
    addresses = stack.addresses(home)
    assert addresses is not None
    consumer = KafkaConsumer(
        "copy",
        bootstrap_servers=addresses.kafka,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=15_000,
        max_partition_fetch_bytes=9 * 1024 * 1024,
    )
    first = [next(consumer).value]
    consumer.close()
    return first


def test_two_starts_at_once_leave_one_process_of_each(home: stack.Home) -> None:
    state = stack.running(home)
    assert _processes(home) == [state.kafka.pid, state.elasticsearch.pid]
    assert state.kafka.log is not None
    assert state.kafka.log.is_file()


def test_servers_take_documents_and_large_messages(home: stack.Home) -> None:
    addresses = stack.addresses(home)
    assert addresses is not None
    _call(home, "PUT", "/wire", {"settings": {"number_of_replicas": 0}})
    _call(home, "PUT", "/wire/_doc/1?refresh=true", {"headline": "Talks resume in Geneva"})
    assert _call(home, "GET", "/wire/_count")["count"] == 1
    admin = KafkaAdminClient(bootstrap_servers=addresses.kafka)
    admin.create_topics([NewTopic("copy", 1, 1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=addresses.kafka, acks="all", max_request_size=9 * 1024 * 1024)
    producer.send("copy", b"x" * (8 * 1024 * 1024)).get(30)
    producer.close()
    assert len(_read_stream(home)[0]) == 8 * 1024 * 1024


def test_index_without_our_mapping_is_refused(home: stack.Home) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404") as refusal:
        _call(home, "PUT", "/misspelt/_doc/1", {})
    refusal.value.close()


def test_start_again_is_quick_and_keeps_the_servers(home: stack.Home) -> None:
    before, began = _processes(home), time.monotonic()
    stack.start(home, progress=_quiet)
    assert time.monotonic() - began < 5
    assert _processes(home) == before


def test_servers_come_back_after_a_kill_with_address_and_data(home: stack.Home) -> None:
    before = stack.running(home)
    assert before.kafka.pid is not None
    assert stack.stop_one(home, "elasticsearch") == ["elasticsearch"]
    assert stack.running(home).kafka == before.kafka
    os.kill(before.kafka.pid, signal.SIGKILL)
    (home.path / "state" / "elasticsearch.json.new").write_text('{"ports"')
    after = stack.start(home, progress=_quiet)
    assert (after.kafka, after.elasticsearch) == (before.kafka.address, before.elasticsearch.address)
    assert _call(home, "GET", "/wire/_count")["count"] == 1
    assert len(_read_stream(home)) == 1


def test_another_home_is_left_alone(home: stack.Home, other_home: stack.Home) -> None:
    before = _processes(home)
    stack.start_one(other_home, "kafka", progress=_quiet)
    assert stack.addresses(other_home) is None
    assert stack.stop(other_home) == ["kafka"]
    assert _processes(home) == before


def test_taken_port_is_given_up(other_home: stack.Home) -> None:
    stack.start_one(other_home, "kafka", progress=_quiet)
    address = stack.running(other_home).kafka.address
    assert address is not None
    stack.stop(other_home)
    host, port = address.split(":")
    with socket.create_server((host, int(port))):
        stack.start_one(other_home, "kafka", progress=_quiet)
        assert stack.running(other_home).kafka.address not in (None, address)


def test_server_that_ends_at_its_start_shows_its_log(other_home: stack.Home) -> None:
    stack.start_one(other_home, "kafka", progress=_quiet)
    stack.stop(other_home)
    log = stack.running(other_home).kafka.log
    assert log is not None
    (log.parents[2] / "data" / "kafka" / "meta.properties").write_text("version=1\nnode.id=2\n")
    with pytest.raises(Fatal, match=rf"Kafka \S+ ended at its start\. The end of {log}:\n(.*\n)*.*meta\.properties"):
        stack.start_one(other_home, "kafka", progress=_quiet)


def test_stop_ends_both_within_seconds(home: stack.Home) -> None:
    began = time.monotonic()
    assert stack.stop(home) == ["kafka", "elasticsearch"]
    assert time.monotonic() - began < 8
    assert not find_all(mark_of(home, "kafka"))
    assert not find_all(mark_of(home, "elasticsearch"))
    assert stack.stop(home) == []
