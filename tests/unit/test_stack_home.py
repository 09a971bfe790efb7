"""The home of the local servers: its records and its lock survive crashes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import pipeline
from pipeline import stack
from pipeline.home import locked
from pipeline.stack.record import Ports, Record, read_record, write_record

RECORD = Record(Ports(20001, 20002), Path("/var/log/kafka.log"), pid=4711)


@pytest.fixture
def home(tmp_path: Path) -> stack.Home:
    """A home in which nothing was ever started."""
    return stack.Home(tmp_path / "home", tmp_path / "downloads")


def test_record_comes_back(home: stack.Home) -> None:
    write_record(home, "kafka", RECORD)
    assert read_record(home, "kafka") == RECORD
    assert read_record(home, "elasticsearch") is None


@pytest.mark.parametrize("text", ["", '{"ports": {"cli', "[]", '{"pid": 1}', '{"ports": 3, "log": "a", "pid": null}'])
def test_record_that_a_crash_has_spoilt_reads_as_none(home: stack.Home, text: str) -> None:
    write_record(home, "kafka", RECORD)
    (home.path / "state" / "kafka.json").write_text(text)
    assert read_record(home, "kafka") is None


def test_default_home_of_a_checkout_lies_in_it() -> None:
    assert stack.default_home() == Path(pipeline.__file__).parents[1] / ".dateline"


def test_homes_have_tags_of_their_own(home: stack.Home, tmp_path: Path) -> None:
    assert home.tag != stack.Home(tmp_path / "other", home.downloads).tag
    (tmp_path / "link").symlink_to(home.path)
    assert home.tag == stack.Home(tmp_path / "link", home.downloads).tag


def test_lock_of_a_killed_holder_is_free(tmp_path: Path) -> None:
    code = (
        "import sys, time, pathlib; from pipeline.home import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "lock")], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
        holder.wait()
    waited: list[bool] = []
    with locked(tmp_path / "lock", lambda: waited.append(True)):
        pass
    assert not waited


def test_home_in_which_nothing_was_started_shows_and_stops_nothing(home: stack.Home) -> None:
    assert stack.addresses(home) is None
    assert stack.running(home).kafka.pid is None
    assert stack.stop(home) == []
    assert not home.path.exists()


def test_reused_process_number_is_neither_shown_nor_ended(home: stack.Home) -> None:
    write_record(home, "kafka", Record(RECORD.ports, RECORD.log, pid=os.getpid()))
    assert stack.running(home).kafka.pid is None
    assert stack.stop(home) == []
