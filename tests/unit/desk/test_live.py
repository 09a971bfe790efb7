"""The hub of the live lists: everybody is told, nobody is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime

import pytest

from pipeline.desk import live
from pipeline.desk.live import Batch, Hub, Subscription, TooMany
from pipeline.errors import Retry


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_LOOK_EVERY_S", 0.01)


class Index:
    """What each look finds: a list, or trouble; then nothing."""

    def __init__(self, *looks: list[int] | Retry) -> None:
        self.looks = list(looks)
        self.watchers = 0

    def watcher(self, since: datetime) -> Index:
        self.watchers += 1
        return self

    def look(self) -> Iterator[int]:
        found = self.looks.pop(0) if self.looks else []
        if isinstance(found, Retry):
            raise found
        return iter(found)


async def heard(subscription: Subscription[int], count: int) -> list[Batch[int]]:
    batches: list[Batch[int]] = []
    async with asyncio.timeout(5):
        async for batch in subscription.listen():
            if batch is not None:
                batches.append(batch)
            if len(batches) == count:
                break
    return batches


def test_each_subscriber_is_told_what_it_wants() -> None:
    async def scenario() -> tuple[list[Batch[int]], list[Batch[int]]]:
        hub = Hub(Index([], [1, 2, 3], [4]).watcher)
        everything = hub.subscribe("all", lambda found: found)
        even = hub.subscribe("even", lambda found: [it for it in found if it % 2 == 0])
        try:
            return await heard(everything, 2), await heard(even, 2)
        finally:
            hub.close()

    everything, even = asyncio.run(scenario())
    assert [batch.found for batch in everything] == [(1, 2, 3), (4,)]
    assert [batch.found for batch in even] == [(2,), (4,)]


def test_equal_searches_are_made_once() -> None:
    asked = []

    def wanted(found: list[int]) -> list[int]:
        asked.append(found)
        return found

    async def scenario() -> None:
        hub = Hub(Index([], [1]).watcher)
        subscriptions = [hub.subscribe("same", wanted) for _ in range(5)]
        for subscription in subscriptions:
            await heard(subscription, 1)
        hub.close()

    asyncio.run(scenario())
    assert asked == [[1]]


def test_trouble_is_told_and_its_end_too() -> None:
    async def scenario() -> list[Batch[int]]:
        hub = Hub(Index([], Retry("Elasticsearch does not answer"), [7]).watcher)
        try:
            return await heard(hub.subscribe("all", lambda found: found), 2)
        finally:
            hub.close()

    trouble, after = asyncio.run(scenario())
    assert trouble.trouble == "Elasticsearch does not answer"
    assert after == Batch((7,))


def test_a_slow_reader_loses_the_oldest_and_is_told_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_KEPT_BATCHES", 2)

    async def scenario() -> list[Batch[int]]:
        slow: Subscription[int] = Subscription("all", lambda found: found, asyncio.get_running_loop())
        for batch in ([1, 2], [3], [4], [5]):
            slow.offer(Batch(tuple(batch)))
        return await heard(slow, 2)

    assert asyncio.run(scenario()) == [Batch((4,), missed=3), Batch((5,))]


def test_nobody_looks_while_nobody_listens() -> None:
    index = Index()

    async def scenario() -> None:
        hub = Hub(index.watcher)
        first = hub.subscribe("all", lambda found: found)
        hub.leave(first)
        for _ in range(300):
            await asyncio.sleep(0.01)
            if hub._thread is None:
                break
        assert hub._thread is None
        hub.subscribe("all", lambda found: found)
        hub.close()

    asyncio.run(scenario())
    assert index.watchers == 2


def test_a_close_ends_all_streams_and_refuses_new_ones() -> None:
    async def scenario() -> None:
        hub = Hub(Index().watcher)
        subscription = hub.subscribe("all", lambda found: found)
        hub.close()
        async with asyncio.timeout(5):
            assert [batch async for batch in subscription.listen()] == []
        with pytest.raises(TooMany):
            hub.subscribe("all", lambda found: found)

    asyncio.run(scenario())
