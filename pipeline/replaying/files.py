"""Feeding raw copy from files again, with alerts muted unless asked: a folder that a feed kept, a supplier's backlog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.errors import Reject
from pipeline.feeds.files import list_files, read_file
from pipeline.feeds.producer import Feeder
from pipeline.replaying.marks import marks
from pipeline.settings import Settings


def replay_files(settings: Settings, path: Path, *, alerts: bool, say: Callable[[str], None]) -> int:
    """Feeds a file, or all those of a folder, and returns how many messages that made; raises `Retry` where Kafka does not take them."""
    with Feeder(settings, marks=marks(alerts=alerts)) as feeder:
        for file in list_files([path]):
            for copy in read_file(file):
                try:
                    feeder.feed(copy)
                except Reject as error:
                    say(f"{file}: {error.kind}: {error.reason}")
        return feeder.fed
