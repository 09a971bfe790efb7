"""Alerts as signed JSON to an address of the user's.

At least once: each delivery of an alert carries the same `Idempotency-Key`. Signed as pushed copy is (docs/feeds.md), so that both ends of a
line can use the same code. Follows no redirect and reads no answer but its status. The address is never shown whole, for some
carry a token.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Sequence
from typing import Annotated
from urllib.parse import urlsplit

import aiohttp
from msgspec import Meta

from pipeline import __version__
from pipeline.alerts.alert import Alert, encode_alert
from pipeline.alerts.channels.channel import Channel, NotDelivered, Undeliverable, refusal
from pipeline.alerts.channels.digests import encode_digest, make_digest
from pipeline.alerts.channels.options import FilePath, Options, Place, Secret, Variable
from pipeline.errors import Fatal
from pipeline.feeds.signing import MIN_SECRET, SIGNATURE, TIMESTAMP, sign

USER_AGENT = f"Dateline/{__version__} (alerts)"
IDEMPOTENCY = "Idempotency-Key"
_LONGEST_ASKED_S = 86400.0


class WebhookOptions(Options, frozen=True, kw_only=True, tag="webhook"):
    """A signed POST of JSON."""

    url: Annotated[str, Meta(pattern=r"^https?://[^\s]+$", description="The address: https, or http on this machine.")]
    secret_env: Annotated[Variable, Meta(description="Environment variable with the secret.")] | None = None
    secret_file: Annotated[FilePath, Meta(description="File with the secret.")] | None = None

    def make(self, name: str, place: Place) -> Channel:
        """The channel; its secret is the first line, so that further ones can stand there while one is replaced."""
        _check_address(self.url)
        secret = (
            place.secret(self.secret_env, self.secret_file, "secret_env or secret_file").text.splitlines()[0].strip()
        )
        if len(secret) < MIN_SECRET:
            raise Fatal(
                f"expected a secret of at least {MIN_SECRET} characters in {self.secret_env or self.secret_file}: "
                "make one with `openssl rand -hex 32`"
            )
        return WebhookChannel(name, Secret(self.url), Secret(secret), timeout=self.timeout)


class WebhookChannel:
    """Posts to one address."""

    type = "webhook"

    def __init__(
        self, name: str, url: Secret, secret: Secret, *, timeout: float, now: Callable[[], float] = time.time
    ) -> None:
        self.name = name
        self.timeout = timeout
        self._url = url
        self._secret = secret
        self._now = now
        self._host = urlsplit(url.text).hostname or ""
        self._session: aiohttp.ClientSession | None = None

    async def send(self, alert: Alert) -> None:
        """The alert's JSON."""
        await self._post(encode_alert(alert), alert.id)

    async def send_digest(self, alerts: Sequence[Alert], title: str) -> None:
        """One object with the title and all alerts."""
        digest = make_digest(alerts, title)
        await self._post(encode_digest(digest), digest.id)

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, body: bytes, key: str) -> None:
        timestamp = str(int(self._now()))
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP: timestamp,
            SIGNATURE: sign(self._secret.text.encode(), timestamp, body),
            IDEMPOTENCY: key,
        }
        try:
            async with self._client().post(
                self._url.text, data=body, headers=headers, allow_redirects=False
            ) as response:
                status, asked = response.status, response.headers.get("Retry-After")
        # Without the cause in both: some of aiohttp's messages carry the whole address.
        except ValueError:
            raise Undeliverable("bad-url", f"{self._host} is no address that can be called: correct `url`") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotDelivered(f"no answer from {self._host}: {self._told(error)}") from None
        if not 200 <= status < 300:
            raise refusal(status, _seconds(asked))

    def _client(self) -> aiohttp.ClientSession:
        """One for all deliveries, made within the running loop; proxies as the environment says, but not to this machine."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self.timeout),
                headers={"User-Agent": USER_AGENT},
                trust_env=not _is_here(self._host),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _told(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"it took longer than {self.timeout:g} seconds and may have arrived all the same"
        if isinstance(error, aiohttp.ClientConnectorError):
            return f"{type(error).__name__} ({error.os_error.strerror or type(error.os_error).__name__})"
        return type(error).__name__


def _seconds(asked: str | None) -> float | None:
    """What Retry-After asks for; a date there, which is rare, leaves the pause to the caller."""
    return min(float(asked), _LONGEST_ASKED_S) if asked and asked.isdecimal() else None


def _check_address(url: str) -> None:
    """Raises `Fatal` for an address that would show alerts or a password to others on the way."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host:
        raise Fatal("url: expected an address such as https://hooks.example/dateline")
    if parts.username is not None or parts.password is not None:
        raise Fatal("url: expected no user and password: requests are signed with the secret instead")
    if parts.scheme == "http" and not _is_here(host):
        raise Fatal("url: expected https, http is for this machine only (localhost): put TLS before the other side")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
