"""The condition on when a story came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import ClassVar

from pipeline.alerts.rules.clock import DAYS, is_within, read_time, read_zone
from pipeline.alerts.rules.conditions.base import Condition, Found
from pipeline.alerts.rules.given import Given
from pipeline.alerts.rules.reason import Reason
from pipeline.alerts.rules.view import View


@dataclass(frozen=True)
class Hours(Condition):
    """The story came within these hours of these days; one that says no time never did."""

    name: ClassVar[str] = "hours"
    start: time
    end: time
    days: frozenset[str]
    zone: str

    def holds(self, view: View) -> bool:
        at = view.story.received
        return at is not None and is_within(at, start=self.start, end=self.end, zone=self.zone, days=self.days)

    def evidence(self, view: View) -> Found:
        return Found((Reason(self.name, f"received {self}", None, f"hours:{self}"),))

    def why(self, view: View, found: Found | None) -> str:
        at = view.story.received
        came = "the story says no time" if at is None else f"received {at:%a %Y-%m-%d %H:%M} UTC"
        return f"{came}, {'within' if found else 'not within'} {self}"

    def __str__(self) -> str:
        days = ",".join(day for day in DAYS if day in self.days)
        return f"{self.start:%H:%M}-{self.end:%H:%M} {days} {self.zone}"


def read_hours(given: Given) -> Hours:
    """Hours of days in a zone; every day and UTC unless given."""
    keys = given.keys(["from", "to", "days", "zone"], required=["from", "to"])
    days = keys["days"].words(DAYS) if "days" in keys else frozenset(DAYS)
    return Hours(read_time(keys["from"]), read_time(keys["to"]), days, read_zone(keys.get("zone")))
