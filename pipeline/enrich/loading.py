"""Tables that are built once and stay: without the garbage collector meanwhile, and out of its sight afterwards.

Comes in: a function that reads a table or builds a matcher. Goes out: the same, in half the time, because the collector would walk
through all tables again and again while they grow. It never changes what is built.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[None]:
    """For a block or, as a decorator, for a function; may be nested."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
