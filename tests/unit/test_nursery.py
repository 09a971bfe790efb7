"""Forked processes: what they get and what we hear of them."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from pipeline.nursery import Child, bear
from tests.conftest import wait_for


def end(child: Child) -> tuple[str, str]:
    """Lets a child's lifeline go; returns what it printed and told, once it has ended."""
    os.close(child.lifeline)
    child.process.join(20)
    with os.fdopen(child.log) as log, os.fdopen(child.outcomes) as outcomes:
        return log.read(), outcomes.read()


def test_a_child_gets_arguments_and_environment_and_ends_with_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NURSERY_HERE", "ours")
    child = bear("read-1", "tests.unit.nursery_child", ["one", "two"], {"NURSERY_GIVEN": "its own"})
    log, told = end(child)
    assert child.exit_code == 78
    assert log.splitlines() == ["one two ours its own", "said on standard error"]
    assert told == "told\n"


def test_a_child_has_its_name_and_ends_with_its_lifeline() -> None:
    child = bear("keep-2", "tests.unit.nursery_child", ["wait"], {})
    process = psutil.Process(child.pid)
    wait_for(lambda: "dateline keep-2" in " ".join(process.cmdline()), seconds=20, what="the name")
    assert child.exit_code is None
    end(child)
    assert child.exit_code == -signal.SIGTERM


def test_a_child_that_does_not_end_when_asked_is_killed() -> None:
    child = bear("notify-1", "tests.unit.nursery_child", ["stay"], {})
    end(child)
    assert child.exit_code == -signal.SIGKILL


def test_a_child_whose_threads_do_not_end_is_ended_with_the_code_that_it_gave() -> None:
    child = bear("notify-1", "tests.unit.nursery_child", ["linger"], {})
    end(child)
    assert child.exit_code == 9


def test_children_come_also_after_the_process_that_forks_them_was_killed() -> None:
    first = bear("read-1", "tests.unit.nursery_child", ["wait"], {})
    parent = psutil.Process(first.pid).parent()
    assert parent is not None
    parent.kill()
    wait_for(lambda: first.exit_code is not None, seconds=20, what="the loss to be seen")
    second = bear("read-1", "tests.unit.nursery_child", ["one"], {})
    log, _ = end(second)
    assert log.startswith("one")
    end(first)  # which ends only when the child has: it goes by its lifeline, as ever
