"""Telling of sanction events: for the stories of a batch, what is new about each event, decided over what is stored.

Comes in: the states that stories are about to have. Goes out: the same with an answer for each event, once the events'
documents are written. A document is read by id (a search would see it a second late) and written only over exactly what was
read, so that two workers with the same event decide one after the other. A repeat gives the same answers.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec
from elasticsearch import AsyncElasticsearch

from pipeline.alerts.event_documents import event_state_of, make_event_document
from pipeline.alerts.novelty import EventState, event_id, keys_of, take_part
from pipeline.documents.indices import Indices
from pipeline.documents.state import State
from pipeline.errors import Retry
from pipeline.sinks.bulk import Operation, write_bulk
from pipeline.sinks.elastic import elastic_errors


class _Stored(NamedTuple):
    """An event as the index holds it, with what proves that nobody changed it since."""

    state: EventState
    seq_no: int
    primary_term: int


async def tell_events(
    client: AsyncElasticsearch, names: Indices, states: dict[str, State], *, now: datetime
) -> dict[str, State]:
    """The states with what is new about their events. Raises `Retry` while Elasticsearch is unwell."""
    involved = {key for state in states.values() for key in keys_of(state, now)}
    if not involved:
        return states
    while True:
        stored = await _fetch(client, names, involved)
        known = {key: found.state for key, found in stored.items()}
        told: dict[str, State] = {}
        changed: dict[str, EventState] = {}
        for id_, state in states.items():
            told[id_], after = take_part(state, known, now)
            known |= after
            changed |= after
        verdicts = await write_bulk(client, [_operation(names, it, stored.get(it.key)) for it in changed.values()])
        if refused := next((it for it in verdicts if it.kind in ("retry", "rejected")), None):
            raise Retry(refused.reason)
        if not any(verdict.kind == "conflict" for verdict in verdicts):
            return told


async def _fetch(client: AsyncElasticsearch, names: Indices, keys: set[str]) -> dict[str, _Stored]:
    with elastic_errors():
        response = await client.mget(index=names.events, ids=[event_id(key) for key in sorted(keys)])
    found = [
        _Stored(event_state_of(it["_source"]), it["_seq_no"], it["_primary_term"])
        for it in response["docs"]
        if it.get("found")
    ]
    return {it.state.key: it for it in found}


def _operation(names: Indices, state: EventState, stored: _Stored | None) -> Operation:
    proof = (stored.seq_no, stored.primary_term) if stored else (None, None)
    return Operation(names.events, event_id(state.key), msgspec.json.encode(make_event_document(state)), *proof)
