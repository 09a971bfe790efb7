"""NOTIFY: alerts in, deliveries out: each alert once on each of its channels, retried until it passes or never will.

At least once: a message is acknowledged after each of its deliveries is a document and a task in `due`; then it is tried at once, beside
the stream (`pipeline.agents.delivering`). What fails is tried again from `due`, with back-off; what a rule holds back (throttle,
digest, quiet hours) waits there and goes out as one message. A repeat is harmless: a delivery's document says what became of it,
and each attempt carries the alert's id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import faust
import msgspec
import structlog
from elasticsearch import AsyncElasticsearch

from pipeline import metrics
from pipeline.agents.delivering import Claim, Deliverer, became
from pipeline.agents.due import Task, task_operation
from pipeline.agents.settling import Patience
from pipeline.alerts.alert import Alert, alert_of, decode_alert
from pipeline.alerts.channels import NotDelivered, Undeliverable
from pipeline.alerts.delivery import Delivery
from pipeline.alerts.holding import held_until, is_life_event
from pipeline.alerts.memory import memory_id
from pipeline.alerts.rules import Rule
from pipeline.documents.indices import Indices
from pipeline.errors import Reject
from pipeline.sinks.bulk import Operation, Write, is_lost, write_whole
from pipeline.sinks.dead_letters import Outgoing, dead_letter_of
from pipeline.sinks.elastic import Stored, elastic_errors, read_by_id
from pipeline.sinks.kafka_send import send_all

log = structlog.get_logger("dateline.notify")

GATHER = "gather"
"""The task of all deliveries of a rule and channel that were held back."""
_AT_ONCE = 200
_GATHER_AGAIN = timedelta(minutes=1)


class _Known(NamedTuple):
    """An alert as the index holds it, and whether it was recalled."""

    alert: Alert
    recalled: bool


@dataclass
class Notifier:
    """Settles batches of alerts and does what is due."""

    app: faust.App
    client: AsyncElasticsearch
    names: Indices
    dead_topic: str
    deliverer: Deliverer
    rules: Callable[[], dict[str, Rule]]
    patience: Patience
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

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
        news = [it for it in alerts.values() if it.type == "alert"]
        others = [it for it in alerts.values() if it.type != "alert"]
        # What takes an alert back must find what became of it, also where both come in one batch.
        entered = await self.patience.retry(lambda: self._enter_news(news), what="write deliveries")
        following = await self.patience.retry(lambda: self._enter_others(others), what="write deliveries")
        self.deliverer.start([*following, *entered])

    async def _enter_news(self, alerts: list[Alert]) -> list[Claim]:
        """Writes the deliveries of new alerts once each; returns those to try now."""
        wanted = [(it, self._delivery(it, channel)) for it in alerts for channel in it.channels]
        claims, recalled = await asyncio.gather(self._enter(await self._hold_back(wanted)), self._recalled(alerts))
        taken_back = [it.delivery for it in claims if it.alert.id in recalled]
        await self.deliverer.record([self._cancelled(it) for it in taken_back])
        return [it for it in claims if it.alert.id not in recalled]

    async def _enter_others(self, alerts: list[Alert]) -> list[Claim]:
        """Writes the deliveries of recalls and corrections once each; returns those to try now."""
        wanted = [(it, self._delivery(it, channel)) for it in alerts for channel in it.channels]
        before = await self._read(f"{alert.of}|{delivery.channel}" for alert, delivery in wanted)
        return await self._enter(
            [
                (alert, await self._following(alert, delivery, before.get(f"{alert.of}|{delivery.channel}")))
                for alert, delivery in wanted
            ]
        )

    async def _enter(self, wanted: list[tuple[Alert, Delivery]]) -> list[Claim]:
        """Writes each delivery once, with a task that takes it up again; returns those to try now."""
        claims = [self.deliverer.claim(alert, delivery) for alert, delivery in wanted]
        writes: list[Write] = []
        for claim in claims:
            delivery = claim.delivery
            writes.append(Operation(self.names.deliveries, delivery.id, msgspec.json.encode(delivery)))
            if delivery.status == "pending":
                writes.append(task_operation(self.names, claim.task))
            elif delivery.status == "held":
                gathered = Task(what=GATHER, subject=f"{delivery.rule}|{delivery.channel}", at=delivery.due or "")
                writes.append(task_operation(self.names, gathered))
        there = {
            write.id
            for write, verdict in zip(writes, await write_whole(self.client, writes), strict=True)
            if verdict.kind == "conflict" and write.index == self.names.deliveries
        }
        # What is there is done, held or in somebody's hands, and its task sees to it; what is dead may be sent again.
        open_ = there - {id_ for id_, it in (await self._read(there)).items() if it.status == "dead"}
        return [it for it in claims if it.delivery.status == "pending" and it.delivery.id not in open_]

    def _delivery(self, alert: Alert, channel: str) -> Delivery:
        return Delivery(alert=alert.id, channel=channel, rule=alert.rule, type=alert.type, at=self.now())

    async def _hold_back(self, wanted: list[tuple[Alert, Delivery]]) -> list[tuple[Alert, Delivery]]:
        """The deliveries as their rules want them: at once or held back; those that go out count for the throttle, once."""
        rules = self.rules()
        ids = {
            memory_id("throttle", rule.name, delivery.channel)
            for alert, delivery in wanted
            if (rule := rules.get(alert.rule)) and rule.throttle
        }
        while True:
            now = self.now()
            stored = await read_by_id(self.client, self.names.memory, ids)
            sent: dict[str, dict[str, str]] = {id_: it.source.get("sent", {}) for id_, it in stored.items()}
            changed: dict[str, dict[str, str]] = {}
            held: list[tuple[Alert, Delivery]] = []
            for alert, delivery in wanted:
                rule = rules.get(alert.rule)
                found = None
                if rule is not None:
                    id_ = memory_id("throttle", rule.name, delivery.channel)
                    recent = _recent(sent.get(id_, {}), rule, now)
                    others = [datetime.fromisoformat(at) for it, at in recent.items() if it != delivery.id]
                    found = held_until(rule, urgency=alert.urgency, sent=others, now=now)
                    if found is None and rule.throttle:
                        sent[id_] = changed[id_] = {delivery.id: now.isoformat()} | recent
                held.append((alert, _waiting(delivery, found.until.isoformat(), found.why) if found else delivery))
            writes = [self._throttle(id_, it, stored.get(id_)) for id_, it in changed.items()]
            if not is_lost(await write_whole(self.client, writes)):
                return held

    def _throttle(self, id_: str, sent: dict[str, str], stored: Stored | None) -> Operation:
        document = msgspec.json.encode({"id": id_, "kind": "throttle", "sent": sent})
        return Operation.over(self.names.memory, id_, document, stored)

    async def _following(self, alert: Alert, delivery: Delivery, before: Delivery | None) -> Delivery:
        """A recall or correction goes where the alert went; an alert that still waits is taken back instead."""
        if before is None or before.status in ("sent", "dead") or before.tries:
            return delivery
        if alert.type == "correction":
            return _waiting(delivery, before.due, before.reason) if before.status == "held" else delivery
        if before.status == "pending" and not self.deliverer.withdraw(before):
            return delivery  # it is on its way
        if before.status != "cancelled":
            await self.deliverer.record([self._cancelled(before)])
        return msgspec.structs.replace(delivery, status="cancelled", reason="what it recalls had not gone out")

    def _cancelled(self, delivery: Delivery) -> Write:
        return became(self.names, delivery, status="cancelled", reason="recalled before it went out")

    async def _recalled(self, alerts: Iterable[Alert]) -> set[str]:
        return {id_ for id_, it in (await self._known(alert.id for alert in alerts)).items() if it.recalled}

    async def _read(self, ids: Iterable[str]) -> dict[str, Delivery]:
        found = await read_by_id(self.client, self.names.deliveries, ids)
        return {id_: msgspec.convert(it.source, Delivery) for id_, it in found.items()}

    async def _known(self, ids: Iterable[str]) -> dict[str, _Known]:
        found = await read_by_id(self.client, self.names.alerts, ids)
        return {id_: _Known(alert_of(it.source), bool(it.source.get("recalled"))) for id_, it in found.items()}

    async def deliver_again(self, task: Task) -> None:
        """Tries one delivery that its time has come for; one that is done is left alone."""
        delivery = (await self._read([task.subject])).get(task.subject)
        if delivery is None or delivery.status != "pending" or (delivery.due and delivery.due > task.at):
            return
        self.deliverer.withdraw(delivery)  # one that waited too long here begins again
        known = (await self._known([delivery.alert])).get(delivery.alert)
        if known is None or (known.alert.type == "alert" and known.recalled):
            await self.deliverer.record([self._cancelled(delivery)])
            return
        claim = self.deliverer.claim(known.alert, delivery)
        await self.deliverer.record([task_operation(self.names, claim.task)])
        self.deliverer.start([claim])

    async def gather(self, task: Task) -> None:
        """Sends what a rule held back for a channel as one message."""
        rule, _, channel = task.subject.rpartition("|")
        held = await self._find_held(rule, channel)
        due = [it for it in held if it.due and it.due <= self.now().isoformat()]
        found = await self._known(it.alert for it in due)
        gathered: list[tuple[Alert, Delivery]] = []
        taken_back: list[Write] = []
        for delivery in due:
            known = found.get(delivery.alert)
            if known is None or (known.alert.type == "alert" and known.recalled):
                taken_back.append(self._cancelled(delivery))
            else:
                gathered.append((known.alert, delivery))
        await self.deliverer.record(taken_back)
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
            way = self.deliverer.channels[channel]
            await asyncio.wait_for(way.send_digest([alert for alert, _ in gathered], title), way.timeout + 5)
        except (KeyError, Undeliverable) as error:
            reason = error.reason if isinstance(error, Undeliverable) else f"there is no channel {channel}"
            for alert, held in gathered:
                await self.deliverer.record(await self.deliverer.fail(Claim(alert, held, task), reason))
            return
        except (NotDelivered, TimeoutError) as error:
            log.warning("not delivered", rule=first.rule, channel=channel, held=len(gathered), reason=str(error))
            again = (self.now() + _GATHER_AGAIN).isoformat()
            await self._make_due(Task(what=GATHER, subject=task.subject, at=again))
            return
        metrics.DELIVERIES.labels(channel, "sent").inc(len(gathered))
        now = self.now()
        await self.deliverer.record(
            [became(self.names, held, status="sent", tries=1, sent=now) for _, held in gathered]
        )

    async def _make_due(self, task: Task) -> None:
        await self.deliverer.record([task_operation(self.names, task)])

    def _dead_letter(self, message: Any, error: Reject) -> Outgoing:
        metrics.DEAD_LETTERS.labels("wire.alerts", error.kind).inc()
        return dead_letter_of(message, self.dead_topic, error=error, at=self.now())


def _recent(sent: dict[str, str], rule: Rule, now: datetime) -> dict[str, str]:
    """Those of the deliveries, by id, that count for a rule's throttle now."""
    if rule.throttle is None:
        return {}
    return {id_: at for id_, at in sent.items() if datetime.fromisoformat(at) > now - rule.throttle.every}


def _waiting(delivery: Delivery, due: str | None, why: str) -> Delivery:
    return msgspec.structs.replace(delivery, status="held", reason=why, due=due)


async def _decode(message: Any) -> Alert:
    return decode_alert(message.value or b"")
