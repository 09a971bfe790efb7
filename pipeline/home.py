"""The folder of the local servers: where it is, the lock that guards it, and files that are whole or not there.

Comes in: paths. Goes out: a `Home` that is passed on. Never starts or ends anything.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

Say = Callable[[str], None]


@dataclass(frozen=True)
class Home:
    """Where the local servers live and where their packages are kept.

    `heap_mb` is Elasticsearch's heap; None chooses one that suits the machine.
    """

    path: Path
    downloads: Path
    heap_mb: int | None = None

    @property
    def tag(self) -> str:
        """A short name for this home on this machine: it tells its processes from those of every other home."""
        return hashlib.sha256(os.fsencode(self.path.resolve())).hexdigest()[:12]


@dataclass(frozen=True)
class Addresses:
    """Where the local servers listen: `host:port` of Kafka, the URL of Elasticsearch."""

    kafka: str
    elasticsearch: str


def default_home() -> Path:
    """`.dateline` in the checkout that the package runs from, else the user's data folder."""
    checkout = Path(__file__).parents[1]
    if (checkout / "pyproject.toml").is_file():
        return checkout / ".dateline"
    return platformdirs.user_data_path("dateline")


@contextmanager
def locked(file: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Holds the lock `file`, calling `waiting` first if another holds it; the system frees it when its holder dies."""
    import fcntl  # not on Windows, which must get as far as a message that says so

    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_whole(file: Path, text: str) -> None:
    """Writes a file so that a crash leaves either the old one or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    with new.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)
