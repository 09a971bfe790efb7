"""Alerting in KEEP: for the stories of a batch, the alerts that rules, corrections and kills make of them.

Comes in: the states that stories are about to have, and what is known of their events. Goes out: the same with the ids of their alerts,
once memory is written; the alerts to write with the stories and then to send; and what joins the sources of alerts that are there. Memory
is read by id and written only over what was read, so that of two workers one is first; an alert is created once under its id. A
repeat gives the same alerts, whose delivery is known by their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

import msgspec
from elasticsearch import AsyncElasticsearch

from pipeline.alerts.alert import Alert, Source, alert_of, encode_alert
from pipeline.alerts.alerting import joins_of, memories_of, recalls, tell, with_source
from pipeline.alerts.memory import Memory
from pipeline.alerts.novelty import EventState
from pipeline.alerts.rules import Match, Rule, RuleBook
from pipeline.documents.indices import Indices
from pipeline.documents.state import State
from pipeline.sinks.bulk import Change, Operation, Write, is_lost, write_whole
from pipeline.sinks.elastic import Stored, read_by_id
from pipeline.story import Story


@dataclass
class Outcome:
    """What comes of a batch: the states with their alerts' ids, the alerts to write and send, the stories that join others' alerts."""

    states: dict[str, State]
    alerts: list[Alert] = field(default_factory=list)
    joins: dict[str, list[Source]] = field(default_factory=dict)

    def writes(self, names: Indices) -> list[Write]:
        """What to write before the alerts are sent; an alert that is there already is the same."""
        recalled = (
            Change(names.alerts, it.of, {"recalled": it.id}) for it in self.alerts if it.type == "recall" and it.of
        )
        return [*(Operation(names.alerts, it.id, encode_alert(it)) for it in self.alerts), *recalled]

    def join(self, alert: str, source: Source) -> None:
        """Notes that a story is one more source of an alert."""
        self.joins.setdefault(alert, []).append(source)


@dataclass
class Alerter:
    """Makes the alerts of stories. ``book``: gives the rules in force; ``links``: of desk page and Kibana, ``{id}`` for the story's."""

    client: AsyncElasticsearch
    names: Indices
    book: Callable[[], RuleBook]
    rules: Callable[[], dict[str, Rule]]
    links: dict[str, str]
    now: Callable[[], datetime]

    async def alert(self, states: dict[str, State], events: Mapping[str, EventState]) -> Outcome:
        """The alerts of these stories, decided. Raises `Retry` while Elasticsearch is unwell."""
        now = self.now()
        shown = {id_: state.text for id_, state in states.items() if state.text and state.is_visible(now)}
        matches = [(id_, match) for id_, story in shown.items() for match in self.book().match(story)]
        outcome = Outcome(dict(states))
        await self._tell(matches, shown, outcome)
        self._repeats(shown.values(), events, outcome)
        before = await self._before(states)
        for state in states.values():
            mine = {id_: before[id_] for id_ in state.alerts if id_ in before}
            outcome.alerts += recalls(state, mine, now=now)
        for alert in outcome.alerts:
            if alert.type == "alert" and alert.origin in outcome.states:
                state = outcome.states[alert.origin]
                outcome.states[alert.origin] = replace(state, alerts=tuple(dict.fromkeys((*state.alerts, alert.id))))
        return outcome

    async def _tell(self, matches: list[tuple[str, Match]], shown: dict[str, Story], outcome: Outcome) -> None:
        """The alerts of the matches, decided over what is remembered; decided again where somebody else wrote meanwhile."""
        ids = {it for id_, match in matches for it in memories_of(match, shown[id_])}
        while True:
            stored = await read_by_id(self.client, self.names.memory, ids)
            known = {id_: msgspec.convert(it.source, Memory) for id_, it in stored.items()}
            told = []
            changed: dict[str, Memory] = {}
            for id_, match in matches:
                told.append(tell(match, shown[id_], known, now=self.now(), links=self.links))
                changed |= {it: memory for it, memory in told[-1].memories.items() if memory != known.get(it)}
                known |= told[-1].memories
            writes = [
                Operation.over(self.names.memory, it.id, msgspec.json.encode(it), stored.get(it.id))
                for it in changed.values()
            ]
            if not is_lost(await write_whole(self.client, writes)):
                break
        for it in told:
            outcome.alerts += it.alerts
            for alert, source in it.joins.items():
                outcome.join(alert, source)

    def _repeats(self, stories: Iterable[Story], events: Mapping[str, EventState], outcome: Outcome) -> None:
        """Joins stories that only repeat an event to the alerts that told it."""
        names = [name for name, rule in self.rules().items() if rule.unit == "event"]
        for story in stories:
            for alert, source in joins_of(story, events, names).items():
                outcome.join(alert, source)

    async def join(self, joins: Mapping[str, Iterable[Source]]) -> None:
        """Adds stories to the sources of alerts that are there; best effort against others who add one at the same moment."""
        for _ in range(3 if joins else 0):
            found = await read_by_id(self.client, self.names.alerts, joins)
            writes = [write for id_, it in found.items() if (write := self._joined(id_, it, joins[id_]))]
            if not is_lost(await write_whole(self.client, writes)):
                return

    def _joined(self, id_: str, stored: Stored, sources: Iterable[Source]) -> Operation | None:
        """The write of an alert with more sources, if it has not got them all."""
        alert = after = alert_of(stored.source)
        for source in sources:
            after = with_source(after, source)
        if after is alert:
            return None
        document = msgspec.json.encode(stored.source | {"sources": msgspec.to_builtins(after.sources)})
        return Operation.over(self.names.alerts, id_, document, stored)

    async def _before(self, states: dict[str, State]) -> dict[str, Alert]:
        """The alerts that stories raised before which are killed or corrected now."""
        changed = (it for it in states.values() if it.killed or (it.text and it.text.correction is not None))
        ids = chain.from_iterable(state.alerts for state in changed)
        return {id_: alert_of(it.source) for id_, it in (await read_by_id(self.client, self.names.alerts, ids)).items()}
