"""Live lists over HTTP: server-sent events of what a hub tells.

Comes in: a hub, what to choose, and how to write a batch. Goes out: an event stream; ``state`` events say when the index can't be
reached, and a comment every few seconds keeps the line open.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from fastapi import HTTPException
from fastapi.responses import StreamingResponse

from pipeline.desk.live import Batch, Hub, Subscription, TooMany

T = TypeVar("T")
_RETRY_MS = 3000


def event(name: str, data: Any) -> str:
    """One event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, default=str)}\n\n"


def stream(
    hub: Hub[T], key: str, wanted: Callable[[list[T]], list[T]], write: Callable[[Batch[T]], str]
) -> StreamingResponse:
    """The response that tells a subscriber of the hub. ``write``: a batch's events."""
    try:
        subscription = hub.subscribe(key, wanted)
    except TooMany as error:
        raise HTTPException(503, "Too many live lists are open: close some.", {"Retry-After": "30"}) from error
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would hold the events back
    return StreamingResponse(_events(hub, subscription, write), media_type="text/event-stream", headers=headers)


async def _events(hub: Hub[T], subscription: Subscription[T], write: Callable[[Batch[T]], str]) -> AsyncIterator[str]:
    state = ""
    try:
        yield f"retry: {_RETRY_MS}\n\n"
        async for batch in subscription.listen():
            if batch is None:
                yield ": still here\n\n"
                continue
            if batch.trouble != state:
                state = batch.trouble
                yield event("state", {"trouble": state})
            if batch.found or batch.missed:
                yield write(batch)
    finally:
        hub.leave(subscription)
