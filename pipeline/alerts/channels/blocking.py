"""Calls that block, one at a time and for so long.

A channel with a thread of its own can hang without holding up another; nothing is started behind a call that hangs, so that what was
given up is either under way or was never begun.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pipeline.alerts.channels.channel import NotDelivered


class OwnThread:
    """One thread for the blocking calls of one channel."""

    def __init__(self, name: str, timeout: float) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"channel-{name}")
        self._timeout = timeout
        self._turn = asyncio.Lock()

    async def run(self, call: Callable[[], None]) -> None:
        """Waits for the call's turn, then for the call; raises `NotDelivered` where the call takes longer than it may."""
        # A copy, so that what the caller binds to its context (logs) holds in the thread too.
        context = contextvars.copy_context()
        async with self._turn:
            try:
                async with asyncio.timeout(self._timeout):
                    await asyncio.get_running_loop().run_in_executor(self._pool, context.run, call)
            except TimeoutError as error:
                raise NotDelivered(
                    f"expected an end within {self._timeout:g} seconds: it may have arrived all the same"
                ) from error

    def close(self) -> None:
        """Starts nothing more; a call under way ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)
