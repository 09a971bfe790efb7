"""Where the desk page listens and who may reach it, as the settings say.

Comes in: settings. Goes out: address, socket and token; `Fatal` where others could reach a page that asks for nothing. Imports no web
framework, so that `dateline run` can refuse at once.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipeline.errors import Fatal
from pipeline.settings import Settings

USUAL_PORT = 8620
MIN_TOKEN = 16
"""Characters; shorter ones can be guessed. `openssl rand -hex 32` makes a good one."""
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Listening:
    """The way to the desk page. ``hosts``: names by which it may be called, None for any; ``site``: host and port where people reach it,
    if a setting says; ``https``: whether they come by TLS.
    """

    host: str
    token: str | None
    proxy_header: str | None
    hosts: tuple[str, ...] | None
    site: str | None
    https: bool

    @property
    def is_open(self) -> bool:
        """Whether nobody needs to say who they are: only where nobody but this machine can come."""
        return self.token is None and self.proxy_header is None


def listening(settings: Settings) -> Listening:
    """The way to the desk page; raises `Fatal` where it would be open to others or the token is no good."""
    token = _token(settings)
    local = is_loopback(settings.desk_host)
    if not local and token is None and settings.desk_proxy_header is None:
        raise Fatal(
            f"DATELINE_DESK_HOST={settings.desk_host} would show the desk page to everybody who can reach this machine: set "
            "DATELINE_DESK_TOKEN (or DATELINE_DESK_TOKEN_FILE), or DATELINE_DESK_PROXY_HEADER behind an authenticating proxy, "
            "or listen on 127.0.0.1"
        )
    desk = urlsplit(settings.desk_url or "")
    # A page that a name elsewhere resolves to (DNS rebinding) must not reach ours. Beyond localhost without DATELINE_DESK_URL we don't
    # know our names; there, the login keeps such a page out.
    known = local or desk.hostname
    hosts = (*_LOOPBACK, settings.desk_host.lower(), *filter(None, [desk.hostname])) if known else None
    return Listening(
        settings.desk_host,
        token,
        settings.desk_proxy_header,
        hosts,
        desk.netloc.lower() or None,
        desk.scheme == "https",
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def open_socket(host: str, port: int | None) -> socket.socket:
    """A bound socket: on the port, or without one on the usual port, or on a free one where that is taken."""
    if port is not None:
        return _bind(host, port)
    try:
        return _bind(host, USUAL_PORT)
    except Fatal:
        return _bind(host, 0)


def address_of(bound: socket.socket) -> str:
    """The socket's address as a browser takes it."""
    host, port = bound.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
        except OSError:
            bound.close()
            raise
    except OSError as error:
        raise Fatal(
            f"the desk page can't listen on {host}:{port} ({error.strerror}): set DATELINE_DESK_PORT and "
            "DATELINE_DESK_HOST, or leave the port out to take a free one"
        ) from error
    return bound


def _token(settings: Settings) -> str | None:
    token = settings.secret("desk_token")
    if token is not None and len(token) < MIN_TOKEN:
        raise Fatal(
            f"DATELINE_DESK_TOKEN (or its file): expected at least {MIN_TOKEN} characters: make one with `openssl rand -hex 32`"
        )
    return token
