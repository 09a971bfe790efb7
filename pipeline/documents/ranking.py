"""What makes one version of a story newer than another, and when two arrivals say the same. Pure.

Comes in: a `Story`. Goes out: its rank, its fingerprint, the id of its version. Never depends on the order of arrivals.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from pipeline.story import Story

MAX_ID_BYTES = 512
"""Elasticsearch's limit; one longer id fails the whole bulk request."""

Rank = tuple[int, str, str]

_CONTENT = (
    "pubstatus",
    "headline",
    "body",
    "headlines",
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
"""The fields that an editor would call the story; times, tags, services and provenance may differ between equal versions."""


def fingerprint(story: Story) -> str:
    """A hash of what the story says: equal for a version and its re-send."""
    content = [getattr(story, name) for name in _CONTENT]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:32]


def rank(story: Story) -> Rank:
    """What makes one version newer than another: its number, then its time, then (to be the same everywhere) its content.

    A time that was worked out from the arrival counts only where the provider numbers no versions, or else a re-send would
    look newer than what it repeats.
    """
    created = story.version_created
    if created is not None and "version_created" in story.derived and "version" not in story.derived:
        created = None
    return story.version, created.isoformat() if created else "", fingerprint(story)


def says_the_same(one: Rank, other: Rank) -> bool:
    """Whether two arrivals are one version with the same content; their times may differ where copy brings none."""
    return (one[0], one[2]) == (other[0], other[2])


def is_later(story: Story, kill: Story) -> bool:
    """Whether the story was written after the kill: by version where both are numbered, else by time."""
    if "version" not in story.derived and "version" not in kill.derived:
        return story.version > kill.version
    return moment(story.version_created or story.received) > moment(kill.version_created or kill.received)


def version_id(story: Story) -> str:
    """The id of this version in `versions`: its number, or its content where the provider numbers none."""
    version = fingerprint(story)[:16] if "version" in story.derived else str(story.version)
    return bounded_id(story.id, f"|{version}")


def bounded_id(scope: str, rest: str) -> str:
    """``scope`` and ``rest`` joined, or with the rest hashed where the whole would be too long for an id."""
    whole = scope + rest
    if len(whole.encode()) <= MAX_ID_BYTES:
        return whole
    return f"{scope[: MAX_ID_BYTES - 80]}sha256-{hashlib.sha256(whole.encode()).hexdigest()}"


def moment(at: datetime | None) -> float:
    """A time for comparing; an absent one is the earliest."""
    return at.timestamp() if at else 0.0
