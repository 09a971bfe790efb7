"""The sample wire: invented stories that travel with the package, dated anew each time they are fed.

Comes in: the current time. Goes out: `Copy` values in the order of the files' names. The newest sample is dated now and the
others keep their distance to it; fed again, each story gets a guid of its own, so that it shows as new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from pipeline.feeds.files import Copy, list_files, read_file
from pipeline.formats import parse
from pipeline.resources import resource
from pipeline.story import Story

FOLDERS = ("text", "json", "newsml-g2")
_TIME = re.compile(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_GUID = re.compile(rb'((?:"guid"\s*:\s*|\bguid=)")([^"]+)"')


def fresh_samples(now: datetime, *, again: bool) -> Iterator[Copy]:
    """The sample wire dated to end now. ``again``: under new guids, beside the samples that were fed before."""
    copies = list(_sample_copies())
    newest = max(_moment(match[0]) for copy in copies for match in _TIME.finditer(copy.value))
    suffix = f"-{now:%Y%m%dT%H%M%S}" if again else ""
    for copy in copies:
        value = _TIME.sub(partial(_shift, by=now - newest), copy.value)
        yield Copy(
            _GUID.sub(partial(_rename, suffix=suffix.encode()), value),
            f"{copy.source}{suffix}",
            copy.content_type,
            now,
        )


def sample_stories() -> list[Story]:
    """The samples as parsed stories with text, for measuring with."""
    now = datetime.now(UTC)
    items = [item for copy in _sample_copies() for item in parse(copy.raw(now))]
    return [item for item in items if isinstance(item, Story) and item.body]


def _sample_copies() -> Iterator[Copy]:
    root = resource("samples")
    for path in sorted(list_files([root / folder for folder in FOLDERS]), key=lambda path: path.name):
        for copy in read_file(path):
            yield Copy(copy.value, _name(path, root), copy.content_type)


def _name(path: Path, root: Path) -> str:
    return f"samples/{path.relative_to(root).as_posix()}"


def _moment(text: bytes) -> datetime:
    return datetime.fromisoformat(text.decode())


def _shift(match: re.Match[bytes], *, by: timedelta) -> bytes:
    return (_moment(match[0]) + by).isoformat(timespec="seconds").encode()


def _rename(match: re.Match[bytes], *, suffix: bytes) -> bytes:
    return match[1] + match[2] + suffix + b'"'
