"""Whether a worker lives and gets on with its work, and the port that tells it: ``/live``, ``/ready`` and ``/metrics``.

Comes in: what the worker notes of itself as it goes. Goes out: the reason why it must end and be started again, if there is one, and
whether it takes part in its group. That a server is away is never a reason: a new process would wait just the same.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

STILL_SECONDS = 60.0
"""Without a turn of the event loop for so long, the worker hangs: a message that can't be read to its end, a deadlock."""
STUCK_SECONDS = 300.0
"""Without progress for so long, though there is work and no server is away."""
_FRESH_SECONDS = 30.0
"""How long it counts what Kafka said of the lag: one that is away says nothing."""
ORPHANED_SECONDS = 60.0
"""Partitions that nobody reads for so long, though the group has settled down and this worker has nothing to do."""


@dataclass
class Health:
    """What a worker notes of itself. The event loop writes, the port's threads read."""

    now: Callable[[], float] = time.monotonic
    assigned: int | None = None
    """Partitions of this worker; None until it has joined its group, and while the group shares them out."""
    is_spare: bool = False
    """Whether others read every partition, so that having none is as it should be."""
    _waits: int = 0
    _in_hand: bool = False
    _behind: bool = False
    _compared: float = 0.0
    _ticked: float = field(init=False)
    _moved: float = field(init=False)
    _orphaned: float | None = None

    def __post_init__(self) -> None:
        self._ticked = self._moved = self.now()

    def tick(self) -> None:
        """Notes that the event loop turns."""
        self._ticked = self.now()

    def move(self, *, in_hand: bool | None = None) -> None:
        """Notes progress; ``in_hand``: from now there is a batch in hand, or none."""
        self._moved = self.now()
        if in_hand is not None:
            self._in_hand = in_hand

    def wait(self) -> None:
        """Notes that something waits for a server that is unwell, until `go_on`."""
        self._waits += 1

    def go_on(self) -> None:
        """Notes that a wait is over."""
        self._waits -= 1
        self.move()

    def fall_behind(self, is_behind: bool) -> None:
        """Notes whether messages wait in this worker's partitions, as Kafka has just said."""
        if is_behind and not self._behind:
            self.move()  # its time begins now
        self._behind, self._compared = is_behind, self.now()

    def own(self, assigned: int | None) -> None:
        """Notes how many partitions are this worker's."""
        self.assigned = assigned
        if assigned != 0:
            self.is_spare, self._orphaned = False, None

    def see_group(self, unread: int | None) -> None:
        """Notes how many partitions nobody in the group reads; None while it shares them out."""
        self.is_spare = unread == 0
        self._orphaned = (self._orphaned or self.now()) if unread else None

    @property
    def is_ready(self) -> bool:
        """Whether the worker takes part in its group."""
        return bool(self.assigned) or (self.assigned == 0 and self.is_spare)

    def problem(self) -> str:
        """Why the worker must end, so that its successor does better; empty while all is well."""
        now = self.now()
        if now - self._ticked > STILL_SECONDS:
            return f"the event loop has stood still for {now - self._ticked:.0f} s"
        is_behind = self._behind and now - self._compared < _FRESH_SECONDS
        if (self._in_hand or is_behind) and not self._waits and now - self._moved > STUCK_SECONDS:
            return f"no progress for {now - self._moved:.0f} s, though there is work and no server is away"
        if self._orphaned is not None and now - self._orphaned > ORPHANED_SECONDS:
            return f"no partitions for {now - self._orphaned:.0f} s, though nobody reads some of them"
        return ""


class _Quietly(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Probes come every few seconds; they are no news."""


def serve_health(host: str, port: int, health: Health | None = None) -> int:
    """Serves the port from threads of its own, which a busy event loop delays little, and returns it; 0 takes any free one."""
    metrics: Callable[..., Iterable[bytes]] = make_wsgi_app()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if health is None or path not in ("/live", "/ready"):
            return metrics(environ, start_response)
        idle = "" if health.is_ready else "no partitions yet"
        problem = health.problem() if path == "/live" else idle
        start_response("503 Service Unavailable" if problem else "200 OK", [("Content-Type", "text/plain")])
        return [f"{problem or 'well'}\n".encode()]

    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]

    class Server(ThreadingWSGIServer):
        address_family = family

    server = make_server(str(address[0]), port, answer, Server, handler_class=_Quietly)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port
