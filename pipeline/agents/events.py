"""Telling of sanction events: for the stories of a batch, what is new about each event, decided over what is stored.

Comes in: the states that stories are about to have, and what was read of events. Goes out: the states with an answer for each event, and
what is to be written of the events. A document is read by id (a search would see it a second late) and written only over exactly what was
read, so that two workers with the same event decide one after the other. A repeat gives the same answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec
from elasticsearch import AsyncElasticsearch

from pipeline.alerts.event_documents import event_state_of, make_event_document
from pipeline.alerts.novelty import EventState, event_id, keys_of, take_part
from pipeline.documents.indices import Indices
from pipeline.documents.state import State
from pipeline.sinks.bulk import Operation, Write
from pipeline.sinks.elastic import Stored, read_by_id

Read = dict[str, Stored | None]
"""What was read of events, by key; None for one that there was not."""


class Told(NamedTuple):
    """The states with the answers, what is known of all events that they have to do with, and what of it is to be written."""

    states: dict[str, State]
    events: dict[str, EventState]
    writes: list[Write]


def tell_events(names: Indices, states: dict[str, State], read: Read, *, now: datetime) -> Told:
    """The states with what is new about their events. ``read`` has each of `involved`, and no other."""
    known = {key: event_state_of(found.source) for key, found in read.items() if found}
    told: dict[str, State] = {}
    changed: dict[str, EventState] = {}
    for id_, state in states.items():
        told[id_], after = take_part(state, known, now)
        known |= after
        changed |= after
    return Told(told, known, [_write(names, it, read[it.key]) for it in changed.values()])


def involved(states: dict[str, State], now: datetime) -> set[str]:
    """The keys of the events that the states have to do with."""
    return {key for state in states.values() for key in keys_of(state, now)}


def event_place(names: Indices, key: str) -> tuple[str, str]:
    """Index and id of an event's document."""
    return names.events, event_id(key)


async def read_events(client: AsyncElasticsearch, names: Indices, keys: Iterable[str]) -> Read:
    """What is stored of these events."""
    ids = {key: event_id(key) for key in keys}
    found = await read_by_id(client, names.events, ids.values())
    return {key: found.get(id_) for key, id_ in ids.items()}


def _write(names: Indices, state: EventState, stored: Stored | None) -> Operation:
    return Operation.over(*event_place(names, state.key), msgspec.json.encode(make_event_document(state)), stored)
