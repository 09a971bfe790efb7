"""READ: raw copy in, enriched stories out; what can't be read goes to `wire.dead`.

At least once: a message is acknowledged after the broker has all that came of it. A repeat is harmless: it makes the same
stories again, and KEEP sees that nothing changed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import faust
import structlog

from pipeline import metrics
from pipeline.agents.lists import ListsInForce
from pipeline.agents.settling import Patience
from pipeline.crashes import Place, Position
from pipeline.enrich import prepare
from pipeline.enrich.languages import LANGUAGES
from pipeline.errors import Reject
from pipeline.formats import Item
from pipeline.formats.raw import RawCopy
from pipeline.outcomes import Reporter, Settled
from pipeline.reading import read_copy
from pipeline.screening.changes import PROVIDER
from pipeline.sinks.dead_letters import Origin, Outgoing, dead_letter_of
from pipeline.sinks.kafka_send import send_all
from pipeline.story import Skipped, Story, encode_story
from pipeline.streams import MAX_STORY_BYTES

log = structlog.get_logger("dateline.read")

LISTS_FEED = PROVIDER.encode()
_SHORT_QUEUE = 5
"""Messages in a batch up to which the queue is short: at 10 to 25 ms a story the models then cost a tenth of a second of the 0.3."""
_PAUSE = 0.1
"""Seconds in which messages go before tables."""
_SEND_EVERY_SECONDS = 0.05
"""How long a story may wait for those after it in its batch."""


def raw_copy(message: Any) -> RawCopy:
    """The raw copy in a Kafka message; times fall back to Kafka's record time."""
    headers = dict(message.headers or {})
    recorded = datetime.fromtimestamp(message.timestamp, UTC)
    return RawCopy(
        value=message.value or b"",
        received=_time(headers.get("received-at")) or recorded,
        source=_text(headers.get("source")),
        content_type=_text(headers.get("content-type")),
        modified=_time(headers.get("last-modified")),
        feed=_text(headers.get("feed")),
        providers=tuple((_text(headers.get("providers")) or "").split()),
        format=_text(headers.get("format")),
    )


def _text(value: bytes | None) -> str | None:
    return value.decode("utf-8", "replace") if value else None


def _time(value: bytes | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value.decode()) if value else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC) if moment else None


@dataclass
class Reader:
    """Settles batches of raw copy. ``models``: the setting `DATELINE_MODELS`.

    ``deadly``: messages that killed a worker before and go to `wire.dead` unread.
    """

    app: faust.App
    stories_topic: str
    dead_topic: str
    patience: Patience
    reporter: Reporter
    lists: ListsInForce
    models: str = "short-queue"
    position: Position | None = None
    deadly: frozenset[Place] = frozenset()
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _is_reading: bool = False
    _first: asyncio.Future[None] | None = None

    async def prepare(self) -> None:
        """Builds the tables of each language while nothing is at hand, so that its first story need not wait for them.

        In a thread, so that a story that comes meanwhile is read beside it. The first language brings what all have in common.
        """
        first, *others = sorted(LANGUAGES, key=lambda code: code != "en")
        thorough = self.models != "never"
        self._first = asyncio.ensure_future(asyncio.to_thread(prepare, first, thorough=thorough))
        await self._first
        for language in others:
            await asyncio.sleep(_PAUSE)
            while self._is_reading:
                await asyncio.sleep(_PAUSE)
            await asyncio.to_thread(prepare, language, thorough=thorough)

    async def settle(self, events: Sequence[Any]) -> None:
        """Reads each message and sends what came of it."""
        self._is_reading = True
        try:
            await self._settle(events)
        finally:
            self._is_reading = False

    async def _settle(self, events: Sequence[Any]) -> None:
        outgoing: list[Outgoing] = []
        settled: list[Settled] = []
        tells_of_lists = any(dict(event.message.headers or {}).get("feed") == LISTS_FEED for event in events)
        load = self.lists.load if tells_of_lists else self.lists.load_at_start
        await self.patience.retry(load, what="load lists")
        if self._first is not None:
            await self._first  # two threads that build the same tables would take twice as long
        thorough = self.models == "always" or (self.models == "short-queue" and len(events) <= _SHORT_QUEUE)
        sending: list[asyncio.Task[None]] = []
        with metrics.STAGE_SECONDS.labels("read").time():
            begun = time.monotonic()
            for event in events:
                self._read(event.message, thorough, outgoing, settled)
                if time.monotonic() - begun > _SEND_EVERY_SECONDS:
                    sending.append(self._send(outgoing))
                    outgoing, begun = [], time.monotonic()
                await asyncio.sleep(
                    0
                )  # a batch is some tenths of a second of work: let sending, commits and fetches run
        with metrics.STAGE_SECONDS.labels("send").time():
            await asyncio.gather(*sending, self._send(outgoing))
        self.reporter.tell(settled)

    def _send(self, outgoing: list[Outgoing]) -> asyncio.Task[None]:
        """Sends beside the reading."""
        return asyncio.ensure_future(self.patience.retry(lambda: send_all(self.app, outgoing), what="send stories"))

    def _read(self, message: Any, thorough: bool, outgoing: list[Outgoing], settled: list[Settled]) -> None:
        for number, item in enumerate(self._items(message, thorough)):
            origin = Origin(message.topic, message.partition, message.offset, number)
            if isinstance(item, Story):
                item = self._send_story(item, message, origin, outgoing)
            if isinstance(item, Skipped):
                settled.append(
                    Settled(origin=str(origin), outcome="skipped", id=item.guid, format=item.format, reason=item.reason)
                )
            elif isinstance(item, Reject):
                reason = f"{item.kind}: {item.reason}"
                settled.append(Settled(origin=str(origin), outcome="dead", format=item.format, reason=reason))
                outgoing.append(self._dead_letter(message, origin, item))

    def _items(self, message: Any, thorough: bool) -> list[Item]:
        place = (message.partition, message.offset)
        if place in self.deadly:
            return [Reject("worker-died", "reading this message killed the worker three times; it was not read again")]
        if self.position is None:
            return self._read_copy(message, thorough)
        self.position.enter(*place)
        items = self._read_copy(message, thorough)
        self.position.leave()
        return items

    def _read_copy(self, message: Any, thorough: bool) -> list[Item]:
        return read_copy(raw_copy(message), now=self.now, thorough=thorough, screener=self.lists.screener)

    def _send_story(self, story: Story, message: Any, origin: Origin, outgoing: list[Outgoing]) -> Story | Reject:
        value = encode_story(story)
        if len(value) > MAX_STORY_BYTES:
            return Reject(
                "too-large", f"the story with its tags has {len(value)} bytes, at most {MAX_STORY_BYTES} pass"
            )
        log.debug("read", id=story.id, origin=str(origin), format=story.format, language=story.language.code)
        headers = [("origin", str(origin).encode()), *dict(message.headers or {}).items()]
        outgoing.append(Outgoing(self.stories_topic, story.id.encode(), value, headers))
        return story

    def _dead_letter(self, message: Any, origin: Origin, error: Reject) -> Outgoing:
        metrics.DEAD_LETTERS.labels("wire.raw", error.kind).inc()
        return dead_letter_of(message, self.dead_topic, origin=origin, error=error, at=self.now())
