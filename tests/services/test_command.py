"""The command as a person uses it, in processes of its own, against real servers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import urllib3

from pipeline.settings import Settings
from pipeline.streams import CONSUMES
from tests.conftest import installation, run_here, wait_for

STORY = (
    '{"guid": "1", "provider": "aurora", "headline": "Ministers meet in Oslo", "body": "They met on Monday in Oslo."}'
)


class Shell:
    """Runs the command under settings of the test's own."""

    def __init__(self, settings: Settings, home: Path) -> None:
        self.settings = replace(settings, home=home)
        self.environment = os.environ | self.settings.environment()

    def run(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pipeline", *arguments],
            input=text,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", *arguments],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def shell(settings: Settings, tmp_path: Path) -> Shell:
    return Shell(settings, tmp_path)


@pytest.fixture(scope="module")
def fed_shell(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """One in which a story, and a message without text, were fed and run."""
    with installation(servers) as settings:
        shell = Shell(settings, tmp_path_factory.mktemp("home"))
        fed = shell.run("feed", "-", text=f'{STORY}\n{{"guid": "2"}}\n')
        assert fed.returncode == 0, fed.stderr
        ran = shell.run("run", "--until-idle")
        assert ran.returncode == 0, ran.stderr
        assert "1 created" in ran.stderr
        yield shell


@pytest.fixture
def live(shell: Shell) -> Iterator[subprocess.Popen[str]]:
    """A run without end."""
    process = shell.start("run")
    yield process
    process.kill()
    process.communicate()


def workers(shell: Shell) -> list[int]:
    """The workers, once one of each role takes part in its group."""
    _, found, _ = run_here(shell.settings, "status", "--json")
    pids = [worker["pid"] for worker in json.loads(found)["workers"] if is_ready(worker["metrics_port"])]
    return pids if len(pids) == len(CONSUMES) else []


def is_ready(port: int | None) -> bool:
    try:
        return (
            port is not None and urllib3.request("GET", f"http://127.0.0.1:{port}/ready", retries=False).status == 200
        )
    except urllib3.exceptions.HTTPError:
        return False


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_feed_run_search_story(fed_shell: Shell) -> None:
    wait_for(lambda: run_here(fed_shell.settings, "search", "oslo")[0] == 0, what="the story to be searchable")
    found = json.loads(fed_shell.run("search", "ministers", "lang:en", "--json").stdout)
    assert [story["id"] for story in found["stories"]] == ["aurora:1"]
    assert found["stories"][0]["language"]["code"] == "en"
    assert json.loads(fed_shell.run("story", "aurora:1").stdout)["headline"] == "Ministers meet in Oslo"
    nothing = fed_shell.run("search", "nobody-writes-this")
    assert (nothing.returncode, nothing.stdout) == (1, "")


def test_doctor_and_dead_list_and_topology_answer_in_json(fed_shell: Shell) -> None:
    (letter,) = [json.loads(line) for line in fed_shell.run("dead", "list", "--json").stdout.splitlines()]
    assert letter["kind"] == "no-text"
    assert fed_shell.run("dead", "show", str(letter["number"])).stdout == '{"guid": "2"}\n'
    assert fed_shell.run("dead", "replay", "--all").returncode == 0
    doctor = fed_shell.run("doctor", "--json")
    assert doctor.returncode == 0, doctor.stdout
    assert {role["role"] for role in json.loads(fed_shell.run("topology", "--json").stdout)["roles"]} == {
        "read",
        "keep",
        "notify",
    }


def test_a_second_run_says_that_one_runs_already_and_ctrl_c_ends_everything_in_order(
    shell: Shell, live: subprocess.Popen[str]
) -> None:
    pids = wait_for(lambda: workers(shell), what="the workers")
    second = shell.run("run", "--until-idle")
    assert second.returncode == 78
    assert "already running" in second.stderr
    assert all(alive(pid) for pid in pids)
    start = time.monotonic()
    live.send_signal(signal.SIGINT)
    _, errors = live.communicate(timeout=10)
    assert time.monotonic() - start < 10
    assert live.returncode == 0, errors
    assert not any(alive(pid) for pid in pids)


def test_workers_end_with_a_launcher_that_was_killed(shell: Shell, live: subprocess.Popen[str]) -> None:
    pids = wait_for(lambda: workers(shell), what="the workers")
    live.kill()
    wait_for(lambda: not any(alive(pid) for pid in pids), seconds=20, what="the workers to end")
    assert shell.run("run", "--until-idle").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("feed", "/no/such/file"), 2, "no such file"),
        (("search", "--since", "yesterday"), 2, "expected a time"),
        (("run", "--workers", "0"), 2, "workers"),
        (("dead", "replay"), 2, "say which"),
        (("enrich", "--format", "morse", "-"), 2, "morse"),
        (("story", "nobody:1"), 1, "no story"),
    ],
)
def test_wrong_use_says_what_to_do(fed_shell: Shell, arguments: tuple[str, ...], code: int, said: str) -> None:
    ended, _, errors = run_here(fed_shell.settings, *arguments, text=b"x")
    assert (ended, said in errors) == (code, True), errors


def test_without_servers_the_command_says_how_to_start_them(tmp_path: Path) -> None:
    shell = Shell(Settings(), tmp_path)
    for variable in ("DATELINE_KAFKA", "DATELINE_ELASTICSEARCH"):
        shell.environment.pop(variable, None)
    ran = shell.run("search", "x")
    assert ran.returncode == 78
    assert "dateline up" in ran.stderr
