"""The bytes of one message and what its headers say of them."""

from __future__ import annotations

from datetime import datetime

import msgspec

MAX_RAW_BYTES = 2 * 1024 * 1024
"""Raw copy above this is refused at the door; a wire story is some kB, a newsMessage of a whole file some hundred."""


class RawCopy(msgspec.Struct, frozen=True, kw_only=True):
    """Raw copy as it came from `wire.raw` or from a file.

    ``source``: file or feed; ``content_type``: media type; ``received``: when it reached us, aware UTC;
    ``modified``: when the copy itself was last changed (a file's time), where the feed knows it. ``feed``: the name of the
    feed; ``providers``: the ids of those it may speak for, the first of them where the copy names none (empty: anybody);
    ``format``: the wire format, where the feed is known to carry only that.
    """

    value: bytes
    received: datetime
    source: str | None = None
    content_type: str | None = None
    modified: datetime | None = None
    feed: str | None = None
    providers: tuple[str, ...] = ()
    format: str | None = None
