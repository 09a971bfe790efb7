"""Where worker processes come from: one process that has imported their code, and forks each of them.

Importing takes a worker three seconds of processor. Here it is done once for all of them, and one that died is back at once.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from setproctitle import setproctitle

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["pipeline.worker", "pipeline.cli"])  # the command is the main module of each child


@dataclass(frozen=True)
class Child:
    """A process and our ends of what connects us, as file descriptors for the caller to close.

    ``lifeline``: as long as it is open the child lives; ``log``: what it prints; ``outcomes``: what it tells the launcher.
    """

    process: ForkServerProcess
    lifeline: int
    log: int
    outcomes: int

    @property
    def pid(self) -> int:
        """The process id."""
        assert self.process.pid is not None  # noqa: S101 - it was started
        return self.process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, a signal's number negative; None while it lives."""
        return self.process.exitcode


def bear(name: str, module: str, arguments: Sequence[str], environment: dict[str, str]) -> Child:
    """Starts a process that ends with the exit code of ``main`` in the module, called with the arguments."""
    (lives, lifeline), (log, prints), (outcomes, tells) = os.pipe(), os.pipe(), os.pipe()
    given = Connection(lives, writable=False), Connection(prints, readable=False), Connection(tells, readable=False)
    # A daemon: if we end by an error, we don't wait for it.
    process = _FORKING.Process(
        target=_live, args=(name, module, list(arguments), os.environ | environment, *given), daemon=True
    )
    # The process that forks may be started here, and Ctrl-C in the terminal must not reach it. Its helper goes first: starting that
    # lets the signal in again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    process.start()
    for end in given:
        end.close()
    return Child(process, lifeline, log, outcomes)


def _live(
    name: str,
    module: str,
    arguments: list[str],
    environment: dict[str, str],
    lifeline: Connection,
    log: Connection,
    outcomes: Connection,
) -> None:
    os.setsid()  # the launcher alone ends us
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    setproctitle(f"dateline {name}")  # first: it finds its room by where the environment begins
    os.environ.update(environment)
    for connection, standard in ((lifeline, 0), (log, 1), (log, 2)):
        os.dup2(connection.fileno(), standard)
    sys.exit(import_module(module).main([*arguments, "--pipe", str(outcomes.fileno()), "--lifeline"]))
