"""What client libraries are told: safe as the settings say, or not at all."""

from __future__ import annotations

import asyncio
import http.server
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import faust
import pytest

from pipeline.connections import elasticsearch_options, faust_options, kafka_options
from pipeline.errors import Fatal, Refused
from pipeline.settings import Settings
from pipeline.sinks.elastic import check_login, connect, connect_async, elastic_errors
from pipeline.stack import Home
from pipeline.stack.security import make_security, security_of

PASSWORD = "correct horse battery staple"  # noqa: S105 - invented
KAFKA = Settings(
    kafka="a.example:9093,b.example:9093",
    kafka_security_protocol="SASL_SSL",
    kafka_user="dateline-read",
    kafka_password=PASSWORD,
)
ELASTICSEARCH = Settings(
    elasticsearch="https://es.example:9200",
    elasticsearch_user="dateline-writer",
    elasticsearch_password=PASSWORD,
)


def test_kafka_python_and_faust_log_in_alike() -> None:
    options, ours = kafka_options(KAFKA), faust_options(KAFKA)
    assert options["bootstrap_servers"] == ["a.example:9093", "b.example:9093"]
    assert ours["broker"] == "kafka://a.example:9093;kafka://b.example:9093"
    credentials = ours["broker_credentials"]
    assert isinstance(credentials, faust.SASLCredentials)
    assert credentials.protocol.value == options["security_protocol"] == "SASL_SSL"
    assert credentials.mechanism.value == options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert credentials.username == options["sasl_plain_username"] == "dateline-read"
    assert credentials.password == options["sasl_plain_password"] == PASSWORD
    for context in (credentials.ssl_context, options["ssl_context"]):
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.check_hostname


def test_encryption_without_a_login() -> None:
    settings = Settings(kafka="a.example:9093", kafka_security_protocol="SSL")
    assert "sasl_mechanism" not in kafka_options(settings)
    assert isinstance(faust_options(settings)["broker_credentials"], faust.SSLCredentials)


def test_without_security_nothing_is_asked() -> None:
    settings = Settings(kafka="a:9092", elasticsearch="http://a:9200")
    assert kafka_options(settings)["security_protocol"] == "PLAINTEXT"
    assert faust_options(settings)["broker_credentials"] is None
    assert elasticsearch_options(settings) == {"hosts": ["http://a:9200"]}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (replace(KAFKA, kafka_security_protocol="PLAINTEXT"), "DATELINE_KAFKA_USER is set, but"),
        (replace(KAFKA, kafka_user=None), "set DATELINE_KAFKA_USER"),
        (replace(KAFKA, kafka_password=None), "set DATELINE_KAFKA_PASSWORD"),
        (replace(KAFKA, kafka_ca=Path("/none")), "DATELINE_KAFKA_CA=/none can't be read"),
        (replace(KAFKA, kafka_ca=Path(__file__)), "holds no certificate"),
        (Settings(kafka="a:1", kafka_ca=Path("/none")), "DATELINE_KAFKA_CA is set, but"),
    ],
)
def test_settings_of_kafka_that_do_not_go_together_are_refused(settings: Settings, expected: str) -> None:
    for options in (kafka_options, faust_options):
        with pytest.raises(Fatal, match=expected) as caught:
            options(settings)
        assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (replace(ELASTICSEARCH, elasticsearch_password=None), "set DATELINE_ELASTICSEARCH_PASSWORD"),
        (replace(ELASTICSEARCH, elasticsearch_ca=Path("/none")), "DATELINE_ELASTICSEARCH_CA=/none can't be read"),
        (replace(ELASTICSEARCH, elasticsearch="http://a:1", elasticsearch_ca=Path("/none")), "is not encrypted"),
    ],
)
def test_settings_of_elasticsearch_that_do_not_go_together_are_refused(settings: Settings, expected: str) -> None:
    with pytest.raises(Fatal, match=expected):
        elasticsearch_options(settings)


# --- what goes over the wire -------------------------------------------------------------------------------------------


@contextmanager
def listening(security: ssl.SSLContext | None = None, status: int = 200) -> Iterator[tuple[str, list[Any]]]:
    """A server that takes every request for one to Elasticsearch, and what it was sent as `Authorization`."""
    seen: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers["Authorization"])
            self.send_response(status)
            for name, value in {"X-Elastic-Product": "Elasticsearch", "Content-Length": "2"}.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if security:
        server.socket = security.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if security else 'http'}://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


BASIC = f"Basic {b64encode(f'dateline-writer:{PASSWORD}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        (Settings(), None),
        (Settings(elasticsearch_user="dateline-writer", elasticsearch_password=PASSWORD), BASIC),
        (Settings(elasticsearch_api_key="ZW5jb2RlZA=="), "ApiKey ZW5jb2RlZA=="),
    ],
    ids=["nobody", "password", "API key"],
)
def test_both_clients_send_who_we_are(settings: Settings, header: str | None) -> None:
    with listening() as (url, seen):
        settings = replace(settings, elasticsearch=url)

        async def ask() -> None:
            async with connect_async(settings) as client:
                await client.cluster.health()

        with connect(settings) as client:
            client.cluster.health()
        asyncio.run(ask())
        check_login(settings)
    assert seen == [header] * 3


def test_a_login_that_nobody_knows_is_refused_with_what_to_check() -> None:
    with listening(status=401) as (url, _):
        settings = replace(ELASTICSEARCH, elasticsearch=url)
        with pytest.raises(Refused, match="check DATELINE_ELASTICSEARCH_USER") as caught:
            check_login(settings)
    assert PASSWORD not in str(caught.value)


def test_only_a_certificate_that_somebody_vouches_for_is_taken(tmp_path: Path) -> None:
    make_security(Home(tmp_path, tmp_path), used=False)
    made = security_of(Home(tmp_path, tmp_path))
    assert made is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    with listening(context) as (url, seen):
        trusting = Settings(elasticsearch=url, elasticsearch_ca=made.ca, elasticsearch_api_key=PASSWORD)
        check_login(trusting)
        doubting = replace(trusting, elasticsearch_ca=None)

        async def ask() -> None:
            async with connect_async(doubting) as client:
                with elastic_errors():
                    await client.cluster.health()

        for look in (lambda: check_login(doubting), lambda: asyncio.run(ask())):
            with pytest.raises(Refused, match="DATELINE_ELASTICSEARCH_CA"):
                look()
    assert len(seen) == 1, "the key was handed to a server that nobody vouched for"
