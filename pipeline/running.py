"""`dateline run`: servers, set-up, workers, and what a person sees of them, until Ctrl-C or until all is settled."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from pipeline.documents.indices import index_names
from pipeline.errors import Fatal, Retry
from pipeline.launcher import Launcher
from pipeline.outcomes import Tally
from pipeline.searching import Found, Watcher
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect
from pipeline.streams import Lag, LagWatch

_TICK = 0.2
_LAG_EVERY = 1.0
_MISCONFIGURED = "a worker is misconfigured; its last log line above says what to do"


class Stop(BaseException):
    """Somebody asked us to end (Ctrl-C, SIGTERM). Like KeyboardInterrupt not an Exception, so that no library keeps it."""


@dataclass
class Progress:
    """What is known while the pipeline runs, for whoever shows it."""

    started: float = field(default_factory=time.monotonic)
    tally: Tally = field(default_factory=Tally)
    lags: list[Lag] = field(default_factory=list)

    @property
    def settled(self) -> int:
        """Items that have their outcome."""
        return sum(self.tally.counts.values())

    @property
    def lag(self) -> int:
        """Messages that wait in the streams."""
        return sum(lag.messages for lag in self.lags)


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Turns Ctrl-C and SIGTERM into `Stop`, once; what follows is done in peace.

    Yields an event that is set as well: an exception that comes in the middle of a library's callback can be lost.
    """
    asked = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        asked.set()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)
        raise Stop

    before = {name: signal.signal(name, stop) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@contextmanager
def only_one(folder: Path) -> Iterator[Path]:
    """Holds the run lock of a home, so that two runs don't end each other's servers; yields the file for its state."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Fatal(
                f"`dateline run` is already running for {folder}: feed it with `dateline feed`, look with "
                "`dateline status`, or set another DATELINE_HOME"
            ) from error
        state = folder / "run.json"
        try:
            yield state
        finally:
            state.unlink(missing_ok=True)


def run_workers(
    settings: Settings,
    counts: dict[str, int],
    *,
    state: Path,
    feed: Callable[[], None] | None,
    until_idle: bool,
    stop: threading.Event,
    show: Callable[[Progress, list[Found]], None],
    say: Callable[[str], None],
) -> Progress:
    """Runs the workers until `Stop`, or until all that ``feed`` fed is settled; ends them in order in any case."""
    progress = Progress()
    launcher = Launcher(settings, counts, folder=state.parent / "workers", on_settled=progress.tally.add, on_line=say)
    watcher = Watcher(connect(settings), index_names(settings), datetime.now(UTC))
    try:
        launcher.start()
        if feed is not None:
            feed()
        _watch(settings, launcher, watcher, progress, state, until_idle=until_idle, stop=stop, show=show)
    finally:
        launcher.stop()
    show(progress, list(_look(watcher)))
    return progress


def run_role(
    settings: Settings, counts: dict[str, int], *, state: Path, stop: threading.Event, say: Callable[[str], None]
) -> NoReturn:
    """Runs the workers of one role until `Stop`, as a pod among many: nothing is set up and nothing watched, for which its users in Kafka
    and Elasticsearch have no right, and headlines are no log lines.
    """
    launcher = Launcher(settings, counts, folder=state.parent / "workers", on_settled=lambda settled: None, on_line=say)
    try:
        launcher.start()
        while launcher.check():
            write_state(state, launcher)
            if stop.wait(_LAG_EVERY):
                raise Stop
        raise Fatal(_MISCONFIGURED)
    finally:
        launcher.stop()


def _watch(
    settings: Settings,
    launcher: Launcher,
    watcher: Watcher,
    progress: Progress,
    state: Path,
    *,
    until_idle: bool,
    stop: threading.Event,
    show: Callable[[Progress, list[Found]], None],
) -> None:
    looked = 0.0
    lag_watch = LagWatch(settings)
    while True:
        if not launcher.check():
            raise Fatal(_MISCONFIGURED)
        if time.monotonic() - looked >= _LAG_EVERY:
            looked = time.monotonic()
            write_state(state, launcher)
            progress.lags = lag_watch.read() or progress.lags
            if until_idle and progress.lags and progress.lag == 0:
                return
        show(progress, list(_look(watcher)))
        if stop.wait(_TICK):
            raise Stop


def _look(watcher: Watcher) -> list[Found]:
    try:
        return list(watcher.look())
    except Retry:
        return []  # Elasticsearch is away: the workers wait and say so


def write_state(path: Path, launcher: Launcher) -> None:
    """Writes what `dateline status` shows of a running pipeline."""
    workers = [
        {
            "name": worker.name,
            "pid": worker.process.pid if worker.process else None,
            "metrics_port": worker.serving,
            "address": worker.address,
        }
        for worker in launcher.workers
    ]
    temporary = path.with_suffix(".tmp")
    with suppress(OSError):  # a full disk hides the workers from `status`; it must not end them
        temporary.write_text(json.dumps({"pid": os.getpid(), "workers": workers}))
        temporary.replace(path)


def read_state(home: Path) -> dict[str, Any] | None:
    """What a running pipeline says of itself; None where none runs here."""
    try:
        with (home / "run.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            found: dict[str, Any] = json.loads((home / "run.json").read_text())
        except (OSError, ValueError):
            return {"pid": None, "workers": []}
        return found
    except OSError:
        return None
    return None
