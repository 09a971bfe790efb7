"""A child process that ends with the launcher, however the launcher went."""

from __future__ import annotations

import os
import signal
import threading


def end_with_launcher() -> None:
    """Watches standard input, whose other end the launcher holds, and asks this process to end when it closes."""
    threading.Thread(target=_wait, name="lifeline", daemon=True).start()


def _wait() -> None:
    os.read(0, 1)  # not sys.stdin: its lock would still be held when the interpreter ends
    os.kill(os.getpid(), signal.SIGTERM)
