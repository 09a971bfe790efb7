"""Raw copy from files, folders and standard input.

Comes in: paths, or a binary stream. Goes out: `Copy` values, one per message for `wire.raw`. A file is one message, whatever
items it holds; JSON lines are one message a line, so that a file of any length passes. Never parses a story.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import msgspec

from pipeline.errors import WrongUse
from pipeline.formats.raw import MAX_RAW_BYTES, RawCopy

CONTENT_TYPES = {
    ".txt": "text/plain",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".xml": "application/xml",
}
_JSON_LINES = (".jsonl", ".ndjson")


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
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    content_type = CONTENT_TYPES.get(path.suffix.lower())
    if path.suffix.lower() in _JSON_LINES:
        with path.open("rb") as file:
            yield from (
                Copy(line, path.as_posix(), "application/json", modified)
                for line in file
                if line.strip(b" \t\r\n\xef\xbb\xbf")
            )
    else:
        with path.open("rb") as file:
            # One byte more than passes shows that it is too long, without taking a whole disk image into memory.
            yield Copy(file.read(MAX_RAW_BYTES + 1), path.as_posix(), content_type, modified)


def read_stream(stream: BinaryIO, source: str | None = None) -> Iterator[Copy]:
    """The messages of standard input: JSON lines if it begins with ``{``, else one raw item.

    An object over several lines is one item; that is known once its first line does not parse.
    """
    first = b""
    while not first.strip(b" \t\r\n\xef\xbb\xbf"):
        line = stream.readline()
        if not line:
            return
        first = line
    if first.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(b"{") and _is_json(first):
        yield from (Copy(line, source, "application/json") for line in chain([first], stream) if line.strip())
    else:
        yield Copy(first + stream.read(MAX_RAW_BYTES + 1), source)


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line.lstrip(b"\xef\xbb\xbf"))
    except msgspec.DecodeError:
        return False
    return True
