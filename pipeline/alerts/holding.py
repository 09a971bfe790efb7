"""When an alert may go out: at once, or with others later, as its rule says. Pure.

Comes in: a rule, the urgency of the story, when its alerts went out before. Goes out: until when it is held back, and why; None for at once.
Nothing is ever dropped: what is held goes out together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from pipeline.alerts.rules import Digest, Quiet, Rule
from pipeline.errors import NOT_JSON


class Held(NamedTuple):
    """Until when an alert is held back, and why."""

    until: datetime
    why: str


class _Kind(msgspec.Struct):
    type: str = ""


def held_until(rule: Rule, *, urgency: int | None, sent: Sequence[datetime], now: datetime) -> Held | None:
    """Until when the rule holds an alert back. ``sent``: when its alerts went out on the channel within the throttle's time."""
    if rule.quiet is not None and rule.quiet.holds(now, urgency):
        return Held(_end_of(rule.quiet, now), "quiet hours")
    if rule.digest is not None:
        return Held(_next(rule.digest, now), "digest")
    if rule.throttle is not None and len(sent) >= rule.throttle.at_most:
        return Held(min(sent) + rule.throttle.every, "throttle")
    return None


def _next(digest: Digest, now: datetime) -> datetime:
    """The end of the interval that ``now`` lies in, the same for all workers; or the next time of day."""
    if digest.every is not None:
        seconds = digest.every.total_seconds()
        return datetime.fromtimestamp((now.timestamp() // seconds + 1) * seconds, UTC)
    local = now.astimezone(digest.zoneinfo)
    at = digest.at
    assert at is not None, "a digest has an interval or a time"  # noqa: S101 - the parser says so
    today = local.replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=0)
    if today <= local:
        today = (local + timedelta(days=1)).replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=0)
    return today.astimezone(UTC)


def _end_of(quiet: Quiet, now: datetime) -> datetime:
    return _next(Digest(at=quiet.end, zone=str(ZoneInfo(quiet.zone))), now)


def is_life_event(value: bytes | None) -> bool:
    """Whether a message of `wire.alerts` is a kill or a release of a story, not an alert."""
    try:
        return msgspec.json.decode(value or b"", type=_Kind).type in ("kill", "release")
    except NOT_JSON:
        return False
