"""A worker that does not come to its end: a thread of a library's waits for ever, as Faust's consumer does if it is told to stop while its group
shares partitions out and Elasticsearch is away.
"""

from __future__ import annotations

import signal
import threading

from pipeline import lifeline, worker


def main(arguments: list[str]) -> int:
    """Runs the worker; returns its exit code."""
    threading.Thread(target=signal.pause).start()
    lifeline.LAST_SECONDS = 3.0
    return worker.main(arguments)
