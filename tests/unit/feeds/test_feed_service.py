"""Feeds side by side: one's trouble is its own, and a stop ends all in order."""

from __future__ import annotations

import asyncio
import io
import os

from pipeline.errors import Retry
from pipeline.feeds.files import Copy
from pipeline.feeds.pauses import Backoff, pause
from pipeline.feeds.service import feed_stream, supervise
from tests.unit.feeds.desks import FakeOutlet, desk, until


def test_a_failing_feed_is_started_again_and_never_stops_the_others() -> None:
    failed: list[int] = []
    worked: list[int] = []

    async def bad() -> None:
        failed.append(1)
        raise Retry("away") if len(failed) % 2 else KeyError("a fault")

    async def test() -> None:
        stop = asyncio.Event()

        async def good() -> None:
            while await pause(stop, 0.01):
                worked.append(1)

        quick = Backoff(first=0.001, longest=0.01)
        both = asyncio.gather(supervise("bad", bad, stop, backoff=quick), supervise("good", good, stop))
        await until(lambda: len(failed) > 5 and len(worked) > 5)
        stop.set()
        await both

    asyncio.run(test())


def test_pauses_grow_to_a_bound_and_start_again() -> None:
    backoff = Backoff(first=1, longest=60)
    seconds = [backoff.next() for _ in range(2000)]
    assert 0.8 <= seconds[0] <= 1
    assert 48 <= seconds[-1] <= 60
    backoff.reset()
    assert backoff.next() <= 1


def test_a_stream_is_fed_to_its_end_with_what_is_refused_named() -> None:
    outlet = FakeOutlet()
    place = desk(outlet)
    lines = b"".join(b'{"guid": "%d"}\n' % number for number in range(500))
    asyncio.run(feed_stream(io.BytesIO(lines + b"x" * (3 << 20) + b'\n{"guid": "last"}\n'), place))
    assert len(outlet.sent) == 501
    assert outlet.values[-1] == b'{"guid": "last"}\n'
    assert place.tally.refused.total() == 1


def test_a_stop_does_not_wait_for_a_stream_that_says_nothing() -> None:
    outlet = FakeOutlet()
    reading, writing = os.pipe()

    async def test() -> None:
        place = desk(outlet)
        with open(reading, "rb") as stream:  # noqa: PTH123 - a descriptor
            running = asyncio.create_task(feed_stream(stream, place))
            os.write(writing, b'{"guid": "1"}\n')
            await until(lambda: outlet.sent)
            place.stop.set()
            await asyncio.wait_for(running, 5)
            os.close(writing)

    asyncio.run(test())
    assert outlet.sent == [Copy(b'{"guid": "1"}\n', None, "application/json", feed="test", providers=("aurora",))]


def test_a_stream_waits_for_kafka() -> None:
    outlet = FakeOutlet()
    outlet.away = True

    async def test() -> None:
        place = desk(outlet)
        running = asyncio.create_task(feed_stream(io.BytesIO(b'{"guid": "1"}\n'), place))
        await asyncio.sleep(0)
        outlet.away = False
        await running

    asyncio.run(test())
    assert len(outlet.sent) == 1
