"""What a message holds, item by item, and the net under each item.

Comes in: a call that reads an item. Goes out: what it gave, or the `Reject` that it ended in. Never raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pipeline.errors import Reject
from pipeline.story import Skipped, Story

Item = Story | Skipped | Reject
T = TypeVar("T")


def attempt(read: Callable[[], T]) -> T | Reject:
    """What ``read`` gives; an error becomes a `Reject`, so that one item never costs its neighbours."""
    try:
        return read()
    except Reject as error:
        return error
    except RecursionError:
        return Reject("unreadable", "nested too deep to be a wire item")
    except Exception as error:  # a fault of ours must cost one item, not the feed
        return Reject("parser-failed", f"{type(error).__name__}: {error}: please report this with the message")
