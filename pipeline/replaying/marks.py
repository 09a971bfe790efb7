"""The headers that tell that a message is sent again."""

from __future__ import annotations

from pipeline.streams import MUTED

AGAIN = "replayed"
"""A message with it was sent again, and is not sent once more."""


def marks(*, alerts: bool) -> dict[str, bytes]:
    """The headers of a message that is sent again; ``alerts``: whether its stories may alert."""
    return {AGAIN: b"1"} | ({} if alerts else {MUTED: b"1"})
