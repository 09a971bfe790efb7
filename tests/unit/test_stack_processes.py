"""Finding and ending the servers' processes, with sleeping stand-ins."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipeline.home import Home
from pipeline.stack.processes import Mark, end, find_all, find_server, is_alive, mark_of, spawn

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
STUBBORN = (sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)")


@pytest.fixture
def mark(tmp_path: Path) -> Mark:
    """A mark that no other process carries."""
    return mark_of(Home(tmp_path, tmp_path), "kafka")


def _start(tmp_path: Path, *command: str) -> int:
    return spawn(None, command, {}, tmp_path / "console.log")


def test_spawned_process_is_found_by_its_mark_and_ended(tmp_path: Path, mark: Mark) -> None:
    pid = _start(tmp_path, *SLEEP, mark.server)
    assert find_server(mark, pid) == find_server(mark) == psutil.Process(pid)
    end(find_all(mark))
    assert not is_alive(pid)
    assert find_server(mark, pid) is None


def test_launcher_is_ended_but_does_not_serve(tmp_path: Path, mark: Mark) -> None:
    pid = _start(tmp_path, *SLEEP, mark.launcher)
    assert find_server(mark, pid) is None
    assert [process.pid for process in find_all(mark)] == [pid]
    end(find_all(mark))
    assert not is_alive(pid)


def test_process_of_another_home_is_not_ours(tmp_path: Path, mark: Mark) -> None:
    other = mark_of(Home(tmp_path / "other", tmp_path), "kafka")
    pid = _start(tmp_path, *SLEEP, other.server)
    assert find_all(mark) == []
    assert find_server(mark, pid) is None
    end(find_all(other))


def test_process_that_ignores_the_request_is_killed(
    tmp_path: Path, mark: Mark, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.stack.processes._PATIENCE_S", 0.5)
    pid = _start(tmp_path, *STUBBORN, mark.server)
    time.sleep(0.5)  # until it ignores the signal
    end(find_all(mark))
    assert not is_alive(pid)


def test_spawned_process_outlives_who_started_it(tmp_path: Path, mark: Mark) -> None:
    code = (
        "import sys, pathlib; from pipeline.stack.processes import spawn\n"
        "spawn(None, sys.argv[2:], {}, pathlib.Path(sys.argv[1]))"
    )
    console = str(tmp_path / "console.log")
    subprocess.run([sys.executable, "-c", code, console, *SLEEP, mark.server], check=True)
    survivors = find_all(mark)
    assert len(survivors) == 1
    end(survivors)


def test_output_goes_to_the_console_file(tmp_path: Path) -> None:
    pid = _start(tmp_path, sys.executable, "-c", "print('no such option')")
    while is_alive(pid):
        time.sleep(0.05)
    assert (tmp_path / "console.log").read_text() == "no such option\n"
