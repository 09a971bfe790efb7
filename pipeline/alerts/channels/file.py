"""Alerts as JSON lines at the end of a file.

A line is one write to a file opened for appending, so that several workers can share the file, and is on the disk before the alert counts
as delivered. At least once: a repeat is a second line with the same id. Where a write broke off (the disk was full), the next one
begins on a line of its own.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from pipeline.alerts.alert import Alert, encode_alert
from pipeline.alerts.channels.blocking import OwnThread
from pipeline.alerts.channels.channel import Channel, NotDelivered
from pipeline.alerts.channels.options import FilePath, Options, Place

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class FileOptions(Options, frozen=True, kw_only=True, tag="file"):
    """JSON lines at the end of a file."""

    path: Annotated[FilePath, Meta(description="The file; relative to the folder of the channels file.")]

    def make(self, name: str, place: Place) -> Channel:
        """The channel."""
        return FileChannel(name, place.path(self.path), timeout=self.timeout)


class FileChannel:
    """Appends to one file; makes its folders."""

    type = "file"

    def __init__(self, name: str, path: Path, *, timeout: float) -> None:
        self.name = name
        self.timeout = timeout
        self._path = path
        self._thread = OwnThread(name, timeout)

    async def send(self, alert: Alert) -> None:
        """One line."""
        await self._thread.run(partial(append_lines, self._path, [encode_alert(alert)]))

    async def send_digest(self, alerts: Sequence[Alert], title: str) -> None:
        """A line each, so that all lines of the file are of one kind."""
        await self._thread.run(partial(append_lines, self._path, [encode_alert(alert) for alert in alerts]))

    async def close(self) -> None:
        """The file is open only while it is written."""
        self._thread.close()


def append_lines(path: Path, lines: Sequence[bytes]) -> None:
    """Appends the lines in one write; raises `NotDelivered` where the file can't be written."""
    text = b"".join(line + b"\n" for line in lines)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, _FLAGS, 0o644)
        try:
            text = _on_its_own_line(descriptor, text)
            if (written := os.write(descriptor, text)) < len(text):
                raise NotDelivered(
                    f"{path}: expected to write {len(text)} bytes, wrote {written}: make room on the disk"
                )
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise NotDelivered(f"{path}: expected a file that can be written: {error.strerror or error}") from error


def _on_its_own_line(descriptor: int, text: bytes) -> bytes:
    """The text, after a line end where the file lacks its last one."""
    size = os.fstat(descriptor).st_size
    return b"\n" + text if size and os.pread(descriptor, 1, size - 1) != b"\n" else text
