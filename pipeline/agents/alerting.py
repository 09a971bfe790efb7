"""Alerting in KEEP: for the stories of a batch, the alerts that rules, corrections and kills make of them.

Comes in: the states that stories are about to have. Goes out: the same with the ids of their alerts, once memory and alerts are written; and
the alerts to send. Memory is read by id and written only over what was read, so that of two workers one is first; an alert is created
once under its id. A repeat gives the same alerts, whose delivery is known by their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import msgspec
from elasticsearch import AsyncElasticsearch

from pipeline.alerts.alert import Alert, Source, decode_alert, encode_alert
from pipeline.alerts.alerting import joins_of, memories_of, recalls, tell, with_source
from pipeline.alerts.event_documents import event_state_of
from pipeline.alerts.memory import Memory
from pipeline.alerts.novelty import event_id
from pipeline.alerts.rules import Match, Rule, RuleBook
from pipeline.documents.indices import Indices
from pipeline.documents.state import State
from pipeline.errors import Retry
from pipeline.sinks.bulk import Operation, Verdict, write_bulk
from pipeline.sinks.elastic import elastic_errors
from pipeline.story import Story


class _Stored(NamedTuple):
    memory: Memory
    seq_no: int
    primary_term: int


@dataclass
class Outcome:
    """What comes of a batch: the states with their alerts' ids, the alerts to send."""

    states: dict[str, State]
    alerts: list[Alert] = field(default_factory=list)


@dataclass
class Alerter:
    """Makes the alerts of stories. ``book``: gives the rules in force; ``links``: of desk page and Kibana, ``{id}`` for the story's."""

    client: AsyncElasticsearch
    names: Indices
    book: Callable[[], RuleBook]
    rules: Callable[[], dict[str, Rule]]
    links: dict[str, str]
    now: Callable[[], datetime]

    async def alert(self, states: dict[str, State]) -> Outcome:
        """The alerts of these stories, written. Raises `Retry` while Elasticsearch is unwell."""
        now = self.now()
        shown = {id_: state.text for id_, state in states.items() if state.text and state.is_visible(now)}
        matches = [(id_, match) for id_, story in shown.items() for match in self.book().match(story)]
        outcome = Outcome(dict(states))
        if matches:
            alerts, joins = await self._tell(matches, shown)
            outcome.alerts += alerts
            await self._join(joins)
        await self._join(await self._repeats(shown.values()))
        before = await self._before(states)
        for state in states.values():
            mine = {id_: before[id_] for id_ in state.alerts if id_ in before}
            outcome.alerts += recalls(state, mine, now=now)
        await self._create(outcome.alerts)
        for alert in outcome.alerts:
            if alert.type == "alert" and alert.origin in outcome.states:
                state = outcome.states[alert.origin]
                outcome.states[alert.origin] = replace(state, alerts=tuple(dict.fromkeys((*state.alerts, alert.id))))
            elif alert.type == "recall" and alert.of:
                await self._mark(alert.of, {"recalled": alert.id})
        return outcome

    async def _tell(
        self, matches: list[tuple[str, Match]], shown: dict[str, Story]
    ) -> tuple[list[Alert], dict[str, Source]]:
        """The alerts of the matches, decided over what is remembered; decided again where somebody else wrote meanwhile."""
        ids = {it for id_, match in matches for it in memories_of(match, shown[id_])}
        while True:
            stored = await self._remembered(ids)
            known = {id_: it.memory for id_, it in stored.items()}
            alerts: list[Alert] = []
            joins: dict[str, Source] = {}
            changed: dict[str, Memory] = {}
            for id_, match in matches:
                told = tell(match, shown[id_], known, now=self.now(), links=self.links)
                alerts += told.alerts
                joins |= told.joins
                changed |= {it: memory for it, memory in told.memories.items() if memory != known.get(it)}
                known |= told.memories
            operations = [_operation(self.names.memory, it, stored.get(it.id)) for it in changed.values()]
            if not _conflict(await write_bulk(self.client, operations)):
                return alerts, joins

    async def _remembered(self, ids: Iterable[str]) -> dict[str, _Stored]:
        if not (wanted := sorted(ids)):
            return {}
        with elastic_errors():
            response = await self.client.mget(index=self.names.memory, ids=wanted)
        return {
            it["_id"]: _Stored(msgspec.convert(it["_source"], Memory), it["_seq_no"], it["_primary_term"])
            for it in response["docs"]
            if it.get("found")
        }

    async def _repeats(self, stories: Iterable[Story]) -> dict[str, Source]:
        """The alerts that stories join which only repeat an event."""
        repeats = [
            (it, event.key) for it in stories for event in it.sanctions if event.new is False and not event.background
        ]
        names = [name for name, rule in self.rules().items() if rule.unit == "event"]
        if not repeats or not names:
            return {}
        with elastic_errors():
            response = await self.client.mget(
                index=self.names.events, ids=sorted({event_id(key) for _, key in repeats})
            )
        events = [event_state_of(it["_source"]) for it in response["docs"] if it.get("found")]
        states = {event.key: event for event in events}
        found: dict[str, Source] = {}
        for story in {story.id: story for story, _ in repeats}.values():
            found |= joins_of(story, states, names)
        return found

    async def _join(self, joins: dict[str, Source]) -> None:
        """Adds a story to the sources of alerts that are there; best effort against others who add one at the same moment."""
        for _ in range(3 if joins else 0):
            with elastic_errors():
                response = await self.client.mget(index=self.names.alerts, ids=sorted(joins))
            operations = []
            for it in response["docs"]:
                if it.get("found"):
                    alert = decode_alert(msgspec.json.encode(it["_source"]))
                    after = with_source(alert, joins[it["_id"]])
                    if after is not alert:
                        document = it["_source"] | {"sources": msgspec.to_builtins(after.sources)}
                        operations.append(
                            Operation(
                                self.names.alerts,
                                it["_id"],
                                msgspec.json.encode(document),
                                it["_seq_no"],
                                it["_primary_term"],
                            )
                        )
            if not _conflict(await write_bulk(self.client, operations)):
                return

    async def _before(self, states: dict[str, State]) -> dict[str, Alert]:
        """The alerts that stories raised before which are killed or corrected now."""
        ids = {
            it
            for state in states.values()
            if state.killed or (state.text and state.text.correction is not None)
            for it in state.alerts
        }
        if not ids:
            return {}
        with elastic_errors():
            response = await self.client.mget(index=self.names.alerts, ids=sorted(ids))
        return {
            it["_id"]: decode_alert(msgspec.json.encode(it["_source"])) for it in response["docs"] if it.get("found")
        }

    async def _create(self, alerts: list[Alert]) -> None:
        """Writes the alerts; one that is there already is the same."""
        verdicts = await write_bulk(
            self.client, [Operation(self.names.alerts, alert.id, encode_alert(alert)) for alert in alerts]
        )
        if waiting := next((it for it in verdicts if it.kind in ("retry", "rejected")), None):
            raise Retry(waiting.reason)

    async def _mark(self, alert: str, fields: dict[str, str]) -> None:
        with elastic_errors():
            await self.client.options(ignore_status=404).update(
                index=self.names.alerts, id=alert, doc=fields, retry_on_conflict=5
            )


def _operation(index: str, memory: Memory, stored: _Stored | None) -> Operation:
    proof = (stored.seq_no, stored.primary_term) if stored else (None, None)
    return Operation(index, memory.id, msgspec.json.encode(memory), *proof)


def _conflict(verdicts: list[Verdict]) -> bool:
    """Whether somebody wrote meanwhile; raises `Retry` where Elasticsearch is unwell."""
    if waiting := next((it for it in verdicts if it.kind in ("retry", "rejected")), None):
        raise Retry(waiting.reason)
    return any(it.kind == "conflict" for it in verdicts)
