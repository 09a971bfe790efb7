"""What `dateline status` shows: servers, workers, lag, documents. Reads only; a server that is away is shown as such."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypeVar

from pipeline import stack
from pipeline.continuity import Continuity, read_continuity
from pipeline.documents.indices import index_names
from pipeline.errors import DatelineError, Refused
from pipeline.running import read_state
from pipeline.searching import count_stories
from pipeline.servers import find_servers
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect
from pipeline.streams import admin, read_lag
from pipeline.worker_metrics import read_health

T = TypeVar("T")


def read_status(settings: Settings) -> dict[str, Any]:
    """The state of everything as JSON-able builtins."""
    state = read_state(settings.local.path)
    found: dict[str, Any] = {
        "servers": _servers(settings),
        "workers": [it | {"state": read_health(it, settings.metrics_host)} for it in state["workers"]] if state else [],
        "groups": [],
        "documents": {},
        "gaps": [],
        "feeds": [],
    }
    try:
        settings = find_servers(settings)
    except DatelineError:
        return found
    found["groups"] = _answer(lambda: _groups(settings)) or []
    found["documents"] = _answer(lambda: count_stories(connect(settings), index_names(settings))) or {}
    missing = _answer(lambda: _continuity(settings)) or Continuity()
    found["gaps"] = [gap.to_dict() | {"text": str(gap)} for gap in missing.gaps]
    found["feeds"] = [feed.to_dict() | {"text": str(feed)} for feed in missing.quiet]
    return found


def _continuity(settings: Settings) -> Continuity:
    return read_continuity(connect(settings), index_names(settings), now=datetime.now(UTC))


def _answer(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except Refused:
        raise  # it is there, and waiting changes nothing
    except DatelineError:
        return None


def _servers(settings: Settings) -> list[dict[str, Any]]:
    local = stack.running(settings.local)
    return [_server(settings.kafka, local.kafka), _server(settings.elasticsearch, local.elasticsearch)]


def _server(address: str | None, local: stack.ServerState) -> dict[str, Any]:
    """A server by the address that is set, else the local one."""
    row: dict[str, Any] = {"name": local.name, "address": address, "state": "as set", "pid": None, "log": None}
    if address is None:
        up = f"up since {local.since:%Y-%m-%d %H:%M}" if local.since else "not running"
        row |= {"address": local.address, "state": up, "pid": local.pid, "log": str(local.log or "")}
    return row


def _groups(settings: Settings) -> list[dict[str, Any]]:
    with admin(settings) as client:
        return [asdict(lag) | {"lag": lag.messages} for lag in read_lag(client, settings)]
