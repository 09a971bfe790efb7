"""Alerting in KEEP: for the stories of a batch, the alerts that rules, corrections and kills make of them.

Comes in: the states that stories are about to have, and what is known of their events. Goes out: the same with the ids of their alerts,
once memory is written; the alerts to write with the stories and then to send; and what joins the sources of alerts that are there. Memory
is read by id and written only over what was read, so that of two workers one is first; an alert is created once under its id. A
repeat gives the same alerts, whose delivery is known by their ids. Looking goes before deciding, so that it can go on beside the write of
events, whose answers must stand before memory says what was told.
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
from pipeline.sinks.elastic import Stored, read_by_id, read_documents
from pipeline.story import Story

_MOST_ABSENT = 10_000
"""Ids to hold, a megabyte: above it all are looked for once more."""

Joins = dict[str, list[Source]]
"""Stories that are one more source of alerts, by the alerts' ids."""


@dataclass
class Seen:
    """What is there to decide over: which stories match, what is remembered, the alerts that may be taken back or joined (all by id)."""

    shown: dict[str, Story]
    matches: list[tuple[str, Match]]
    repeats: Joins
    memory: dict[str, Stored] = field(default_factory=dict)
    alerts: dict[str, Stored] = field(default_factory=dict)

    @property
    def remembered(self) -> set[str]:
        """The ids of what must be remembered to decide on the matches."""
        return {it for id_, match in self.matches for it in memories_of(match, self.shown[id_])}


@dataclass
class Outcome:
    """What comes of a batch: the states with their alerts' ids, the alerts to write and send, the stories that join others' alerts."""

    states: dict[str, State]
    alerts: list[Alert] = field(default_factory=list)
    joined: dict[str, Operation] = field(default_factory=dict)
    """The writes that add what joins alerts that were seen."""
    joins: Joins = field(default_factory=dict)
    """What joins others, to be added once these writes are done."""

    def join(self, alert: str, sources: Iterable[Source]) -> None:
        """Notes that stories are sources of an alert."""
        self.joins.setdefault(alert, []).extend(sources)

    def writes(self, names: Indices) -> list[Write]:
        """What to write before the alerts are sent; an alert that is there already is the same."""
        made = (Operation(names.alerts, it.id, encode_alert(it)) for it in self.alerts)
        recalled = (
            Change(names.alerts, it.of, {"recalled": it.id}) for it in self.alerts if it.type == "recall" and it.of
        )
        return [*self.joined.values(), *made, *recalled]


@dataclass
class Alerter:
    """Makes the alerts of stories. ``book``: gives the rules in force; ``links``: of desk page and Kibana, ``{id}`` for the story's."""

    client: AsyncElasticsearch
    names: Indices
    book: Callable[[], RuleBook]
    rules: Callable[[], dict[str, Rule]]
    links: dict[str, str]
    now: Callable[[], datetime]
    _absent: set[str] = field(default_factory=set)
    """Alerts that were not there after a batch whose stories would have joined them."""

    async def look(self, states: dict[str, State], events: Mapping[str, EventState]) -> Seen:
        """What there is to decide over, in one request. Raises `Retry` while Elasticsearch is unwell."""
        now = self.now()
        shown = {id_: state.text for id_, state in states.items() if state.text and state.is_visible(now)}
        matches = [(id_, match) for id_, story in shown.items() for match in self.book().match(story)]
        seen = Seen(shown, matches, self._repeats(shown.values(), events))
        alerts = {*seen.repeats, *_raised_before(states)}
        places = [*((self.names.memory, it) for it in seen.remembered), *((self.names.alerts, it) for it in alerts)]
        for (index, id_), found in zip(places, await read_documents(self.client, places), strict=True):
            if found is not None:
                (seen.memory if index == self.names.memory else seen.alerts)[id_] = found
        return seen

    async def alert(self, states: dict[str, State], seen: Seen) -> Outcome:
        """The alerts of these stories, decided and remembered. Raises as `look` does."""
        outcome = Outcome(dict(states))
        await self._tell(seen, outcome)
        self._join(seen, outcome)
        for state in states.values():
            mine = {it: alert_of(seen.alerts[it].source) for it in state.alerts if it in seen.alerts}
            outcome.alerts += recalls(state, mine, now=self.now())
        for alert in outcome.alerts:
            if alert.type == "alert" and alert.origin in outcome.states:
                state = outcome.states[alert.origin]
                outcome.states[alert.origin] = replace(state, alerts=tuple(dict.fromkeys((*state.alerts, alert.id))))
        return outcome

    def _join(self, seen: Seen, outcome: Outcome) -> None:
        """Adds the stories that only repeat an event to the alerts that told it. One that was not seen may be made by another worker now:
        it is looked for once more, after the batch; most were never made, since their rule did not match.
        """
        made = {it.id for it in outcome.alerts}
        for id_, sources in seen.repeats.items():
            if stored := seen.alerts.get(id_):
                if write := self._joined(id_, stored, sources):
                    outcome.joined[id_] = write
            elif id_ in made or id_ not in self._absent:
                outcome.join(id_, sources)

    async def _tell(self, seen: Seen, outcome: Outcome) -> None:
        """The alerts of the matches, decided over what is remembered; decided again where somebody else wrote meanwhile."""
        stored = seen.memory
        while True:
            known = {id_: msgspec.convert(it.source, Memory) for id_, it in stored.items()}
            told = []
            changed: dict[str, Memory] = {}
            for id_, match in seen.matches:
                told.append(tell(match, seen.shown[id_], known, now=self.now(), links=self.links))
                changed |= {it: memory for it, memory in told[-1].memories.items() if memory != known.get(it)}
                known |= told[-1].memories
            writes = [
                Operation.over(self.names.memory, it.id, msgspec.json.encode(it), stored.get(it.id))
                for it in changed.values()
            ]
            if not is_lost(await write_whole(self.client, writes)):
                break
            stored = await read_by_id(self.client, self.names.memory, seen.remembered)
        for it in told:
            outcome.alerts += it.alerts
            for alert, source in it.joins.items():
                outcome.join(alert, [source])

    def _repeats(self, stories: Iterable[Story], events: Mapping[str, EventState]) -> Joins:
        """The stories that only repeat an event, which join the alerts that told it."""
        names = [name for name, rule in self.rules().items() if rule.unit == "event"]
        joins: Joins = {}
        for story in stories:
            for alert, source in joins_of(story, events, names).items():
                joins.setdefault(alert, []).append(source)
        return joins

    async def join(self, joins: Mapping[str, Iterable[Source]]) -> None:
        """Adds stories to the sources of alerts that are there; best effort against others who add one at the same moment."""
        for _ in range(3 if joins else 0):
            found = await read_by_id(self.client, self.names.alerts, joins)
            self._absent |= joins.keys() - found.keys()
            writes = [write for id_, it in found.items() if (write := self._joined(id_, it, joins[id_]))]
            if not is_lost(await write_whole(self.client, writes)):
                break
        if len(self._absent) > _MOST_ABSENT:
            self._absent.clear()

    def _joined(self, id_: str, stored: Stored, sources: Iterable[Source]) -> Operation | None:
        """The write of an alert with more sources, if it has not got them all."""
        alert = after = alert_of(stored.source)
        for source in sources:
            after = with_source(after, source)
        if after is alert:
            return None
        document = msgspec.json.encode(stored.source | {"sources": msgspec.to_builtins(after.sources)})
        return Operation.over(self.names.alerts, id_, document, stored)


def _raised_before(states: dict[str, State]) -> Iterable[str]:
    """The alerts that stories raised before which are killed or corrected now."""
    changed = (it for it in states.values() if it.killed or (it.text and it.text.correction is not None))
    return chain.from_iterable(state.alerts for state in changed)
