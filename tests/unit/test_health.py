"""When a worker must end and be started again, when it is ready, and what its port answers."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from pipeline.health import ORPHANED_SECONDS, STILL_SECONDS, STUCK_SECONDS, Health, serve_health


class Clock:
    """A clock that is set by hand; the event loop turns at each step."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.health = Health(lambda: self.seconds)

    def go(self, seconds: float) -> str:
        self.seconds += seconds
        self.health.tick()
        return self.health.problem()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_worker_without_work_is_well_for_ever(clock: Clock) -> None:
    assert not clock.go(10 * STUCK_SECONDS)


def test_an_event_loop_that_stands_still_is_a_problem(clock: Clock) -> None:
    clock.seconds += STILL_SECONDS + 1
    assert "event loop" in clock.health.problem()


def test_a_batch_that_does_not_move_is_a_problem_and_one_that_moves_is_not(clock: Clock) -> None:
    clock.health.move(in_hand=True)
    assert not clock.go(STUCK_SECONDS - 1)
    clock.health.move()
    assert not clock.go(STUCK_SECONDS - 1)
    assert "no progress" in clock.go(2)
    clock.health.move(in_hand=False)
    assert not clock.go(STUCK_SECONDS + 1)


def test_an_outage_is_never_a_problem_however_long(clock: Clock) -> None:
    clock.health.move(in_hand=True)
    clock.health.wait()
    assert not clock.go(100 * STUCK_SECONDS)
    clock.health.go_on()
    assert not clock.go(STUCK_SECONDS - 1)
    assert "no progress" in clock.go(2)


def test_messages_that_wait_and_are_not_taken_are_a_problem_as_long_as_kafka_says_so(clock: Clock) -> None:
    clock.go(5 * STUCK_SECONDS)
    clock.health.fall_behind(True)
    assert not clock.go(STUCK_SECONDS - 1), "the time begins when they were first seen to wait"
    clock.health.fall_behind(True)
    assert "no progress" in clock.go(2)
    assert not clock.go(60), "Kafka has not said anything for a minute: it is away"


def test_a_worker_without_partitions_ends_only_while_nobody_reads_some(clock: Clock) -> None:
    clock.health.own(0)
    clock.health.see_group(0)
    assert not clock.go(10 * ORPHANED_SECONDS)
    assert clock.health.is_ready, "a spare worker is ready"
    clock.health.see_group(3)
    assert not clock.health.is_ready
    assert not clock.go(ORPHANED_SECONDS - 1)
    clock.health.see_group(3)
    assert "nobody reads" in clock.go(2)
    clock.health.own(2)
    assert not clock.go(1)
    assert clock.health.is_ready


def test_a_group_that_shares_out_its_partitions_makes_nobody_ready_and_nobody_ill(clock: Clock) -> None:
    clock.health.own(0)
    clock.health.see_group(None)
    assert not clock.go(10 * ORPHANED_SECONDS)
    clock.health.own(None)
    assert not clock.health.is_ready


def test_the_port_tells_what_is_wrong(clock: Clock) -> None:
    port = serve_health("127.0.0.1", 0, clock.health)
    assert ask(port, "live") == (200, "well\n")
    assert ask(port, "ready") == (503, "no partitions yet\n")
    clock.health.own(4)
    assert ask(port, "ready") == (200, "well\n")
    clock.seconds += STILL_SECONDS + 1
    status, text = ask(port, "live")
    assert status == 503
    assert "event loop" in text
    assert "dateline_build_info" in ask(port, "metrics")[1]


def ask(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
