"""Secured servers: the sample wire from end to end, and who is kept out of what.

One start of Kafka and Elasticsearch with `up --secure`, encrypted and with a user for each role; nothing here reaches them otherwise.
"""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from elasticsearch import AuthorizationException
from kafka import TopicPartition

from pipeline import stack
from pipeline.documents.indices import index_names
from pipeline.errors import EXIT_CONFIG, Refused
from pipeline.feeds.files import Copy
from pipeline.feeds.producer import Feeder, sending
from pipeline.replaying.streams import consuming
from pipeline.servers import acting_as, check_logins, find_servers
from pipeline.settings import Settings, load_settings
from pipeline.sinks.bulk import Operation, write_bulk
from pipeline.sinks.dead_letters import Outgoing
from pipeline.sinks.elastic import connect, connect_async
from pipeline.stack.security import make_security
from pipeline.streams import ALERTS, DEAD, RAW, Stream, admin
from tests.conftest import CHECKOUT, run_here

WRONG = "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def local() -> Iterator[Settings]:
    """Settings of a home with secured servers, running and set up; they name no server."""
    downloads = Path(os.environ.get("DATELINE_DOWNLOADS") or CHECKOUT / ".dateline" / "downloads")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # readable for the user that the servers run as when we are root
        settings = Settings(home=Path(folder), downloads=downloads, partitions=4, replication=1, models="never")
        try:
            code, _, err = run_here(settings, "up", "--secure")
            assert code == 0, err
            yield settings
        finally:
            stack.stop(settings.local)


@pytest.fixture(scope="module")
def secured(local: Settings) -> Settings:
    """The same as a server elsewhere would be named: addresses, certificate and the login of a person at the desk."""
    code, _, err = run_here(local, "setup")
    assert code == 0, err
    found = find_servers(local)
    # Without the home's own folder, so that nothing but these settings says who we are.
    return replace(found, home=local.home / "elsewhere" if local.home else None)


def passwords(local: Settings) -> list[str]:
    security = stack.security_of(local.local)
    assert security is not None
    files = [path for name in ("kafka", "elasticsearch") for path in (security.folder / name).iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    return [path.read_text() for path in files]


def servers_of(local: Settings) -> list[stack.ServerState]:
    state = stack.running(local.local)
    return [state.kafka, state.elasticsearch]


def test_the_sample_wire_goes_from_end_to_end_and_no_password_is_ever_shown(local: Settings) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "run", "--samples", "--until-idle"],
        env=os.environ | local.environment() | {"DATELINE_LOG_LEVEL": "debug"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    shown, ours, listening = [""], psutil.Process(process.pid), set[str]()
    servers = [psutil.Process(it.pid) for it in servers_of(local) if it.pid]
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            shown.append(line)
            if "lag" in line:
                for other in [ours, *ours.children(recursive=True), *servers]:
                    with suppress(psutil.Error):
                        shown += other.cmdline()
                        listening |= {
                            it.laddr.ip.removeprefix("::ffff:")
                            for it in other.net_connections()
                            if it.status == "LISTEN"
                        }
    assert process.returncode == 0, "".join(shown[-50:])
    assert listening == {"127.0.0.1"}
    code, found, _ = run_here(local, "search", "economic", "sanction", "--json")
    assert (code, "economic sanction" in found) == (0, True)
    code, status, _ = run_here(local, "status", "--json")
    assert code == 0
    assert json.loads(status)["documents"]["all"] > 50
    assert not any(group["lag"] for group in json.loads(status)["groups"])
    _, doctor, _ = run_here(local, "doctor")
    assert "encrypted, as dateline-desk" in doctor
    assert "encrypted, as dateline-writer" in doctor
    logs = [path.read_text(errors="replace") for path in local.local.path.glob("logs/*/*.log")]
    everything = "\n".join([*shown, found, status, doctor, *logs])
    assert "Settled" in everything
    for password in passwords(local):
        assert password not in everything


# --- who comes without a right -----------------------------------------------------------------------------------------


def refusals(secured: Settings, tmp_path: Path) -> dict[str, Settings]:
    make_security(stack.Home(tmp_path, tmp_path), used=False)
    other = stack.security_of(stack.Home(tmp_path, tmp_path))
    assert other is not None
    kafka, elasticsearch = secured.kafka, secured.elasticsearch or ""
    return {
        "encrypts: set DATELINE_KAFKA_SECURITY_PROTOCOL": Settings(kafka=kafka, elasticsearch=elasticsearch),
        "wants a login: set DATELINE_KAFKA_SECURITY_PROTOCOL": replace(
            secured, kafka_security_protocol="SSL", kafka_user=None
        ),
        "does not know us: check DATELINE_KAFKA_USER": replace(secured, kafka_password=WRONG),
        "wants another login": replace(secured, kafka_sasl_mechanism="PLAIN"),
        "DATELINE_KAFKA_CA must name": replace(secured, kafka_ca=other.ca),
        "check DATELINE_ELASTICSEARCH_USER": replace(secured, elasticsearch_password=WRONG),
        "does not know us .401.": replace(secured, elasticsearch_user=None),
        "DATELINE_ELASTICSEARCH_CA must name": replace(secured, elasticsearch_ca=other.ca),
    }


def test_who_comes_without_a_right_is_refused_and_told_what_to_do(secured: Settings, tmp_path: Path) -> None:
    for said, settings in refusals(secured, tmp_path).items():
        with pytest.raises(Refused, match=said) as caught:
            check_logins(settings)
        assert WRONG not in str(caught.value)


def test_a_command_and_a_worker_end_at_once_where_the_password_is_wrong(secured: Settings) -> None:
    wrong = replace(secured, kafka_password=WRONG)
    began = time.monotonic()
    code, _, err = run_here(wrong, "setup")
    assert (code, WRONG in err) == (EXIT_CONFIG, False)
    assert "does not know us" in err
    worker = subprocess.run(
        [sys.executable, "-m", "pipeline.worker", "read"],
        env=os.environ | wrong.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (worker.returncode, WRONG in worker.stderr) == (EXIT_CONFIG, False)
    assert "does not know us" in worker.stderr
    assert time.monotonic() - began < 60


def test_nothing_is_answered_in_plain_text(secured: Settings) -> None:
    plain = replace(
        secured, elasticsearch=(secured.elasticsearch or "").replace("https:", "http:"), elasticsearch_ca=None
    )
    with connect(plain) as client, pytest.raises(Exception, match="Connection"):
        client.cluster.health()


# --- who may do what ---------------------------------------------------------------------------------------------------


def test_only_the_setup_makes_and_removes_indices(local: Settings, secured: Settings) -> None:
    names = index_names(secured)
    with connect(acting_as("keep", find_servers(local))) as writer:
        assert writer.index(index=names.due, id="x", document={"what": "x"})["result"] == "created"
        assert writer.delete(index=names.due, id="x")["result"] == "deleted"
        for forbidden in (
            lambda: writer.indices.delete(index=names.stories),
            lambda: writer.indices.create(index="stories-99"),
            lambda: writer.indices.update_aliases(
                actions=[{"remove": {"index": names.stories, "alias": names.visible}}]
            ),
            lambda: writer.index(index="others", document={}),
            lambda: writer.security.get_user(),
        ):
            with pytest.raises(AuthorizationException):
                forbidden()
    with connect(acting_as("setup", find_servers(local))) as setup:
        setup.indices.create(index="stories-99")
        setup.indices.delete(index="stories-99")
        with pytest.raises(AuthorizationException):
            setup.indices.create(index="others")


def test_the_reader_writes_nothing(local: Settings, secured: Settings) -> None:
    names = index_names(secured)
    with connect(acting_as("read", find_servers(local))) as reader:
        assert reader.count(index=names.everything)["count"] >= 0
        for forbidden in (
            lambda: reader.index(index=names.everything, document={}),
            lambda: reader.delete(index=names.everything, id="x"),
            lambda: reader.indices.refresh(index=names.everything),
        ):
            with pytest.raises(AuthorizationException):
                forbidden()


def test_a_worker_that_may_not_write_ends_and_no_story_is_dead(local: Settings, secured: Settings) -> None:
    """Elasticsearch refuses item by item, in an answer that is fine as a whole."""
    settings = acting_as("read", find_servers(local))

    async def write() -> None:
        async with connect_async(settings) as client:
            await write_bulk(client, [Operation(index_names(settings).everything, "x", b"{}")])

    with pytest.raises(Refused, match=r"unauthorized for user .dateline-reader."):
        asyncio.run(write())


def look_at_first(settings: Settings, stream: Stream) -> None:
    partition = TopicPartition(stream.topic(settings), 0)
    with consuming(settings, stream.name) as consumer:
        assert consumer.end_offsets([partition])  # who may write may see where a stream ends
        consumer.assign([partition])
        consumer.seek(partition, 0)
        consumer.poll(timeout_ms=10_000)


def test_a_role_reads_and_writes_its_own_streams_alone(local: Settings, secured: Settings) -> None:
    settings = find_servers(local)
    message = Outgoing("", None, b"x", [])
    for role, stream in (("read", ALERTS), ("keep", RAW), ("notify", DEAD), ("feed", RAW)):
        with pytest.raises(Refused, match="forbids"):
            look_at_first(acting_as(role, settings), stream)
    for role, stream in (("read", ALERTS), ("keep", RAW), ("notify", ALERTS), ("feed", DEAD), ("desk", DEAD)):
        with pytest.raises(Refused, match="forbids"), sending(acting_as(role, settings)) as send:
            send(replace(message, topic=stream.topic(settings)))
    for role in ("desk", "setup"):
        with pytest.raises(Refused, match="forbids"), admin(acting_as(role, settings)) as client:
            client.delete_topics([RAW.topic(settings)])
    with Feeder(acting_as("feed", settings)) as feeder:
        feeder.feed(Copy(b"A story.", source="test"))


# --- the home ----------------------------------------------------------------------------------------------------------


def test_a_secured_home_stays_so(local: Settings) -> None:
    code, out, _ = run_here(local, "up")
    assert code == 0
    assert "https://" in out
    assert load_settings(local.environment()).kafka_password is None, "passwords stay in their files"


def test_the_servers_alone_read_their_configuration(local: Settings) -> None:
    secret: list[Any] = [path for path in local.local.path.glob("config/*/*") if path.name != "elasticsearch.keystore"]
    assert len(secret) > 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
