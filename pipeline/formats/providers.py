"""The table of providers: which of its names mean which provider, and what only a table can say of its copy.

Comes in: a name as some format writes it. Goes out: the `Provider`, a made-up one for a name that is not listed. The table
is `providers.yaml`; docs/adding/provider.md is the walk.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
import yaml

from pipeline.errors import Reject
from pipeline.formats.identity import UNKNOWN_PROVIDER, normalise_provider
from pipeline.formats.raw import RawCopy

Identity = Literal["sequence", "slug", "content"]
_AUTHORITY = re.compile(r"(?:urn:newsml:|tag:)([\w.-]{1,60})[,:]|https?://(?:www\.)?([\w.-]{1,60})/", re.IGNORECASE)


class Dialect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a provider departs from the standard; the keys are in lower case."""

    signals: dict[str, str] = {}
    urgency: dict[str, int] = {}


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table; `providers.yaml` describes the fields."""

    id: str
    name: str
    names: tuple[str, ...] = ()
    zone: str = "UTC"
    identity: Identity = "sequence"
    last_sequence: int = 9999
    retention_days: int | None = None
    charset: str | None = None
    dialect: Dialect = Dialect()

    @property
    def zoneinfo(self) -> ZoneInfo:
        """The zone of its times that bring none."""
        return ZoneInfo(self.zone)


def _load() -> dict[str, Provider]:
    text = files("pipeline.formats").joinpath("providers.yaml").read_text("utf-8")
    return {provider.id: provider for provider in msgspec.convert(yaml.safe_load(text), list[Provider])}


PROVIDERS = _load()
"""Every listed provider by its id."""
_BY_NAME = {name: row for row in PROVIDERS.values() for name in (row.id, *row.names)}


@lru_cache(maxsize=1000)
def provider_named(given: str) -> Provider:
    """The provider of this name; raises `Reject` for a name that can be none."""
    name = normalise_provider(given)
    return _BY_NAME.get(name) or Provider(id=name, name=given.strip())


def find_provider(given: str, raw: RawCopy, *, guid: str = "") -> Provider:
    """Who the copy is from: who it says, else the first whom its feed speaks for, else who issued the guid.

    A name that nobody listed gives way to a listed issuer: agencies pass on copy of partners under guids of their own. Raises `Reject` where the feed may not speak for that provider, so that no feed can kill another one's story.
    """
    issuer = issuer_of(guid)
    if given:
        found = provider_named(given)
        if found.id not in PROVIDERS and issuer and provider_named(issuer).id in PROVIDERS:
            found = provider_named(issuer)
    elif raw.providers:
        found = provider_named(raw.providers[0])
    elif issuer:
        found = provider_named(issuer)
    else:
        found = Provider(id=UNKNOWN_PROVIDER, name="unknown")
    if raw.providers and found.id not in raw.providers:
        raise Reject(
            "foreign-provider",
            f"expected copy of {' or '.join(raw.providers)}, as this feed is bound to, got copy of {found.id}: add it to "
            "the feed's providers if it may speak for it",
        )
    return found


def issuer_of(guid: str) -> str:
    """Who issued the guid, as urn:newsml:, tag: and web addresses say it; the empty string for any other guid."""
    found = _AUTHORITY.match(guid)
    return (found[1] or found[2]) if found else ""
