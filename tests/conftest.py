"""What tests share: real servers of their own, names of their own per test, and a pipeline to run on them.

The servers are started from packages into a temporary home (packages are fetched once and kept in the checkout's
`.dateline/downloads`, or where DATELINE_DOWNLOADS says). A server that does not start is a failure, never a skip.
"""

from __future__ import annotations

import io
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import pytest
from elasticsearch import Elasticsearch, helpers

from pipeline import stack
from pipeline.cli import main
from pipeline.documents.indices import index_names
from pipeline.feeds.files import Copy
from pipeline.feeds.producer import Feeder
from pipeline.launcher import Launcher
from pipeline.nursery import Child, bear
from pipeline.outcomes import Tally
from pipeline.scanning import scan
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect, create_indices
from pipeline.streams import STREAMS, LagWatch, admin, create_streams, partitions_of

T = TypeVar("T")
CHECKOUT = Path(__file__).parent.parent


def wait_for(condition: Callable[[], T], *, seconds: float = 60.0, what: str = "") -> T:
    """The first true value of the condition; fails after the time."""
    end = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            pytest.fail(f"waited {seconds} s in vain for {what or condition}")
        time.sleep(0.1)


_FIRST = ("unit", "agents", "contract", "faults")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is quick comes first, and `faults`, which kills servers, before what shares a running pipeline."""
    places = {folder: place for place, folder in enumerate(_FIRST)}

    def place(item: pytest.Item) -> tuple[int, bool]:
        folder = item.path.relative_to(CHECKOUT / "tests").parts[0]
        return places.get(folder, len(_FIRST)), item.get_closest_marker("late") is not None

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def _hasty() -> Iterator[None]:
    """Workers that look again sooner than they would; see `tests/hasty_worker.py`."""
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr("pipeline.launcher.bear", bear_as("tests.hasty_worker"))
        yield


def bear_as(worker: str) -> Callable[..., Child]:
    """Starts another module of the tests where the launcher starts `pipeline.worker`."""

    def substitute(name: str, module: str, *rest: Any) -> Child:
        return bear(name, worker if module == "pipeline.worker" else module, *rest)

    return substitute


@pytest.fixture(scope="session")
def home() -> Iterator[stack.Home]:
    """A home of the session's own with running servers."""
    downloads = Path(os.environ.get("DATELINE_DOWNLOADS") or CHECKOUT / ".dateline" / "downloads")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # readable for the user that the servers run as when we are root
        home = stack.Home(Path(folder), downloads)
        try:
            stack.start(home, progress=lambda line: None)
            yield home
        finally:
            stack.stop(home)


@pytest.fixture(scope="session")
def servers(home: stack.Home) -> Settings:
    """Settings with the addresses of the session's servers."""
    addresses = stack.addresses(home)
    assert addresses is not None
    return Settings(
        kafka=addresses.kafka,
        elasticsearch=addresses.elasticsearch,
        home=home.path,
        downloads=home.downloads,
        partitions=4,
        log_format="text",
        models="never",  # a worker is up seconds sooner; the taggers have tests of their own
    )


@pytest.fixture
def settings(servers: Settings) -> Iterator[Settings]:
    """Settings with streams and indices of the test's own, removed afterwards."""
    with installation(servers) as own:
        yield own


@contextmanager
def installation(servers: Settings) -> Iterator[Settings]:
    """Settings with streams and indices under a prefix of their own, removed afterwards."""
    with own_streams(servers) as own:
        client = connect(own)
        create_indices(client, index_names(own))
        try:
            yield own
        finally:
            # Each by its name, since a cluster may forbid to delete by a pattern.
            found = [*client.indices.get(index=f"{own.prefix}*", expand_wildcards="all", features="aliases")]
            client.options(ignore_status=404).indices.delete(index=found)
            client.options(ignore_status=404).indices.delete_index_template(name=f"{own.prefix}*")


@contextmanager
def own_streams(servers: Settings) -> Iterator[Settings]:
    """Settings with streams under a prefix of their own, removed afterwards."""
    own = replace(servers, prefix=f"t{secrets.token_hex(4)}-")
    with admin(own) as kafka:
        create_streams(kafka, own)
    try:
        yield own
    finally:
        with admin(own) as kafka:
            kafka.delete_topics([stream.topic(own) for stream in STREAMS])


@pytest.fixture(scope="session")
def elastic(servers: Settings) -> Elasticsearch:
    """A client of the session's Elasticsearch."""
    return connect(servers)


def run_here(settings: Settings, *arguments: str, text: bytes = b"") -> tuple[int, str, str]:
    """`dateline` in this process, which spares the seconds of imports: exit code, standard output, standard error. ``text`` is standard input.

    `tests/services/test_command.py` runs it in processes of its own.
    """
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, settings.environment()),
        patch.object(sys, "argv", ["dateline", *arguments]),
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(text))),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out.getvalue(), err.getvalue()


class Pipeline:
    """A running pipeline and what a user does with it."""

    def __init__(self, settings: Settings, launcher: Launcher, tally: Tally, lines: list[str]) -> None:
        self.settings = settings
        self.launcher = launcher
        self.tally = tally
        self.lines = lines
        self._client, self._names = connect(settings), index_names(settings)
        self._feeder, self._watch = Feeder(settings), LagWatch(settings)

    def feed(self, *copies: Copy) -> None:
        """Feeds copies; returns once Kafka has them."""
        for copy in copies:
            self._feeder.feed(copy)
        self._feeder.flush()

    def settle(self, *, seconds: float = 90.0) -> None:
        """Waits until all that was fed has its outcome and can be searched."""

        def idle() -> bool:
            assert self.launcher.check(), "\n".join(self.lines)
            lags = self._watch.read()
            return bool(lags) and not any(lag.messages for lag in lags)

        wait_for(idle, seconds=seconds, what="all lag to be gone")
        self._client.indices.refresh(index=list(self._names.indices))

    def forget(self) -> None:
        """Leaves streams, indices and counts as if nothing had come in; workers keep nothing of their own that could tell."""
        client, names = self._client, self._names
        client.indices.refresh(index=list(names.indices))
        found = scan(client, ",".join(names.indices), {"match_all": {}}, source=False)
        deletions = [{"_op_type": "delete", "_index": hit["_index"], "_id": hit["_id"]} for hit in found]
        helpers.bulk(client, deletions, refresh=True, raise_on_error=False)
        with admin(self.settings) as kafka:
            parts = [part for stream in STREAMS for part in partitions_of(kafka, stream.topic(self.settings))]
            kafka.delete_records(dict.fromkeys(parts, -1))  # up to the end
        self.tally.counts.clear()

    def times_logged(self, event: str) -> int:
        """How often the workers have logged an event."""
        return sum(event in line for line in self.lines)

    def close(self) -> None:
        """Closes the connections to the servers."""
        self._feeder.close()
        self._watch.close()
        self._client.close()

    def process(self, name: str) -> Any:
        """The process of a worker, for killing it."""
        return next(worker.process for worker in self.launcher.workers if worker.name == name)


@contextmanager
def running(settings: Settings, folder: Path, *, workers: int = 1) -> Iterator[Pipeline]:
    """Runs workers of each role until the block ends."""
    tally, lines = Tally(), list[str]()
    launcher = Launcher(
        settings,
        {"read": workers, "keep": workers, "notify": 1},
        folder=folder / "workers",
        on_settled=tally.add,
        on_line=lines.append,
    )
    launcher.start()
    try:
        pipeline = Pipeline(settings, launcher, tally, lines)
        yield pipeline
        pipeline.close()
    finally:
        launcher.stop()
        sys.stdout.write("\n".join(lines))  # shown by pytest where a test fails


@pytest.fixture(scope="session")
def shared_pipeline(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """Two READ, two KEEP and a NOTIFY, running for all tests: each start costs more than most tests do."""
    folder = tmp_path_factory.mktemp("pipeline")
    with installation(servers) as settings, running(settings, folder, workers=2) as pipeline:
        yield pipeline


@pytest.fixture
def pipeline(shared_pipeline: Pipeline) -> Iterator[Pipeline]:
    """Two READ, two KEEP and a NOTIFY, running, to which nothing has come in yet."""
    with forgetting(shared_pipeline):
        yield shared_pipeline


@contextmanager
def forgetting(pipeline: Pipeline) -> Iterator[None]:
    """Leaves a pipeline that tests share as it was before the block."""
    yield
    pipeline.settle()
    pipeline.forget()
    sys.stdout.write("\n".join(pipeline.lines))  # shown by pytest where the test failed
    pipeline.lines.clear()
