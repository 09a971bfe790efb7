"""Durations, times of day and time zones as rule files write them. Reads no clock: moments come in.

`read_duration` takes ``30s 15m 1h 7d``, `read_time` takes ``07:30``, `read_zone` an IANA name such as ``Europe/Berlin``.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.alerts.rules.given import Given

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UTC = "UTC"
_DURATION = re.compile(r"(\d{1,5})\s*([smhd])")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_duration(given: Given) -> timedelta:
    """A length of time, more than nothing."""
    text = given.text("a duration such as 15m")
    match = _DURATION.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise given.problem(f"expected a duration, got {text!r}", "write it as in 30s, 15m, 1h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def read_time(given: Given) -> time:
    """A time of day."""
    text = given.text("a time such as 07:30")
    match = _TIME.fullmatch(text)
    if match is None:
        raise given.problem(
            f"expected a time, got {text!r}", 'write hours and minutes, as in "07:30"; midnight is "00:00"'
        )
    return time(int(match[1]), int(match[2]))


def read_zone(given: Given | None) -> str:
    """The name of a time zone; UTC where none is given."""
    if given is None:
        return UTC
    text = given.text("a time zone such as Europe/Berlin")
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a folder of zones is an OSError: "Europe"
        raise given.problem(f"there is no time zone {text!r}", "write an IANA name such as Europe/Berlin") from error


def show_duration(length: timedelta) -> str:
    """The duration as a rule would write it."""
    seconds = int(length.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def is_within(at: datetime, *, start: time, end: time, zone: str, days: frozenset[str] = frozenset(DAYS)) -> bool:
    """Whether the moment is in the hours from ``start`` to before ``end``, which may be past midnight, on such a day.

    The hours after midnight belong to the day on which they began; equal times are the whole day.
    """
    local = at.astimezone(ZoneInfo(zone))
    clock = local.time().replace(tzinfo=None)
    if start < end:
        return start <= clock < end and DAYS[local.weekday()] in days
    if clock >= start:
        return DAYS[local.weekday()] in days
    before = (local.weekday() - 1) % 7
    return clock < end and DAYS[before] in days
