"""The channel that is always there: one line in the log.

Never fails: a log that can't be written is no reason to hold an alert back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog

from pipeline.alerts.alert import Alert, clean, subject
from pipeline.alerts.channels.channel import Channel
from pipeline.alerts.channels.options import TIMEOUT, Options, Place

log: Any = structlog.get_logger("dateline.alerts")
_TITLE = 200


class LogOptions(Options, frozen=True, kw_only=True, tag="log"):
    """One line in the log."""

    def make(self, name: str, place: Place) -> Channel:
        """The channel."""
        return LogChannel(name, timeout=self.timeout)


class LogChannel:
    """Writes subject and ids at info."""

    type = "log"

    def __init__(self, name: str, *, timeout: float = TIMEOUT) -> None:
        self.name = name
        self.timeout = timeout

    async def send(self, alert: Alert) -> None:
        """One line."""
        log.info(
            "alert",
            channel=self.name,
            subject=subject(alert),
            id=alert.id,
            rule=alert.rule,
            unit=alert.unit,
            story=alert.origin,
            of=alert.of,
        )

    async def send_digest(self, alerts: Sequence[Alert], title: str) -> None:
        """One line for all of them."""
        log.info(
            "digest",
            channel=self.name,
            subject=clean(title, _TITLE),
            ids=[alert.id for alert in alerts],
            stories=[alert.origin for alert in alerts],
        )

    async def close(self) -> None:
        """Nothing is open."""
