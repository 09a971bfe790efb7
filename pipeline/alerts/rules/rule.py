"""A rule as it is in force: what must hold, and how and when it tells people. Pure values; `parsing` makes them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from pipeline.alerts.rules.clock import is_within
from pipeline.alerts.rules.conditions.base import Condition

TermKind = Literal["people", "organisations", "places", "countries", "entities"]


class Throttle(msgspec.Struct, frozen=True, kw_only=True):
    """At most so many alerts in that time."""

    at_most: int
    every: timedelta


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts together: every so often, or once a day at a time of the zone."""

    every: timedelta | None = None
    at: time | None = None
    zone: str = "UTC"

    @property
    def zoneinfo(self) -> ZoneInfo:
        """The zone of `at`."""
        return ZoneInfo(self.zone)


class Quiet(msgspec.Struct, frozen=True, kw_only=True):
    """Hours in which no alert goes out, but for stories as urgent as ``unless_urgency`` or more."""

    start: time
    end: time
    zone: str = "UTC"
    unless_urgency: int | None = None

    def holds(self, at: datetime, urgency: int | None) -> bool:
        """Whether an alert of that moment and urgency must wait."""
        if self.unless_urgency is not None and urgency is not None and urgency <= self.unless_urgency:
            return False
        return is_within(at, start=self.start, end=self.end, zone=self.zone)


class Burst(msgspec.Struct, frozen=True, kw_only=True):
    """Only where so many matching stories came within that time."""

    stories: int
    within: timedelta


class NewTerm(msgspec.Struct, frozen=True, kw_only=True):
    """Only where the story names one whom no story of this rule has named in so many days; ``with_topic`` is a condition too."""

    of: TermKind
    days: int
    with_topic: str | None = None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule. ``name`` is its file's name; ``when`` says which stories, ``burst`` and ``new_term`` which of those."""

    name: str
    title: str
    when: Condition
    description: str = ""
    enabled: bool = True
    channels: tuple[str, ...] = ()
    throttle: Throttle | None = None
    digest: Digest | None = None
    quiet: Quiet | None = None
    burst: Burst | None = None
    new_term: NewTerm | None = None

    @property
    def unit(self) -> Literal["event", "story"]:
        """What an alert is about: each new event, where the rule can only match by one; else the story."""
        return "event" if self.when.needs_new_event else "story"
