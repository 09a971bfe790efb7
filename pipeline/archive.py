"""An archive of all that came in: a folder of compressed JSON lines, one version of a story a line, that `dateline replay` reads again.

Comes in: the versions and kills that the index holds, and a folder. Goes out: `2026-11-12.0001.ndjson.gz` and so on for the versions received
that day (UTC), `kills.0001.ndjson.gz` for the kills in force, and `archive.json`, which says what is complete; and the stories back. A file
is there whole or not at all. Written again, only days that have grown are: made to run daily, and to go on where it was cut off. A
day that has shrunk in the index stays, since an archive keeps what `prune` removes.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec
from elasticsearch import Elasticsearch

from pipeline.documents.document import state_of
from pipeline.documents.indices import Indices
from pipeline.errors import Reject, WrongUse
from pipeline.scanning import scan
from pipeline.sinks.elastic import elastic_errors
from pipeline.story import SCHEMA_VERSION, Story, decode_story, encode_story

CONTENTS = "archive.json"
KILLS, UNDATED = "kills", "undated"
PART = 50_000
"""Versions in a file: some 100 MB of it, so that one that was cut off costs little."""
_LEVEL = 6
_LONGEST_LINE = 16 * 1024 * 1024
"""Of a file unpacked: twice the longest story. A small file can hold far more."""
_KILLED: dict[str, Any] = {"term": {"pubstatus": "canceled"}}

Query = dict[str, Any]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What the archive holds of one day, or of the kills. ``stories``: how many lines."""

    stories: int
    files: tuple[str, ...]


class Contents(msgspec.Struct, kw_only=True):
    """`archive.json`: the parts by day or name."""

    parts: dict[str, Part] = msgspec.field(default_factory=dict)
    format: str = "dateline-archive-1"
    schema_version: int = msgspec.field(default_factory=lambda: SCHEMA_VERSION)


def is_archive(folder: Path) -> bool:
    """Whether `write_archive` made the folder."""
    return (folder / CONTENTS).is_file()


def write_archive(
    client: Elasticsearch,
    names: Indices,
    folder: Path,
    *,
    since: date | None = None,
    part: int = PART,
    say: Callable[[str], None] = lambda line: None,
) -> Contents:
    """Writes what the archive does not hold yet, or the days since one, and returns what is in it now.

    Raises `WrongUse` for a folder that can't be written to, or that holds something else.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        contents = _read_contents(folder) if is_archive(folder) else _begin(folder)
        with elastic_errors():
            client.indices.refresh(index=names.all_versions)
        for name, query in _days(client, names, since):
            with elastic_errors():
                count = client.count(index=names.all_versions, query=query)["count"]
            known = contents.parts.get(name)
            if count <= (known.stories if known else 0):
                continue
            hits = scan(client, names.all_versions, query, size=500)
            _write_part(folder, contents, name, (msgspec.json.encode(hit["_source"]) for hit in hits), part)
            say(f"{name}: {contents.parts[name].stories} versions")
        _write_part(folder, contents, KILLS, map(encode_story, _kills(client, names)), part)
    except OSError as error:
        raise WrongUse(f"{error.filename or folder}: {error.strerror}") from error
    return contents


def read_archive(folder: Path, *, since: datetime | None = None) -> Iterator[Story]:
    """The stories of an archive, or those received since a time, the kills last; raises `WrongUse` for a damaged file."""
    contents = _read_contents(folder)
    for name in sorted(contents.parts, key=lambda name: (name == KILLS, name)):
        if since is not None and name < since.astimezone(UTC).date().isoformat():
            continue
        for file in contents.parts[name].files:
            for story in _read_file(folder / Path(file).name):
                if since is None or story.received is None or story.received >= since:
                    yield story


def _begin(folder: Path) -> Contents:
    """An archive without anything in it, so that a run that is cut off can go on."""
    if any(folder.iterdir()):
        raise WrongUse(f"{folder} holds other files: name an empty folder, or one that `dateline export` wrote")
    _write_contents(folder, contents := Contents())
    return contents


def _days(client: Elasticsearch, names: Indices, since: date | None) -> Iterator[tuple[str, Query]]:
    """Each day on which versions were received, with what finds them; and those without a time."""
    texts = {"bool": {"must_not": [_KILLED]}}
    with elastic_errors():
        ends = [
            client.search(
                index=names.all_versions,
                query=texts,
                sort=[{"received": order}],
                size=1,
                source={"includes": ["received"]},
            )
            for order in ("asc", "desc")
        ]
    times = [
        datetime.fromisoformat(hit["_source"]["received"])
        for end in ends
        for hit in end["hits"]["hits"]
        if hit["_source"].get("received")
    ]
    first, last = (it.astimezone(UTC).date() for it in (min(times), max(times))) if times else (date.max, date.min)
    day = max(first, since or first)
    while day <= last:
        begin = datetime.combine(day, time(), UTC)
        bounds = {"gte": begin.isoformat(), "lt": (begin + timedelta(days=1)).isoformat()}
        yield day.isoformat(), {"bool": {"filter": [{"range": {"received": bounds}}], "must_not": [_KILLED]}}
        day += timedelta(days=1)
    yield UNDATED, {"bool": {"must_not": [_KILLED, {"exists": {"field": "received"}}]}}


def _kills(client: Elasticsearch, names: Indices) -> Iterator[Story]:
    """The kills in force. What a person released is not among them, and a kill that bears the number of its text is in no version."""
    with elastic_errors():
        client.indices.refresh(index=names.everything)
    for hit in scan(client, names.everything, _KILLED, size=500):
        state = state_of(hit["_source"])
        if state.killed and state.kill is not None:
            yield state.kill


def _write_part(folder: Path, contents: Contents, name: str, lines: Iterable[bytes], limit: int) -> None:
    """Writes the files of a day or of the kills, then says that they are there."""
    remaining, files, stories = iter(lines), list[str](), 0
    while True:
        file = f"{name}.{len(files) + 1:04}.ndjson.gz"
        written = _write_file(folder / file, islice(remaining, limit))
        if not written:
            break
        files.append(file)
        stories += written
    before = contents.parts.pop(name, None)
    if files:
        contents.parts[name] = Part(stories=stories, files=tuple(files))
    _write_contents(folder, contents)
    for file in set(before.files if before else ()) - set(files):
        (folder / Path(file).name).unlink(missing_ok=True)


def _write_file(path: Path, lines: Iterator[bytes]) -> int:
    """Writes the lines and returns how many; no file where there are none."""
    first = next(lines, None)
    if first is None:
        return 0
    count, unfinished = 0, path.with_name(f".{path.name}.part")
    with gzip.GzipFile(unfinished, "wb", compresslevel=_LEVEL, mtime=0) as file:
        for line in chain((first,), lines):
            file.write(line + b"\n")
            count += 1
    unfinished.replace(path)
    return count


def _write_contents(folder: Path, contents: Contents) -> None:
    unfinished = folder / f".{CONTENTS}.part"
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(contents)))
    unfinished.replace(folder / CONTENTS)


def _read_contents(folder: Path) -> Contents:
    try:
        return msgspec.json.decode((folder / CONTENTS).read_bytes(), type=Contents)
    except (msgspec.DecodeError, OSError) as error:
        raise WrongUse(f"{folder / CONTENTS} can't be read: {error}") from error


def _read_file(path: Path) -> Iterator[Story]:
    try:
        with gzip.open(path) as file:
            while line := file.readline(_LONGEST_LINE + 1):
                if len(line) > _LONGEST_LINE:
                    raise Reject("too-large", f"a line of more than {_LONGEST_LINE} bytes")
                yield decode_story(line)
    except (OSError, EOFError, zlib.error, Reject) as error:
        raise WrongUse(f"{path} is damaged or missing: {error}") from error
