"""How often one client may ask: a bucket of tokens each, refilled steadily, so that short bursts pass and floods don't.

Comes in: a client and the time. Goes out: whether it may ask now, or how long it must wait. Remembers a bounded number of clients; each
desk process counts by itself.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from fastapi import HTTPException, Request


class Buckets:
    """A bucket per client, of ``burst`` tokens, ``per_second`` of them refilled."""

    _REMEMBERED = 10_000

    def __init__(self, *, burst: int, per_second: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str, now: float) -> float:
        """Takes a token: 0, or the seconds until there is one."""
        with self._lock:
            tokens, then = self._buckets.pop(client, (float(self._burst), now))
            tokens = min(self._burst, tokens + (now - then) * self._per_second)
            wait = 0.0 if tokens >= 1 else (1 - tokens) / self._per_second
            self._buckets[client] = (tokens if wait else tokens - 1, now)
            if len(self._buckets) > self._REMEMBERED:
                self._buckets.popitem(last=False)
        return wait


def usual_limits() -> dict[str, Buckets]:
    """What a person at full speed never meets: searches as one types, and five wrong tokens."""
    return {
        "search": Buckets(burst=60, per_second=10),
        "suggest": Buckets(burst=60, per_second=15),
        "login": Buckets(burst=5, per_second=0.1),
        "rehearse": Buckets(burst=5, per_second=0.2),
    }


def limited(name: str) -> Callable[[Request], None]:
    """A dependency of routes that count against a limit; answers 429 beyond it."""

    def count(request: Request) -> None:
        buckets: Buckets = request.app.state.limits[name]
        if wait := buckets.take(_client(request), time.monotonic()):
            seconds = math.ceil(wait)
            raise HTTPException(
                429, f"Too many requests: try again in {seconds} s.", headers={"Retry-After": str(seconds)}
            )

    return count


def _client(request: Request) -> str:
    """Who asks: the session where there is one (behind a proxy all come from one address), else the address."""
    session: str | None = request.session.get("client")
    return session or (request.client.host if request.client else "")
