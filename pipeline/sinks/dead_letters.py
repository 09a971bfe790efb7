"""Dead letters: a message that can never pass, kept byte for byte, with headers that say where it came from and why.

Comes in: a message and its `Reject`. Goes out: the message for `wire.dead`; and, for a replay, the message as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.errors import Reject

PREFIX = "dead."
MAX_REASON_CHARS = 1000

Headers = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Outgoing:
    """A message to be sent to a stream."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True)
class Origin:
    """Where an item came from: the stream's topic, partition and offset, and its number within the message."""

    topic: str
    partition: int
    offset: int
    item: int = 0

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}/{self.item}"


def make_dead_letter(
    topic: str,
    *,
    key: bytes | None,
    value: bytes | None,
    headers: Mapping[str, bytes],
    origin: Origin,
    error: Reject,
    at: datetime,
) -> Outgoing:
    """The dead letter of a message; its own headers stay, ours begin with ``dead.``."""
    ours = {
        "topic": origin.topic,
        "partition": str(origin.partition),
        "offset": str(origin.offset),
        "item": str(origin.item),
        "class": error.kind,
        "reason": error.reason[:MAX_REASON_CHARS],
        "time": at.isoformat(),
    }
    theirs = [(name, content) for name, content in headers.items() if not name.startswith(PREFIX)]
    return Outgoing(topic, key, value, theirs + [(PREFIX + name, text.encode()) for name, text in ours.items()])


def dead_letter_of(message: Any, topic: str, *, error: Reject, at: datetime, origin: Origin | None = None) -> Outgoing:
    """The dead letter of a message that Faust gave us. ``origin``: the item in it; None for the whole message."""
    return make_dead_letter(
        topic,
        key=message.key,
        value=message.value,
        headers=dict(message.headers or {}),
        origin=origin or Origin(message.topic, message.partition, message.offset),
        error=error,
        at=at,
    )


def make_replay(key: bytes | None, value: bytes | None, headers: Mapping[str, bytes]) -> Outgoing:
    """The message as it was before it died, for the topic it came from."""
    topic = headers[f"{PREFIX}topic"].decode()
    return Outgoing(topic, key, value, [(name, text) for name, text in headers.items() if not name.startswith(PREFIX)])
