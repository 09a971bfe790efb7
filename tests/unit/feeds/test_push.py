"""The push endpoint: signed, bounded, and 202 only for what Kafka has."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from pipeline.errors import Fatal
from pipeline.feeds.config import PushFeed
from pipeline.feeds.push import PushServer
from pipeline.feeds.signing import SIGNATURE, TIMESTAMP, is_signed, sign, signing_secrets, why_stale
from pipeline.formats.raw import MAX_RAW_BYTES
from tests.unit.feeds.desks import FakeOutlet, desk

NOW = 1_795_000_000
SECRET = b"0123456789abcdef0123456789abcdef"
OLD = b"fedcba9876543210fedcba9876543210"
STORY = b'{"guid": "1", "headline": "Ministers meet", "body": "They met."}'


def signed(body: bytes, *, secret: bytes = SECRET, age: int = 0, **headers: str) -> dict[str, str]:
    timestamp = str(NOW - age)
    return {TIMESTAMP: timestamp, SIGNATURE: sign(secret, timestamp, body), **headers}


class Sender:
    """Posts to a push endpoint."""

    def __init__(self, session: aiohttp.ClientSession, url: str, outlet: FakeOutlet, server: PushServer) -> None:
        self.session, self.url, self.outlet, self.server = session, url, outlet, server

    async def post(
        self, body: Any, headers: dict[str, str], *, name: str = "agency"
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        async with self.session.post(f"{self.url}/feeds/{name}", data=body, headers=headers) as response:
            return response.status, json.loads(await response.text()), dict(response.headers)


def serving(folder: Path, test: Callable[[Sender], Awaitable[None]]) -> FakeOutlet:
    outlet = FakeOutlet()
    file = folder / "secret"
    file.write_bytes(SECRET + b"\n" + OLD + b"\n")

    async def run() -> None:
        feed = PushFeed(name="agency", secret_file=str(file))
        server = PushServer([(feed, desk(outlet, name="agency"))], outlet, now=lambda: NOW)
        runner = web.AppRunner(server.application(), auto_decompress=False)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with aiohttp.ClientSession(skip_auto_headers=["Content-Type"]) as session:
                await test(Sender(session, f"http://127.0.0.1:{runner.addresses[0][1]}", outlet, server))
        finally:
            await runner.cleanup()

    asyncio.run(run())
    return outlet


def test_signed_copy_is_accepted_with_what_the_feed_knows(tmp_path: Path) -> None:
    async def test(sender: Sender) -> None:
        headers = signed(STORY) | {"Content-Type": "application/json"}
        assert (await sender.post(STORY, headers))[:2] == (202, {"accepted": 1, "feed": "agency"})

    (copy,) = serving(tmp_path, test).sent
    assert (copy.value, copy.content_type, copy.source) == (STORY, "application/json", "push/agency")
    assert (copy.feed, copy.providers) == ("agency", ("aurora",))


def test_both_secrets_are_good_while_one_is_replaced(tmp_path: Path) -> None:
    async def test(sender: Sender) -> None:
        assert (await sender.post(STORY, signed(STORY, secret=OLD)))[0] == 202

    serving(tmp_path, test)


def test_json_lines_are_one_message_each(tmp_path: Path) -> None:
    async def test(sender: Sender) -> None:
        body = b'{"guid": "1"}\n\n{"guid": "2"}\n'
        status, answer, _ = await sender.post(body, signed(body) | {"Content-Type": "application/x-ndjson"})
        assert (status, answer["accepted"]) == (202, 2)

    assert serving(tmp_path, test).values == [b'{"guid": "1"}\n', b'{"guid": "2"}\n']


@pytest.mark.parametrize(
    ("headers", "status", "error"),
    [
        ({}, 401, "unsigned"),
        (signed(STORY + b"x"), 401, "bad-signature"),
        (signed(STORY, secret=b"another secret of theirs"), 401, "bad-signature"),
        (signed(STORY) | {SIGNATURE: "sha256=é"}, 401, "bad-signature"),
        (signed(STORY) | {TIMESTAMP: "yesterday"}, 401, "stale"),
        (signed(STORY) | {TIMESTAMP: str(NOW - 10)}, 401, "bad-signature"),
        (signed(STORY, age=400), 401, "stale"),
        (signed(STORY, age=-400), 401, "stale"),
        (signed(STORY) | {"Content-Encoding": "gzip"}, 415, "packed"),
    ],
)
def test_what_is_not_signed_well_is_refused(tmp_path: Path, headers: dict[str, str], status: int, error: str) -> None:
    async def test(sender: Sender) -> None:
        # Without aiohttp's own packing of the body.
        got, answer, _ = await sender.post(aiohttp.BytesPayload(STORY), headers)
        assert (got, answer["error"]) == (status, error)
        assert answer["message"]

    assert serving(tmp_path, test).sent == []


def test_the_largest_copy_passes_and_a_byte_more_does_not_also_without_a_length(tmp_path: Path) -> None:
    async def pieces(body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    async def test(sender: Sender) -> None:
        body = b"x" * MAX_RAW_BYTES
        assert (await sender.post(io.BytesIO(body), signed(body)))[0] == 202
        body += b"x"
        for sent in (io.BytesIO(body), pieces(body)):
            status, answer, _ = await sender.post(sent, signed(body))
            assert (status, answer["error"]) == (413, "too-large")

    assert len(serving(tmp_path, test).sent) == 1


def test_nothing_is_accepted_while_kafka_is_away(tmp_path: Path) -> None:
    async def test(sender: Sender) -> None:
        sender.outlet.away = True
        status, answer, headers = await sender.post(STORY, signed(STORY))
        assert (status, answer["error"], headers["Retry-After"]) == (503, "kafka-away", "5")
        async with sender.session.get(f"{sender.url}/health") as response:
            health = await response.json()
            assert (response.status, health["kafka"], health["feeds"]) == (200, "away", ["agency"])
        sender.outlet.away = False
        assert (await sender.post(STORY, signed(STORY)))[0] == 202

    assert serving(tmp_path, test).values == [STORY]


def test_unknown_feeds_addresses_and_methods_say_what_there_is(tmp_path: Path) -> None:
    async def test(sender: Sender) -> None:
        status, answer, _ = await sender.post(STORY, signed(STORY), name="nobody")
        assert (status, answer["error"]) == (404, "unknown-feed")
        for path, expected in (("/feeds/agency", 405), ("/", 404)):
            async with sender.session.get(sender.url + path) as response:
                assert response.status == expected
                assert "POST /feeds/NAME" in (await response.json())["message"]

    serving(tmp_path, test)


def test_empty_copy_is_refused(tmp_path: Path) -> None:
    async def test(sender: Sender) -> None:
        assert (await sender.post(b" \n", signed(b" \n")))[0] == 400

    assert serving(tmp_path, test).sent == []


def test_a_fault_of_ours_is_told_as_one(tmp_path: Path) -> None:
    async def test(sender: Sender) -> None:
        def fail(_: object) -> None:
            raise KeyError("a fault")

        sender.outlet.on_send = fail
        status, answer, _ = await sender.post(STORY, signed(STORY))
        assert (status, answer["error"]) == (500, "fault")
        assert "a fault" not in str(answer["message"]).replace("a fault on our side", "")

    serving(tmp_path, test)


def test_the_signature_is_that_of_openssl() -> None:
    # printf '1777104000.copy' | openssl dgst -sha256 -hmac 0123456789abcdef
    expected = "35cb030818cfced03a3ea6058cb4ef2e9abf516f4e92c276dca28f1ee7804c08"
    assert sign(b"0123456789abcdef", "1777104000", b"copy") == f"sha256={expected}"


def test_signature_and_time_alone() -> None:
    assert is_signed((SECRET,), "1", b"x", sign(SECRET, "1", b"x").upper().replace("SHA256", "sha256"))
    assert not is_signed((SECRET,), "1", b"x", "")
    assert not is_signed((), "1", b"x", sign(SECRET, "1", b"x"))
    assert why_stale("1000", 1299.0) is None
    assert "NTP" in (why_stale("1000", 1301.0) or "")
    assert "Unix time" in (why_stale("", 0.0) or "")


@pytest.mark.parametrize("content", ["", "short", "0123456789abcdef0123456789abcdef\nshort"])
def test_a_secret_that_is_missing_or_short_is_no_secret(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret").write_text(content)
    with pytest.raises(Fatal, match="secret"):
        signing_secrets(None, str(tmp_path / "secret"))


def test_secrets_come_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Fatal, match="AGENCY_SECRET is not set"):
        signing_secrets("AGENCY_SECRET", None)
    monkeypatch.setenv("AGENCY_SECRET", SECRET.decode())
    assert signing_secrets("AGENCY_SECRET", None) == (SECRET,)
