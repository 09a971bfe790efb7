"""What must be told when a story's life takes a turn: it was killed, or a person released it. Pure.

Comes in: a story's state after an arrival. Goes out: the event, with an id that is the same however often it is made, so that
at-least-once delivery tells it once. `schemas/messages/alert.json` describes the JSON that `wire.alerts` carries.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

import msgspec

from pipeline.documents.ranking import rank
from pipeline.documents.state import State
from pipeline.story import SCHEMA_VERSION, Story


class LifeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A kill or a release. ``reason``: what the kill or the person says; ``version``: the newest one we hold."""

    id: str
    type: Literal["kill", "release"]
    story_id: str
    provider: str
    headline: str
    version: int
    reason: str
    at: datetime | None
    attention: list[str]
    schema_version: int = SCHEMA_VERSION


def kill_event(state: State, kill: Story) -> LifeEvent | None:
    """The event of a kill that is in force; None for one that a newer kill or a release has overtaken."""
    if not state.killed or state.kill is None or rank(state.kill) != rank(kill):
        return None
    return _event(state, "kill", reason=kill.ed_note or kill.headline, at=kill.received)


def release_event(state: State) -> LifeEvent:
    """The event of a release that was just made."""
    release = state.release
    assert release is not None, "made after a release"  # noqa: S101 - programming error
    return _event(state, "release", reason=release.note or "", at=release.at)


def encode_event(event: LifeEvent) -> bytes:
    """The event as UTF-8 JSON, one line."""
    return msgspec.json.encode(event)


def _event(state: State, type_: Literal["kill", "release"], *, reason: str, at: datetime | None) -> LifeEvent:
    shown = state.shown
    kill = rank(state.kill) if type_ == "kill" and state.kill else None
    turn = (kill[0], kill[2]) if kill else at
    identity = msgspec.json.encode([type_, shown.id, turn])
    return LifeEvent(
        id=hashlib.sha256(identity).hexdigest()[:32],
        type=type_,
        story_id=shown.id,
        provider=shown.provider,
        headline=shown.headline,
        version=shown.version,
        reason=reason,
        at=at,
        attention=list(state.attention),
    )
