"""Waits for servers to answer, telling how it goes, and explains why one does not."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import Fatal
from pipeline.home import Home, Say
from pipeline.stack.processes import find_all, find_server, mark_of
from pipeline.stack.record import Record, read_record, write_record
from pipeline.stack.server import Server

# Elasticsearch needs 8 to 12 s on two idle cores, and far longer where the machine is slow or busy.
_PATIENCE_S = 150.0
_PROGRESS_EVERY_S = 15.0
_LAST_LINES = 15


def await_answers(home: Home, servers: Sequence[Server], started: Mapping[str, int], say: Say) -> list[Server]:
    """Waits until all servers answer and writes their processes down; `started` has the processes begun just now.

    Returns those to wait for again: a server that ran before was on its way out and must be started, too.
    """
    began = said = looked = time.monotonic()
    waiting = list(servers)
    while waiting:
        time.sleep(0.1)
        now = time.monotonic()
        for server in list(waiting):
            if record := _answered(home, server):
                how = f"after {now - began:.0f} s" if server.name in started else "(it ran already)"
                say(f"{server.title} listens on {server.address(record.ports.client)} {how}")
                waiting.remove(server)
        if now - looked > 1.0:
            looked = now
            if _some_have_gone(home, waiting, started):
                break
        if waiting and now - said > _PROGRESS_EVERY_S:
            said = now
            say(f"Waiting for {' and '.join(server.title for server in waiting)} ({now - began:.0f} s) …")
        if waiting and now - began > _PATIENCE_S:
            raise Fatal(_silent(home, waiting[0]))
    return waiting


def _answered(home: Home, server: Server) -> Record | None:
    record = read_record(home, server.name)
    if record is None or not server.answers(record.ports.client):
        return None
    process = find_server(mark_of(home, server.name), record.pid) or find_server(mark_of(home, server.name))
    if process is None:  # somebody else answers there; ours is about to end for want of its port
        return None
    if process.pid != record.pid:
        record = replace(record, pid=process.pid)
        write_record(home, server.name, record)
    return record


def _some_have_gone(home: Home, servers: Sequence[Server], started: Mapping[str, int]) -> bool:
    """Whether a server that ran before does no more; raises `Fatal` for one that was started just now."""
    gone = [server for server in servers if not find_all(mark_of(home, server.name), started.get(server.name))]
    for server in gone:
        if server.name in started:
            record = read_record(home, server.name)
            raise Fatal(f"{server.title} ended at its start. {_last_words(record) if record else ''}")
    return bool(gone)


def _silent(home: Home, server: Server) -> str:
    record = read_record(home, server.name)
    return (
        f"{server.title} runs but has not answered for {_PATIENCE_S:.0f} s; end it with `dateline down` and start again. "
        + (_last_words(record) if record else "")
    )


def _last_words(record: Record) -> str:
    """The end of what the server wrote last: its log, or its output where it did not get as far as a log."""
    written = [file for file in (record.log, record.console) if file.is_file() and file.stat().st_size]
    if not written:
        return f"It wrote nothing to {record.log}."
    file = max(written, key=lambda path: path.stat().st_mtime)
    return f"The end of {file}:\n{_tail(file)}"


def _tail(file: Path) -> str:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_LAST_LINES:])
