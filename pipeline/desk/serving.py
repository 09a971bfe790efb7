"""Running the desk page: socket, server, and a quiet end.

Comes in: settings. Goes out: a page that is served until Ctrl-C or SIGTERM; open streams are ended, not waited for.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from types import FrameType

import structlog
import uvicorn

from pipeline.desk.app import create_app
from pipeline.desk.listening import address_of, listening, open_socket
from pipeline.desk.listing import known_names
from pipeline.desk.state import Desk
from pipeline.servers import check_logins
from pipeline.settings import Settings

log = structlog.get_logger("dateline.desk")
_GRACE_S = 3
_MOST_AT_ONCE = 500


class _Server(uvicorn.Server):
    """Ends the live streams before it waits for connections, which would otherwise never end."""

    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        super().__init__(config)
        self._desk = desk

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal to end."""
        self._desk.close()
        super().handle_exit(sig, frame)


def serve(settings: Settings, *, started: Callable[[str], None]) -> None:
    """Serves the desk page until a signal ends it; tells its address once it listens. Raises `Fatal` where it can't listen or a
    server refuses us.
    """
    way = listening(settings)
    check_logins(settings)
    bound = open_socket(settings.desk_host, settings.desk_port)
    desk = Desk.connect(settings)
    config = uvicorn.Config(
        create_app(settings, way, desk),
        access_log=False,
        log_config=None,
        server_header=False,
        # An X-Forwarded-For that anybody can write would let one client look like many.
        proxy_headers=False,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=_GRACE_S,
    )
    _listen(bound)
    threading.Thread(target=known_names, name="desk-names", daemon=True).start()  # else the first search waits for them
    started(address_of(bound))
    _Server(config, desk).run(sockets=[bound])


def _listen(bound: socket.socket) -> None:
    """From here on connections wait instead of being refused, so the address may be told."""
    bound.listen(128)
