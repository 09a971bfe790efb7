"""Workers that start before what they need is there."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.launcher import Launcher
from pipeline.settings import Settings
from pipeline.streams import STREAMS, admin, create_streams
from tests.conftest import wait_for


@pytest.mark.timeout(120)
def test_a_stream_that_is_missing_is_waited_for_and_found(servers: Settings, tmp_path: Path) -> None:
    settings = replace(servers, prefix="late-", log_format="json")
    with starting(settings, tmp_path) as (launcher, lines):
        wait_for(lambda: launcher.check() and any("there is no stream" in line for line in lines), what="the log line")
        assert (ask(launcher, "live"), ask(launcher, "ready")) == (200, 503)
        with admin(settings) as kafka:
            create_streams(kafka, settings)
            try:
                wait_for(lambda: launcher.check() and ask(launcher, "ready") == 200, seconds=40, what="partitions")
            finally:
                launcher.stop()
                kafka.delete_topics([stream.topic(settings) for stream in STREAMS])
    assert not any("ended with" in line for line in lines), "nobody had to start it again"


@contextmanager
def starting(settings: Settings, folder: Path) -> Iterator[tuple[Launcher, list[str]]]:
    lines: list[str] = []
    launcher = Launcher(settings, {"read": 1}, folder=folder, on_settled=lambda settled: None, on_line=lines.append)
    launcher.start()
    try:
        yield launcher, lines
    finally:
        launcher.stop()


def ask(launcher: Launcher, path: str) -> int:
    (worker,) = launcher.workers
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{worker.serving}/{path}", timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
