"""What the address of the inbox asks for: whose alerts, which and since when; and addresses that ask a little differently. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pipeline.alert_reading import AlertRow

SHOWS = {"open": "Open", "all": "All", "recalled": "Recalled"}
"""Which alerts, with the words for people; the first is what the inbox begins with."""
SPANS = {
    "": ("any time", None),
    "1h": ("last hour", timedelta(hours=1)),
    "24h": ("last 24 hours", timedelta(hours=24)),
    "7d": ("last 7 days", timedelta(days=7)),
    "30d": ("last 30 days", timedelta(days=30)),
}


@dataclass(frozen=True)
class AlertsAsked:
    """A view of the inbox. ``rule``: the name of one rule, empty for all; ``show``: one of `SHOWS`; ``span``: one of `SPANS`."""

    rule: str = ""
    show: str = "open"
    span: str = ""

    @classmethod
    def of(cls, *, rule: str, show: str, since: str) -> AlertsAsked:
        """What the parameters ask for; what they can't ask for is left out."""
        return cls(rule.strip()[:60], show if show in SHOWS else "open", since if since in SPANS else "")

    def since(self, now: datetime) -> datetime | None:
        """The time from which alerts count."""
        span = SPANS[self.span][1]
        return now - span if span else None

    def wants(self, row: AlertRow) -> bool:
        """Whether an alert that has just come belongs into this view."""
        if self.rule and row.alert.rule != self.rule:
            return False
        return self.show != "recalled" or row.alert.type == "recall" or row.recalled is not None

    def path(self, page: str = "/alerts", **changes: Any) -> str:
        """The address of this view; ``changes``: in a field of it, or further parameters such as ``after``."""
        own = {name: changes.pop(name) for name in ("rule", "show", "span") if name in changes}
        asked = replace(self, **own)
        pairs = {"show": "" if asked.show == "open" else asked.show, "rule": asked.rule, "since": asked.span} | changes
        pairs = {name: value for name, value in pairs.items() if value}
        return page + (f"?{urlencode(pairs)}" if pairs else "")
