"""Single values that several formats say in the same words: times, pubstatus, counts.

Comes in: what stands in the copy. Goes out: the value, or a `Reject` that says what was expected and what came.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import get_args

from pipeline.errors import Reject
from pipeline.story import PubStatus, utc

MAX_VERSION = 2**63 - 1
"""Some agencies count versions in opaque large numbers; this is what the index can hold."""
_STATUSES: dict[str, PubStatus] = {
    **{name: name for name in get_args(PubStatus)},
    "cancelled": "canceled",
}
_HOURS = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "MEZ": 1, "MESZ": 2, "CET": 1, "CEST": 2, "OEZ": 2, "OESZ": 3,
    "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "HKT": 8, "EST": -5, "EDT": -4, "PST": -8, "PDT": -7,
}  # fmt: skip
ZONES: dict[str, tzinfo] = {name: timezone(timedelta(hours=hours)) for name, hours in _HOURS.items()}
"""Zones by the abbreviations that wires write and that mean one zone only (IST, CST, BST mean several)."""


def parse_time(name: str, value: str, zone: tzinfo = UTC) -> datetime:
    """An ISO 8601 time in UTC; one without a zone of its own is taken as in ``zone``."""
    text = value.strip()
    try:
        moment = datetime.fromisoformat(text)
        return utc(moment.replace(tzinfo=zone) if moment.tzinfo is None else moment)
    except (ValueError, OverflowError) as error:
        raise bad_field(name, "a time such as 2026-03-01T08:30:00Z", value) from error


def full_year(digits: str, near: datetime) -> int:
    """The year that two digits mean: the one nearest to ``near``."""
    year = int(digits) if len(digits) == 4 else near.year - near.year % 100 + int(digits)
    if len(digits) == 4:
        return year
    return min((year - 100, year, year + 100), key=lambda candidate: abs(candidate - near.year))


def parse_embargo(value: str, zone: tzinfo = UTC) -> str:
    """The time of an embargo in the form of `Story.embargoed`; the empty string is an embargo without a time."""
    return parse_time("embargoed", value, zone).isoformat().replace("+00:00", "Z") if value.strip() else ""


def parse_pubstatus(value: str) -> PubStatus:
    """IPTC's publishing status, from its bare name, its qcode or its URI."""
    word = value.strip().lower().replace("/", ":").rpartition(":")[2]
    if word not in _STATUSES:
        raise bad_field("pubstatus", "one of usable, withheld, canceled", value)
    return _STATUSES[word]


def check_number(name: str, value: int, low: int, high: int) -> int:
    """The number, if it lies in the range."""
    if not low <= value <= high:
        raise bad_field(name, f"a whole number from {low} to {high}", value)
    return value


def bad_field(name: str, expected: str, got: object) -> Reject:
    """The error for a field that can't be what it says."""
    shown = repr(got)
    return Reject("bad-field", f"{name}: expected {expected}, got {shown if len(shown) <= 80 else shown[:80] + '…'}")
