"""Raw copy from files, folders and standard input.

Comes in: paths, or a binary stream. Goes out: `Copy` values, one per message for `wire.raw`. A file is one message, whatever
items it holds; JSON lines are one message a line, so that a file of any length passes. Never parses a story.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from pipeline.errors import NOT_JSON, WrongUse
from pipeline.formats.raw import MAX_RAW_BYTES, RawCopy

CONTENT_TYPES = {
    ".txt": "text/plain",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".xml": "application/xml",
}
JSON_LINES = (".jsonl", ".ndjson")
_BLANKS = b" \t\r\n\xef\xbb\xbf"


@dataclass(frozen=True)
class Copy:
    """The bytes of one message with what the feed knows of them; `RawCopy` describes the fields."""

    value: bytes
    source: str | None = None
    content_type: str | None = None
    modified: datetime | None = None
    feed: str | None = None
    providers: tuple[str, ...] = ()
    format: str | None = None

    def raw(self, received: datetime) -> RawCopy:
        """The copy as READ gets it."""
        return RawCopy(
            value=self.value,
            received=received,
            source=self.source,
            content_type=self.content_type,
            modified=self.modified,
            feed=self.feed,
            providers=self.providers,
            format=self.format,
        )


@dataclass(frozen=True)
class Label:
    """What a feed knows of all its copy: its name, whom it may speak for, and the form of the copy where that is fixed."""

    feed: str | None = None
    providers: tuple[str, ...] = ()
    format: str | None = None
    content_type: str | None = None
    charset: str | None = None

    def on(self, copy: Copy) -> Copy:
        """The copy with what the feed knows; what the feed fixes goes before what the copy brought."""
        content_type = self.content_type or copy.content_type
        if self.charset:
            media = (content_type or "application/octet-stream").partition(";")[0].strip()
            content_type = f"{media}; charset={self.charset}"
        return replace(
            copy,
            feed=self.feed or copy.feed,
            providers=self.providers or copy.providers,
            format=self.format or copy.format,
            content_type=content_type,
        )


def list_files(paths: Iterable[Path]) -> list[Path]:
    """The files that the paths name, folders with all below them, hidden files left out, by name."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise WrongUse(f"{path}: no such file or folder")
        found += sorted(_walk(path)) if path.is_dir() else [path]
    return found


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


def read_file(path: Path) -> Iterator[Copy]:
    """The messages of one file; its name as given is the source."""
    with path.open("rb") as file:
        yield from read_open_file(file, path)


def read_open_file(file: BinaryIO, path: Path) -> Iterator[Copy]:
    """`read_file` of a file that is open already."""
    modified = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    if path.suffix.lower() in JSON_LINES:
        yield from (Copy(line, path.as_posix(), "application/json", modified) for line in _lines(file))
    else:
        # One byte more than passes shows that it is too long, without taking a whole disk image into memory.
        value = file.read(MAX_RAW_BYTES + 1)
        yield Copy(value, path.as_posix(), CONTENT_TYPES.get(path.suffix.lower()), modified)


def split_lines(body: bytes) -> Iterator[bytes]:
    """The lines of JSON lines in memory."""
    return _lines(io.BytesIO(body))


def read_stream(stream: BinaryIO, source: str | None = None) -> Iterator[Copy]:
    """The messages of standard input: JSON lines if it begins with ``{``, else one raw item.

    An object over several lines is one item; that is known once its first line does not parse.
    """
    lines = _lines(stream)
    first = next(lines, b"")
    if first.lstrip(_BLANKS).startswith(b"{") and _is_json(first):
        yield Copy(first, source, "application/json")
        yield from (Copy(line, source, "application/json") for line in lines)
    elif first:
        yield Copy(first + stream.read(MAX_RAW_BYTES + 1), source)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines that are not blank; of one that is too long to pass the beginning, which is refused like any long copy."""
    while line := file.readline(MAX_RAW_BYTES + 1):
        if line.strip(_BLANKS):
            yield line
        while len(line) > MAX_RAW_BYTES and not line.endswith(b"\n"):
            line = file.readline(MAX_RAW_BYTES + 1)


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line.lstrip(b"\xef\xbb\xbf"))
    except NOT_JSON:
        return False
    return True
