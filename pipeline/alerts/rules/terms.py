"""Whom a story names of the kind that a `new_term` rule asks for. Whether they are new, only other stories can tell."""

from __future__ import annotations

from pipeline.alerts.rules.reason import Reason
from pipeline.alerts.rules.rule import NewTerm, TermKind
from pipeline.alerts.rules.view import View
from pipeline.story import EntityType

CONDITION = "new_term"
_TYPES: dict[TermKind, EntityType | None] = {
    "people": "person",
    "organisations": "organisation",
    "places": "place",
    "entities": None,
}


def terms_of(new_term: NewTerm, view: View) -> tuple[Reason, ...]:
    """Each with its place in the story, as a reason once it has turned out to be new."""
    if new_term.of == "countries":
        return tuple(
            Reason(CONDITION, country, view.mention_of_country(country), f"country:{country}")
            for country in view.story.countries
        )
    type_ = _TYPES[new_term.of]
    return tuple(
        Reason(CONDITION, entity.name, entity.mentions[0] if entity.mentions else None, f"entity:{entity.id}")
        for entity in view.story.entities
        if type_ in (None, entity.type)
    )
