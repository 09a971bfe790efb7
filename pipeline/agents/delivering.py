"""Deliveries: what became of each alert on each channel, and sending what is this worker's to send.

Comes in: claims. A claim is a delivery that is this worker's until a time; then its task in `due` gives it to anybody, so that nothing is
lost with a worker. Goes out: the alert over its channel, and what became of it into the index. A channel takes one after the other, recalls
first, and no channel waits for another. A repeat carries the alert's id.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import faust
import msgspec
import structlog
from elasticsearch import AsyncElasticsearch

from pipeline import metrics
from pipeline.agents.due import Task, task_operation
from pipeline.agents.settling import Patience
from pipeline.alerts.alert import Alert, encode_alert
from pipeline.alerts.channels import Channels, NotDelivered, Undeliverable
from pipeline.alerts.delivery import Delivery
from pipeline.documents.indices import Indices
from pipeline.errors import Reject
from pipeline.sinks.bulk import Change, Removal, Write, write_whole
from pipeline.sinks.dead_letters import Origin, make_dead_letter
from pipeline.sinks.kafka_send import send_all

log = structlog.get_logger("dateline.deliver")

DELIVER = "deliver"
"""The task of a delivery that was not done by its worker."""
_OVERTIME = timedelta(seconds=5)
"""What a channel may take beyond its own timeout before it is cut off."""
_GRACE = timedelta(seconds=25)
"""How long a claim outlasts its channel's timeout: so long a delivery may wait for those before it."""
_FIRST_DELAY, _MAX_DELAY = timedelta(seconds=5), timedelta(minutes=30)
_MAX_TRIES = 40
"""With the longest delay that is most of a day."""
_RECORD_SECONDS = 0.25
"""How long what became of deliveries may wait to be written with others: so much is sent again where a worker is killed."""


@dataclass(frozen=True)
class Claim:
    """A delivery that is this worker's until its task's time."""

    alert: Alert
    delivery: Delivery
    task: Task


@dataclass
class Deliverer:
    """Sends what it is given, beside the stream."""

    app: faust.App
    client: AsyncElasticsearch
    names: Indices
    alerts_topic: str
    dead_topic: str
    channels: Channels
    patience: Patience
    now: Callable[[], datetime]
    _waiting: dict[str, deque[Claim]] = field(default_factory=dict)
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def claim(self, alert: Alert, delivery: Delivery) -> Claim:
        """A claim from now; its task is still to be written."""
        channel = self.channels.get(delivery.channel)
        until = self.now() + timedelta(seconds=channel.timeout if channel else 0) + _GRACE
        return Claim(alert, delivery, Task(what=DELIVER, subject=delivery.id, at=until.isoformat()))

    def start(self, claims: Iterable[Claim]) -> None:
        """Sends the claims, whose tasks are in `due` in case we die."""
        for claim in claims:
            name = claim.delivery.channel
            queue = self._waiting.setdefault(name, deque())
            first = sum(1 for it in queue if it.alert.type != "alert")  # recalls and corrections stand in front
            queue.insert(len(queue) if claim.alert.type == "alert" else first, claim)
            if name not in self._running:
                self._running[name] = asyncio.get_running_loop().create_task(self._run(name, queue))

    def withdraw(self, delivery: Delivery) -> bool:
        """Takes a delivery back that has not begun; False where it has, or was never here."""
        queue = self._waiting.get(delivery.channel, deque())
        found = next((claim for claim in queue if claim.delivery.id == delivery.id), None)
        if found is not None:
            queue.remove(found)
        return found is not None

    async def _run(self, name: str, queue: deque[Claim]) -> None:
        """Empties the queue of a channel; what became of the deliveries is written in between."""
        try:
            while queue:
                writes: list[Write] = []
                begun = time.monotonic()
                while queue and time.monotonic() - begun < _RECORD_SECONDS:
                    writes += await self._deliver(queue.popleft())
                await self.patience.retry(lambda w=writes: self.record(w), what="record deliveries")  # type: ignore[misc]
        except Exception as error:  # the tasks in `due` try again; nothing may end the other channels
            log.warning("deliveries wait", channel=name, reason=str(error))
        finally:
            del self._running[name]
            if queue:
                self.start([queue.popleft()])

    async def _deliver(self, claim: Claim) -> list[Write]:
        """One attempt; returns what became of it."""
        alert, delivery = claim.alert, claim.delivery
        channel = self.channels.get(delivery.channel)
        if channel is None:
            return await self.fail(
                claim, f"there is no channel {delivery.channel}: known are {', '.join(self.channels)}"
            )
        longest = timedelta(seconds=channel.timeout) + _OVERTIME
        if (self.now() + longest).isoformat() > claim.task.at:
            return []  # it waited too long and may be another worker's by now
        try:
            await asyncio.wait_for(channel.send(alert), longest.total_seconds())
        except Undeliverable as error:
            return await self.fail(claim, error.reason)
        except (NotDelivered, TimeoutError) as error:
            asked = timedelta(seconds=getattr(error, "retry_after", None) or 0)
            return await self._later(claim, str(error) or "timed out", asked)
        now = self.now()
        metrics.DELIVERIES.labels(delivery.channel, "sent").inc()
        if alert.received is not None:
            metrics.ARRIVAL_TO_ALERT_SECONDS.labels(delivery.channel).observe((now - alert.received).total_seconds())
        return self._became(claim, status="sent", tries=delivery.tries + 1, sent=now)

    async def _later(self, claim: Claim, reason: str, asked: timedelta) -> list[Write]:
        delivery, tries = claim.delivery, claim.delivery.tries + 1
        if tries >= _MAX_TRIES:
            return await self.fail(claim, f"given up after {tries} tries: {reason}")
        delay = max(min(_FIRST_DELAY * 2 ** min(tries - 1, 20), _MAX_DELAY), asked)
        at = (self.now() + delay).isoformat()
        metrics.DELIVERIES.labels(delivery.channel, "retried").inc()
        log.warning(
            "not delivered", alert=delivery.alert, channel=delivery.channel, tries=tries, next=at, reason=reason
        )
        again = task_operation(self.names, Task(what=DELIVER, subject=delivery.id, at=at))
        return [again, *self._became(claim, tries=tries, reason=reason, due=at)]

    async def fail(self, claim: Claim, reason: str) -> list[Write]:
        """Gives a delivery up: its alert goes to `wire.dead`, with the channel and the reason."""
        alert, delivery = claim.alert, claim.delivery
        metrics.DELIVERIES.labels(delivery.channel, "dead").inc()
        log.error("undeliverable", alert=alert.id, channel=delivery.channel, reason=reason)
        letter = make_dead_letter(
            self.dead_topic,
            key=alert.origin.encode(),
            value=encode_alert(alert),
            headers={},
            origin=Origin(self.alerts_topic, 0, 0),
            error=Reject("undeliverable", f"{delivery.channel}: {reason}"),
            at=self.now(),
        )
        await send_all(self.app, [letter])
        return self._became(claim, status="dead", tries=delivery.tries + 1, reason=reason)

    def _became(self, claim: Claim, **fields: object) -> list[Write]:
        """The writes that say what became of a delivery and drop its claim."""
        return [became(self.names, claim.delivery, **fields), Removal(self.names.due, claim.task.id)]

    async def record(self, writes: list[Write]) -> None:
        """Writes what became of deliveries. Raises `Retry` while Elasticsearch is unwell."""
        await write_whole(self.client, writes)

    async def close(self, *_: object, **__: object) -> None:
        """Ends what the channels keep open; Faust calls it with its own arguments."""
        await self.channels.close()


def became(names: Indices, delivery: Delivery, **fields: object) -> Change:
    """The write that says what became of a delivery."""
    return Change(names.deliveries, delivery.id, msgspec.to_builtins(fields))
