"""KEEP: enriched stories in, one document a story in Elasticsearch: fetch what is stored, decide, write, tell of kills.

At least once: a message is acknowledged after its document and its version are durable. A repeat is harmless: `merge` gives
the same document for any order and repetition, and a write goes through only over exactly what was read (``create``, or
``if_seq_no``), else it is decided again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import faust
import msgspec
import structlog
from elasticsearch import ApiError, AsyncElasticsearch

from pipeline import metrics
from pipeline.agents.alerting import Alerter, Seen
from pipeline.agents.due import LIFT, Task, task_operation
from pipeline.agents.events import Read, event_place, involved, read_events, tell_events
from pipeline.agents.settling import Patience
from pipeline.alerts.alert import Alert, Source, encode_alert
from pipeline.alerts.novelty import keys_of
from pipeline.documents.document import make_document, state_of
from pipeline.documents.events import encode_event, kill_event
from pipeline.documents.indices import Indices
from pipeline.documents.kills import candidates_query, find_target, kill_of, matched, waiting_kills
from pipeline.documents.merge import Outcome, merge
from pipeline.documents.ranking import rank, version_id
from pipeline.documents.state import State
from pipeline.errors import Reject, Retry
from pipeline.outcomes import Reporter, Settled
from pipeline.sinks.bulk import Operation, Verdict, Write, is_lost, wait_for_all, write_bulk, write_whole
from pipeline.sinks.dead_letters import Origin, Outgoing, dead_letter_of
from pipeline.sinks.elastic import Stored, elastic_errors, indexed_languages, read_documents
from pipeline.sinks.kafka_send import send_all
from pipeline.story import Story, decode_story, encode_story
from pipeline.streams import MUTED

log = structlog.get_logger("dateline.keep")


@dataclass(eq=False)
class Arrival:
    """One story that arrived, with the message it came in; ``outcome`` is the first one decided and not refuted since,
    ``state`` what the story is after the batch.
    """

    message: Any
    story: Story
    outcome: Outcome | None = None
    state: State | None = None


@dataclass(frozen=True)
class Kept:
    """A story as the index holds it: what its document says, and the document."""

    state: State
    stored: Stored


@dataclass
class Keeper:
    """Settles batches of enriched stories. ``is_muted``: none of them alerts, as if all came by a replay."""

    app: faust.App
    client: AsyncElasticsearch
    names: Indices
    dead_topic: str
    alerts_topic: str
    patience: Patience
    reporter: Reporter
    alerter: Alerter
    is_muted: bool = False
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _languages: frozenset[str] | None = None
    _alerts: dict[str, Alert] = field(default_factory=dict)
    """Alerts that are written and not sent yet."""
    _joins: dict[str, list[Source]] = field(default_factory=dict)
    """Stories that are written and not yet among the sources of alerts."""

    async def settle(self, events: Sequence[Any]) -> None:
        """Writes each story of the batch and tells what became of it."""
        rejected: list[tuple[Any, Reject]] = []
        arrivals: list[Arrival] = []
        for event in events:
            try:
                story = await self.patience.retry(lambda m=event.message: _decode(m), what="read story")  # type: ignore[misc]
                arrivals.append(Arrival(event.message, story))
            except Reject as error:
                rejected.append((event.message, error))
        pending: dict[str, list[Arrival]] = {}
        for arrival in arrivals:
            pending.setdefault(arrival.story.id, []).append(arrival)
        await self.patience.retry(lambda: self._write(pending, rejected), what="write documents")
        await self._send_dead(rejected)
        await self._send_events(arrivals)
        self._tell(arrivals, rejected)
        if any(arrival.story.kill_target for arrival in arrivals):
            await self.patience.retry(self._refresh, what="refresh")
            await self.match_kills()

    async def _refresh(self) -> None:
        """Lets searches see what was just written."""
        with elastic_errors():
            await self.client.indices.refresh(index=self.names.everything)

    async def match_kills(self) -> None:
        """Applies the kills that name their story only by number, slugline or headline, as far as exactly one story fits.

        Called after a batch with such a kill, and every few seconds, since its story may be on its way on another worker.
        """
        try:
            with elastic_errors():
                response = await self.client.search(index=self.names.everything, **waiting_kills(self.now()))
            for hit in response["hits"]["hits"]:
                await self._match_kill(hit["_id"])
        except (Retry, ApiError) as error:
            log.warning("kills wait to be matched", reason=str(error))

    async def _match_kill(self, notice_id: str) -> None:
        kept = (await self._fetch({notice_id: []}))[0].get(notice_id)
        notice = kept.state.kill if kept else None
        if notice is None or notice.kill_target is None:
            return
        with elastic_errors():
            response = await self.client.search(index=self.names.everything, **candidates_query(notice))
        found = find_target(notice, [msgspec.convert(hit["_source"], Story) for hit in response["hits"]["hits"]])
        if len(found) != 1:
            return
        kill = Arrival(None, kill_of(notice, found[0]))
        await self._write({kill.story.id: [kill]}, [])
        await self._send_events([kill])
        done = Arrival(None, matched(notice, kill.story.id))
        await self._write({notice_id: [done]}, [])
        log.info("kill matched", notice=notice_id, id=kill.story.id)

    async def _write(self, pending: dict[str, list[Arrival]], rejected: list[tuple[Any, Reject]]) -> None:
        """Fetches, decides and writes until nothing is pending; what somebody else wrote meanwhile is decided again."""
        if self._languages is None:
            self._languages = await self._ask_languages()
        while pending:
            with metrics.STAGE_SECONDS.labels("fetch").time():
                kept, read = await self._fetch(pending)
            states = {id_: self._decide(arrivals, kept.get(id_)) for id_, arrivals in pending.items()}
            loud = [id_ for id_, arrivals in pending.items() if not (self.is_muted or _is_muted(arrivals))]
            with metrics.STAGE_SECONDS.labels("events").time():
                seen = await self._tell_events(states, _changed(states, kept), read, loud)
            with metrics.STAGE_SECONDS.labels("alert").time():
                alerted = await self.alerter.alert({id_: states[id_] for id_ in loud}, seen)
            states |= alerted.states
            first = alerted.writes(self.names)
            plans = {id_: self._plan(id_, arrivals, states[id_], kept.get(id_)) for id_, arrivals in pending.items()}
            operations = [operation for plan in plans.values() for operation in plan]
            with metrics.STAGE_SECONDS.labels("write").time():
                verdicts = await write_bulk(self.client, [*first, *operations])
            done = wait_for_all(verdicts[: len(first)])
            for id_, verdict in zip(alerted.joined, done, strict=False):  # they stand first
                if verdict.kind == "conflict":  # somebody else added a source
                    alerted.join(id_, seen.repeats[id_])
            self._alerts |= {alert.id: alert for alert in alerted.alerts}
            for alert, sources in alerted.joins.items():
                self._joins.setdefault(alert, []).extend(sources)
            rest = iter(verdicts[len(first) :])
            again = ""
            for id_, plan in plans.items():
                again = self._judge(id_, [next(rest) for _ in plan], plan, pending, rejected) or again
            if again:
                raise Retry(again)

    async def _tell_events(
        self, states: dict[str, State], changed: dict[str, State], read: Read, loud: list[str]
    ) -> Seen:
        """Puts the answers for the events of what changes into the states, once the events are written; returns what alerts are decided over,
        which is looked up meanwhile.
        """
        while True:
            now = self.now()
            keys = involved(changed, now)
            read = read | await read_events(self.client, self.names, keys - read.keys())
            told = tell_events(self.names, changed, {key: read[key] for key in keys}, now=now)
            states |= told.states
            verdicts, seen = await asyncio.gather(
                write_whole(self.client, told.writes),
                self.alerter.look({id_: states[id_] for id_ in loud}, told.events),
            )
            if not is_lost(verdicts):
                return seen
            read = {}

    async def _fetch(self, pending: dict[str, list[Arrival]]) -> tuple[dict[str, Kept], Read]:
        """What is stored of these stories and of the events that they tell of."""
        ids, now = list(pending), self.now()
        arrivals = [arrival for found in pending.values() for arrival in found]
        keys = sorted({key for arrival in arrivals for key in keys_of(State(text=arrival.story), now)})
        places = [*((self.names.everything, id_) for id_ in ids), *(event_place(self.names, key) for key in keys)]
        found = await read_documents(self.client, places)
        kept = {id_: Kept(state_of(it.source), it) for id_, it in zip(ids, found[: len(ids)], strict=True) if it}
        return kept, dict(zip(keys, found[len(ids) :], strict=True))

    async def _ask_languages(self) -> frozenset[str]:
        with elastic_errors():
            mapping = await self.client.indices.get_mapping(index=self.names.everything)
        return indexed_languages(mapping.body)

    def _decide(self, arrivals: list[Arrival], kept: Kept | None) -> State:
        """What the story becomes by these arrivals; without any it stays as it is."""
        state = kept.state if kept else None
        for arrival in arrivals:
            decision = merge(state, arrival.story)
            state = decision.state
            arrival.outcome = arrival.outcome or decision.outcome
        assert state is not None, "a story arrived or is stored"  # noqa: S101 - programming error
        return state

    def _plan(self, id_: str, arrivals: list[Arrival], state: State, kept: Kept | None) -> list[Write]:
        """The writes that settle these arrivals of one story: each version once, then the document if it changes."""
        operations: list[Write] = []
        for arrival in arrivals:
            arrival.state = state
            story = _as_told(arrival.story, state)
            operations.append(Operation(self.names.all_versions, version_id(story), encode_story(story)))
        if kept is None or state != kept.state:
            if state.visible_from is not None and not state.is_visible(self.now()):
                operations.append(task_operation(self.names, Task(what=LIFT, subject=id_, at=state.visible_from)))
            document = make_document(state, indexed_at=self.now(), languages=self._languages or frozenset())
            stored = kept.stored if kept else None
            operations.append(Operation.over(self.names.everything, id_, msgspec.json.encode(document), stored))
        return operations

    async def lift(self, task: Task) -> None:
        """Tells of a story whose embargo has ended, or that a person released."""
        if (await self._fetch({task.subject: []}))[0]:
            await self._write({task.subject: []}, [])
            await self._send_events([])

    def _judge(
        self,
        id_: str,
        verdicts: list[Verdict],
        plan: list[Write],
        pending: dict[str, list[Arrival]],
        rejected: list[tuple[Any, Reject]],
    ) -> str:
        """Settles one story by its verdicts; returns why it must wait, if it must."""
        refused = next((verdict for verdict in verdicts if verdict.kind == "rejected"), None)
        if refused is not None:
            error = Reject("not-indexable", f"Elasticsearch refused the document: {refused.reason}")
            for arrival in pending.pop(id_):
                arrival.outcome = "dead"
                rejected.append((arrival.message, error))
            return ""
        if waiting := next((verdict.reason for verdict in verdicts if verdict.kind == "retry"), ""):
            return waiting
        # A version that is already there is fine; a document that changed under us must be decided again.
        if plan and plan[-1].index == self.names.everything and verdicts[-1].kind == "conflict":
            for arrival in pending[id_]:
                arrival.outcome = None
            return ""
        del pending[id_]
        return ""

    async def _send_events(self, arrivals: list[Arrival]) -> None:
        """Tells of alerts, and of every kill that is in force, also when it comes again: the event's id stays the same."""
        kills = [
            item for item in arrivals if item.story.pubstatus == "canceled" and item.state and item.outcome != "dead"
        ]
        events = {event.id: event for item in kills if item.state and (event := kill_event(item.state, item.story))}
        messages = [
            Outgoing(self.alerts_topic, event.story_id.encode(), encode_event(event), []) for event in events.values()
        ]
        alerts = sorted(self._alerts.values(), key=lambda alert: alert.type == "alert")  # recalls go first
        messages += [Outgoing(self.alerts_topic, alert.origin.encode(), encode_alert(alert), []) for alert in alerts]
        if messages:
            await self.patience.retry(lambda: send_all(self.app, messages), what="send events")
            for alert in alerts:
                metrics.ALERTS.labels(alert.rule, alert.type).inc()
        self._alerts.clear()
        await self.patience.retry(lambda: self.alerter.join(self._joins), what="add sources")
        self._joins.clear()

    async def _send_dead(self, rejected: list[tuple[Any, Reject]]) -> None:
        letters = [self._dead_letter(message, error) for message, error in rejected]
        if letters:
            await self.patience.retry(lambda: send_all(self.app, letters), what="send dead letters")

    def _dead_letter(self, message: Any, error: Reject) -> Outgoing:
        metrics.DEAD_LETTERS.labels("wire.stories", error.kind).inc()
        return dead_letter_of(message, self.dead_topic, error=error, at=self.now())

    def _tell(self, arrivals: list[Arrival], rejected: list[tuple[Any, Reject]]) -> None:
        done = self.now()
        settled = []
        for arrival in arrivals:
            story = arrival.story
            settled.append(
                Settled(
                    origin=_origin(arrival.message),
                    outcome=arrival.outcome or "unchanged",
                    id=story.id,
                    format=story.format,
                    language=story.language.code,
                )
            )
            if story.received is not None and arrival.outcome in ("created", "updated"):
                metrics.ARRIVAL_TO_INDEX_SECONDS.observe(max(0.0, (done - story.received).total_seconds()))
        known = {id(arrival.message) for arrival in arrivals}
        settled += [
            Settled(origin=_origin(message), outcome="dead", reason=f"{error.kind}: {error.reason}")
            for message, error in rejected
            if id(message) not in known
        ]
        self.reporter.tell(settled)


def _is_muted(arrivals: list[Arrival]) -> bool:
    """Whether the story only came by a replay that must not alert."""
    return bool(arrivals) and all(
        dict(getattr(arrival.message, "headers", None) or {}).get(MUTED) is not None for arrival in arrivals
    )


def _changed(states: dict[str, State], kept: dict[str, Kept]) -> dict[str, State]:
    """The states whose sanction events must be told of: those of stories that change, or that became visible."""
    return {
        id_: state
        for id_, state in states.items()
        if (before := kept.get(id_)) is None or state != before.state or not before.state.told
    }


def _as_told(story: Story, state: State) -> Story:
    """The version as it is kept: with what was new, where it is the one that the story shows."""
    shown = state.text
    return shown if shown is not None and rank(shown) == rank(story) else story


async def _decode(message: Any) -> Story:
    return decode_story(message.value or b"")


def _origin(message: Any) -> str:
    """The raw item that the story came from; a story that another producer wrote is its own origin."""
    found = dict(message.headers or {}).get("origin")
    return found.decode() if found else str(Origin(message.topic, message.partition, message.offset))
