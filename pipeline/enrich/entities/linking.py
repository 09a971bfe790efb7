"""Which entities a story means, out of all names that stand in it.

Comes in: the hits of the gazetteer's matcher. Goes out: entities with mentions. The longest name at a place wins; a weak
name (a surname) counts only beside the full one; an office ("foreign ministry") becomes that of the country the text means;
what the context does not decide is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from pipeline.enrich.entities.gazetteer import CITIES_FILE, Entry, Name, entries, names_for
from pipeline.enrich.folding import fold
from pipeline.story import Entity, Mention, Story

SOURCE = "gazetteer"
FIELDS = ("headline", "body")
_SENTENCE_END = re.compile(r"[.!?。！？؟۔]['\"”»)]*\s|\n\s*\n|[。！？]")
_ADJACENT = 24
"""Letters within which a country beside an office surely belongs to it: "das russische Außenministerium"."""


class Place(NamedTuple):
    """One stretch of text that carries one or more names."""

    field: str
    start: int
    end: int
    names: tuple[Name, ...]

    def is_demonym_of(self, entry: Entry) -> bool:
        """Whether it says the entity's demonym ("Russian") and not its name."""
        own = [name for name in self.names if name.entry is entry]
        return bool(own) and all(name.demonym for name in own)


class Linked(NamedTuple):
    """The entities of a story, and where it says a demonym of theirs: an entity named by nothing else has no mentions."""

    entities: tuple[Entity, ...]
    demonyms: dict[str, tuple[Mention, ...]]


def match_entities(story: Story) -> Linked:
    """The story's entities in the order in which they first stand in it."""
    places = [place for field in FIELDS for place in _places(getattr(story, field), field, story.language.code)]
    sure = {name.entry for place in places for name in place.names if not name.weak and not name.entry.is_office}
    linked = _link_names(places, sure)
    linked += _link_offices(places, linked, story)
    return _entities(linked, story)


def _places(text: str, field: str, language: str) -> list[Place]:
    """Where names stand, longest first and none within another."""
    by_span: dict[tuple[int, int], list[Name]] = defaultdict(list)
    for start, end, name in names_for(language).find(fold(text)):
        by_span[start, end].append(name)
    places: list[Place] = []
    taken = -1
    for start, end in sorted(by_span, key=lambda span: (span[0], -span[1])):
        if start >= taken:
            names = by_span[start, end]
            places.append(Place(field, start, end, tuple(names if len(names) == 1 else dict.fromkeys(names))))
            taken = end
    return places


def _link_names(places: Iterable[Place], sure: set[Entry]) -> list[tuple[Place, Entry]]:
    """Each place with the one entity it can mean; none where two are possible."""
    linked = []
    for place in places:
        if len(place.names) == 1:  # nearly always
            (name,) = place.names
            if not name.entry.is_office and (not name.weak or name.entry in sure):
                linked.append((place, name.entry))
            continue
        meant = {
            name.entry for name in place.names if not name.entry.is_office and (not name.weak or name.entry in sure)
        }
        if len(meant) > 1:
            strong = {name.entry for name in place.names if not name.weak and name.entry in meant}
            meant = strong or meant
        if len(meant) == 1:
            linked.append((place, meant.pop()))
    return linked


def _link_offices(
    places: Iterable[Place], linked: list[tuple[Place, Entry]], story: Story
) -> list[tuple[Place, Entry]]:
    """Offices with the country they belong to: the one beside them, else the nearest one in the sentence."""
    found = []
    for place in places:
        office = next((name.entry for name in place.names if name.entry.is_office), None)
        if office and (country := _country_near(place, linked, getattr(story, place.field))):
            found.append((place, _office_of(office, country)))
    return found


def _country_near(place: Place, linked: list[tuple[Place, Entry]], text: str) -> str | None:
    first, last = _sentence(text, place.start, place.end)
    near = [
        (rank, entry.countries[0])
        for other, entry in linked
        if other.field == place.field and first <= other.start < last and entry.countries and entry.type == "place"
        if (rank := _belonging(place, other, entry)) is not None
    ]
    return min(near)[1] if near else None


def _belonging(place: Place, other: Place, entry: Entry) -> tuple[int, int] | None:
    """How surely an office belongs to a place's country, best lowest; None where it can't be told.

    What stands beside it comes first ("US-Außenministerium", "ministère russe"), then what the sentence has said before,
    then a city behind it, which stands for its government ("…, dass Washington bereit sei"). A country further behind is
    more often what the office talks about.
    """
    before = other.end <= place.start
    gap = place.start - other.end if before else other.start - place.end
    if gap <= _ADJACENT:
        return 0, gap if before else gap + 2
    if before:
        return 1, gap
    return (2, gap) if entry.source_file == CITIES_FILE else None


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the sentence around a span."""
    first = max((match.end() for match in _SENTENCE_END.finditer(text, 0, start)), default=0)
    last = _SENTENCE_END.search(text, end)
    return first, last.start() if last else len(text)


@cache
def _offices() -> dict[tuple[str | None, tuple[str, ...]], Entry]:
    """The offices that the gazetteer has an entry for, the first of each."""
    return {(entry.office, entry.countries): entry for entry in reversed(entries()) if entry.office}


def _office_of(office: Entry, country: str) -> Entry:
    """The country's own entry for the office if the gazetteer has one, else a stable entity of ours."""
    return _offices().get((office.id, (country,))) or Entry(
        f"x:{office.id}-{country.lower()}", "organisation", (country,), f"{office.name} ({country})"
    )


def _entities(linked: list[tuple[Place, Entry]], story: Story) -> Linked:
    by_id: dict[str, tuple[Entry, list[Mention]]] = {}
    demonyms: dict[str, list[Mention]] = defaultdict(list)
    for place, entry in sorted(linked, key=lambda pair: (pair[0].field != "headline", pair[0].start)):
        text = getattr(story, place.field)[place.start : place.end]
        mention = Mention(field=place.field, start=place.start, end=place.end, text=text)  # type: ignore[arg-type]  # FIELDS
        _, mentions = by_id.setdefault(entry.id, (entry, []))
        (demonyms[entry.id] if place.is_demonym_of(entry) else mentions).append(mention)
    entities = tuple(
        Entity(
            id=entry.id,
            name=entry.name,
            type=entry.type,
            source=SOURCE,
            countries=entry.countries,
            mentions=tuple(mentions),
        )
        for entry, mentions in by_id.values()
    )
    return Linked(entities, {id_: tuple(mentions) for id_, mentions in demonyms.items()})
