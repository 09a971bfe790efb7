"""A program for the nursery: says what it got, or waits for the end of its lifeline."""

from __future__ import annotations

import os
import signal
import sys
import threading

from pipeline import lifeline


def main(arguments: list[str]) -> int:
    """Ends with 78, or by its lifeline."""
    *words, _, pipe, _ = arguments
    if words == ["wait"]:
        lifeline.end_with_launcher()
        signal.pause()
    if words == ["stay"]:
        lifeline.LAST_SECONDS = 0.2
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        lifeline.end_with_launcher()
        while True:
            signal.pause()
    if words == ["linger"]:
        lifeline.LAST_SECONDS = 0.2
        lifeline.end_in_time(lambda: 9)
        threading.Thread(target=signal.pause).start()
        return 0
    print(*words, os.environ.get("NURSERY_HERE"), os.environ.get("NURSERY_GIVEN"), flush=True)  # noqa: T201
    print("said on standard error", file=sys.stderr, flush=True)  # noqa: T201
    os.write(int(pipe), b"told\n")
    return 78
