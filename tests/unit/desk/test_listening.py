"""Who may reach the desk page."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.desk.listening import USUAL_PORT, address_of, listening, open_socket
from pipeline.errors import EXIT_CONFIG, Fatal
from pipeline.settings import Settings
from tests.unit.desk.conftest import EVERYWHERE, TOKEN


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "10.1.2.3", "desk.example"])
def test_beyond_localhost_a_token_or_a_proxy_is_asked_for(host: str) -> None:
    with pytest.raises(Fatal, match="DATELINE_DESK_TOKEN"):
        listening(Settings(desk_host=host))
    assert listening(Settings(desk_host=host, desk_token=TOKEN)).token == TOKEN
    assert listening(Settings(desk_host=host, desk_proxy_header="x-forwarded-user")).proxy_header


def test_on_localhost_nobody_is_asked() -> None:
    way = listening(Settings())
    assert way.is_open
    assert way.hosts is not None
    assert "localhost" in way.hosts


def test_a_token_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(Fatal, match="at least 16"):
        listening(Settings(desk_token="short"))  # noqa: S106 - invented


def test_the_token_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(Fatal, match="can't be read"):
        listening(Settings(desk_token_file=file))
    file.write_text(f"{TOKEN}\n")
    assert listening(Settings(desk_token_file=file)).token == TOKEN


def test_the_token_is_not_shown_with_the_settings() -> None:
    assert TOKEN not in repr(Settings(desk_token=TOKEN))


def test_people_come_by_https_where_the_address_says_so() -> None:
    way = listening(Settings(desk_host=EVERYWHERE, desk_token=TOKEN, desk_url="https://desk.example:8443"))
    assert way.https
    assert way.site == "desk.example:8443"
    assert way.hosts is not None
    assert "desk.example" in way.hosts


def test_a_port_that_is_set_and_taken_is_refused_and_an_unset_one_makes_way() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Fatal, match="DATELINE_DESK_PORT"):
            open_socket("127.0.0.1", other.getsockname()[1])
    with open_socket("127.0.0.1", None) as first:
        first.listen()
        with open_socket("127.0.0.1", None) as second:
            assert second.getsockname()[1] != first.getsockname()[1]
            assert address_of(second).startswith("http://127.0.0.1:")
    assert USUAL_PORT == 8620


def test_the_process_ends_with_78_and_says_what_to_do() -> None:
    environment = os.environ | {
        "DATELINE_DESK_HOST": EVERYWHERE,
        "DATELINE_KAFKA": "127.0.0.1:9",
        "DATELINE_ELASTICSEARCH": "http://127.0.0.1:9",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "pipeline", "desk"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == EXIT_CONFIG
    assert "DATELINE_DESK_TOKEN" in ended.stderr
    assert "Traceback" not in ended.stderr
