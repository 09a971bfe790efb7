"""Answers that are asked for again and again, kept for some seconds, so that many open pages cost the servers no more than one.

Comes in: a function that asks a server. Goes out: its last answer, or why there is none. A server that does not answer (Kafka's clients wait
half a minute for one) is waited for in a thread, not by the page.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from pipeline.errors import DatelineError

log = structlog.get_logger("dateline.desk")
T = TypeVar("T")


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What was answered, or why nothing was (``trouble``)."""

    value: T | None
    trouble: str = ""


class Cached(Generic[T]):
    """Asks once in so many seconds, however many want to know. ``what``: who is asked, for people."""

    def __init__(
        self, what: str, ask: Callable[[], T], seconds: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._ask = ask
        self._seconds = seconds
        self._clock = clock
        self._changed = threading.Condition()
        self._answer: Answer[T] | None = None
        self._asked = 0.0
        self._is_asking = False

    def start(self) -> None:
        """Begins to ask if the answer is old and nobody does."""
        with self._changed:
            is_fresh = self._answer is not None and self._clock() - self._asked < self._seconds
            if is_fresh or self._is_asking:
                return
            self._is_asking = True
        threading.Thread(target=self._refresh, name=f"desk-ask-{self._what}", daemon=True).start()

    def get(self, *, patience_s: float = 2.0) -> Answer[T]:
        """The answer: a fresh one if it comes in that time, else the last one, else that there is none yet."""
        self.start()
        with self._changed:
            self._changed.wait_for(lambda: not self._is_asking, patience_s)
            return self._answer or Answer(None, f"{self._what} has not answered yet.")

    def forget(self) -> None:
        """Asks anew the next time: something was changed."""
        with self._changed:
            self._asked = -self._seconds

    def _refresh(self) -> None:
        answer: Answer[T]
        try:
            answer = Answer(self._ask())
        except DatelineError as error:
            answer = Answer(None, str(error))
        except Exception:
            log.exception("asking failed", what=self._what)
            answer = Answer(None, "A fault of ours; it is in the log of the desk page.")
        with self._changed:
            self._answer, self._asked, self._is_asking = answer, self._clock(), False
            self._changed.notify_all()
