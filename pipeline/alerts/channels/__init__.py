"""How an alert leaves the house: channels by name, read from the user's file.

A type of channel is a module with its options (the keys in the file) and its channel; `CHANNEL_TYPES` is the list of them.
docs/channels.md is the reference, docs/adding/channel.md a walk through a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipeline.alerts.channels.apprise import AppriseOptions
from pipeline.alerts.channels.channel import Channel, Channels, NotDelivered, Undeliverable
from pipeline.alerts.channels.config import Entry, load_entries
from pipeline.alerts.channels.file import FileOptions
from pipeline.alerts.channels.log import LogChannel, LogOptions
from pipeline.alerts.channels.options import Options, Place
from pipeline.alerts.channels.webhook import WebhookOptions
from pipeline.errors import Fatal

__all__ = ["CHANNEL_TYPES", "LOG", "Channel", "Channels", "NotDelivered", "Undeliverable", "read_channels"]

CHANNEL_TYPES: dict[str, type[Options]] = {
    "apprise": AppriseOptions,
    "file": FileOptions,
    "log": LogOptions,
    "webhook": WebhookOptions,
}
LOG = "log"
"""The channel that is always there: rules that come with Dateline name it."""


def read_channels(path: Path | None, environment: Mapping[str, str]) -> Channels:
    """The channels of a file and `log`; raises `Fatal` for a broken file and for secrets that are not where it says."""
    if path is None:
        return Channels([LogChannel(LOG)])
    place = Place(path.absolute().parent, environment)
    return Channels([LogChannel(LOG), *(_made(entry, place) for entry in load_entries(path, CHANNEL_TYPES))])


def _made(entry: Entry, place: Place) -> Channel:
    if entry.name == LOG and not isinstance(entry.options, LogOptions):
        raise Fatal(f"{entry.where}: {LOG} is the channel into the log: give this one another name")
    try:
        return entry.options.make(entry.name, place)
    except Fatal as error:
        raise Fatal(f"{entry.where}: {error}") from error
