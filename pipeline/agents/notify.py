"""NOTIFY: alerts in, deliveries out: each alert once on each of its channels, retried until it passes or never will.

At least once: a message is acknowledged after each of its deliveries is a document and a task in `due`; then it is tried at once, beside
the stream, so that one slow channel delays no other. What fails is tried again from `due`, with back-off; what a rule holds back (throttle,
digest, quiet hours) waits there and goes out as one message. A repeat is harmless: a delivery's document says what became of it,
and each attempt carries the alert's id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import faust
import msgspec
import structlog
from elasticsearch import AsyncElasticsearch

from pipeline import metrics
from pipeline.agents.due import Task, task_operation
from pipeline.agents.settling import Patience
from pipeline.alerts.alert import Alert, decode_alert, encode_alert
from pipeline.alerts.channels import Channels, NotDelivered, Undeliverable
from pipeline.alerts.holding import Held, held_until, is_life_event
from pipeline.alerts.memory import memory_id
from pipeline.alerts.rules import Rule
from pipeline.documents.indices import Indices
from pipeline.errors import Reject, Retry
from pipeline.sinks.bulk import Operation, write_bulk
from pipeline.sinks.dead_letters import Origin, Outgoing, dead_letter_of, make_dead_letter
from pipeline.sinks.elastic import elastic_errors
from pipeline.sinks.kafka_send import send_all

log = structlog.get_logger("dateline.notify")

DELIVER, GATHER = "deliver", "gather"
"""Tasks: one delivery that was not done; all deliveries of a rule and channel that were held back."""
_GRACE = timedelta(seconds=20)
"""How long after its channel's timeout a delivery may be taken up by another worker."""
_FIRST_DELAY, _MAX_DELAY = timedelta(seconds=5), timedelta(minutes=30)
_MAX_TRIES = 40
"""With the longest delay that is most of a day."""
_AT_ONCE = 200
_GATHER_AGAIN = timedelta(minutes=1)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an alert on a channel. ``due``: when it is tried next or goes out with others."""

    alert: str
    channel: str
    rule: str
    type: str
    at: datetime
    status: str = "pending"
    tries: int = 0
    reason: str = ""
    due: str | None = None
    sent: datetime | None = None

    @property
    def id(self) -> str:
        """One for each alert and channel."""
        return f"{self.alert}|{self.channel}"


@dataclass
class Notifier:
    """Settles batches of alerts and does what is due."""

    app: faust.App
    client: AsyncElasticsearch
    names: Indices
    alerts_topic: str
    dead_topic: str
    channels: Channels
    rules: Callable[[], dict[str, Rule]]
    patience: Patience
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def settle(self, events: Sequence[Any]) -> None:
        """Makes the deliveries of the batch durable and tries them; recalls and corrections first."""
        alerts: dict[str, Alert] = {}
        letters: list[Outgoing] = []
        for event in events:
            if is_life_event(event.message.value):
                continue  # kills and releases of stories: for other readers of the stream
            try:
                alert = await self.patience.retry(lambda m=event.message: _decode(m), what="read alert")  # type: ignore[misc]
                alerts[alert.id] = alert
            except Reject as error:
                letters.append(self._dead_letter(event.message, error))
        if letters:
            await self.patience.retry(lambda: send_all(self.app, letters), what="send dead letters")
        ordered = sorted(alerts.values(), key=lambda alert: alert.type == "alert")
        for alert, delivery in await self.patience.retry(lambda: self._enter(ordered), what="write deliveries"):
            self._start(alert, delivery)

    async def _enter(self, alerts: list[Alert]) -> list[tuple[Alert, Delivery]]:
        """Writes each delivery once, with a task that takes it up again; returns those to try now."""
        now = self.now()
        wanted: list[tuple[Alert, Delivery, str]] = []
        for alert in alerts:
            for channel in alert.channels:
                delivery = Delivery(alert=alert.id, channel=channel, rule=alert.rule, type=alert.type, at=now)
                wanted.append((alert, await self._held(alert, delivery, now), delivery.id))
        known = await self._known([delivery for _, delivery, _ in wanted])
        fresh = [(alert, delivery) for alert, delivery, id_ in wanted if id_ not in known]
        operations: list[Operation] = []
        for _, delivery in fresh:
            task = Task(what=DELIVER, subject=delivery.id, at=(now + self._patience_with(delivery)).isoformat())
            if delivery.status == "held":
                task = Task(what=GATHER, subject=f"{delivery.rule}|{delivery.channel}", at=delivery.due or "")
            if delivery.status in ("pending", "held"):
                operations.append(task_operation(self.names, task))
            operations.append(Operation(self.names.deliveries, delivery.id, msgspec.json.encode(delivery)))
        for verdict in await write_bulk(self.client, operations):
            if verdict.kind in ("retry", "rejected"):
                raise Retry(verdict.reason)
        return [(alert, delivery) for alert, delivery in fresh if delivery.status == "pending"]

    def _patience_with(self, delivery: Delivery) -> timedelta:
        channel = self.channels.get(delivery.channel)
        return timedelta(seconds=channel.timeout if channel else 0) + _GRACE

    async def _held(self, alert: Alert, delivery: Delivery, now: datetime) -> Delivery:
        """The delivery as the rule wants it: at once, held back, or not at all where what it recalls never went out."""
        if alert.type != "alert":
            return await self._following(alert, delivery)
        rule = self.rules().get(alert.rule)
        held = await self._hold(rule, delivery, alert, now) if rule else None
        return delivery if held is None else _waiting(delivery, held.until.isoformat(), held.why)

    async def _following(self, alert: Alert, delivery: Delivery) -> Delivery:
        """A recall or correction goes where the alert went; an alert that still waits is taken back instead."""
        before = (await self._read([f"{alert.of}|{delivery.channel}"])).get(f"{alert.of}|{delivery.channel}")
        if before is None or before[0].status in ("sent", "dead") or before[0].tries:
            return delivery
        if alert.type == "correction":
            return _waiting(delivery, before[0].due, before[0].reason) if before[0].status == "held" else delivery
        await self._update(before[0], status="cancelled", reason=f"recalled by {alert.id} before it went out")
        return msgspec.structs.replace(delivery, status="cancelled", reason="what it recalls had not gone out")

    async def _hold(self, rule: Rule, delivery: Delivery, alert: Alert, now: datetime) -> Held | None:
        """Whether the rule holds the delivery back; one that goes out counts for the throttle, once."""
        if rule.throttle is None:
            return held_until(rule, urgency=alert.urgency, sent=[], now=now)
        id_ = memory_id("throttle", rule.name, delivery.channel)
        with elastic_errors():
            (found,) = (await self.client.mget(index=self.names.memory, ids=[id_]))["docs"]
        known: dict[str, str] = found["_source"].get("sent", {}) if found.get("found") else {}
        recent = {it: at for it, at in known.items() if datetime.fromisoformat(at) > now - rule.throttle.every}
        sent = [datetime.fromisoformat(at) for it, at in recent.items() if it != delivery.id]
        held = held_until(rule, urgency=alert.urgency, sent=sent, now=now)
        if held is None:
            document = {"id": id_, "kind": "throttle", "sent": recent | {delivery.id: now.isoformat()}}
            with elastic_errors():
                await self.client.index(index=self.names.memory, id=id_, document=document)
        return held

    async def _known(self, deliveries: list[Delivery]) -> dict[str, Delivery]:
        """Those that are done, held or in somebody's hands; what is pending is tried by its task, what is dead may be sent again."""
        found = await self._read([it.id for it in deliveries])
        return {id_: delivery for id_, (delivery, *_) in found.items() if delivery.status != "dead"}

    async def _read(self, ids: list[str]) -> dict[str, tuple[Delivery, int, int]]:
        if not ids:
            return {}
        with elastic_errors():
            response = await self.client.mget(index=self.names.deliveries, ids=ids)
        return {
            it["_id"]: (msgspec.convert(it["_source"], Delivery), it["_seq_no"], it["_primary_term"])
            for it in response["docs"]
            if it.get("found")
        }

    def _start(self, alert: Alert, delivery: Delivery) -> None:
        """Tries a delivery beside the stream; its task is in `due` in case we die."""
        task = asyncio.get_running_loop().create_task(self._try(alert, delivery))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _try(self, alert: Alert, delivery: Delivery) -> None:
        try:
            async with self._turns.setdefault(delivery.channel, asyncio.Lock()):
                await self._deliver(alert, delivery)
        except Exception as error:  # the task in `due` tries again; nothing may end the others
            log.warning("delivery waits", alert=alert.id, channel=delivery.channel, reason=str(error))

    async def _deliver(self, alert: Alert, delivery: Delivery) -> None:
        """One attempt, and what became of it."""
        channel = self.channels.get(delivery.channel)
        if channel is None:
            known = ", ".join(self.channels)
            await self._fail(alert, delivery, f"there is no channel {delivery.channel}: known are {known}")
            return
        if alert.type == "alert" and await self._is_recalled(alert):
            await self._update(delivery, status="cancelled", reason="recalled before it went out")
            return
        try:
            await asyncio.wait_for(channel.send(alert), channel.timeout + 5)
        except Undeliverable as error:
            await self._fail(alert, delivery, error.reason)
            return
        except (NotDelivered, TimeoutError) as error:
            asked = timedelta(seconds=getattr(error, "retry_after", None) or 0)
            await self._later(alert, delivery, str(error) or "timed out", asked)
            return
        now = self.now()
        metrics.DELIVERIES.labels(delivery.channel, "sent").inc()
        if alert.received is not None:
            metrics.ARRIVAL_TO_ALERT_SECONDS.labels(delivery.channel).observe((now - alert.received).total_seconds())
        await self._update(delivery, status="sent", tries=delivery.tries + 1, sent=now)

    async def _is_recalled(self, alert: Alert) -> bool:
        with elastic_errors():
            (found,) = (await self.client.mget(index=self.names.alerts, ids=[alert.id]))["docs"]
        return bool(found.get("found") and found["_source"].get("recalled"))

    async def _later(self, alert: Alert, delivery: Delivery, reason: str, asked: timedelta) -> None:
        tries = delivery.tries + 1
        if tries >= _MAX_TRIES:
            await self._fail(alert, delivery, f"given up after {tries} tries: {reason}")
            return
        delay = max(min(_FIRST_DELAY * 2 ** min(tries - 1, 20), _MAX_DELAY), asked)
        at = (self.now() + delay).isoformat()
        metrics.DELIVERIES.labels(delivery.channel, "retried").inc()
        log.warning("not delivered", alert=alert.id, channel=delivery.channel, tries=tries, next=at, reason=reason)
        await self._make_due(Task(what=DELIVER, subject=delivery.id, at=at))
        await self._update(delivery, tries=tries, reason=reason, due=at)

    async def _fail(self, alert: Alert, delivery: Delivery, reason: str) -> None:
        """Gives a delivery up: its alert goes to `wire.dead`, with the channel and the reason."""
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
        await self._update(delivery, status="dead", tries=delivery.tries + 1, reason=reason)

    async def _update(self, delivery: Delivery, **fields: object) -> None:
        with elastic_errors():
            await self.client.options(ignore_status=404).update(
                index=self.names.deliveries, id=delivery.id, doc=msgspec.to_builtins(fields), retry_on_conflict=5
            )

    async def deliver_again(self, task: Task) -> None:
        """Tries one delivery that its time has come for; one that is done is left alone."""
        found = (await self._read([task.subject])).get(task.subject)
        if found is None or found[0].status != "pending" or (found[0].due and found[0].due > task.at):
            return
        alert = (await self._alerts([found[0].alert])).get(found[0].alert)
        if alert is not None:
            self._start(alert, found[0])

    async def gather(self, task: Task) -> None:
        """Sends what a rule held back for a channel as one message."""
        rule, _, channel = task.subject.rpartition("|")
        held = await self._find_held(rule, channel)
        due = [it for it in held if it.due and it.due <= self.now().isoformat()]
        found = await self._alerts([it.alert for it in due])
        gathered: list[tuple[Alert, Delivery]] = []
        for delivery in due:
            alert = found.get(delivery.alert)
            if alert is None or (alert.type == "alert" and await self._is_recalled(alert)):
                await self._update(delivery, status="cancelled", reason="recalled before it went out")
            else:
                gathered.append((alert, delivery))
        if gathered:
            await self._send_gathered(gathered, channel, task)
        if len(held) == _AT_ONCE:
            await self._make_due(Task(what=GATHER, subject=task.subject, at=self.now().isoformat()))

    async def _find_held(self, rule: str, channel: str) -> list[Delivery]:
        terms = {"rule": rule, "channel": channel, "status": "held"}
        with elastic_errors():
            await self.client.indices.refresh(index=self.names.deliveries)
            response = await self.client.search(
                index=self.names.deliveries,
                query={"bool": {"filter": [{"term": {name: value}} for name, value in terms.items()]}},
                sort=["at"],
                size=_AT_ONCE,
            )
        return [msgspec.convert(hit["_source"], Delivery) for hit in response["hits"]["hits"]]

    async def _send_gathered(self, gathered: list[tuple[Alert, Delivery]], channel: str, task: Task) -> None:
        first, delivery = gathered[0]
        title = f"{first.title}: {len(gathered)} held back ({delivery.reason})"
        try:
            way = self.channels[channel]
            await asyncio.wait_for(way.send_digest([alert for alert, _ in gathered], title), way.timeout + 5)
        except (KeyError, Undeliverable) as error:
            reason = error.reason if isinstance(error, Undeliverable) else f"there is no channel {channel}"
            for alert, held in gathered:
                await self._fail(alert, held, reason)
            return
        except (NotDelivered, TimeoutError) as error:
            log.warning("not delivered", rule=first.rule, channel=channel, held=len(gathered), reason=str(error))
            again = (self.now() + _GATHER_AGAIN).isoformat()
            await self._make_due(Task(what=GATHER, subject=task.subject, at=again))
            return
        metrics.DELIVERIES.labels(channel, "sent").inc(len(gathered))
        for _, held in gathered:
            await self._update(held, status="sent", tries=1, sent=self.now())

    async def _make_due(self, task: Task) -> None:
        await write_bulk(self.client, [task_operation(self.names, task)])

    async def _alerts(self, ids: list[str]) -> dict[str, Alert]:
        if not ids:
            return {}
        with elastic_errors():
            response = await self.client.mget(index=self.names.alerts, ids=list(dict.fromkeys(ids)))
        return {
            it["_id"]: decode_alert(msgspec.json.encode(it["_source"])) for it in response["docs"] if it.get("found")
        }

    def _dead_letter(self, message: Any, error: Reject) -> Outgoing:
        metrics.DEAD_LETTERS.labels("wire.alerts", error.kind).inc()
        return dead_letter_of(message, self.dead_topic, error=error, at=self.now())


def _waiting(delivery: Delivery, due: str | None, why: str) -> Delivery:
    return msgspec.structs.replace(delivery, status="held", reason=why, due=due)


async def _decode(message: Any) -> Alert:
    return decode_alert(message.value or b"")
