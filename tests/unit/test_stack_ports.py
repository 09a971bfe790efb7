"""Ports of the local servers."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from pipeline.stack.ports import HOST, choose_port, is_free


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


def test_port_with_a_listener_is_not_free(taken: int) -> None:
    assert not is_free(taken)


def test_port_with_a_listener_on_all_addresses_is_not_free() -> None:
    with socket.create_server(("", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_previous_port_is_kept_while_free() -> None:
    port = choose_port("a", None, ())
    assert choose_port("something else", port, ()) == port


def test_previous_port_is_given_up_when_taken(taken: int) -> None:
    assert choose_port("a", taken, ()) != taken


def test_port_promised_to_another_server_is_avoided() -> None:
    first = choose_port("a", None, ())
    assert choose_port("a", None, {first}) != first


def test_ports_lie_below_those_of_outgoing_connections() -> None:
    assert all(20_000 <= choose_port(f"home {number}", None, ()) < 32_000 for number in range(20))
