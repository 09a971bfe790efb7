"""What Kafka and Elasticsearch have in common for whoever starts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.stack.place import Place
from pipeline.stack.processes import Mark
from pipeline.stack.record import Ports


@dataclass(frozen=True)
class Launch:
    """All that it takes to start a server."""

    command: Sequence[str]
    environment: Mapping[str, str]


class Server(Protocol):
    """One of the local servers; holds no state."""

    @property
    def name(self) -> str:
        """The short name: `kafka`, `elasticsearch`."""

    @property
    def title(self) -> str:
        """Name and version, for people."""

    def prepare(self, place: Place, ports: Ports, mark: Mark, *, heap_mb: int) -> Launch:
        """Writes the configuration and says how to start; safe to repeat after a crash at any point."""

    def log(self, place: Place) -> Path:
        """The file that the server logs to."""

    def address(self, port: int) -> str:
        """What clients are told."""

    def answers(self, port: int) -> bool:
        """Whether the server does its work now."""
