"""Is anything missing: gaps in the sequence numbers of a service, feeds that are quieter than usual. Pure.

Comes in: which numbers were heard when, and when items arrived. Goes out: the gaps, and the quiet feeds with what is normal
for them. Never waits for a number: one that comes late closes its gap.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any, Literal

Kind = Literal["feed", "provider", "language"]
"""What may fall silent: a way in, who speaks by it, or what only one of its formats, desks or our own readers brings."""
WINDOW = timedelta(hours=24)
"""How far back gaps are looked for: agencies repeat what was missed on the same day."""
LEAD_IN = timedelta(hours=1)
"""Heard before the window, so that a number that came late at its beginning shows no gap."""
GRACE = timedelta(seconds=3)
"""A number may be on its way on another worker while the next is already there."""
HISTORY = timedelta(days=7)
"""What is normal for a feed is what was normal at this time of day: wires sleep at night and at weekends."""
_AROUND = [timedelta(minutes=minutes) for minutes in range(-60, 61, 10)]
_LEAST_ARRIVALS = 12
"""Fewer times of arrival are a file that somebody fed, or a feed too new to know."""
_LEAST_QUIET = timedelta(minutes=10)
_MUCH_QUIETER = 2.0

_LATE = 200
"""A number this far behind the highest is late; further behind, the service has begun to count anew."""
_JUMP = 1000
_WRAP = 100
"""Beginning again at 1 this close to the last number is the wrap-around, with what is missing between; else a new count."""


@dataclass(frozen=True)
class Gap:
    """Numbers ``first`` to ``last`` of a service that never came; ``noticed``: when a higher one did."""

    provider: str
    service: str
    first: int
    last: int
    noticed: datetime

    @property
    def missing(self) -> int:
        """How many numbers are missing."""
        return self.last - self.first + 1

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self) | {"noticed": self.noticed.isoformat(), "missing": self.missing}

    def __str__(self) -> str:
        numbers = f"{self.first:04d}" if self.first == self.last else f"{self.first:04d}-{self.last:04d}"
        return f"{self.provider} {self.service} {numbers} missing since {self.noticed:%H:%M} UTC, ask for a repeat"


@dataclass(frozen=True)
class Quiet:
    """A feed, provider or language, how long it has been quiet and how long its pauses usually are."""

    kind: Kind
    name: str
    last: datetime
    minutes: float
    normal_minutes: float | None
    """None while too little came to know what is usual."""

    @property
    def silent(self) -> bool:
        """Whether it is much quieter than usual."""
        if self.normal_minutes is None:
            return False
        return self.minutes > max(_LEAST_QUIET.total_seconds() / 60, _MUCH_QUIETER * self.normal_minutes)

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self) | {"last": self.last.isoformat(), "silent": self.silent}

    def __str__(self) -> str:
        usual = "" if self.normal_minutes is None else f", normal is {self.normal_minutes:.0f}"
        return f"no item {_SAID[self.kind]}{self.name} for {self.minutes:.0f} minutes{usual}"


_SAID: dict[Kind, str] = {"feed": "from ", "provider": "from ", "language": "in language "}

Heard = tuple[datetime, int]


def find_gaps(
    provider: str, service: str, heard: Iterable[Heard], *, last_sequence: int, now: datetime
) -> Iterator[Gap]:
    """The gaps in the numbers of one service, those that were noticed within the window before ``now``."""
    for run in _runs(sorted(set(heard)), last_sequence):
        numbers = sorted(run)
        noticing = list(accumulate((run[number] for number in reversed(numbers)), min))[::-1]
        for (below, above), noticed in zip(pairwise(numbers), noticing[1:], strict=True):
            if above - below > 1 and now - WINDOW <= noticed <= now - GRACE:
                yield from _gap(provider, service, below + 1, above - 1, noticed, last_sequence)


def _gap(provider: str, service: str, first: int, last: int, noticed: datetime, last_sequence: int) -> Iterator[Gap]:
    """The gap in numbers as the service counts; one across the wrap-around is two."""
    lap = (first - 1) // last_sequence * last_sequence
    ends = (
        [(first, last)]
        if last <= lap + last_sequence
        else [(first, lap + last_sequence), (lap + last_sequence + 1, last)]
    )
    for low, high in ends:
        yield Gap(provider, service, (low - 1) % last_sequence + 1, (high - 1) % last_sequence + 1, noticed)


def _runs(heard: Sequence[Heard], last_sequence: int) -> list[dict[int, datetime]]:
    """The numbers, counted on over the wrap-around, each with when it was first heard; a new run where the count began anew."""
    runs: list[dict[int, datetime]] = []
    highest = 0
    for at, number in heard:
        counted = _count_on(highest, number, last_sequence) if runs else None
        if counted is None:
            runs.append({})
            counted = number
            highest = number
        runs[-1].setdefault(counted, at)
        highest = max(highest, counted)
    return runs


def _count_on(highest: int, number: int, last_sequence: int) -> int | None:
    """The number counted on from the highest so far; None where the count must have begun anew."""
    lap = (highest - 1) // last_sequence * last_sequence
    here = lap + number
    late, jump, wrap = (min(limit, last_sequence // 4) for limit in (_LATE, _JUMP, _WRAP))
    if highest - late <= here <= highest + jump:
        return here
    if here + last_sequence <= highest + wrap:
        return here + last_sequence
    if highest - late <= here - last_sequence:
        return here - last_sequence
    return None


def find_quiet(kind: Kind, name: str, arrivals: Sequence[datetime], last: datetime, *, now: datetime) -> Quiet:
    """How quiet a feed, provider or language is and usually is. ``arrivals``: in order, as far back as `HISTORY`, to some minutes exactly."""
    minutes = (now - last).total_seconds() / 60
    if len(arrivals) < _LEAST_ARRIVALS:
        return Quiet(kind, name, last, minutes, None)
    before = [
        pause
        for days in range(1, HISTORY.days + 1)
        for around in _AROUND
        if (pause := _pause_at(arrivals, now - timedelta(days=days) + around)) is not None
    ]
    if not before:  # less than a day old: its longest pause so far
        before = [after - earlier for earlier, after in pairwise(arrivals)]
    normal = sorted(before)[int(len(before) * 0.95)]
    return Quiet(kind, name, last, minutes, normal.total_seconds() / 60)


def _pause_at(arrivals: Sequence[datetime], moment: datetime) -> timedelta | None:
    """How long the pause was in which that moment lies; None before the first arrival and after the last."""
    index = bisect_left(arrivals, moment)
    return arrivals[index] - arrivals[index - 1] if 0 < index < len(arrivals) else None


def bucket_times(buckets: Iterable[dict[str, Any]]) -> list[datetime]:
    """The times of a date histogram's buckets (its keys are milliseconds)."""
    return [datetime.fromtimestamp(bucket["key"] / 1000, UTC) for bucket in buckets]
