"""The way to Kafka for the feeds of one asyncio process.

Comes in: `Copy` values from any number of tasks. Goes out: an answer to each once the broker has acknowledged it. kafka-python
works in a thread; what many tasks send meanwhile goes as one batch, so that small items are as fast as large ones. Never
keeps anything: a message that Kafka does not take goes back to its feed as `Retry`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

import structlog
from kafka.errors import KafkaError

from pipeline.errors import DatelineError, Refused, Reject, Retry
from pipeline.feeds.feed_metrics import KAFKA_UP
from pipeline.feeds.files import Copy
from pipeline.feeds.producer import Feeder, check_size, not_taken
from pipeline.settings import Settings

log: Any = structlog.get_logger("dateline.feeds")

_BATCH, _BATCH_BYTES = 500, 16 * 1024 * 1024
_PAUSE_S = 1.0
"""How long Kafka is left alone after it failed. Until it answers again, whoever sends is told so at once."""
PATIENCE_S = 10.0
"""How long a message may wait for its acknowledgement."""

_Waiting = tuple[Copy, "asyncio.Future[None]"]


class Outlet:
    """Feeds from asyncio; use as an async context, whose end waits for what is on its way."""

    def __init__(self, settings: Settings, *, patience_s: float = PATIENCE_S) -> None:
        self._settings = settings
        self._patience_s = patience_s
        self._feeder: Feeder | None = None
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._away: tuple[float, Retry] | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def trouble(self) -> str | None:
        """Why Kafka can't take anything now; None where it can."""
        if self._away:
            return str(self._away[1])
        return None if self._feeder else "not connected yet"

    async def send(self, copy: Copy) -> None:
        """Returns once the broker has the copy; raises `Reject` for copy that never passes, `Retry` where Kafka is away."""
        check_size(copy)
        if self._away:
            raise Retry(str(self._away[1]))
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((copy, answer))
        self._wake.set()
        await answer

    async def send_all(self, copies: Sequence[Copy]) -> None:
        """`send` for several at once; raises the first error after all have their answer."""
        answers = await asyncio.gather(*(self.send(copy) for copy in copies), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer

    async def _work(self) -> None:
        while not self._closing or self._waiting:
            if self._feeder is None and (self._away is None or time.monotonic() >= self._away[0]):
                await asyncio.to_thread(self._connect)
            while self._feeder and (batch := self._take()):
                answers = await asyncio.to_thread(self._deliver, self._feeder, [copy for copy, _ in batch])
                _tell(batch, answers)
                if failed := next((answer for answer in answers if isinstance(answer, Retry)), None):
                    await asyncio.to_thread(self._drop)
                    self._note(failed)
            if self._feeder is None and self._away:  # those behind would only wait as long for the same answer
                behind = list(self._waiting)
                self._waiting.clear()
                _tell(behind, [self._away[1]] * len(behind))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), None if self._feeder else _PAUSE_S)
            self._wake.clear()

    def _connect(self) -> None:
        try:
            feeder = Feeder(self._settings, patience_s=self._patience_s)
            try:
                feeder.check_stream()
            except BaseException:
                feeder.close(0)
                raise
        except (
            Retry,
            Refused,
        ) as error:  # who may send was checked at the start; rights that were taken since may come back
            self._note(Retry(str(error)))
        else:
            self._feeder = feeder
            self._note(None)

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < _BATCH and size < _BATCH_BYTES:
            copy, answer = self._waiting.popleft()
            if not answer.done():  # whoever sent it may have gone
                batch.append((copy, answer))
                size += len(copy.value)
        return batch

    def _deliver(self, feeder: Feeder, copies: list[Copy]) -> list[DatelineError | None]:
        """Sends a batch and waits for it, in a thread; one answer per copy, None for acknowledged."""
        end = time.monotonic() + self._patience_s
        sent: list[Any] = []
        away: Retry | None = None
        for copy in copies:
            try:
                sent.append(away or feeder.send(copy))
            except Reject as error:
                sent.append(error)
            except (Retry, Refused) as error:
                away = Retry(str(error))
                sent.append(away)
        return [_answer(future, end) for future in sent]

    def _drop(self) -> None:
        """Lets a producer go that failed: what it still holds must not overtake what is sent again."""
        feeder, self._feeder = self._feeder, None
        if feeder:
            feeder.close(0)

    def _note(self, error: Retry | None) -> None:
        if error and not self._away:
            log.warning("kafka away", reason=str(error))
        elif self._away and not error:
            log.info("kafka back")
        self._away = (time.monotonic() + _PAUSE_S, error) if error else None
        KAFKA_UP.set(0 if error else 1)

    async def __aenter__(self) -> Outlet:
        self._task = asyncio.create_task(self._work(), name="outlet")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        assert self._task is not None, "entered"  # noqa: S101 - programming error
        self._closing = True
        self._wake.set()
        await self._task
        await asyncio.to_thread(self._drop)


def _answer(sent: Any, end: float) -> DatelineError | None:
    if isinstance(sent, DatelineError):
        return sent
    try:
        sent.get(timeout=max(0.0, end - time.monotonic()))
    except KafkaError as error:
        return Retry(str(not_taken(error)))
    return None


def _tell(batch: list[_Waiting], answers: Sequence[DatelineError | None]) -> None:
    for (_, answer), error in zip(batch, answers, strict=True):
        if answer.done():
            continue
        if error:
            answer.set_exception(error)
        else:
            answer.set_result(None)
