"""A worker whose parser hangs at one message, as a regular expression does: it lets no other thread of Python run, so that the watch kills the
worker as a fault in a C library would. It is told to wait for 8 s instead of a minute, and nothing builds the tables of languages, which may
take as long on a busy machine. Each time the next worker waits for the dead one's session.
"""

from __future__ import annotations

import re
from typing import Any

import pipeline.agents.read
from pipeline import reading, worker
from pipeline.agents import vitals
from tests.faults.harness import SESSION_SECONDS
from tests.hasty_worker import set_options


def main(arguments: list[str]) -> int:
    """Runs the worker; returns its exit code."""
    parse: Any = reading.parse

    def deadly(raw: Any, **options: Any) -> Any:
        if b"DEADLY" in raw.value:
            re.match("(a+)+b", "a" * 99)
        return parse(raw, **options)

    set_options(broker_session_timeout=SESSION_SECONDS)
    vitals.STILL_SECONDS = 8.0
    reading.parse = deadly  # type: ignore[assignment]
    reading._enriched = lambda story, *rest: story  # type: ignore[assignment]
    pipeline.agents.read.prepare = lambda *args, **options: None  # type: ignore[assignment]
    return worker.main(arguments)
