"""Several alerts as one message. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

import msgspec

from pipeline.alerts.alert import MAX_TEXT, Alert, subject
from pipeline.story import SCHEMA_VERSION

_MORE = 24
"""Characters kept free for the line that counts the rest."""


class AlertDigest(msgspec.Struct, frozen=True, kw_only=True):
    """A digest for programs. ``id`` is the same for each delivery."""

    id: str
    title: str
    alerts: tuple[Alert, ...]
    type: Literal["digest"] = "digest"
    schema_version: int = SCHEMA_VERSION


def make_digest(alerts: Sequence[Alert], title: str) -> AlertDigest:
    """The digest of these alerts."""
    identity = msgspec.json.encode([title, [alert.id for alert in alerts]])
    return AlertDigest(id=hashlib.sha256(identity).hexdigest()[:32], title=title, alerts=tuple(alerts))


def encode_digest(digest: AlertDigest) -> bytes:
    """The digest as UTF-8 JSON, one line."""
    return msgspec.json.encode(digest)


def digest_text(alerts: Sequence[Alert]) -> str:
    """One line an alert, as many as fit, and how many more there are."""
    lines: list[str] = []
    room = MAX_TEXT - _MORE
    for alert in alerts:
        line = f"- {subject(alert)}"
        if len(line) >= room:
            return "\n".join([*lines, f"… and {len(alerts) - len(lines)} more"])
        lines.append(line)
        room -= len(line) + 1
    return "\n".join(lines)
