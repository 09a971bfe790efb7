"""One document out of many arrivals: what a story becomes when one more version of it arrives.

Comes in: what is stored (or nothing) and one arrival. Goes out: the new state and the outcome's word. Pure, and the same
whatever the order and repetition of arrivals: the text is the best-ranked arrival that is no kill, the kill the best-ranked
one that is, and a kill wins over any text (IPTC pubstatus ``canceled``), also over later and earlier ones.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from pipeline.documents.document import State, bounded_id
from pipeline.story import Story

Outcome = Literal["created", "updated", "unchanged", "stale", "after_kill", "skipped", "dead"]
"""What became of one item; the same word in code, metrics and logs. READ knows the last two, KEEP the others."""

_CONTENT = (
    "pubstatus",
    "headline",
    "body",
    "slugline",
    "byline",
    "dateline",
    "located",
    "urgency",
    "ed_note",
    "usage_terms",
    "copyright",
    "genre",
    "keywords",
    "signals",
    "subjects",
    "credits",
    "embargoed",
)
"""The fields that an editor would call the story; times, tags and provenance may differ between equal versions."""


@dataclass(frozen=True)
class Decision:
    """The state after an arrival, the outcome, and whether anything must be written."""

    state: State
    outcome: Outcome
    write: bool


def fingerprint(story: Story) -> str:
    """A hash of what the story says: equal for a version and its re-send."""
    content = [getattr(story, name) for name in _CONTENT]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:32]


def rank(story: Story) -> tuple[int, str, str]:
    """What makes one version newer than another: its number, then its time, then (to be the same everywhere) its content.

    A time that was worked out from the arrival counts only where the provider numbers no versions, or else a re-send would
    look newer than what it repeats.
    """
    created = story.version_created
    if created is not None and "version_created" in story.derived and "version" not in story.derived:
        created = None
    return story.version, created.isoformat() if created else "", fingerprint(story)


def version_id(story: Story) -> str:
    """The id of this version in `versions`: its number, or its content where the provider numbers none."""
    version = fingerprint(story)[:16] if "version" in story.derived else str(story.version)
    return bounded_id(story.id, f"|{version}")


def merge(stored: State | None, incoming: Story) -> Decision:
    """What the story becomes when ``incoming`` arrives."""
    if stored is None:
        return Decision(_state_of(incoming), "created", write=True)
    if incoming.pubstatus == "canceled":
        kill, outcome = _newer(stored.kill, incoming)
        return Decision(State(stored.text, kill), outcome, write=kill is not stored.kill)
    text, outcome = _newer(stored.text, incoming)
    if stored.kill is not None and outcome != "unchanged":
        outcome = "after_kill"
    return Decision(State(text, stored.kill), outcome, write=text is not stored.text)


def _state_of(story: Story) -> State:
    return State(kill=story) if story.pubstatus == "canceled" else State(text=story)


def _newer(stored: Story | None, incoming: Story) -> tuple[Story, Outcome]:
    """The better of two versions, and what the arrival did."""
    if stored is None:
        return incoming, "updated"
    mine, theirs = rank(stored), rank(incoming)
    if mine == theirs:
        return _same_version(stored, incoming)
    repeats = (mine[0], mine[2]) == (theirs[0], theirs[2])
    if theirs > mine:
        return incoming, "unchanged" if repeats else "updated"
    return stored, "unchanged" if repeats else "stale"


def _same_version(stored: Story, incoming: Story) -> tuple[Story, Outcome]:
    """One version, arrived twice: the first arrival's time, and the tags of the later enrichment where they differ."""
    retagged = _tags(stored) != _tags(incoming) and _moment(incoming.enriched_at) > _moment(stored.enriched_at)
    story = incoming if retagged else stored
    first = min((stored.received, incoming.received), key=_moment)
    if story.received != first:
        story = msgspec.structs.replace(story, received=first)
    return story, "updated" if retagged else "unchanged"


def _tags(story: Story) -> tuple[object, ...]:
    return story.language, story.entities, story.topics, story.countries


def _moment(moment: datetime | None) -> float:
    """A time for comparing; an absent one is the earliest."""
    return moment.timestamp() if moment else 0.0
