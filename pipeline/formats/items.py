"""What every format's parser ends with: the fields it read become a story with an identity and its times.

Identity is provider and guid without version. What the copy does not say is worked out and named in ``derived``.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any

from pipeline.errors import Reject
from pipeline.formats.raw import RawCopy
from pipeline.story import Language, Skipped, Story, utc

Item = Story | Skipped | Reject

UNKNOWN_PROVIDER = "unknown"
MAX_ID_BYTES = 512
"""Elasticsearch's limit for a document's id."""
MAX_VERSION = 2**63 - 1
"""Reuters numbers versions with large opaque integers; a long of Elasticsearch holds up to this."""
URGENCIES = range(1, 10)
"""IPTC: 1 most urgent to 8 least, 9 user-defined."""

_NOT_IN_PROVIDER = re.compile(r"[^a-z0-9.]+")


def make_story(fields: dict[str, Any], raw: RawCopy, format_name: str, *, declared: str | None = None) -> Story:
    """The story of the fields that a parser found; absent ones are left out or None.

    ``provider`` may be any name or qcode, times aware datetimes. Raises `Reject` where there is no text: a kill alone may
    come without.
    """
    found = {name: value for name, value in fields.items() if value not in (None, "") or name == "embargoed"}
    if found.get("pubstatus") != "canceled" and not (found.get("headline") or found.get("body")):
        raise Reject("no-text", "neither a headline nor a body: a story needs one of them")
    derived = list(found.pop("derived", ()))
    provider = clean_provider(found.pop("provider", None))
    if provider == UNKNOWN_PROVIDER:
        derived.append("provider")
    guid = clean_guid(found.pop("guid", None))
    if guid is None:
        guid = raw.source or "sha256:" + hashlib.sha256(raw.value).hexdigest()
        derived.append("guid")
    numbered = "version" in found
    if not numbered:
        derived.append("version")
    if found.get("version_created") is None and (guessed := _last_change(raw, numbered=numbered)):
        found["version_created"] = guessed
        derived.append("version_created")
    return Story(
        id=make_id(provider, guid),
        guid=guid,
        provider=provider,
        received=raw.received,
        source=raw.source,
        format=format_name,
        language=Language(code="und", declared=declared),
        derived=tuple(derived),
        **found,
    )


def _last_change(raw: RawCopy, *, numbered: bool) -> datetime | None:
    """When the copy was last changed as far as can be known; the arrival only where there is no version to go by."""
    return raw.modified or (None if numbered else raw.received)


def make_id(provider: str, guid: str) -> str:
    """The story's id; one too long for Elasticsearch is hashed."""
    whole = f"{provider}:{guid}"
    if len(whole.encode()) <= MAX_ID_BYTES:
        return whole
    return f"{provider}:sha256-{hashlib.sha256(guid.encode()).hexdigest()}"


def clean_provider(name: str | None) -> str:
    """A provider's name as an id: "nprov:AURORA News" is ``aurora-news``; nothing usable is ``unknown``."""
    plain = (name or "").strip().rpartition(":")[2].lower()
    return _NOT_IN_PROVIDER.sub("-", plain).strip("-")[:64] or UNKNOWN_PROVIDER


def clean_guid(guid: str | None) -> str | None:
    """A guid without white space around and within it."""
    return "".join((guid or "").split()) or None


def parse_time(text: str, field: str) -> datetime:
    """An ISO 8601 time as aware UTC; raises `Reject` for anything else."""
    try:
        return utc(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError) as error:
        raise Reject(
            "bad-field", f"{field}: expected a time such as 2026-04-25T08:40:11Z, got {text[:60]!r}"
        ) from error


def parse_version(text: str | int | None) -> int | None:
    """A version number; raises `Reject` for one that is no whole number from 0."""
    if text is None or text == "":
        return None
    try:
        version = int(text)
    except ValueError:
        version = -1
    if not 0 <= version <= MAX_VERSION or isinstance(text, bool):
        raise Reject("bad-field", f"version: expected a whole number from 0, got {str(text)[:60]!r}")
    return version
