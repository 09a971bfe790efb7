"""What a new publication of a list changed, and the story that tells of it. Pure.

Comes in: the listings of two versions. Goes out: who came, went and changed; and a story in the JSON wire format, from provider `lists`,
that names them all, so that an addition to a list raises the same alerts as news of it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from pipeline.screening.listing import LISTS, Listing

PROVIDER = "lists"
MAX_NAMES = 2000
"""Names that a story lists of one kind of change: a publication that changes more is a new edition, not news."""
_AUTHORITIES = {
    "ofac-sdn": ("WASHINGTON", "The United States", "Specially Designated Nationals list of the U.S. Treasury's Office of Foreign Assets Control"),
    "ofac-consolidated": ("WASHINGTON", "The United States", "consolidated sanctions list of the U.S. Treasury's Office of Foreign Assets Control"),
    "eu": ("BRUSSELS", "The European Union", "consolidated list of financial sanctions"),
    "un": ("UNITED NATIONS", "The United Nations Security Council", "consolidated sanctions list"),
    "uk": ("LONDON", "The United Kingdom", "UK sanctions list"),
}  # fmt: skip
"""Place, authority and name of a list as a sentence needs them; OpenSanctions is nobody's authority."""


class Changes(NamedTuple):
    """Who came, went, and whose entry says something else now, each by name."""

    came: tuple[Listing, ...]
    went: tuple[Listing, ...]
    changed: tuple[Listing, ...]

    def __bool__(self) -> bool:
        return bool(self.came or self.went or self.changed)


def compare(before: Iterable[Listing], after: Iterable[Listing]) -> Changes:
    """What changed between two versions of one list."""
    old, new = {it.list_id: it for it in before}, {it.list_id: it for it in after}
    return Changes(
        came=_by_name(new[id_] for id_ in new.keys() - old.keys()),
        went=_by_name(old[id_] for id_ in old.keys() - new.keys()),
        changed=_by_name(new[id_] for id_ in new.keys() & old.keys() if new[id_].digest != old[id_].digest),
    )


def make_story(list_: str, version: int, changes: Changes) -> dict[str, Any]:
    """The story of a publication, in English, as the JSON wire format takes it."""
    place, authority, name = _AUTHORITIES.get(list_, ("", "The publisher", f"{LISTS[list_]} list"))
    parts = [
        *(_sentence(f"{authority} has added", "to", name, it) for it in _by_country(changes.came)),
        *(_sentence(f"{authority} has removed", "from", name, it) for it in _by_country(changes.went)),
    ]
    if changes.changed:
        parts.append(f"{authority} has amended {_count(changes.changed)} on its {name}: {_listed(changes.changed)}.")
    body = "\n\n".join(parts)
    return {
        "guid": f"{list_}:{version}",
        "provider": PROVIDER,
        "headline": _headline(authority.removeprefix("The "), LISTS[list_], changes),
        "body": f"{place} - {body}" if place else body,
        "language": "en",
        "genre": "list update",
        "keywords": ["sanctions list", list_],
        "urgency": 2 if changes.came else 4,
    }


def _headline(authority: str, name: str, changes: Changes) -> str:
    done = [
        *([f"adds {_count(changes.came)} to"] if changes.came else []),
        *([f"removes {_count(changes.went)} from"] if changes.went else []),
        *([f"amends {_count(changes.changed)} on"] if changes.changed and not (changes.came or changes.went) else []),
    ]
    return f"{authority} {', '.join(done)} sanctions list ({name})"


def _sentence(done: str, preposition: str, name: str, group: tuple[str, list[Listing]]) -> str:
    country, listings = group
    place = f" from {_country_names().get(country, country)}" if country else ""
    programmes = sorted({it for listing in listings for it in listing.programmes})[:10]
    under = f" ({', '.join(programmes)})" if programmes else ""
    return f"{done} {_count(listings)}{place} {preposition} its {name}{under}: {_listed(listings)}."


@cache
def _country_names() -> Mapping[str, str]:
    from babel import Locale  # most who import this module only want to know the provider

    return Locale("en").territories


def _by_country(listings: Sequence[Listing]) -> list[tuple[str, list[Listing]]]:
    """The listings by their first country, the most frequent first."""
    groups: dict[str, list[Listing]] = {}
    for listing in listings:
        groups.setdefault(listing.countries[0] if listing.countries else "", []).append(listing)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


def _count(listings: Sequence[Listing]) -> str:
    return f"{len(listings)} name{'s' * (len(listings) != 1)}"


def _listed(listings: Sequence[Listing]) -> str:
    more = f" and {len(listings) - MAX_NAMES} more" if len(listings) > MAX_NAMES else ""
    return "; ".join(it.name for it in listings[:MAX_NAMES]) + more


def _by_name(listings: Iterable[Listing]) -> tuple[Listing, ...]:
    return tuple(sorted(listings, key=lambda it: (it.name, it.list_id)))
