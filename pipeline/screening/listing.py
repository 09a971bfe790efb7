"""What a sanctions list holds, whoever publishes it.

A `Publication` is one version of a list as it was published; its listings are immutable values with a JSON form, so that two
versions can be compared and the index can keep them.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

Kind = Literal["person", "organisation", "vessel", "aircraft", "other"]

LISTS = {
    "ofac-sdn": "OFAC Specially Designated Nationals List",
    "ofac-consolidated": "OFAC Consolidated Sanctions List (non-SDN)",
    "eu": "EU Consolidated Financial Sanctions List",
    "un": "UN Security Council Consolidated List",
    "uk": "UK Sanctions List",
    "opensanctions": "OpenSanctions",
}
"""The lists that can be loaded, by id."""


class ListedName(msgspec.Struct, frozen=True, omit_defaults=True):
    """One name of somebody listed; ``weak``: the publisher calls it a weak or low quality alias."""

    text: str
    weak: bool = False


class Listing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody or something listed. ``names``: the primary name first; ``countries``: ISO 3166-1 alpha-2, where known;
    ``born``: years of birth; ``programmes``: the publisher's codes of sanction programmes or regimes.
    """

    list: str
    list_id: str
    kind: Kind
    names: tuple[ListedName, ...]
    programmes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    born: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The primary name."""
        return self.names[0].text

    @property
    def digest(self) -> str:
        """The same for listings that say the same, 12 hex digits."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:12]


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """A list as published. ``published``: the publisher's own date where the file says one, ISO 8601 or as it came."""

    list: str
    published: str
    listings: tuple[Listing, ...]


def listing(
    list_: str,
    list_id: str,
    kind: Kind,
    names: list[ListedName],
    *,
    programmes: list[str] | None = None,
    countries: list[str] | None = None,
    born: list[int] | None = None,
) -> Listing | None:
    """A listing with each thing once and in a stable order; None for one without an id or a name."""
    kept: dict[str, ListedName] = {}
    for name in names:
        text = " ".join(name.text.split())
        if text and (text not in kept or (kept[text].weak and not name.weak)):
            kept[text] = ListedName(text, name.weak)
    if not list_id or not kept:
        return None
    primary, *others = kept.values()
    return Listing(
        list=list_,
        list_id=list_id,
        kind=kind,
        names=(primary, *sorted(others, key=lambda name: name.text)),
        programmes=tuple(dict.fromkeys(filter(None, programmes or []))),
        countries=tuple(dict.fromkeys(filter(None, countries or []))),
        born=tuple(sorted(set(born or []))),
    )
