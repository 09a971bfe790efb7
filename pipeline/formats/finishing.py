"""What all formats have in common once their fields are read: identity, times, and what the text itself tells.

Comes in: a `Story` whose empty fields are what its format did not say. Goes out: the whole story, what was worked out named
in ``derived``. Never touches what the copy gave.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from pipeline.errors import Reject
from pipeline.formats.credits import take_credits
from pipeline.formats.datelines import find_dateline
from pipeline.formats.headlines import derive_headline
from pipeline.formats.identity import UNKNOWN_PROVIDER, clean_guid, content_guid, normalise_provider, story_id
from pipeline.formats.paragraphs import find_crossheads
from pipeline.formats.raw import RawCopy
from pipeline.story import Story


def finish(story: Story, raw: RawCopy, *, format: str, notes: list[str]) -> Story:
    """The story with its identity, its times, its origin and what its text tells; ``raw`` is the copy of this item."""
    story = _read_text(story, notes)
    derived = list(story.derived)
    guid, provider = _guid(story, raw, derived), _provider(story, derived)
    if not story.headline and story.body:
        derived.append("headline")
    return msgspec.structs.replace(
        story,
        id=story_id(provider, guid),
        guid=guid,
        provider=provider,
        headline=story.headline or derive_headline(story.body),
        version_created=_version_created(story, raw, derived),
        received=raw.received,
        source=raw.source,
        format=format,
        derived=tuple(dict.fromkeys(derived)),
        notes=tuple(dict.fromkeys(notes)),
    )


def _read_text(story: Story, notes: list[str]) -> Story:
    """Credits, crossheads and dateline from the text."""
    body, credits, note = take_credits(story.body)
    if note:
        notes.append(note)
    if not (body or story.headline or story.pubstatus == "canceled"):
        raise Reject("no-text", "expected a headline or a body, got neither; only a kill (canceled) goes without")
    return msgspec.structs.replace(
        story,
        body=body,
        credits=tuple(dict.fromkeys((*story.credits, *credits))),
        crossheads=story.crossheads or find_crossheads(body),
        dateline=story.dateline or find_dateline(body),
    )


def _guid(story: Story, raw: RawCopy, derived: list[str]) -> str:
    if guid := clean_guid(story.guid):
        return guid
    if story.pubstatus == "canceled":
        raise Reject("bad-field", "guid: expected the guid of the story to kill, got none")
    derived.append("guid")
    return content_guid(raw.value)


def _provider(story: Story, derived: list[str]) -> str:
    if story.provider:
        return normalise_provider(story.provider)
    derived.append("provider")
    return UNKNOWN_PROVIDER


def _version_created(story: Story, raw: RawCopy, derived: list[str]) -> datetime | None:
    """Arrival stands in only where no version orders the arrivals: a late old version must not look new."""
    if story.version_created:
        return story.version_created
    found = raw.modified or (raw.received if "version" in derived else None)
    if found:
        derived.append("version_created")
    return found
