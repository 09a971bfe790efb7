"""One document out of many arrivals: what a story becomes when one more version of it arrives, or a person releases it.

Comes in: what is stored (or nothing) and one arrival. Goes out: the new state and the outcome's word. Pure, and the same
whatever the order and repetition of arrivals: the text is the best-ranked arrival that is no kill, the kill the best-ranked
one that is, and a kill wins over any text (IPTC pubstatus ``canceled``), also over later and earlier ones, until a person
releases it; the same kill arriving again then stays released.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import msgspec

from pipeline.documents.ranking import moment, rank, says_the_same
from pipeline.documents.state import Release, State
from pipeline.story import Service, Story

Outcome = Literal["created", "updated", "unchanged", "stale", "after_kill", "skipped", "dead"]
"""What became of one item; the same word in code, metrics and logs. READ knows the last two, KEEP the others."""

MAX_SERVICES = 300
"""Of a story that is sent again and again all day, the latest transmissions."""


@dataclass(frozen=True)
class Decision:
    """The state after an arrival, the outcome, and whether anything must be written."""

    state: State
    outcome: Outcome
    write: bool


def merge(stored: State | None, incoming: Story) -> Decision:
    """What the story becomes when ``incoming`` arrives."""
    services = join_services(stored.services if stored else (), incoming.services)
    incoming = msgspec.structs.replace(incoming, services=())
    if stored is None:
        killed = incoming.pubstatus == "canceled"
        first = State(kill=incoming, services=services) if killed else State(text=incoming, services=services)
        return Decision(first, "created", write=True)
    state = replace(stored, services=services)
    if incoming.pubstatus == "canceled":
        kill, outcome = _newer(stored.kill, incoming)
        state = replace(state, kill=kill)
    else:
        text, outcome = _newer(stored.text, incoming)
        if stored.killed and outcome != "unchanged":
            outcome = "after_kill"
        state = replace(state, text=text)
    return Decision(state, outcome, write=state != stored)


def join(one: State, other: State) -> State:
    """What a story is by two records of it that went different ways."""
    state = one
    for arrival in (other.text, other.kill):
        state = merge(state, arrival).state if arrival else state
    releases = [it for it in (one.release, other.release) if it]
    return replace(
        state,
        release=max(releases, key=lambda it: it.at, default=None),
        services=join_services(one.services, other.services),
        told=tuple(dict.fromkeys((*one.told, *other.told))),
        alerts=tuple(dict.fromkeys((*one.alerts, *other.alerts))),
    )


def release(state: State, *, at: datetime, note: str | None = None) -> State | None:
    """The state once a person has undone its kill and its embargo; None where there is nothing to undo."""
    embargoed = state.embargoed
    if not state.killed and embargoed is None:
        return None
    before = state.release or Release(at=at)
    return replace(
        state,
        release=Release(
            at=at,
            note=note,
            kill=rank(state.kill) if state.killed and state.kill else before.kill,
            embargoed=embargoed if embargoed is not None else before.embargoed,
        ),
    )


def join_services(one: Iterable[Service], other: Iterable[Service]) -> tuple[Service, ...]:
    """The services of both, each with the time when it first came, by name and number."""
    found: dict[tuple[str, int | None], Service] = {}
    for service in (*one, *other):
        key = service.name, service.sequence
        if key not in found or moment(service.received) < moment(found[key].received):
            found[key] = service
    latest = sorted(found.values(), key=lambda service: (moment(service.received), service.name, service.sequence or 0))
    return tuple(sorted(latest[-MAX_SERVICES:], key=lambda service: (service.name, service.sequence or 0)))


def _newer(stored: Story | None, incoming: Story) -> tuple[Story, Outcome]:
    """The better of two versions, and what the arrival did."""
    if stored is None:
        return incoming, "updated"
    mine, theirs = rank(stored), rank(incoming)
    if mine == theirs:
        return _same_version(stored, incoming)
    repeats = says_the_same(mine, theirs)
    if theirs > mine:
        return incoming, "unchanged" if repeats else "updated"
    return stored, "unchanged" if repeats else "stale"


def _same_version(stored: Story, incoming: Story) -> tuple[Story, Outcome]:
    """One version, arrived twice: the first arrival's time, and the tags of the later enrichment where they differ."""
    retagged = _tags(stored) != _tags(incoming) and moment(incoming.enriched_at) > moment(stored.enriched_at)
    story = _with_answers(incoming, stored) if retagged else _with_answers(stored, incoming)
    if stored.kill_target != incoming.kill_target:  # a notice whose story was found has done its work for good
        done = stored if stored.kill_target is None else incoming
        retagged = retagged or done is incoming
        story = msgspec.structs.replace(story, kill_target=None, notes=done.notes)
    first = min((stored.received, incoming.received), key=moment)
    if story.received != first:
        story = msgspec.structs.replace(story, received=first)
    return story, "updated" if retagged else "unchanged"


def _with_answers(story: Story, other: Story) -> Story:
    """The story with what was answered about its sanction events when either was kept."""
    answers = {event.key: event for event in other.sanctions if event.new is not None}
    events = tuple(
        msgspec.structs.replace(event, new=known.new, first_seen=known.first_seen, added=known.added)
        if event.new is None and (known := answers.get(event.key))
        else event
        for event in story.sanctions
    )
    return story if events == story.sanctions else msgspec.structs.replace(story, sanctions=events)


def _tags(story: Story) -> tuple[object, ...]:
    """What enrichment found; what keeping adds to it (whether an event is new) does not count."""
    sanctions = [msgspec.structs.replace(event, new=None, first_seen=None, added=()) for event in story.sanctions]
    return story.language, story.entities, story.topics, story.countries, sanctions, story.listed
