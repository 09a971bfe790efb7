"""Waiting that a stop ends: pauses, and pauses that grow while something fails."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress


async def pause(stop: asyncio.Event, seconds: float, *, wake: asyncio.Event | None = None) -> bool:
    """Waits for the time, or until ``wake`` or ``stop``; returns whether to go on."""
    waits = [asyncio.ensure_future(event.wait()) for event in (stop, wake) if event is not None]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
            with suppress(asyncio.CancelledError):
                await wait
    return not stop.is_set()


class Backoff:
    """Pauses that double from ``first`` to ``longest`` seconds, each a little by chance, so that feeds don't march in step."""

    def __init__(self, first: float = 1.0, longest: float = 60.0) -> None:
        self._first, self._longest = first, longest
        self.failures = 0

    def next(self) -> float:
        """The seconds to wait after one more failure."""
        seconds = min(self._longest, self._first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return seconds * random.uniform(0.8, 1.0)  # noqa: S311 - no secret

    def reset(self) -> None:
        """After a success."""
        self.failures = 0
