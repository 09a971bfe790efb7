"""Waiting in place, and settling a batch before any of it is acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from pipeline.agents import settling
from pipeline.agents.settling import Patience, StoppedUnsettled, settle_stream
from pipeline.errors import Fatal, Reject, Retry


class Stream:
    """A stream of batches that notes what was acknowledged; the safe calls are the only ones it has."""

    def __init__(self, *batches: list[str]) -> None:
        self.batches = batches
        self.acknowledged: list[str] = []

    def noack(self) -> Stream:
        return self

    async def noack_take(self, size: int, within: float) -> AsyncIterator[list[str]]:
        for batch in self.batches:
            yield batch

    async def ack(self, event: str) -> None:
        self.acknowledged.append(event)


def test_a_batch_is_acknowledged_in_order_once_it_is_settled() -> None:
    stream = Stream(["a", "b"], ["c"])
    seen: list[list[str]] = []

    async def settle(events: Sequence[Any]) -> None:
        seen.append([*events, *stream.acknowledged])

    asyncio.run(settle_stream(stream, settle))
    assert seen == [["a", "b"], ["c", "a", "b"]]
    assert stream.acknowledged == ["a", "b", "c"]


def test_a_batch_that_fails_is_not_acknowledged_at_all() -> None:
    stream = Stream(["a"], ["b", "c"])

    async def settle(events: Sequence[Any]) -> None:
        if "c" in events:
            raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
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
