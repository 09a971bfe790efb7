"""Which message a worker was at when it died, and which have killed it too often.

A story that kills the process (a fault in a C library, memory) can't be caught inside it. The worker marks each message
before it reads it, in a few bytes of shared memory that outlive it; the launcher counts deaths per message, and the third
time the next worker sends that message to `wire.dead` unread.
"""

from __future__ import annotations

import mmap
import struct
from collections import Counter
from pathlib import Path

MAX_DEATHS = 3
_FORMAT = struct.Struct("<?iq")
_NOWHERE = _FORMAT.pack(False, 0, 0)

Place = tuple[int, int]
"""Partition and offset; the stream is that of the worker's role."""


class Position:
    """The message a worker is at, in a small file that both worker and launcher map."""

    def __init__(self, path: Path) -> None:
        if not path.exists() or path.stat().st_size != _FORMAT.size:
            path.write_bytes(_NOWHERE)
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _FORMAT.size)

    def enter(self, partition: int, offset: int) -> None:
        """Notes that the worker now reads this message."""
        self._memory[:] = _FORMAT.pack(True, partition, offset)

    def leave(self) -> None:
        """Notes that the worker reads no message."""
        self._memory[:] = _NOWHERE

    def read(self) -> Place | None:
        """The message the worker is (or was) at, if any."""
        inside, partition, offset = _FORMAT.unpack(self._memory[:])
        return (partition, offset) if inside else None

    def close(self) -> None:
        """Unmaps the file."""
        self._memory.close()


class DeathCount:
    """Deaths per message of one role, as the launcher sees them."""

    def __init__(self) -> None:
        self._deaths: Counter[Place] = Counter()

    def count(self, place: Place | None) -> None:
        """Counts a death at this message."""
        if place is not None:
            self._deaths[place] += 1

    def deadly(self) -> list[Place]:
        """The messages that have killed a worker too often."""
        return [place for place, deaths in self._deaths.items() if deaths >= MAX_DEATHS]
