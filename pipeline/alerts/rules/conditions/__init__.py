"""The conditions of a rule: the table of their keys, and reading `when`.

One file says what one kind of condition is; a new one is a class there and a line in `READERS`, in `schemas/rule.json` and in
docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.alerts.rules.conditions.base import Condition, walk
from pipeline.alerts.rules.conditions.entities import Entities, read_entities, read_mentions
from pipeline.alerts.rules.conditions.groups import All, AnyOf, NoneOf
from pipeline.alerts.rules.conditions.hours import read_hours
from pipeline.alerts.rules.conditions.listed import read_listed
from pipeline.alerts.rules.conditions.numbers import read_confidence, read_urgency
from pipeline.alerts.rules.conditions.sanction import read_sanction
from pipeline.alerts.rules.conditions.tags import (
    read_countries,
    read_genre,
    read_keywords,
    read_languages,
    read_providers,
    read_topics,
)
from pipeline.alerts.rules.conditions.text import read_text
from pipeline.alerts.rules.given import Given

__all__ = ["KEYS", "STATEFUL", "All", "Condition", "read_conditions", "walk"]

READERS: dict[str, Callable[[Given], Condition]] = {
    "topics": read_topics,
    "entities": read_entities,
    "countries": read_countries,
    "languages": read_languages,
    "providers": read_providers,
    "genre": read_genre,
    "keywords": read_keywords,
    "urgency": read_urgency,
    "sanction": read_sanction,
    "listed": read_listed,
    "text": read_text,
    "confidence": read_confidence,
    "hours": read_hours,
}
_GROUPS: dict[str, Callable[[tuple[Condition, ...]], Condition]] = {"all": All, "any": AnyOf, "none": NoneOf}
STATEFUL = ("burst", "new_term")
"""Keys of `when` that ask for other stories; they are parts of the rule, not conditions."""
KEYS = (*READERS, "mentions", *_GROUPS, *STATEFUL)


def read_conditions(given: Given) -> list[Condition]:
    """The conditions of one object, in the order of the file; at the top level those that ask for other stories are left out."""
    keys = given.keys(KEYS)
    if not keys:
        raise given.problem("expected at least one condition", f"write one of {', '.join(KEYS)}")
    found: list[Condition] = []
    entities: Entities | None = None
    for name, value in keys.items():
        if name in READERS:
            condition = READERS[name](value)
            entities = condition if isinstance(condition, Entities) else entities
            found.append(condition)
        elif name in _GROUPS:
            found.append(_GROUPS[name](tuple(_nested(part) for part in _parts(value))))
    if "mentions" in keys:
        if entities is None:
            raise keys["mentions"].problem("expected `entities` beside it", "name the entities whose mentions count")
        found.append(read_mentions(keys["mentions"], entities))
    return found


def _parts(given: Given) -> list[Given]:
    parts = given.many("a list of conditions")
    if not parts:
        raise given.problem("expected at least one condition, got an empty list", "write one a line after a dash")
    return parts


def _nested(given: Given) -> Condition:
    for name, value in given.keys(KEYS).items():
        if name in STATEFUL:
            raise value.problem("it counts only at the top of `when`", "move it there")
    conditions = read_conditions(given)
    return conditions[0] if len(conditions) == 1 else All(tuple(conditions))
