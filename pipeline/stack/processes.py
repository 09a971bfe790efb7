"""The servers' processes: starting one that outlives us, finding ours, ending them.

A process is ours when its command line carries our mark, the server's name and the tag of its home, and it runs as us
(or we are root). A process number alone proves nothing: it is given again after a crash or a restart of the machine.
Nothing but marked processes is ever ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.home import Home

# How long a server may take to close its files; Kafka needs 1 s, Elasticsearch 1 to 2 s on an idle machine.
_PATIENCE_S = 5.0
_SERVER = "-Ddateline.server="
# A setting of Elasticsearch without effect: its launcher, first a shell and then a Java program, takes no others.
_LAUNCHER = "-Enode.attr.dateline="


@dataclass(frozen=True)
class User:
    """Whom a server runs as when we are root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Mark:
    """What the command lines of one server of one home carry."""

    text: str

    @property
    def server(self) -> str:
        """The argument of the process that serves."""
        return _SERVER + self.text

    @property
    def launcher(self) -> str:
        """The argument of a process that only starts the one that serves."""
        return _LAUNCHER + self.text


def mark_of(home: Home, name: str) -> Mark:
    """The mark of a home's server."""
    return Mark(f"{name}@{home.tag}")


def _carries(process: psutil.Process, *arguments: str) -> bool:
    try:
        ours = os.geteuid() in (0, process.uids().real)
        return ours and not set(arguments).isdisjoint(process.cmdline())  # of a zombie it can't be read
    except psutil.Error:
        return False


def find_server(mark: Mark, pid: int | None = None) -> psutil.Process | None:
    """The process that serves; `pid` is where to look, without it all processes are looked through."""
    if pid is None:
        return next((process for process in psutil.process_iter() if _carries(process, mark.server)), None)
    try:
        process = psutil.Process(pid)
    except psutil.Error:
        return None
    return process if _carries(process, mark.server) else None


def find_all(mark: Mark, started: int | None = None) -> list[psutil.Process]:
    """Every process with the mark, launchers too, also those that a crashed start has left.

    `started` is the number of a process that we have just started, which may not have come to its final command yet.
    """
    found = [process for process in psutil.process_iter() if _carries(process, mark.server, mark.launcher)]
    if started is not None and is_alive(started) and started not in {process.pid for process in found}:
        found.append(psutil.Process(started))
    return found


def is_alive(pid: int) -> bool:
    """Whether a process that we have just started is still there."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def run_as(
    user: User | None, command: Sequence[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end in a session of its own, as `user` where one is given; its output is in the result."""
    return subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        start_new_session=True,
        check=False,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )


def spawn(user: User | None, command: Sequence[str], environment: Mapping[str, str], console: Path) -> int:
    """Starts a server and returns its process number; its output goes to `console`.

    The shell in between makes the system its parent, so it outlives us, and no dead child waits for us to look.
    """
    script = '"$@" </dev/null >"$0" 2>&1 & echo $!'
    result = run_as(user, ["/bin/sh", "-c", script, str(console), *command], environment)
    return int(result.stdout)


def end(processes: Sequence[psutil.Process]) -> None:
    """Ends processes: asks all at once, waits, then kills those that are left."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in _living(processes):
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        patience = time.monotonic() + _PATIENCE_S
        while _living(processes) and time.monotonic() < patience:
            time.sleep(0.05)


def _living(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if process.is_running() and is_alive(process.pid)]
