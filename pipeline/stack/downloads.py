"""Fetches the packages of the local servers from Maven repositories into the downloads folder.

A package appears under its final name only after its checksum was right, so a fetch that was cut short is taken up
where it stopped and nothing half-fetched is ever used. Several homes may share a folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import Fatal
from pipeline.home import Say, locked
from pipeline.stack.packages import Package, missing_in
from pipeline.stack.room import MIB

_AT_ONCE = 6
_TRIES = 3
_PROGRESS_EVERY_S = 5.0
_PARTIAL = ".partial-"


class _Cancelled(Exception):
    pass


class _Progress:
    """Bytes fetched so far, counted by the threads that fetch."""

    def __init__(self) -> None:
        self.bytes = 0
        self.cancelled = False
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        if self.cancelled:
            raise _Cancelled
        with self._lock:
            self.bytes += count

    @contextmanager
    def file(self, name: str, size: int) -> Iterator[Callable[[int], None]]:
        """What jgo wants to report to."""
        yield self.add


def fetch(
    packages: Sequence[Package], folder: Path, say: Say, *, title: str, repositories: Mapping[str, str] | None = None
) -> None:
    """Makes sure that `folder` has the packages; `repositories` (name → URL) None means the ones jgo knows."""
    if not missing_in(folder, packages):
        return
    try:
        with locked(folder / ".lock", lambda: say(f"Waiting for another fetch into {folder} …")):
            _fetch_missing(missing_in(folder, packages), folder, say, title, repositories)
    except OSError as error:
        raise Fatal(f"{folder} must be a folder that we can write to: {error}") from error


def _fetch_missing(
    missing: Sequence[Package], folder: Path, say: Say, title: str, repositories: Mapping[str, str] | None
) -> None:
    for leftover in folder.glob(f"{_PARTIAL}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if not missing:
        return
    total = sum(package.size for package in missing)
    files = f"{len(missing)} files" if len(missing) > 1 else "1 file"
    say(f"Fetching {title} ({files}, {total / MIB:.0f} MiB) …")
    began, progress = time.monotonic(), _Progress()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            futures = {pool.submit(_fetch_one, package, folder, progress, repositories) for package in missing}
            while futures:
                done, futures = wait(futures, timeout=_PROGRESS_EVERY_S, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
                if futures:
                    say(f"Fetching {title}: {progress.bytes / MIB:.0f} of {total / MIB:.0f} MiB …")
        finally:
            progress.cancelled = True
            pool.shutdown(wait=False, cancel_futures=True)
    say(f"Fetched {files} in {time.monotonic() - began:.0f} s")


def _fetch_one(package: Package, folder: Path, progress: _Progress, repositories: Mapping[str, str] | None) -> None:
    for attempt in range(1, _TRIES + 1):
        try:
            progress.add(0)
            with tempfile.TemporaryDirectory(prefix=_PARTIAL, dir=folder) as partial:
                file = _download(package, Path(partial), progress, repositories)
                _check(file, package)
                _put(file, folder / package.path)
            return
        except _Cancelled:
            return
        except (OSError, RuntimeError, ValueError) as error:  # jgo raises RuntimeError, requests a kind of OSError
            if attempt == _TRIES:
                raise Fatal(
                    f"could not fetch {package.name}: a Maven repository must be reachable over the network, or "
                    "DATELINE_DOWNLOADS must name a folder that has the files, laid out as a Maven repository. "
                    f"What happened: {type(error).__name__}, {str(error)[:300]}"
                ) from error
            time.sleep(attempt)


def _download(package: Package, into: Path, progress: _Progress, repositories: Mapping[str, str] | None) -> Path:
    from jgo.maven import MavenContext, PythonResolver  # a slow import, needed only now

    context = MavenContext(
        repo_cache=into,
        resolver=PythonResolver(progress_callback=progress.file),
        remote_repos=dict(repositories) if repositories is not None else None,
    )
    component = context.project(package.group, package.artifact).at_version(package.version)
    return Path(component.artifact(packaging=package.packaging).resolve())


def _check(file: Path, package: Package) -> None:
    """jgo itself only warns of a wrong checksum, and a connection that broke off leaves a short file."""
    size = file.stat().st_size
    if size != package.size:
        raise ValueError(f"{package.size} bytes expected, {size} came")
    with file.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != package.sha256:
            raise ValueError("its checksum is wrong")


def _put(file: Path, target: Path) -> None:
    with file.open("rb") as stream:
        os.fsync(stream.fileno())  # or a power cut could leave the name without the bytes
    file.chmod(0o644)
    target.parent.mkdir(parents=True, exist_ok=True)
    file.replace(target)
