"""Answers that are asked for again and again, kept for some seconds, so that many open pages cost the servers no more than one.

Comes in: a function that asks a server. Goes out: its last answer, or why there is none; a server that is away hides no more than what
it alone can tell.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipeline.errors import DatelineError

T = TypeVar("T")


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What was answered, or why nothing was (``trouble``)."""

    value: T | None
    trouble: str = ""


class Cached(Generic[T]):
    """Asks once in so many seconds, however many want to know; who comes while it asks waits for the same answer."""

    def __init__(self, ask: Callable[[], T], seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._answer: Answer[T] | None = None
        self._asked = 0.0

    def get(self) -> Answer[T]:
        """The answer as of some seconds ago at most."""
        with self._lock:
            if self._answer is None or self._clock() - self._asked >= self._seconds:
                try:
                    self._answer = Answer(self._ask())
                except DatelineError as error:
                    self._answer = Answer(None, str(error))
                self._asked = self._clock()
            return self._answer

    def forget(self) -> None:
        """Asks anew the next time: something was changed."""
        with self._lock:
            self._answer = None
