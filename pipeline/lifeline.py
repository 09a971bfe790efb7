"""A child process ends with the launcher, however the launcher went, and soon after it was told to, whatever its libraries wait for.

Ending by force at any moment loses nothing: what was not acknowledged comes again.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

LAST_SECONDS = 10.0
"""How long the way out may take; the launcher itself waits less."""


def end_with_launcher() -> None:
    """Watches standard input, whose other end the launcher holds, and asks this process to end when it closes."""
    threading.Thread(target=_wait, name="lifeline", daemon=True).start()


def end_in_time(code: Callable[[], int]) -> None:
    """Ends this process with the code if it has not ended by itself in time."""
    threading.Thread(target=_end_late, args=(code,), name="way out", daemon=True).start()


def _wait() -> None:
    os.read(0, 1)  # not sys.stdin: its lock would still be held when the interpreter ends
    os.kill(os.getpid(), signal.SIGTERM)
    # Nobody else is left to end what does not even hear that.
    time.sleep(LAST_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def _end_late(code: Callable[[], int]) -> None:
    time.sleep(LAST_SECONDS)
    os._exit(code())
