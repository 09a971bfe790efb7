"""What is known of a server between runs: its ports, its process and its log; one small JSON file a server.

A file that is missing, cut short or not ours reads as None, so that the next start begins afresh. Whether the process
still lives is not known here.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.home import Home, write_whole


@dataclass(frozen=True)
class Ports:
    """`client` is where others connect; `inner` is for the server's own kind (Kafka's controller, the transport)."""

    client: int
    inner: int


@dataclass(frozen=True)
class Record:
    """A server that was started; `pid` is None until it has answered."""

    ports: Ports
    log: Path
    pid: int | None = None

    @property
    def console(self) -> Path:
        """What the server has printed, beside its log."""
        return self.log.with_name("console.log")


def _file(home: Home, name: str) -> Path:
    return home.path / "state" / f"{name}.json"


def read_record(home: Home, name: str) -> Record | None:
    """The record of a server, or None."""
    try:
        values = json.loads(_file(home, name).read_text(encoding="utf-8"))
        pid = values["pid"]
        return Record(
            Ports(int(values["ports"]["client"]), int(values["ports"]["inner"])),
            Path(values["log"]),
            None if pid is None else int(pid),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(home: Home, name: str, record: Record) -> None:
    """Keeps the record of a server."""
    write_whole(_file(home, name), json.dumps(asdict(record) | {"log": str(record.log)}, indent=1) + "\n")
