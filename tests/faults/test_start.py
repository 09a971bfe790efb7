"""Workers that start before what they need is there, and that are to end while something does not."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.launcher import Launcher
from pipeline.settings import Settings
from pipeline.streams import STREAMS, admin, create_streams
from tests.conftest import bear_as, wait_for
from tests.faults.harness import ask


@pytest.mark.timeout(120)
def test_a_stream_that_is_missing_is_waited_for_and_found(servers: Settings, tmp_path: Path) -> None:
    settings = replace(servers, prefix="late-", log_format="json")
    with starting(settings, tmp_path) as (launcher, lines):
        wait_for(lambda: launcher.check() and any("there is no stream" in line for line in lines), what="the log line")
        assert (ask(launcher.workers[0], "live"), ask(launcher.workers[0], "ready")) == (200, 503)
        with admin(settings) as kafka:
            create_streams(kafka, settings)
            try:
                wait_for(
                    lambda: launcher.check() and ask(launcher.workers[0], "ready") == 200, seconds=40, what="partitions"
                )
            finally:
                launcher.stop()
                kafka.delete_topics([stream.topic(settings) for stream in STREAMS])
    assert not any("ended with" in line for line in lines), "nobody had to start it again"


@pytest.mark.timeout(120)
def test_a_worker_that_is_told_to_end_does_so_whatever_its_threads_wait_for(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.launcher.bear", bear_as("tests.faults.lingering_worker"))
    with starting(settings, tmp_path) as (launcher, lines):
        wait_for(lambda: launcher.check() and ask(launcher.workers[0], "ready") == 200, what="partitions")
        process = launcher.workers[0].process
        assert process is not None
        os.kill(process.pid, signal.SIGTERM)
        wait_for(lambda: process.exit_code is not None, seconds=15, what="the end")
        assert process.exit_code == 1
        wait_for(lambda: launcher.check() and ask(launcher.workers[0], "ready") == 200, what="its successor")
    assert any("worker read-1 ended with 1" in line for line in lines)


@contextmanager
def starting(settings: Settings, folder: Path) -> Iterator[tuple[Launcher, list[str]]]:
    lines: list[str] = []
    launcher = Launcher(settings, {"read": 1}, folder=folder, on_settled=lambda settled: None, on_line=lines.append)
    launcher.start()
    try:
        yield launcher, lines
    finally:
        launcher.stop()
