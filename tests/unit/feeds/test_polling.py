"""Polling against a web server of the test's own: conditional, polite, bounded."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from pipeline.errors import DatelineError, Reject
from pipeline.feeds.config import PollFeed
from pipeline.feeds.polling import (
    USER_AGENT,
    Answer,
    Poll,
    PollFailed,
    State,
    client,
    fetch,
    read_state,
    retry_after,
    shown,
    url_id,
)
from pipeline.formats.raw import MAX_RAW_BYTES
from tests.unit.feeds.desks import FakeOutlet, desk, until

RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><item><title>One</title></item></channel></rss>'
NOW = datetime(2026, 4, 25, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


class Site:
    """A web server that answers what the test says and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: Callable[[web.Request], web.StreamResponse] = self.rss
        self.asked: list[web.Request] = []
        self.url = ""

    def rss(self, request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        headers = {"ETag": '"1"', "Last-Modified": "Sat, 25 Apr 2026 07:00:00 GMT"}
        return web.Response(body=RSS, content_type="application/rss+xml", charset="utf-8", headers=headers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        return self.answer(request)


def serving(test: Callable[[Site], Awaitable[None]]) -> Site:
    site = Site()

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/{any:.*}", site.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        site.url = f"http://127.0.0.1:{runner.addresses[0][1]}/rss"
        try:
            await test(site)
        finally:
            await runner.cleanup()

    asyncio.run(run())
    return site


async def ask(site: Site, state: State | None = None, authorization: str | None = None) -> Answer:
    async with client() as session:
        return await fetch(session, site.url, state or State(), authorization)


def failure(answer: Callable[[web.Request], web.StreamResponse]) -> DatelineError:
    errors: list[DatelineError] = []

    async def test(site: Site) -> None:
        site.answer = answer
        with pytest.raises((PollFailed, Reject)) as caught:
            await ask(site)
        errors.append(caught.value)

    serving(test)
    return errors[0]


def test_the_body_comes_once_and_then_not_changed() -> None:
    async def test(site: Site) -> None:
        first = await ask(site)
        assert first.copy is not None
        assert (first.copy.value, first.copy.content_type) == (RSS, "application/rss+xml; charset=utf-8")
        assert first.copy.modified == datetime(2026, 4, 25, 7, 0, tzinfo=UTC)
        second = await ask(site, first.state)
        assert (second.copy, second.state) == (None, first.state)

    site = serving(test)
    assert site.asked[0].headers["User-Agent"] == USER_AGENT
    assert "If-None-Match" not in site.asked[0].headers
    assert site.asked[1].headers["If-None-Match"] == '"1"'
    assert site.asked[1].headers["If-Modified-Since"] == "Sat, 25 Apr 2026 07:00:00 GMT"


def test_the_same_body_without_etag_is_not_fed_again() -> None:
    async def test(site: Site) -> None:
        site.answer = lambda request: web.Response(body=RSS)
        first = await ask(site)
        assert (await ask(site, first.state)).copy is None

    serving(test)


def test_another_address_forgets_the_state_of_the_first() -> None:
    async def test(site: Site) -> None:
        first = await ask(site)
        site.url += "?other"
        assert (await ask(site, first.state)).copy is not None

    serving(test)


def test_the_authorization_is_sent_and_packed_bodies_are_read() -> None:
    async def test(site: Site) -> None:
        site.answer = lambda request: web.Response(body=gzip.compress(RSS), headers={"Content-Encoding": "gzip"})
        answer = await ask(site, authorization="Bearer x")
        assert answer.copy is not None
        assert answer.copy.value == RSS

    assert serving(test).asked[0].headers["Authorization"] == "Bearer x"


def test_a_body_too_long_is_refused_while_it_comes_packed_or_not() -> None:
    long = b"x" * (MAX_RAW_BYTES + 1)
    for answer in (
        web.Response(body=long),
        web.Response(body=gzip.compress(long), headers={"Content-Encoding": "gzip"}),
    ):
        error = failure(lambda request, answer=answer: answer)  # type: ignore[misc]
        assert isinstance(error, Reject)
        assert error.kind == "too-large"


@pytest.mark.parametrize(
    ("status", "said"), [(404, "check the address"), (401, "secret"), (410, "gone for good"), (500, "got 500")]
)
def test_other_answers_say_what_to_do(status: int, said: str) -> None:
    assert said in str(failure(lambda request: web.Response(status=status)))


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_may_ask_for_time(status: int) -> None:
    error = failure(lambda request: web.Response(status=status, headers={"Retry-After": "120"}))
    assert isinstance(error, PollFailed)
    assert error.retry_after == 120


def test_redirects_are_followed_within_bounds() -> None:
    assert "redirects" in str(failure(lambda request: web.Response(status=302, headers={"Location": "/round"})))


def test_an_empty_answer_and_a_dead_server_are_failures() -> None:
    assert "empty" in str(failure(lambda request: web.Response(body=b" \n")))

    async def dead(site: Site) -> None:
        site.url = "http://user:pass@127.0.0.1:1/rss?key=secret"
        with pytest.raises(PollFailed) as caught:
            await ask(site)
        assert not {"pass", "secret"} & set(str(caught.value).replace("@", " ").replace("=", " ").split())
        assert "127.0.0.1:1/rss" in str(caught.value)

    serving(dead)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("Sat, 25 Apr 2026 08:01:00 GMT", 60),
        ("Sat, 25 Apr 2026 07:00:00 GMT", 0),
        ("999999999", 86400),
        ("soon", None),
        (None, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


def test_neither_source_nor_state_show_the_secrets_of_an_address() -> None:
    url = "https://user:pass@example.com:8443/world.xml?key=secret"
    assert shown(url) == "https://example.com:8443/world.xml"
    assert "secret" not in url_id(url)


def poll(site: Site, outlet: FakeOutlet, folder: Path) -> Poll:
    place = desk(outlet, name="agency")
    return Poll(PollFeed(name="agency", url=site.url, interval=0.02), place, folder)


async def run_until(poll: Poll, condition: Callable[[], object]) -> None:
    running = asyncio.create_task(poll.run())
    try:
        await until(condition)
    finally:
        poll._desk.stop.set()
        await running


def test_a_poll_feeds_once_and_a_restart_does_not_repeat_it(tmp_path: Path) -> None:
    outlet = FakeOutlet()

    async def test(site: Site) -> None:
        await run_until(poll(site, outlet, tmp_path), lambda: len(site.asked) > 2)
        await run_until(poll(site, outlet, tmp_path), lambda: len(site.asked) > 5)

    serving(test)
    (copy,) = outlet.sent
    assert (copy.feed, copy.providers) == ("agency", ("aurora",))
    assert json.loads((tmp_path / "agency.json").read_text())["etag"] == '"1"'


def test_the_state_is_kept_only_once_kafka_has_the_body(tmp_path: Path) -> None:
    outlet = FakeOutlet()
    outlet.away = True

    async def test(site: Site) -> None:
        one = poll(site, outlet, tmp_path)
        await run_until(one, lambda: len(site.asked) == 1 and one._desk.tally is not None)
        assert not (tmp_path / "agency.json").exists()
        outlet.away = False
        await run_until(poll(site, outlet, tmp_path), lambda: outlet.sent)

    serving(test)
    assert outlet.values == [RSS]


def test_a_state_that_can_t_be_read_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{broken")
    assert read_state(tmp_path / "x.json") == State()
    assert read_state(tmp_path / "none.json") == State()


def test_failures_make_the_pauses_longer_and_a_server_may_ask_for_more(tmp_path: Path) -> None:
    async def test(site: Site) -> None:
        asking = poll(site, FakeOutlet(), tmp_path)
        asking._feed = PollFeed(name="agency", url=site.url, interval=10)
        asking._backoff._first = 10
        async with client() as session:
            site.answer = lambda request: web.Response(status=500)
            pauses = [(await asking._ask(session, State()))[1] for _ in range(4)]
            assert 8 <= pauses[0] <= 10
            assert 64 <= pauses[3] <= 80
            site.answer = lambda request: web.Response(status=429, headers={"Retry-After": "5000"})
            assert (await asking._ask(session, State()))[1] == 5000
            site.answer = site.rss
            assert 9 <= (await asking._ask(session, State()))[1] <= 11

    serving(test)
