"""The launcher: starts the worker processes of a machine, restarts what dies, ends all of them in order.

Comes in: settings and how many workers of each role. Goes out: running processes, what they log, and what became of each
item. A worker that ends with 78 is misconfigured and ends everything; any other end is a crash, restarted with back-off, and
a message that crashes its worker three times is dead-lettered unread (see `pipeline.crashes`).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.crashes import DeathCount, Position
from pipeline.errors import EXIT_CONFIG
from pipeline.logs import log_format
from pipeline.nursery import Child, bear
from pipeline.outcomes import Hello, Settled, decode_message
from pipeline.servers import acting_as
from pipeline.settings import Settings

_FIRST_BACKOFF, _MAX_BACKOFF = 0.5, 30.0
_HEALTHY_SECONDS = 60.0
"""A worker that lived this long begins again with the first back-off."""
DESK = "desk"
"""The role of the desk page: a process like the workers, but no consumer of a stream."""
STOP_SECONDS = 7.0
"""Until the kill: a worker's own deadline plus Faust's way out, and still within the 10 s that Ctrl-C may take."""


@dataclass
class WorkerProcess:
    """One worker: the process, and when to start it again if it died."""

    role: str
    number: int
    metrics_port: int
    position: Position
    position_path: Path
    process: Child | None = None
    readers: list[threading.Thread] = field(default_factory=list)
    started: float = 0.0
    backoff: float = _FIRST_BACKOFF
    restart_at: float | None = None
    serving: int | None = None
    address: str = ""

    @property
    def name(self) -> str:
        """The worker's name for people."""
        return f"{self.role}-{self.number}"


class Launcher:
    """The workers of this machine."""

    def __init__(
        self,
        settings: Settings,
        counts: dict[str, int],
        *,
        folder: Path,
        on_settled: Callable[[Settled], None],
        on_line: Callable[[str], None],
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._settings = settings
        # A worker writes into our pipe, so it can't see whether a person is looking.
        settings = replace(settings, log_format=log_format(settings))
        self._environments = {role: acting_as(role, settings).environment() for role in counts}
        self._on_settled = on_settled
        self._on_line = on_line
        self._deaths = {role: DeathCount() for role in counts}
        self.workers: list[WorkerProcess] = []
        for role, count in counts.items():
            for number in range(1, count + 1):
                self.workers.append(self._worker(role, number, folder))

    def _worker(self, role: str, number: int, folder: Path) -> WorkerProcess:
        path = folder / f"{role}-{number}.position"
        base = self._settings.metrics_port
        port = base + len(self.workers) if base else 0
        return WorkerProcess(role, number, port, Position(path), path)

    def start(self) -> None:
        """Starts all workers."""
        for worker in self.workers:
            self._start(worker)

    def check(self) -> bool:
        """Restarts what died and is due; False once a worker says that it is misconfigured."""
        for worker in self.workers:
            if worker.process is not None and (code := worker.process.exit_code) is not None:
                if code == EXIT_CONFIG:
                    return False
                self._bury(worker, code)
            if worker.restart_at is not None and time.monotonic() >= worker.restart_at:
                self._start(worker)
        return True

    def stop(self) -> None:
        """Ends all workers: asks them, waits, and kills what is left (which loses nothing, only repeats)."""
        running = [worker.process.process for worker in self.workers if worker.process]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
        for worker in self.workers:
            _close(worker)
            worker.position.close()
            worker.position_path.unlink(missing_ok=True)

    def _start(self, worker: WorkerProcess) -> None:
        deadly = [f"{partition}:{offset}" for partition, offset in self._deaths[worker.role].deadly()]
        worker.position.leave()
        module, arguments = "pipeline.desk.__main__", list[str]()
        if worker.role != DESK:
            module = "pipeline.worker"
            arguments = [worker.role, "--number", str(worker.number), "--position", str(worker.position_path)]
            arguments += ["--metrics-port", str(worker.metrics_port), "--deadly", *deadly]
        worker.process = bear(worker.name, module, arguments, self._environments[worker.role])
        worker.started, worker.restart_at, worker.serving, worker.address = time.monotonic(), None, None, ""
        worker.readers = [
            threading.Thread(target=self._read_outcomes, args=(worker, worker.process.outcomes), daemon=True),
            threading.Thread(target=self._read_log, args=(worker.process.log,), daemon=True),
        ]
        for reader in worker.readers:
            reader.start()

    def _bury(self, worker: WorkerProcess, code: int) -> None:
        """Notes a worker's death and when to start it again."""
        place = worker.position.read()
        self._deaths[worker.role].count(place)
        if time.monotonic() - worker.started > _HEALTHY_SECONDS:
            worker.backoff = _FIRST_BACKOFF
        at = f" while reading partition {place[0]} offset {place[1]}" if place else ""
        self._on_line(f"worker {worker.name} ended with {code}{at}; starting it again in {worker.backoff:.1f} s")
        worker.restart_at = time.monotonic() + worker.backoff
        worker.backoff = min(worker.backoff * 2, _MAX_BACKOFF)
        _close(worker)

    def _read_outcomes(self, worker: WorkerProcess, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as pipe:
            for line in pipe:
                if not line.endswith(b"\n"):
                    break  # the worker was killed in the middle of a line; its messages come again
                message = decode_message(line)
                if isinstance(message, Hello):
                    worker.serving, worker.address = message.metrics_port or None, message.address
                    if message.address:
                        self._on_line(f"The desk page is at {message.address}")
                else:
                    self._on_settled(message)

    def _read_log(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as log:
            for line in log:
                self._on_line(line.decode("utf-8", "replace").rstrip("\n"))


def _close(worker: WorkerProcess) -> None:
    """Takes in the last words of a worker that has ended, and closes its lifeline."""
    for reader in worker.readers:
        reader.join(timeout=1)
    if worker.process is not None:
        os.close(worker.process.lifeline)
        worker.process = None
