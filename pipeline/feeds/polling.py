"""An address that is asked again and again: RSS, Atom, or any file on the web.

Comes in: an address. Goes out: its body as one message whenever it changed; the format splits it into entries, and entries
that came before are repeats, which do no harm. ETag, Last-Modified and a hash of the body are kept in a state file, written
only after Kafka acknowledged, so that a crash costs one repeat and never an entry.

Polite: conditional requests, one at a time, `Retry-After` and growing pauses where the server has trouble, a name in
`User-Agent`. Never reads more than passes the door, never logs a query or a password of an address.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import msgspec

from pipeline import __version__
from pipeline.errors import Reject, Retry
from pipeline.feeds.config import PollFeed
from pipeline.feeds.files import Copy
from pipeline.feeds.pauses import Backoff, pause
from pipeline.feeds.running import Desk, log
from pipeline.feeds.signing import read_secret
from pipeline.formats.raw import MAX_RAW_BYTES
from pipeline.home import write_whole

USER_AGENT = f"Dateline/{__version__} (newswire feed reader)"
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=15, sock_read=20)
_MAX_REDIRECTS = 5
_LONGEST_S = 3600.0
"""The longest pause after failures; a server that asks for more with Retry-After gets up to a day."""
_LONGEST_ASKED_S = 86400.0
_ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"


class State(msgspec.Struct, kw_only=True, frozen=True):
    """What is known of the last body that was fed, and of which address."""

    url: str = ""
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None


class Answer(msgspec.Struct, kw_only=True, frozen=True):
    """What a request brought: a new body, or None where nothing changed; and the state once that is fed."""

    copy: Copy | None
    state: State


class PollFailed(Retry):
    """The server did not give a body; ``retry_after``: the seconds it asks us to wait."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


def client() -> aiohttp.ClientSession:
    """A client with our name and limits; proxies as the environment says."""
    return aiohttp.ClientSession(
        timeout=_TIMEOUT,
        headers={"User-Agent": USER_AGENT, "Accept": _ACCEPT},
        trust_env=True,
        cookie_jar=_no_cookies(),
    )


def _no_cookies() -> aiohttp.DummyCookieJar:
    return aiohttp.DummyCookieJar()


async def fetch(session: aiohttp.ClientSession, url: str, state: State, authorization: str | None = None) -> Answer:
    """Asks once. Raises `PollFailed` where there is no body, `Reject` where it is too long."""
    if state.url != url_id(url):
        state = State(url=url_id(url))
    headers = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified, "Authorization": authorization}
    try:
        async with session.get(
            url, headers={name: value for name, value in headers.items() if value}, max_redirects=_MAX_REDIRECTS
        ) as response:
            if response.status == 304:
                return Answer(copy=None, state=state)
            if response.status != 200:
                raise _no_body(response.status, response.headers)
            return _answer(url, await _read(response), response.headers, state)
    except aiohttp.TooManyRedirects as error:
        raise PollFailed(f"more than {_MAX_REDIRECTS} redirects: use the address that they lead to") from error
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise PollFailed(f"no answer from {shown(url)}: {_told(error)}") from error


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, counted while it comes: its length as declared is that of the packed bytes, or missing."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        body += chunk
        if len(body) > MAX_RAW_BYTES:
            response.close()
            raise Reject("too-large", f"more than {MAX_RAW_BYTES} bytes: ask for an address with fewer entries")
    return bytes(body)


def _answer(url: str, body: bytes, headers: Mapping[str, str], state: State) -> Answer:
    if not body.strip():
        raise PollFailed("the answer is empty")
    found = State(
        url=state.url,
        etag=headers.get("ETag"),
        last_modified=headers.get("Last-Modified"),
        sha256=hashlib.sha256(body).hexdigest(),
    )
    if found.sha256 == state.sha256:
        return Answer(copy=None, state=found)
    content_type = headers.get("Content-Type", "")[:200] or None
    return Answer(copy=Copy(body, shown(url), content_type, _http_time(found.last_modified)), state=found)


def _no_body(status: int, headers: Mapping[str, str]) -> PollFailed:
    asked = retry_after(headers.get("Retry-After"), datetime.now(UTC)) if status in (429, 503) else None
    hints = {
        401: "check the secret of the feed",
        403: "check the secret of the feed, or ask the agency to let us in",
        404: "check the address",
        410: "the address is gone for good: remove the feed or ask the agency for the new one",
        429: "we ask too often: make the interval longer",
    }
    return PollFailed(f"expected 200 or 304, got {status}" + (f": {hints[status]}" if status in hints else ""), asked)


def retry_after(text: str | None, now: datetime) -> float | None:
    """The seconds that the header Retry-After asks for, as a number or as a date."""
    if not text:
        return None
    if text.strip().isdigit():
        return min(float(text), _LONGEST_ASKED_S)
    until = _http_time(text)
    return None if until is None else min(max(0.0, (until - now).total_seconds()), _LONGEST_ASKED_S)


def _http_time(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def shown(url: str) -> str:
    """The address without user, password and query, which may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:500]


def url_id(url: str) -> str:
    """What the state keeps of an address: enough to see that it is another one, and no secret of it."""
    return f"{shown(url)} {hashlib.sha256(url.encode()).hexdigest()[:16]}"


def _told(error: Exception) -> str:
    """The error without the address, which some of aiohttp's messages carry whole."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"{type(error).__name__} ({error.os_error.strerror or error.os_error})"
    if isinstance(error, TimeoutError):
        return "it took too long"
    return type(error).__name__


class Poll:
    """One polled address."""

    def __init__(self, feed: PollFeed, desk: Desk, folder: Path) -> None:
        self._feed = feed
        self._desk = desk
        self._file = folder / f"{feed.name}.json"
        self._backoff = Backoff(first=feed.interval, longest=max(_LONGEST_S, feed.interval))

    async def run(self) -> None:
        """Asks until the stop."""
        state = await asyncio.to_thread(read_state, self._file)
        async with client() as session:
            going = True
            while going:
                state, seconds = await self._ask(session, state)
                going = await pause(self._desk.stop, seconds)

    async def _ask(self, session: aiohttp.ClientSession, state: State) -> tuple[State, float]:
        """Asks once and feeds what is new; the new state, and the pause before the next time. Keeps the state if it fails."""
        try:
            secret = await asyncio.to_thread(read_secret, self._feed.secret_env, self._feed.secret_file)
            answer = await fetch(session, self._feed.url, state, secret)
            if answer.copy:
                await self._feed_until_taken(answer.copy)
                log.info("fed", feed=self._desk.name, source=answer.copy.source, bytes=len(answer.copy.value))
            if answer.state != state:
                await asyncio.to_thread(write_state, self._file, answer.state)
        except _Stopped:
            return state, 0.0
        except Reject as error:
            self._desk.refused(shown(self._feed.url), error)
            return state, self._backoff.next()
        except PollFailed as error:
            seconds = max(self._backoff.next(), error.retry_after or 0.0)
            self._desk.failed(str(error), seconds)
            return state, seconds
        self._backoff.reset()
        self._desk.succeeded()
        return answer.state, self._feed.interval * random.uniform(0.9, 1.1)  # noqa: S311 - no secret

    async def _feed_until_taken(self, copy: Copy) -> None:
        """Keeps what was fetched while Kafka is away: asking for it again would not be polite."""
        backoff, since = Backoff(longest=30.0), time.monotonic()
        while True:
            try:
                return await self._desk.feed(copy)
            except Retry as error:
                seconds = backoff.next()
                self._desk.failed(str(error), seconds, waiting_s=round(time.monotonic() - since))
                if not await pause(self._desk.stop, seconds):
                    raise _Stopped from error


class _Stopped(Exception):
    """We were asked to end while the body waited for Kafka; the state stays, so that it is fetched again."""


def read_state(file: Path) -> State:
    """The state that was kept; an empty one where there is none, or none that can be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=State)
    except (OSError, msgspec.MsgspecError) as error:
        if not isinstance(error, FileNotFoundError):
            log.warning("state lost", file=str(file), reason=str(error))
        return State()


def write_state(file: Path, state: State) -> None:
    """Keeps the state; a crash leaves either the old one or the new one."""
    write_whole(file, msgspec.json.encode(state).decode() + "\n")
