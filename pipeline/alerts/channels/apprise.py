"""Alerts as text to mail, chat and telephone services, by way of Apprise.

The Apprise URL holds the credentials and comes from a file or a variable, never from the channels file. At least once: a service that
answers too late may have taken the message. Apprise says only whether it worked; the status that it logs tells whether trying again makes
sense. Nothing else of its logs passes, nor of its HTTP client's: they may hold what is in the URL.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from pipeline.alerts.alert import Alert, clean, plain_text, subject
from pipeline.alerts.channels.blocking import OwnThread
from pipeline.alerts.channels.channel import Channel, NotDelivered, refusal
from pipeline.alerts.channels.digests import digest_text
from pipeline.alerts.channels.options import FilePath, Options, Place, Secret, Variable
from pipeline.errors import Fatal

if TYPE_CHECKING:
    from apprise import Apprise

Tone = Literal["info", "warning", "failure"]

_TONES: tuple[tuple[str, Tone], ...] = (("recall", "failure"), ("correction", "warning"))
"""By type of alert, the gravest first; all others are "info"."""
_TITLE = 200
_STATUS = re.compile(r"\berror=([345]\d\d)\b")
_CALLS_ALL = re.compile(r"@(?=(?:all|channel|everyone|here)\b)", re.IGNORECASE)
_NO_CALL = "@\u2060"
"""A word joiner behind it, and no chat takes "@everyone" in a headline for a call to everyone."""
_TELL_ADDRESSES = ("urllib3", "oauthlib", "requests_oauthlib")
"""What Apprise sends with; at debug they log paths and tokens."""
_heard: ContextVar[list[int] | None] = ContextVar("dateline_apprise_statuses", default=None)
"""Where the statuses of the delivery under way are kept; a context goes with Apprise's own threads."""


class AppriseOptions(Options, frozen=True, kw_only=True, tag="apprise"):
    """A service that Apprise knows."""

    url_env: Annotated[Variable, Meta(description="Environment variable with the Apprise URL.")] | None = None
    url_file: Annotated[FilePath, Meta(description="File with the Apprise URL.")] | None = None

    def make(self, name: str, place: Place) -> Channel:
        """The channel."""
        url = place.secret(self.url_env, self.url_file, "url_env or url_file")
        return AppriseChannel(name, url, timeout=self.timeout)


class AppriseChannel:
    """Sends to the one service that the URL names; raises `Fatal` for a URL that Apprise does not know."""

    type = "apprise"

    def __init__(self, name: str, url: Secret, *, timeout: float) -> None:
        self.name = name
        self.timeout = timeout
        self._apprise = _service(url)
        self._thread = OwnThread(name, timeout)

    async def send(self, alert: Alert) -> None:
        """Subject and text, in the tone of the alert."""
        await self._send(subject(alert), plain_text(alert), _tone([alert]))

    async def send_digest(self, alerts: Sequence[Alert], title: str) -> None:
        """The title and one line an alert, in the gravest tone of them."""
        await self._send(clean(title, _TITLE), digest_text(alerts), _tone(alerts))

    async def close(self) -> None:
        """Apprise keeps nothing open."""
        self._thread.close()

    async def _send(self, title: str, text: str, tone: Tone) -> None:
        await self._thread.run(
            partial(_notify, self._apprise, _CALLS_ALL.sub(_NO_CALL, title), _CALLS_ALL.sub(_NO_CALL, text), tone)
        )


def _tone(alerts: Sequence[Alert]) -> Tone:
    """The gravest tone of the alerts."""
    types = {alert.type for alert in alerts}
    return next((tone for type_, tone in _TONES if type_ in types), "info")


def _service(url: Secret) -> Apprise:
    """Apprise with the one service of the URL: with two, one that fails would repeat the message to the other."""
    # Imported where it is used: it takes half a second and some memory, and most workers have no such channel.
    from apprise import Apprise, AppriseAsset

    if len(url.text.split()) != 1:
        raise Fatal("expected one Apprise URL: make a channel of its own for each further one")
    _hush()
    asset = AppriseAsset(app_id="Dateline", app_desc="Dateline alerts", async_mode=False)
    service = Apprise.instantiate(url.text, asset=asset)
    if service is None:
        raise Fatal(
            "expected an Apprise URL such as slack://…, see docs/channels.md: check it with `apprise -vv --dry-run`"
        )
    apprise = Apprise(asset=asset)
    apprise.add(service)
    return apprise


def _notify(apprise: Apprise, title: str, text: str, tone: Tone) -> None:
    """Sends once; raises what its status means, or `NotDelivered` where there is none."""
    statuses: list[int] = []
    token = _heard.set(statuses)
    try:
        # As text: Apprise then escapes it for services that take HTML.
        if apprise.notify(body=text, title=title, notify_type=tone, body_format="text"):
            return
    except Exception as error:  # 130 plugins: whatever one of them raises, others must get their alerts
        raise NotDelivered(f"Apprise failed with {type(error).__name__}") from None
    finally:
        _heard.reset(token)
    if errors := [refusal(status) for status in statuses]:
        # A URL may have several recipients: while one of them may still get it, it is not lost.
        raise next((error for error in errors if isinstance(error, NotDelivered)), errors[-1])
    raise NotDelivered(
        "the service could not be reached or refused the message: see what `apprise -vv` says of its URL"
    )


class _Statuses(logging.Filter):
    """Hears the HTTP statuses in Apprise's log, and lets nothing of it pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        heard = _heard.get()
        if heard is not None and record.levelno >= logging.WARNING:
            heard += [int(status) for status in _STATUS.findall(record.getMessage())]
        return False


_STATUSES = _Statuses()


def _hush() -> None:
    """Keeps credentials out of the logs, whatever their level."""
    logging.getLogger("apprise").addFilter(_STATUSES)  # once, however often it is added
    for name in _TELL_ADDRESSES:
        logger = logging.getLogger(name)
        logger.setLevel(max(logging.INFO, logger.level))
