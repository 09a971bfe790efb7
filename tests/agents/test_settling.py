"""Waiting in place, and settling a batch before any of it is acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from pipeline.agents import settling
from pipeline.agents.settling import Pace, Patience, StoppedUnsettled, settle_stream
from pipeline.errors import Fatal, Reject, Retry


class Stream:
    """A stream that brings its events together, or, for a number, waits so many seconds; notes what was acknowledged.
    Then it ends, as Faust's does where its worker ends. The safe calls are the only ones it has.
    """

    def __init__(self, *events: str | float) -> None:
        self.coming = events
        self.acknowledged: list[str] = []

    def noack(self) -> Stream:
        return self

    async def events(self) -> AsyncIterator[str]:
        for event in self.coming:
            await asyncio.sleep(0)
            if isinstance(event, float):
                await asyncio.sleep(event)
            else:
                yield event

    async def ack(self, event: str) -> None:
        self.acknowledged.append(event)


def test_a_batch_is_acknowledged_in_order_once_it_is_settled() -> None:
    stream = Stream("a", "b", 0.1, "c", 0.1)
    seen: list[list[str]] = []

    async def settle(events: Sequence[Any]) -> None:
        seen.append([*events, *stream.acknowledged])

    asyncio.run(settle_stream(stream, settle))
    assert seen == [["a", "b"], ["c", "a", "b"]]
    assert stream.acknowledged == ["a", "b", "c"]


def test_a_batch_that_fails_is_not_acknowledged_at_all() -> None:
    stream = Stream("a", 0.1, "b", "c", 0.1)

    async def settle(events: Sequence[Any]) -> None:
        if "c" in events:
            raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
        asyncio.run(settle_stream(stream, settle))
    assert stream.acknowledged == ["a"]


def test_what_came_while_a_batch_was_settled_is_the_next_one() -> None:
    stream = Stream("a", 0.05, "b", "c", "d", 0.1)
    seen: list[list[str]] = []

    async def settle(events: Sequence[Any]) -> None:
        seen.append([*events])
        await asyncio.sleep(0.1)

    asyncio.run(settle_stream(stream, settle))
    assert seen == [["a"], ["b", "c", "d"]]


def test_a_batch_is_no_longer_than_its_pace() -> None:
    stream = Stream(*"abcde", 0.1)
    seen: list[list[str]] = []

    async def settle(events: Sequence[Any]) -> None:
        seen.append([*events])

    asyncio.run(settle_stream(stream, settle, pace=Pace(2, pause=0.05)))
    assert seen == [["a", "b"], ["c", "d"], ["e"]]


def test_a_stream_that_breaks_ends_the_agent() -> None:
    class Broken(Stream):
        async def events(self) -> AsyncIterator[str]:
            yield "a"
            await asyncio.sleep(0.1)
            raise RuntimeError("a fault of Faust's")

    async def settle(events: Sequence[Any]) -> None:
        pass

    stream = Broken()
    with pytest.raises(RuntimeError, match="Faust"):
        asyncio.run(settle_stream(stream, settle))
    assert stream.acknowledged == ["a"]


def failing(errors: list[Exception]) -> Any:
    async def attempt() -> str:
        if errors:
            raise errors.pop(0)
        return "done"

    return attempt


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_FIRST_DELAY", 0.001)
    monkeypatch.setattr(settling, "_MAX_DELAY", 0.002)


def test_patience_tries_again_as_long_as_the_world_is_unwell() -> None:
    attempt = failing([Retry("away")] * 5)
    assert asyncio.run(Patience(lambda: False).retry(attempt, what="test")) == "done"


@pytest.mark.parametrize("error", [Reject("kind", "reason"), Fatal("mend it"), ValueError("a fault of ours")])
def test_patience_passes_every_other_error_on(error: Exception) -> None:
    with pytest.raises(type(error)):
        asyncio.run(Patience(lambda: False).retry(failing([error]), what="test"))


def test_patience_ends_with_the_stop_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "STOP_DEADLINE", 0.02)
    with pytest.raises(StoppedUnsettled):
        asyncio.run(Patience(lambda: True).retry(failing([Retry("away")] * 10_000), what="test"))
