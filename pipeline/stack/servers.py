"""Starts, stops and shows the local servers of a home.

Every change is made under the home's lock. Ports are written down before a server is started and its process after it
has answered, so a start that was cut short anywhere is taken up by the next.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psutil

from pipeline.errors import Fatal
from pipeline.home import Addresses, Home, Say, locked
from pipeline.stack.downloads import fetch
from pipeline.stack.elasticsearch import Elasticsearch
from pipeline.stack.kafka import Kafka
from pipeline.stack.packages import load_packages, missing_in
from pipeline.stack.place import find_place
from pipeline.stack.ports import choose_port
from pipeline.stack.processes import end, find_all, find_server, mark_of, spawn
from pipeline.stack.record import Ports, Record, read_record, write_record
from pipeline.stack.room import KAFKA_HEAP_MB, MIB, check_disk, check_memory, choose_heap_mb, read_memory
from pipeline.stack.security import make_security, security_of
from pipeline.stack.server import Server
from pipeline.stack.waiting import await_answers

# Programs and logs, unpacked.
_INSTALLED = 200 * MIB


@dataclass(frozen=True)
class ServerState:
    """A server as it is now; all but the names are None when it does not run, the log stays where it was."""

    name: str
    title: str
    pid: int | None = None
    address: str | None = None
    since: datetime | None = None
    log: Path | None = None


@dataclass(frozen=True)
class State:
    """Both servers as they are now."""

    kafka: ServerState
    elasticsearch: ServerState


def servers_of(home: Home) -> tuple[Server, Server]:
    """Kafka and Elasticsearch as this home has them: secured, if it is."""
    security = security_of(home)
    return Kafka(security), Elasticsearch(security)


def start(home: Home, *, progress: Say, secure: bool = False) -> Addresses:
    """Starts what does not run yet, waits until both answer, and says so to `progress` on the way.

    ``secure`` secures the home for good, before its servers run for the first time. Raises `Fatal` with what to do; then whatever it
    started is ended again.
    """
    if secure:
        _secure(home)
    _start(home, servers_of(home), progress)
    found = addresses(home)
    if found is None:
        raise Fatal(f"a server ended just after it had answered: see the logs in {home.path}")
    return found


def start_one(home: Home, name: str, *, progress: Say) -> None:
    """Starts one server, on the port that it had if that is free."""
    _start(home, [_named(home, name)], progress)


def stop(home: Home) -> list[str]:
    """Ends the servers of this home and returns the names of those that ran."""
    return _stop(home, servers_of(home))


def stop_one(home: Home, name: str) -> list[str]:
    """Ends one server."""
    return _stop(home, [_named(home, name)])


def running(home: Home) -> State:
    """What runs in a home; starts and changes nothing."""
    kafka, elasticsearch = servers_of(home)
    return State(_state(home, kafka), _state(home, elasticsearch))


def addresses(home: Home) -> Addresses | None:
    """The addresses of the servers, or None unless both run."""
    state = running(home)
    if state.kafka.address is None or state.elasticsearch.address is None:
        return None
    return Addresses(state.kafka.address, state.elasticsearch.address)


def _named(home: Home, name: str) -> Server:
    for server in servers_of(home):
        if server.name == name:
            return server
    raise ValueError(f"unknown server {name!r}: expected one of {', '.join(it.name for it in servers_of(home))}")


def _secure(home: Home) -> None:
    try:
        with locked(home.path / "lock"):
            make_security(home, used=any(read_record(home, server.name) for server in servers_of(home)))
    except OSError as error:
        raise Fatal(f"{home.path} could not be secured: {error}") from error


def _state(home: Home, server: Server) -> ServerState:
    record = read_record(home, server.name)
    if record is None:
        return ServerState(server.name, server.title)
    state = ServerState(server.name, server.title, log=record.log)
    try:
        process = find_server(mark_of(home, server.name), record.pid) if record.pid else None
        if process is None:
            return state
        since = datetime.fromtimestamp(process.create_time(), UTC)
    except psutil.NoSuchProcess:  # it ended while we looked
        return state
    return replace(state, pid=process.pid, address=server.address(record.ports.client), since=since)


def _start(home: Home, servers: Sequence[Server], say: Say) -> None:
    if os.name != "posix":
        raise Fatal(
            "the local servers run on Linux and macOS alone: use a Linux machine (WSL is one), or set DATELINE_KAFKA "
            "and DATELINE_ELASTICSEARCH to servers elsewhere"
        )
    try:
        with locked(home.path / "lock", lambda: say(f"Waiting for another command that starts or stops {home.path} …")):
            _bring_up(home, servers, say)
    except OSError as error:
        raise Fatal(f"the local servers in {home.path} could not be started: {error}") from error


def _bring_up(home: Home, servers: Sequence[Server], say: Say) -> None:
    started: dict[str, int] = {}
    waiting = list(servers)
    try:
        while waiting:
            missing = [server for server in waiting if server.name not in started and not _runs(home, server)]
            if missing:
                _launch(home, missing, started, say)
            waiting = await_answers(home, waiting, started, say)
    except BaseException:  # Ctrl-C too: what we have begun is ended, what ran before is left alone
        end([process for name, pid in started.items() for process in find_all(mark_of(home, name), pid)])
        raise


def _runs(home: Home, server: Server) -> bool:
    """Whether the server runs or is on its way up; one whose ports nobody knows any more is ended."""
    mark, record = mark_of(home, server.name), read_record(home, server.name)
    if record is not None and record.pid is not None and find_server(mark, record.pid):
        return True
    left = find_all(mark)
    if left and record is None:
        end(left)
        return False
    return bool(left)


def _launch(home: Home, servers: Sequence[Server], started: dict[str, int], say: Say) -> None:
    """Starts servers, noting the process of each in `started`; waits for none of them."""
    packages = load_packages()
    heaps = _check_room(home, servers)
    fetch(packages, home.downloads, say, title=" and ".join(server.title for server in servers_of(home)))
    place = find_place(home, packages, say)
    for server in reversed(servers):  # Elasticsearch takes longest
        ports, mark = _choose_ports(home, server), mark_of(home, server.name)
        plan = server.prepare(place, ports, mark, heap_mb=heaps[server.title])
        record = Record(ports, server.log(place))
        write_record(home, server.name, record)
        say(f"Starting {server.title} …")
        started[server.name] = spawn(place.user, plan.command, plan.environment, record.console)


def _check_room(home: Home, servers: Sequence[Server]) -> dict[str, int]:
    """The heap of each server in MiB, once it is sure that they fit."""
    memory = read_memory()
    elastic_heap = choose_heap_mb(memory, home.heap_mb)
    heaps = {server.title: KAFKA_HEAP_MB if server.name == "kafka" else elastic_heap for server in servers}
    check_memory(memory, heaps)
    to_fetch = sum(package.size for package in missing_in(home.downloads, load_packages()))
    check_disk(home.path, to_fetch + _INSTALLED)
    return heaps


def _choose_ports(home: Home, server: Server) -> Ports:
    records = {other.name: read_record(home, other.name) for other in servers_of(home)}
    avoid = {port for record in records.values() if record for port in (record.ports.client, record.ports.inner)}
    own = records[server.name]
    client = choose_port(f"{home.tag} {server.name}", own.ports.client if own else None, avoid)
    inner = choose_port(f"{home.tag} {server.name} inner", own.ports.inner if own else None, avoid | {client})
    return Ports(client, inner)


def _stop(home: Home, servers: Sequence[Server]) -> list[str]:
    if not home.path.is_dir():
        return []
    with locked(home.path / "lock"):
        found = {server.name: find_all(mark_of(home, server.name)) for server in servers}
        end([process for processes in found.values() for process in processes])
        for name in found:
            if record := read_record(home, name):
                write_record(home, name, replace(record, pid=None))
    return [name for name, processes in found.items() if processes]
