"""Raw copy to enriched stories: the pure middle of READ, which `dateline enrich` calls too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
import structlog

from pipeline.enrich import enrich
from pipeline.errors import Reject
from pipeline.formats import Item, parse
from pipeline.formats.raw import RawCopy
from pipeline.screening.screener import Screener
from pipeline.story import Story

log = structlog.get_logger("dateline.reading")


def read_copy(
    raw: RawCopy,
    *,
    now: Callable[[], datetime],
    format_: str | None = None,
    thorough: bool = True,
    screener: Screener | None = None,
) -> list[Item]:
    """The enriched stories (and skipped or rejected items) of one message; never raises for any bytes.

    ``thorough``: see `pipeline.enrich.enrich`; ``screener``: the sanctions lists in force.
    """
    read_at = now()
    items = parse(raw, format_=format_)
    return [_enriched(item, read_at, now, thorough, screener) if isinstance(item, Story) else item for item in items]


def _enriched(
    story: Story, read_at: datetime, now: Callable[[], datetime], thorough: bool, screener: Screener | None
) -> Item:
    try:
        story = enrich(msgspec.structs.replace(story, read_at=read_at), at=now(), thorough=thorough)
        return story if screener is None else msgspec.structs.replace(story, listed=screener.screen(story))
    except Exception as error:  # a fault of ours must cost one story, not the feed
        log.exception("enrichment failed", id=story.id)
        return Reject("enrichment-failed", f"{type(error).__name__}: {error}: please report this with the message")
