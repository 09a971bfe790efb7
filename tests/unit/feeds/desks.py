"""A feed's desk without Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pipeline.errors import Retry
from pipeline.feeds.files import Copy, Label
from pipeline.feeds.outlet import Outlet
from pipeline.feeds.producer import check_size
from pipeline.feeds.running import Desk, Tally


class FakeOutlet(Outlet):
    """Takes copy as Kafka would; ``away`` makes it refuse, ``on_send`` does something at the moment of sending."""

    def __init__(self) -> None:
        self.sent: list[Copy] = []
        self.away = False
        self.on_send: Callable[[Copy], None] = lambda copy: None

    @property
    def trouble(self) -> str | None:
        return "no broker" if self.away else None

    async def send(self, copy: Copy) -> None:
        check_size(copy)
        if self.away:
            raise Retry("no broker")
        self.on_send(copy)
        self.sent.append(copy)

    @property
    def values(self) -> list[bytes]:
        return [copy.value for copy in self.sent]


def desk(outlet: FakeOutlet, *, name: str = "test", label: Label | None = None, tally: Tally | None = None) -> Desk:
    return Desk(name, label or Label(name, ("aurora",)), outlet, asyncio.Event(), tally or Tally())


async def until(condition: Callable[[], object], *, seconds: float = 20.0) -> None:
    """Lets the loop go on until the condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
