"""The ways in on real Kafka: nothing lost, nothing half, nothing accepted that Kafka does not have."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from pipeline import stack
from pipeline.feeds.signing import SIGNATURE, TIMESTAMP, sign
from pipeline.formats.raw import MAX_RAW_BYTES
from pipeline.settings import Settings
from pipeline.streams import RAW
from tests.conftest import own_streams, run_here, wait_for

SECRET = b"0123456789abcdef0123456789abcdef"
RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>World</title></channel></rss>'


@dataclass(frozen=True)
class Message:
    value: bytes
    headers: Mapping[str, str]


def raw_messages(settings: Settings) -> list[Message]:
    """All that stands in wire.raw."""
    topic = RAW.topic(settings)
    consumer = KafkaConsumer(
        bootstrap_servers=(settings.kafka or "").split(","), enable_auto_commit=False, fetch_max_bytes=64 << 20
    )
    try:
        parts = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        ends = consumer.end_offsets(parts)
        found: list[Message] = []
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=1000).values():
                for record in records:
                    headers = {name: value.decode() for name, value in record.headers}
                    found.append(Message(record.value, headers))
        return found
    finally:
        consumer.close()


class Feeds:
    """`dateline feed` and `dateline feeds` in processes of their own."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.log = folder / "feeds.log"
        self.environment = {
            **os.environ,
            **settings.environment(),
            "DATELINE_HOME": str(folder / "home"),
            "DATELINE_LOG_FORMAT": "json",
            "NO_PROXY": "*",
        }

    def run(self, *arguments: str, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "pipeline", *arguments],
            input=text,
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            timeout=120,
            check=False,
        )

    def write(self, text: str) -> Path:
        file = self.folder / "feeds.yaml"
        file.write_text(text)
        return file

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """The service until the block ends; it must then end in order, unless the test killed it."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "pipeline", *arguments],
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
        try:
            yield process
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            assert process.wait(30) in (0, -signal.SIGKILL), self.said()
        finally:
            process.kill()
            process.wait()
            sys.stdout.write(self.said())  # shown by pytest where a test fails

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def events(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.said().splitlines() if line.startswith("{") and line.endswith("}")]
        return [line for line in lines if line["event"] == event]

    def address(self) -> str:
        """Where the push endpoint listens, once it does."""
        wait_for(lambda: self.events("listening"), what="the endpoint to listen")
        return f"http://{self.events('listening')[-1]['address']}"


@pytest.fixture
def feeds(servers: Settings, tmp_path: Path) -> Iterator[Feeds]:
    with own_streams(servers) as settings:
        yield Feeds(settings, tmp_path)


def post(address: str, body: bytes, **changes: str) -> tuple[int, dict[str, Any], Mapping[str, str]]:
    timestamp = str(int(time.time()))
    headers = {TIMESTAMP: timestamp, SIGNATURE: sign(SECRET, timestamp, body), "Content-Type": "application/xml"}
    request = urllib.request.Request(f"{address}/feeds/aurora", body, headers | changes, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - our own server
            return response.status, json.load(response), dict(response.headers)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), dict(error.headers)


def directory(settle: float = 0.3) -> str:
    return f"feeds:\n- {{name: drop, kind: directory, path: drop, providers: [aurora], settle: {settle}}}\n"


def test_a_file_that_is_written_slowly_is_fed_once_and_whole(feeds: Feeds) -> None:
    drop = feeds.folder / "drop"
    drop.mkdir()
    with feeds.running("feeds", "run", str(feeds.write(directory(0.5)))):
        wait_for(lambda: (drop / "done").is_dir(), what="the watch")
        with (drop / "story.xml").open("wb") as file:
            for number in range(20):
                file.write(b"<p>%02d</p>" % number)
                file.flush()
                threading.Event().wait(0.1)  # the sender's slow line
        wait_for(lambda: (drop / "done" / "story.xml").exists(), what="the file to be done")
    (message,) = raw_messages(feeds.settings)
    assert message.value == b"".join(b"<p>%02d</p>" % number for number in range(20))
    assert message.headers["feed"] == "drop"
    assert message.headers["providers"] == "aurora"
    assert message.headers["content-type"] == "application/xml"
    assert message.headers["last-modified"]
    assert feeds.events("ended")[0]["fed"] == 1


def test_kill_9_again_and_again_loses_nothing(feeds: Feeds) -> None:
    drop = feeds.folder / "drop"
    (drop / "sub").mkdir(parents=True)
    config = str(feeds.write(directory(0.05)))
    expected = set[bytes]()

    def put(count: int) -> None:
        for _ in range(count):
            content = b"story %d" % len(expected)
            expected.add(content)
            (drop / "sub" / f"{len(expected) % 7}.part").write_bytes(content)
            (drop / "sub" / f"{len(expected) % 7}.part").rename(drop / "sub" / f"{len(expected)}.txt")

    def done() -> int:
        return sum(1 for path in (drop / "done").rglob("*") if path.is_file())

    for _ in range(3):
        put(150)
        before = done()
        with feeds.running("feeds", "run", config) as process:
            wait_for(lambda before=before: done() > before + 20, what="some files to be done")  # type: ignore[misc]
            process.kill()
            process.wait()
    with feeds.running("feeds", "run", config):
        wait_for(lambda: done() >= len(expected), what="all files to be done")
    messages = raw_messages(feeds.settings)
    assert {message.value for message in messages} == expected
    assert len(messages) <= len(expected) + 3 * 16  # what was acknowledged and not yet moved at each kill
    assert {path.read_bytes() for path in (drop / "done").rglob("*.txt")} == expected


def test_oversize_goes_to_failed_and_other_feeds_go_on_beside_one_in_trouble(feeds: Feeds) -> None:
    (feeds.folder / "drop").mkdir()
    trouble = (
        "- {name: away, kind: directory, path: not-mounted}\n- {name: dead, kind: poll, url: 'http://127.0.0.1:1/'}\n"
    )
    with feeds.running("feeds", "run", str(feeds.write(directory() + trouble))):
        (feeds.folder / "drop/huge.txt").write_bytes(b"x" * (MAX_RAW_BYTES + 1))
        (feeds.folder / "drop/good.txt").write_bytes(b"good")
        reason = feeds.folder / "drop/failed/huge.txt.reason.txt"
        wait_for(lambda: reason.exists() and (feeds.folder / "drop/done/good.txt").exists(), what="both files to move")
        assert "split the file" in reason.read_text()
        address = wait_for(lambda: feeds.events("metrics"), what="the metrics")[0]["address"]
        with urllib.request.urlopen(address, timeout=10) as response:  # noqa: S310
            metrics = response.read().decode()
    assert 'dateline_feed_messages_total{feed="drop"} 1.0' in metrics
    assert 'dateline_feed_refused_total{feed="drop",reason="too-large"} 1.0' in metrics
    assert re.search(r'dateline_feed_last_success_timestamp_seconds\{feed="drop"\} \d', metrics)
    assert [message.value for message in raw_messages(feeds.settings)] == [b"good"]
    assert "mount it" in feeds.said()


def push(feeds: Feeds, others: str = "feeds:\n") -> str:
    (feeds.folder / "secret").write_bytes(SECRET)
    feed = "- {name: aurora, kind: push, providers: [aurora], secret_file: secret}\n"
    return str(feeds.write(f"listen: 127.0.0.1:0\n{others}{feed}"))


def get(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(address, timeout=10) as response:  # noqa: S310 - our own server
        answer: dict[str, Any] = json.load(response)
        return answer


def test_push_answers_202_once_kafka_has_it(feeds: Feeds) -> None:
    with feeds.running("feeds", "run", push(feeds)):
        address = feeds.address()
        largest = b"<x>" + b"x" * (MAX_RAW_BYTES - 7) + b"</x>"
        assert post(address, largest)[0] == 202
        assert [message.value for message in raw_messages(feeds.settings)] == [largest]
        assert post(address, largest + b"x")[0] == 413
        assert post(address, b"<x/>", **{SIGNATURE: "sha256=00"})[0] == 401
        status, answer, _ = post(address, b"<x/>", **{TIMESTAMP: str(int(time.time()) - 301)})
        assert (status, answer["error"]) == (401, "stale")
    (message,) = raw_messages(feeds.settings)
    assert (message.headers["feed"], message.headers["source"]) == ("aurora", "push/aurora")
    assert len(feeds.events("refused")) == 3


def test_many_small_pushes_at_once_share_their_acknowledgements(feeds: Feeds) -> None:
    with feeds.running("feeds", "run", push(feeds)):
        address = feeds.address()
        answers: list[int] = []

        def send(start: int) -> None:
            answers.extend(post(address, b"story %d" % number)[0] for number in range(start, start + 50))

        threads = [threading.Thread(target=send, args=(start,)) for start in range(0, 400, 50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [202] * 400
    assert len({message.value for message in raw_messages(feeds.settings)}) == 400


def test_push_answers_503_while_kafka_is_not_there(feeds: Feeds) -> None:
    feeds.environment["DATELINE_KAFKA"] = "127.0.0.1:1"
    with feeds.running("feeds", "run", push(feeds)):
        address = feeds.address()
        status, answer, headers = post(address, b"<x/>")
        assert (status, answer["error"], headers["Retry-After"]) == (503, "kafka-away", "5")
        assert get(f"{address}/health")["kafka"] == "away"


def test_a_broker_that_goes_and_comes_back_costs_time_and_nothing_else(feeds: Feeds, home: stack.Home) -> None:
    drop = feeds.folder / "drop"
    drop.mkdir()
    with feeds.running("feeds", "run", push(feeds, directory())):
        address = feeds.address()
        assert post(address, b"<before/>")[0] == 202
        stack.stop_one(home, "kafka")
        try:
            assert post(address, b"<refused/>")[0] == 503
            (drop / "story.txt").write_bytes(b"story")
            wait_for(lambda: feeds.events("waiting"), what="the watch to wait for Kafka")
            assert (drop / "story.txt").exists()
        finally:
            stack.start_one(home, "kafka", progress=lambda line: None)
        wait_for(lambda: (drop / "done/story.txt").exists(), what="the file to be done")
        wait_for(lambda: get(f"{address}/health")["kafka"] == "ok", what="health")
        assert post(address, b"<after/>")[0] == 202
    values = [message.value for message in raw_messages(feeds.settings)]
    # What was refused may have been under way: its sender sends it again, and the repeat does no harm.
    assert sorted({*values} - {b"<refused/>"}) == [b"<after/>", b"<before/>", b"story"]


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    """A web server with one feed and an ETag."""

    class Handler(BaseHTTPRequestHandler):
        answers: list[int] = []  # noqa: RUF012 - a class of this test's own

        def do_GET(self) -> None:
            known = self.headers.get("If-None-Match") == '"1"'
            self.answers.append(304 if known else 200)
            self.send_response(304 if known else 200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", "0" if known else str(len(RSS)))
            self.end_headers()
            if not known:
                self.wfile.write(RSS)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_polled_feed_is_one_message_and_then_not_modified_also_after_a_restart(
    feeds: Feeds, site: ThreadingHTTPServer
) -> None:
    answers: list[int] = site.RequestHandlerClass.answers  # type: ignore[attr-defined]
    url = f"http://127.0.0.1:{site.server_port}/world.xml"
    config = str(
        feeds.write(f"feeds:\n- {{name: world, kind: poll, url: '{url}', interval: 1, providers: [aurora]}}\n")
    )
    for count in (2, 4):
        with feeds.running("feeds", "run", config):
            wait_for(lambda count=count: len(answers) >= count, what="requests")  # type: ignore[misc]
    assert answers[0] == 200
    assert set(answers[1:]) == {304}
    (message,) = raw_messages(feeds.settings)
    assert message.value == RSS
    assert message.headers["content-type"] == "application/rss+xml"
    assert (message.headers["source"], message.headers["feed"]) == (url, "world")
    once = feeds.run("feed", url, "--provider", "aurora")
    assert once.returncode == 0, once.stderr
    assert len(raw_messages(feeds.settings)) == 2


def test_feed_by_hand_of_files_folders_and_a_stream(feeds: Feeds) -> None:
    (feeds.folder / "in/sub").mkdir(parents=True)
    (feeds.folder / "in/sub/story.txt").write_bytes(b"\xfcber")
    (feeds.folder / "in/empty.txt").touch()
    (feeds.folder / "lines.jsonl").write_bytes(b'{"guid": "1"}\n{"guid": "2"}\n')
    ran = feeds.run(
        "feed", "in", "lines.jsonl", "-", "--charset", "iso-8859-1", "--provider", "dpa", text=b'{"guid": "3"}\n'
    )
    assert ran.returncode == 1
    assert b"in/empty.txt: empty: nothing in it" in ran.stderr
    assert b"Fed 4 messages. Refused 1, see above." in ran.stderr
    found = {message.value.strip(): message.headers for message in raw_messages(feeds.settings)}
    assert found.keys() == {b"\xfcber", b'{"guid": "1"}', b'{"guid": "2"}', b'{"guid": "3"}'}
    assert found[b"\xfcber"]["content-type"] == "text/plain; charset=iso-8859-1"
    assert {headers["providers"] for headers in found.values()} == {"dpa"}


def test_watch_and_listen_by_hand(feeds: Feeds) -> None:
    (feeds.folder / "Drop Box").mkdir()
    (feeds.folder / "secret").write_bytes(SECRET)
    listen = ("--listen", "127.0.0.1:0", "--secret-file", "secret")
    with feeds.running("feed", "--watch", "Drop Box", "--settle", "0.1", "--done", "taken", *listen) as process:
        (feeds.folder / "Drop Box/story.txt").write_bytes(b"story")
        wait_for(lambda: (feeds.folder / "Drop Box/taken/story.txt").exists(), what="the file to be taken")
        address = feeds.address()
        request = urllib.request.Request(f"{address}/feeds/push", b"x", method="POST")  # noqa: S310
        with pytest.raises(urllib.error.HTTPError, match="401") as caught:
            urllib.request.urlopen(request, timeout=10)  # noqa: S310
        caught.value.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 1  # something was refused
        process.returncode = 0
    assert [message.headers["feed"] for message in raw_messages(feeds.settings)] == ["drop-box"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("feed",), 2, "say what to feed"),
        (("feed", "/no/such/file"), 2, "no such file"),
        (("feed", "--listen", "127.0.0.1:0"), 2, "--secret-file"),
        (("feed", "--watch", "/no/such/folder"), 2, "expected a folder"),
        (("feed", "-", "--format", "morse"), 2, "no format 'morse'"),
        (("feed", "-", "--name", "No Name"), 2, "name"),
        (("feeds", "check", "none.yaml"), 2, "expected a feeds file"),
        (("feeds", "check", "feeds.yaml"), 1, "PUSH_SECRET is not set"),
        (("feeds", "run", "feeds.yaml"), 78, "PUSH_SECRET is not set"),
    ],
)
def test_wrong_use_says_what_to_do(
    servers: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    (tmp_path / "feeds.yaml").write_text(
        "listen: 127.0.0.1:0\nfeeds:\n- {name: a, kind: push, secret_env: PUSH_SECRET}\n"
    )
    monkeypatch.chdir(tmp_path)
    ended, out, errors = run_here(replace(servers, home=tmp_path / "home"), *arguments, text=b"x")
    assert (ended, said in out + errors) == (code, True), out + errors
