"""What a channel is, and the two ways in which it can fail.

Comes in: an alert, or several for a digest. Goes out: they are delivered, or `NotDelivered` says that it may pass later, or `Undeliverable`
that it never will. A channel tries once; whoever calls it decides when to try again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from pipeline.alerts.alert import Alert
from pipeline.errors import Reject, Retry

_LATER = frozenset((408, 425, 429))
"""Client errors that speak of the moment, not of the message."""
_HINTS = {
    401: "compare the secrets",
    403: "compare the secrets, or ask for access",
    404: "check the address",
    405: "check the address",
    410: "the address is gone for good: write the new one",
    413: "it takes no message of this size",
}


class Channel(Protocol):
    """A way out for alerts. ``name`` is the one in the channels file, ``timeout`` the seconds that a delivery may take."""

    name: str
    type: str
    timeout: float

    async def send(self, alert: Alert) -> None:
        """Delivers an alert; a repeat carries the same id."""

    async def send_digest(self, alerts: Sequence[Alert], title: str) -> None:
        """Delivers several alerts as one message."""

    async def close(self) -> None:
        """Ends what the channel keeps open."""


class NotDelivered(Retry):
    """It may pass later; ``retry_after``: the seconds that the other side asks us to wait. It may have arrived all the same."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Undeliverable(Reject):
    """It never passes: the other side refuses this message or us (``refused``), or lives elsewhere (``moved``)."""


class Channels(Mapping[str, Channel]):
    """The channels by name."""

    def __init__(self, channels: Iterable[Channel]) -> None:
        self._channels = {channel.name: channel for channel in channels}

    def __getitem__(self, name: str) -> Channel:
        return self._channels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._channels)

    def __len__(self) -> int:
        return len(self._channels)

    def __repr__(self) -> str:
        return f"Channels({', '.join(f'{name}: {channel.type}' for name, channel in self._channels.items())})"

    async def close(self) -> None:
        """Closes all of them."""
        for channel in self._channels.values():
            await channel.close()


def refusal(status: int, retry_after: float | None = None) -> NotDelivered | Undeliverable:
    """The error for an HTTP status that is not 2xx."""
    if status in _LATER or status >= 500:
        return NotDelivered(f"expected 2xx, got {status}: it may pass later", retry_after)
    if 300 <= status < 400:
        return Undeliverable(
            "moved", f"expected 2xx, got {status}: write the address that it leads to into the channels file"
        )
    hint = _HINTS.get(status, "the other side's log may say why")
    return Undeliverable("refused", f"expected 2xx, got {status}: {hint}")
