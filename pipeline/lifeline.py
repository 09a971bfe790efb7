"""A child process that ends with the launcher, however the launcher went."""

from __future__ import annotations

import os
import signal
import threading
import time

LAST_SECONDS = 10.0
"""How long the way out may take; the launcher itself waits less."""


def end_with_launcher() -> None:
    """Watches standard input, whose other end the launcher holds, and asks this process to end when it closes."""
    threading.Thread(target=_wait, name="lifeline", daemon=True).start()


def _wait() -> None:
    os.read(0, 1)  # not sys.stdin: its lock would still be held when the interpreter ends
    os.kill(os.getpid(), signal.SIGTERM)
    # Nobody else is left to end what does not end by itself, and an end at any moment loses nothing.
    time.sleep(LAST_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
