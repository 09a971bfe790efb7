"""Every channel delivers, fails and keeps its secrets alike; the network ends at a server of the test's own."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from pipeline.alerts.alert import Alert, AlertType, decode_alert, encode_alert, subject
from pipeline.alerts.channels import CHANNEL_TYPES, Channel, Channels, NotDelivered, Undeliverable, read_channels
from pipeline.alerts.channels.webhook import IDEMPOTENCY, USER_AGENT
from pipeline.errors import Reject, Retry
from pipeline.feeds.signing import SIGNATURE, TIMESTAMP, is_signed
from pipeline.story import Language

SECRET = "0123456789abcdef-do-not-show-me"  # noqa: S105 - invented
TOKEN = "t0ken-in-the-path"  # noqa: S105 - invented
NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
HOSTILE = "Ministers <b>meet</b>\r\nX-Forged: 1\u202e @everyone & \x1b[2J"


def alert(
    number: int = 1, type_: AlertType = "alert", headline: str = "US imposes sanctions on tanker network"
) -> Alert:
    return Alert(
        id=f"{number:032x}",
        type=type_,
        rule="new-sanctions",
        title="New sanctions",
        unit="US:IR:impose",
        origin=f"aurora:{number}",
        version=1,
        provider="aurora",
        headline=headline,
        language=Language(code="en", confidence=0.99),
        at=NOON,
        of=None if type_ == "alert" else f"{0:032x}",
    )


ALERTS = [alert(1, headline="First of all"), alert(2, "recall", "Second"), alert(3, headline="Third")]


class Site:
    """A web server that answers as the test says and keeps what it was sent."""

    def __init__(self) -> None:
        self.status, self.headers = 200, dict[str, str]()
        self.got: list[tuple[web.Request, bytes]] = []
        self.slow = False
        self.port = 0
        self._end = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append((request, await request.read()))
        if self.slow:
            await self._end.wait()
        return web.Response(status=self.status, headers=self.headers, text="an answer that nobody reads" * 10_000)

    def end(self) -> None:
        self._end.set()


class Rig:
    """A channel of one type, where its messages arrive, and how it is broken and mended."""

    keys: dict[str, Any]

    def __init__(self, folder: Path, site: Site) -> None:
        self.folder, self.site = folder, site
        self.logs: list[Any] = []

    def prepare(self) -> dict[str, Any]:
        """The channel's keys in the file."""
        raise NotImplementedError

    def arrived(self) -> list[str]:
        """The text of each message that arrived."""
        return [body.decode() for _, body in self.site.got]

    def fail(self) -> None:
        self.site.status = 503

    def mend(self) -> None:
        self.site.status = 200


class AppriseRig(Rig):
    def prepare(self) -> dict[str, Any]:
        (self.folder / "url").write_text(f"json://desk:{SECRET}@localhost:{self.site.port}/{TOKEN}\n")
        return {"type": "apprise", "url_file": "url", "timeout": 5}


class WebhookRig(Rig):
    def prepare(self) -> dict[str, Any]:
        (self.folder / "secret").write_text(SECRET + "\n" + "an older secret of ours\n")
        return {
            "type": "webhook",
            "url": f"http://localhost:{self.site.port}/{TOKEN}",
            "secret_file": "secret",
            "timeout": 5,
        }


class FileRig(Rig):
    @property
    def path(self) -> Path:
        return self.folder / "alerts" / "alerts.jsonl"

    def prepare(self) -> dict[str, Any]:
        return {"type": "file", "path": "alerts/alerts.jsonl"}

    def arrived(self) -> list[str]:
        return self.path.read_text("utf-8").splitlines() if self.path.is_file() else []

    def fail(self) -> None:
        shutil.rmtree(self.path.parent, ignore_errors=True)
        self.path.parent.write_text("a file where a folder should be")

    def mend(self) -> None:
        self.path.parent.unlink()


class LogRig(Rig):
    def prepare(self) -> dict[str, Any]:
        return {"type": "log"}

    def arrived(self) -> list[str]:
        return [json.dumps(it) for it in self.logs if it.get("log_level") == "info"]


RIGS: dict[str, type[Rig]] = {"apprise": AppriseRig, "file": FileRig, "log": LogRig, "webhook": WebhookRig}
CAN_FAIL = [name for name in RIGS if name != "log"]
OVER_HTTP = ["apprise", "webhook"]
every_type = pytest.mark.parametrize("type_", RIGS)


def using(type_: str, folder: Path, test: Callable[[Channel, Rig], Awaitable[None]], **keys: Any) -> Rig:
    """Runs the test with a channel of the type, made from a file as a user would write it."""

    async def run() -> Rig:
        site = Site()
        runner = web.AppRunner(_application(site))
        await runner.setup()
        await web.TCPSite(runner, "localhost", 0).start()
        site.port = runner.addresses[0][1]
        rig = RIGS[type_](folder, site)
        channels = Channels([])
        try:
            with capture_logs() as rig.logs:
                channels = channels_of(folder, {"desk": rig.prepare() | keys})
                await test(channels["desk"], rig)
        finally:
            site.end()
            await channels.close()
            await runner.cleanup()
        return rig

    return asyncio.run(run())


def _application(site: Site) -> web.Application:
    application = web.Application()
    application.router.add_route("*", "/{any:.*}", site.handle)
    return application


def channels_of(folder: Path, channels: dict[str, Any]) -> Channels:
    file = folder / "channels.yaml"
    file.write_text(json.dumps(channels))  # JSON is YAML
    return read_channels(file, {})


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


def test_the_suite_runs_for_every_type() -> None:
    assert RIGS.keys() == CHANNEL_TYPES.keys()
    for type_, options in CHANNEL_TYPES.items():
        assert options.__struct_config__.tag == type_


@every_type
def test_an_alert_arrives_once(tmp_path: Path, type_: str) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        assert (channel.name, channel.type) == ("desk", type_)
        assert channel.timeout > 0
        await channel.send(alert())

    (text,) = using(type_, tmp_path, test).arrived()
    assert "US imposes sanctions on tanker network" in text
    assert "aurora:1" in text


@every_type
def test_a_digest_tells_all_alerts_in_order(tmp_path: Path, type_: str) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        await channel.send_digest(ALERTS, "Three alerts since 06:00")

    arrived = using(type_, tmp_path, test).arrived()
    text = "".join(arrived)
    places = [text.index(it.origin if type_ == "log" else it.headline) for it in ALERTS]
    assert places == sorted(places)
    if type_ == "file":
        assert [decode_alert(line.encode()) for line in arrived] == ALERTS
    else:
        assert len(arrived) == 1
        assert "Three alerts since 06:00" in text


@every_type
def test_a_recall_says_so(tmp_path: Path, type_: str) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        await channel.send(alert(2, "recall"))

    (text,) = using(type_, tmp_path, test).arrived()
    assert "RECALL New sanctions" in text or json.loads(text)["type"] == "recall"


@every_type
def test_a_hostile_headline_stays_text(tmp_path: Path, type_: str) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        await channel.send(alert(headline=HOSTILE))

    (text,) = using(type_, tmp_path, test).arrived()
    content = json.loads(text)
    if type_ in ("file", "webhook"):
        assert content["headline"] == HOSTILE  # escaped by JSON, as the agency wrote it
    else:
        shown = content["title" if type_ == "apprise" else "subject"]
        assert "\n" not in shown
        assert "\u202e" not in shown
        assert "\x1b" not in shown


@pytest.mark.parametrize("type_", CAN_FAIL)
def test_what_may_pass_later_is_not_delivered_and_passes_later(tmp_path: Path, type_: str) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        rig.fail()
        for sending in (channel.send(alert()), channel.send_digest(ALERTS, "Three")):
            with pytest.raises(NotDelivered) as failed:
                await sending
            assert isinstance(failed.value, Retry)
            assert failed.value.retry_after is None
        rig.mend()
        await channel.send(alert())

    assert "US imposes" in using(type_, tmp_path, test).arrived()[-1]


@every_type
def test_no_secret_shows(tmp_path: Path, type_: str, caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    async def test(channel: Channel, rig: Rig) -> None:
        await channel.send(alert())
        rig.fail()
        told.append(f"{channel!r} {vars(channel)!r} {Channels([channel])!r}")
        if type_ in CAN_FAIL:
            with pytest.raises(NotDelivered) as failed:
                await channel.send(alert())
            told.append(f"{failed.value!r} {failed.getrepr(style='long', chain=True)}")
        rig.site.status = 404
        if type_ in OVER_HTTP:
            with pytest.raises(Undeliverable) as refused:
                await channel.send(alert())
            told.append(f"{refused.value!r} {refused.getrepr(style='long', chain=True)}")
        told.append(repr(rig.logs))

    with caplog.at_level(logging.DEBUG):
        using(type_, tmp_path, test)
    ours = [it.getMessage() for it in caplog.records if not it.name.startswith("aiohttp.access")]
    shown = "\n".join([*told, *ours]).replace(str(tmp_path), "")
    assert "do-not-show-me" not in shown
    assert TOKEN not in shown


@pytest.mark.parametrize("type_", OVER_HTTP)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422])
def test_what_never_passes_is_undeliverable(tmp_path: Path, type_: str, status: int) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        rig.site.status = status
        with pytest.raises(Undeliverable, match=f"expected 2xx, got {status}: ") as refused:
            await channel.send(alert())
        assert isinstance(refused.value, Reject)
        assert refused.value.kind == "refused"

    using(type_, tmp_path, test)


@pytest.mark.parametrize("type_", OVER_HTTP)
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 504])
def test_what_speaks_of_the_moment_is_not_delivered(tmp_path: Path, type_: str, status: int) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        rig.site.status = status
        with pytest.raises(NotDelivered, match=str(status)):
            await channel.send(alert())

    using(type_, tmp_path, test)


@pytest.mark.parametrize("type_", OVER_HTTP)
def test_a_slow_answer_is_given_up_and_may_have_arrived(tmp_path: Path, type_: str) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        rig.site.slow = True
        for _ in range(2):  # the second must not wait behind the first for ever
            with pytest.raises(NotDelivered, match=r"0\.3 seconds.* may have arrived all the same"):
                await asyncio.wait_for(channel.send(alert()), 5)

    assert using(type_, tmp_path, test, timeout=0.3).arrived()


@pytest.mark.parametrize("type_", OVER_HTTP)
def test_nobody_there_is_not_delivered(tmp_path: Path, type_: str) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        with pytest.raises(NotDelivered):
            await channel.send(alert())

    async def free_port() -> int:
        server = await asyncio.start_server(lambda reader, writer: None, "localhost", 0)
        port: int = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return port

    port = asyncio.run(free_port())
    if type_ == "webhook":
        using(type_, tmp_path, test, url=f"http://localhost:{port}/")
    else:
        (tmp_path / "nobody").write_text(f"json://localhost:{port}")
        using(type_, tmp_path, test, url_file="nobody")


def test_several_at_once_all_arrive(tmp_path: Path) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        await asyncio.gather(*(channel.send(alert(number)) for number in range(20)))

    for type_ in RIGS:
        folder = tmp_path / type_
        folder.mkdir()
        arrived = using(type_, folder, test).arrived()
        assert len(arrived) == 20
        assert {number for number in range(20) for text in arrived if f"aurora:{number}" in text} == set(range(20))


# --- webhook


def test_a_webhook_is_signed_json_with_a_key_that_repeats_share(tmp_path: Path) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        await channel.send(alert())
        await channel.send(alert())
        await channel.send_digest(ALERTS, "Three")
        await channel.send_digest(ALERTS, "Three")
        await channel.send_digest(ALERTS[:2], "Three")

    got = using("webhook", tmp_path, test).site.got
    for request, body in got:
        headers = request.headers
        assert (request.method, request.path) == ("POST", f"/{TOKEN}")
        assert is_signed((SECRET.encode(),), headers[TIMESTAMP], body, headers[SIGNATURE])
        assert abs(int(headers[TIMESTAMP]) - datetime.now(UTC).timestamp()) < 60
        assert (headers["Content-Type"], headers["User-Agent"]) == ("application/json", USER_AGENT)
    keys = [request.headers[IDEMPOTENCY] for request, _ in got]
    assert keys[:2] == [alert().id] * 2
    assert keys[2] == keys[3]
    assert len(set(keys)) == 3
    assert decode_alert(got[0][1]) == alert()
    digest = json.loads(got[2][1])
    assert (digest["type"], digest["id"], digest["title"]) == ("digest", keys[2], "Three")
    assert [msgspec.convert(it, Alert, strict=False).id for it in digest["alerts"]] == [it.id for it in ALERTS]


@pytest.mark.parametrize(
    ("asked", "seconds"), [("30", 30.0), ("0", 0.0), ("9" * 400, 86400.0), ("soon", None), ("-1", None), ("²", None)]
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_webhook_waits_as_long_as_it_is_asked_to(
    tmp_path: Path, status: int, asked: str, seconds: float | None
) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        rig.site.status, rig.site.headers = status, {"Retry-After": asked}
        with pytest.raises(NotDelivered) as failed:
            await channel.send(alert())
        assert failed.value.retry_after == seconds

    using("webhook", tmp_path, test)


def test_a_webhook_follows_no_redirect(tmp_path: Path) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        rig.site.status, rig.site.headers = 307, {"Location": f"http://localhost:{rig.site.port}/elsewhere"}
        with pytest.raises(Undeliverable, match="write the address that it leads to") as moved:
            await channel.send(alert())
        assert moved.value.kind == "moved"

    assert len(using("webhook", tmp_path, test).site.got) == 1


def test_an_address_that_can_not_be_called_is_undeliverable(tmp_path: Path) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        with pytest.raises(Undeliverable) as failed:
            await channel.send(alert())
        assert failed.value.kind == "bad-url"

    using("webhook", tmp_path, test, url=f"https://{'a' * 70}.example/")


# --- Apprise


@pytest.mark.parametrize(("type_", "tone"), [("alert", "info"), ("correction", "warning"), ("recall", "failure")])
def test_apprise_tells_the_tone(tmp_path: Path, type_: AlertType, tone: str) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        await channel.send(alert(1, type_))
        await channel.send_digest([alert(2), alert(3, type_)], "Two")

    for text in using("apprise", tmp_path, test).arrived():
        assert json.loads(text)["type"] == tone


def test_apprise_sends_subject_and_text_and_calls_nobody(tmp_path: Path) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        await channel.send(alert(headline="Call @everyone and @Here, mail desk@allnews.example"))

    content = json.loads(using("apprise", tmp_path, test).arrived()[0])
    assert content["title"].startswith("ALERT New sanctions: Call @\u2060everyone and @\u2060Here")
    assert "desk@allnews.example" in content["message"]
    assert "Source: aurora, aurora:1, version 1" in content["message"]


def test_apprise_gets_text_so_that_html_services_show_it_as_written(tmp_path: Path) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        port = rig.site.port
        (tmp_path / "html").write_text(f"json://localhost:{port}/?format=html")
        html = channels_of(tmp_path, {"html": {"type": "apprise", "url_file": "html"}})
        await html["html"].send(alert(headline=HOSTILE))
        await html.close()

    message = json.loads(using("apprise", tmp_path, test).arrived()[0])["message"]
    assert "&lt;b&gt;meet" in message.replace("&nbsp;", " ")
    assert "<b>" not in message


# --- file


def test_a_file_takes_lines_at_its_end_and_a_torn_line_stays_alone(tmp_path: Path) -> None:
    path = tmp_path / "alerts" / "alerts.jsonl"
    path.parent.mkdir()
    path.write_bytes(encode_alert(alert(7)) + b'\n{"id": "torn')

    async def test(channel: Channel, rig: Rig) -> None:
        await channel.send(alert(8))

    using("file", tmp_path, test)
    lines = path.read_bytes().splitlines()
    assert [lines[0], lines[2]] == [encode_alert(alert(7)), encode_alert(alert(8))]
    assert path.read_bytes().endswith(b"\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_not_delivered(tmp_path: Path) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        with pytest.raises(NotDelivered, match=f"/dev/full: .*{os.strerror(28)}"):
            await channel.send(alert())

    using("file", tmp_path, test, path="/dev/full")


# --- log


def test_the_log_has_subject_and_ids_on_one_line(tmp_path: Path) -> None:
    async def test(channel: Channel, rig: Rig) -> None:
        await channel.send(alert(2, "correction"))

    (line,) = using("log", tmp_path, test).logs
    assert line == {
        "event": "alert",
        "log_level": "info",
        "channel": "desk",
        "subject": subject(alert(2, "correction")),
        "id": alert(2).id,
        "rule": "new-sanctions",
        "unit": "US:IR:impose",
        "story": "aurora:2",
        "of": f"{0:032x}",
    }
