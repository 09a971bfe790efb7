"""A folder that files are dropped into: each is fed once it is whole, then moved to `done` or `failed`.

Comes in: files below a folder, by FTP, SFTP, a network share or any program. Goes out: their copy to Kafka, and only once
Kafka has acknowledged it the file to `done`; what can't be fed goes to `failed` with a `NAME.reason.txt` that says why. The
folder itself is the memory: what lies in it is still to do, so a restart loses nothing. A crash between acknowledgement and
move feeds one file twice, which the pipeline takes for the repeat that it is.

A file is whole when two looks at least `settle` seconds apart find the same size and time. A sender that writes under a name
such as `x.xml.part` and renames at the end is quicker and safer still: such names and hidden ones are left alone. Never
deletes a file, never follows a link, and never moves what it has not read: a file that is written again meanwhile is read again.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from watchfiles import Change, awatch

from pipeline.errors import Reject, Retry
from pipeline.feeds.config import DirectoryFeed
from pipeline.feeds.files import JSON_LINES, Copy, read_open_file
from pipeline.feeds.pauses import Backoff, pause
from pipeline.feeds.running import Desk, log
from pipeline.formats.raw import MAX_RAW_BYTES

_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".writing", ".swp", "~")
_MOVING = ".dateline-moving"
"""Hidden sub folder through which a file goes on its way out, so that what is moved is surely what was read."""
_LOOK_EVERY_S = 2.0
"""How often the folder is looked at without being woken: network mounts tell nothing of what others write."""
_EMPTY_SETTLES = 10
"""An empty file is mostly one whose sender has not begun to write: it gets so many times longer to settle."""
_ATTEMPTS = 3
"""Reads of a file that can't be read, before it counts as unreadable: its sender may still set its rights."""
_AT_ONCE = 16
_LINES = 500
_MAX_REASONS = 20


class Seal(NamedTuple):
    """What tells whether a file is still the one that was seen."""

    inode: int
    size: int
    modified: int


class Look(NamedTuple):
    """A file as it was first seen in its present state, and when."""

    seal: Seal
    since: float


class _Changed(Exception):
    """The file is being written again; it settles anew."""


def seal_of(stat: os.stat_result) -> Seal:
    """The seal of a file."""
    return Seal(stat.st_ino, stat.st_size, stat.st_mtime_ns)


def is_left_out(name: str) -> bool:
    """Whether a name is hidden or that of a file which is still being written."""
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


class DirectoryWatch:
    """One watched folder."""

    def __init__(self, feed: DirectoryFeed, desk: Desk) -> None:
        self._feed = feed
        self._desk = desk
        self._root = Path(feed.path)
        self._looks: dict[Path, Look] = {}
        self._attempts: dict[Path, int] = {}
        self._naming = threading.Lock()
        self._fed: dict[Path, tuple[Seal, str | None]] = {}
        """Files that were fed but could not be moved; with why they go to `failed`, or None for `done`."""

    async def run(self) -> None:
        """Watches until the stop; raises `Retry` where the folder is away."""
        await asyncio.to_thread(self._prepare)
        wake = asyncio.Event()
        waking = asyncio.create_task(self._be_woken(wake))
        backoff = Backoff(longest=30.0)
        try:
            while not self._desk.stop.is_set():
                wake.clear()
                try:
                    unsettled = await self.look()
                except Retry as error:
                    seconds = backoff.next()
                    self._desk.failed(str(error), seconds)
                    await pause(self._desk.stop, seconds)
                    continue
                backoff.reset()
                if unsettled:  # woken by every block that is written, we would look without a pause
                    await pause(self._desk.stop, min(self._feed.settle / 2, _LOOK_EVERY_S))
                else:
                    await pause(self._desk.stop, _LOOK_EVERY_S, wake=wake)
        finally:
            waking.cancel()
            with suppress(asyncio.CancelledError):
                await waking

    async def look(self) -> bool:
        """Looks once and feeds what is whole; returns whether files are still settling. Raises `Retry`."""
        ready = await asyncio.to_thread(self._whole_files)
        for start in range(0, len(ready), _AT_ONCE):
            if self._desk.stop.is_set():
                return False
            taken = await asyncio.gather(
                *(self._take(path) for path in ready[start : start + _AT_ONCE]), return_exceptions=True
            )
            for error in taken:
                if isinstance(error, BaseException):
                    raise error
        if not self._looks:
            self._desk.succeeded()
        return bool(self._looks)

    async def _be_woken(self, wake: asyncio.Event) -> None:
        """Sets the event when something changes; ends where the system can't tell, for the plain looks go on."""
        try:
            async for _ in awatch(
                self._root, watch_filter=self._matters, debounce=50, step=20, stop_event=self._desk.stop
            ):
                wake.set()
        except Exception as error:
            log.info("looking only", feed=self._desk.name, reason=str(error), every_s=_LOOK_EVERY_S)

    def _matters(self, change: Change, path: str) -> bool:
        """Whether a change can be a file for us: not what we moved, nor a block of a file under a name of its own."""
        parts = Path(path).relative_to(self._root).parts if Path(path).is_relative_to(self._root) else (path,)
        ours = parts[:1] in ((self._feed.done,), (self._feed.failed,))
        return change != Change.deleted and not ours and not any(is_left_out(part) for part in parts)

    # --- looking -------------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        if not self._root.is_dir():
            raise Retry(f"{self._root} is no folder: make it, or mount it")
        try:
            for name in (self._feed.done, self._feed.failed):
                (self._root / name).mkdir(exist_ok=True)
            self._recover()
        except OSError as error:
            raise Retry(f"{self._root}: expected a folder that we may write to, got {error}") from error

    def _recover(self) -> None:
        """Puts files back that were on their way out when we were killed; they are fed once more."""
        moving = self._root / _MOVING
        for folder, _, names in os.walk(moving):
            for name in names:
                path = Path(folder, name)
                self._put_back(path, self._root / path.relative_to(moving))

    def _whole_files(self) -> list[Path]:
        """The files that have settled, oldest first."""
        now = time.monotonic()
        found: dict[Path, Look] = {}
        whole: list[tuple[int, Path]] = []
        try:
            for entry in self._walk(str(self._root), top=True):
                with suppress(FileNotFoundError):
                    path, seal = Path(entry.path), seal_of(entry.stat(follow_symlinks=False))
                    before = self._looks.get(path)
                    look = before if before and before.seal == seal else Look(seal, now)
                    settle = self._feed.settle * (1 if seal.size else _EMPTY_SETTLES)
                    if before and now - look.since >= settle * 2 ** self._attempts.get(path, 0):
                        whole.append((seal.modified, path))
                    found[path] = look
        except OSError as error:
            raise Retry(f"{self._root} can't be read ({error}): is it mounted?") from error
        self._looks = found
        self._attempts = {path: count for path, count in self._attempts.items() if path in found}
        self._fed = {path: fed for path, fed in self._fed.items() if path in found and found[path].seal == fed[0]}
        return [path for _, path in sorted(whole)]

    def _walk(self, folder: str, *, top: bool = False) -> Iterator[os.DirEntry[str]]:
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            if top:
                raise
            return
        for entry in entries:
            if is_left_out(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                if not (top and entry.name in (self._feed.done, self._feed.failed)):
                    yield from self._walk(entry.path)
            elif entry.is_file(follow_symlinks=False):
                yield entry

    # --- taking --------------------------------------------------------------------------------------------------------

    async def _take(self, path: Path) -> None:
        """Feeds one file and moves it. Raises `Retry` where Kafka is away; the file then stays."""
        seal = self._looks[path].seal
        try:
            if path in self._fed:
                why = self._fed[path][1]
            else:
                why = await self._feed_file(path, seal)
                self._fed[path] = (seal, why)
            await asyncio.to_thread(self._move_out, path, seal, why)
        except _Changed:
            return  # settles anew
        except FileNotFoundError:
            pass  # somebody took it away
        except OSError as error:
            # It was read and can't be moved: it must not be fed again and again.
            log.error("can't be moved", feed=self._desk.name, source=path.as_posix(), reason=str(error))
            self._looks[path] = Look(seal, time.monotonic() + _LOOK_EVERY_S)
            return
        self._looks.pop(path, None)
        self._fed.pop(path, None)

    async def _feed_file(self, path: Path, seal: Seal) -> str | None:
        """Feeds the messages of a file; returns why it goes to `failed`, None for `done`."""
        fed, reasons = 0, list[str]()
        try:
            with await asyncio.to_thread(path.open, "rb") as file:
                copies = read_open_file(file, path)
                while part := await asyncio.to_thread(self._read_part, copies, file, path, seal):
                    answers = await asyncio.gather(*(self._desk.feed(copy) for copy in part), return_exceptions=True)
                    for number, answer in enumerate(answers, fed + len(reasons) + 1):
                        if isinstance(answer, Reject):
                            self._desk.refused(path.as_posix(), answer)
                            which = f"message {number}: " if path.suffix.lower() in JSON_LINES else ""
                            reasons.append(f"{which}{answer.kind}: {answer.reason}")
                        elif isinstance(answer, BaseException):
                            raise answer
                    fed += sum(answer is None for answer in answers)
        except FileNotFoundError:
            raise
        except OSError as error:
            self._attempts[path] = self._attempts.get(path, 0) + 1
            if self._attempts[path] < _ATTEMPTS:
                self._looks[path] = Look(seal, time.monotonic())
                raise _Changed from error
            reject = Reject("unreadable", f"the file can't be read: {error}")
            self._desk.refused(path.as_posix(), reject)
            return f"{reject.kind}: {reject.reason}"
        if not reasons and not fed:
            reject = Reject("empty", "nothing in it")
            self._desk.refused(path.as_posix(), reject)
            return f"{reject.kind}: {reject.reason}"
        if fed:
            log.info("fed", feed=self._desk.name, source=path.as_posix(), messages=fed)
        return _reason(reasons, fed) if reasons else None

    def _read_part(self, copies: Iterator[Copy], file: BinaryIO, path: Path, seal: Seal) -> list[Copy]:
        """The next messages; raises `_Changed` where the file is no longer the one that settled."""
        part: list[Copy] = []
        size = 0
        for copy in islice(copies, _LINES):
            part.append(copy)
            size += len(copy.value)
            if size > 4 * MAX_RAW_BYTES:
                break
        if seal_of(os.fstat(file.fileno())) != seal:
            raise _Changed
        return part

    # --- moving --------------------------------------------------------------------------------------------------------

    def _move_out(self, path: Path, seal: Seal, why: str | None) -> None:
        """Moves what was read; what came under the same name meanwhile goes back and is read too."""
        below = path.relative_to(self._root)
        moving = self._root / _MOVING / below
        moving.parent.mkdir(parents=True, exist_ok=True)
        if moving.exists():  # a recovery that failed half-way
            self._put_back(moving, path)
        path.rename(moving)
        if seal_of(moving.stat(follow_symlinks=False)) != seal:
            self._put_back(moving, path)
            raise _Changed
        try:
            self._file_away(moving, below, why)
        except OSError:
            self._put_back(moving, path)
            raise

    def _file_away(self, moving: Path, below: Path, why: str | None) -> None:
        target = self._root / (self._feed.failed if why else self._feed.done) / below
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._naming:  # between choosing a name and taking it
            target = free_name(target)
            shutil.move(moving, target)  # a rename, also where `done` is a mount of its own
        if why:
            with suppress(OSError):  # the file lies where it should; the log has the reason too
                target.with_name(f"{target.name[:240]}.reason.txt").write_text(why + "\n", "utf-8")

    def _put_back(self, moving: Path, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.hardlink_to(moving)  # unlike a rename it never replaces a file that came just now
            moving.unlink()
        except OSError:
            moving.rename(free_name(path))


def free_name(path: Path) -> Path:
    """The path, or where it is taken ``story-2.xml``, ``story-3.xml`` and so on."""
    if not os.path.lexists(path):
        return path

    def numbered(number: int) -> Path:
        stem = path.stem[: 230 - len(path.suffix)] if len(path.name) > 230 else path.stem
        return path.with_name(f"{stem}-{number}{path.suffix}")

    taken, free = 1, 2
    while os.path.lexists(numbered(free)):
        taken, free = free, free * 2
    while free - taken > 1:  # an agency that sends latest.xml every minute fills the folder with one name
        middle = (taken + free) // 2
        taken, free = (middle, free) if os.path.lexists(numbered(middle)) else (taken, middle)
    return numbered(free)


def _reason(reasons: list[str], fed: int) -> str:
    more = [f"and {len(reasons) - _MAX_REASONS} more"] if len(reasons) > _MAX_REASONS else []
    others = [f"The other {fed} messages of the file were fed."] if fed else []
    return "\n".join([*reasons[:_MAX_REASONS], *more, *others])
