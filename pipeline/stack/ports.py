"""Ports on 127.0.0.1 that nobody uses."""

from __future__ import annotations

import socket
import zlib
from collections.abc import Container, Iterator

from pipeline.errors import Fatal

HOST = "127.0.0.1"
# Below the ports that systems hand out to outgoing connections (from 32768 on Linux, 49152 on macOS): a client that
# keeps knocking on a stopped server's port must not be given that very port as its own.
_FIRST, _COUNT = 20_000, 12_000


def is_free(port: int) -> bool:
    """Whether a server could listen on the port and none does."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do, or old connections would count
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    # BSD and macOS allow the bind beside a server that listens on all addresses.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) != 0


def choose_port(seed: str, previous: int | None, avoid: Container[int]) -> int:
    """The previous port if it is free, else a free one; `seed` spreads homes and servers, `avoid` is promised to others."""
    if previous is not None and is_free(previous):
        return previous
    for port in _candidates(seed):
        if port not in avoid and is_free(port):
            return port
    raise Fatal(f"no free port on {HOST} from {_FIRST} to {_FIRST + _COUNT - 1}: end some of the programs that listen")


def _candidates(seed: str) -> Iterator[int]:
    start = zlib.crc32(seed.encode())
    return (_FIRST + (start + step) % _COUNT for step in range(_COUNT))
