"""Things in batches. The standard library has this from Python 3.12 on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """The things in their order, so many at once; fewer in the last batch, and no batch of none."""
    remaining = iter(things)
    while batch := list(islice(remaining, size)):
        yield batch
