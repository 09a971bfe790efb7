"""What became of an alert on a channel, as its document in the index `deliveries` has it. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One alert on one channel.

    ``status``: ``pending`` (is being tried), ``held`` (the rule holds it back), ``sent``, ``dead`` (given up) or ``cancelled`` (recalled
    before it went out), with the ``reason``; ``due``: when it is tried next or goes out with others.
    """

    alert: str
    channel: str
    rule: str
    type: str
    at: datetime
    status: str = "pending"
    tries: int = 0
    reason: str = ""
    due: str | None = None
    sent: datetime | None = None

    @property
    def id(self) -> str:
        """One for each alert and channel."""
        return f"{self.alert}|{self.channel}"
