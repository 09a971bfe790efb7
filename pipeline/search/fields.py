"""What may stand before a colon in a search, and the Elasticsearch filter that it means.

Comes in: a field's name and a typed value. Goes out: a filter, or nothing where the value means nothing there. Reads no clock: times
that count from now are left to Elasticsearch ("now-3h").
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import Any

from babel import Locale

from pipeline.enrich.languages import LANGUAGES
from pipeline.search.resolving import Meaning
from pipeline.story import utc

Clause = dict[str, Any]


def any_of(clauses: list[Clause]) -> Clause:
    """A filter that one of them holds."""
    return clauses[0] if len(clauses) == 1 else {"bool": {"should": clauses, "minimum_should_match": 1}}


def _exists(field: str) -> Clause:
    return {"exists": {"field": field}}


_KILLED = {"term": {"pubstatus": "canceled"}}
VISIBLE: Clause = {"range": {"visible_from": {"lte": "now"}}}
"""What may be seen now: neither killed nor under embargo."""
HIDDEN: dict[str, Clause] = {
    "killed": _KILLED,
    "withheld": {"term": {"pubstatus": "withheld"}},
    "waiting": _exists("attention"),
    "embargoed": {"bool": {"filter": [_exists("embargoed")], "must_not": [_KILLED, VISIBLE]}},
}
"""What ``is:…`` asks for that can't be seen; ``waiting`` is what a person must look at."""
SEEN: dict[str, Clause] = {
    "corrected": {"term": {"signals": "correction"}},
    "new": _exists("sanction_news"),
}
"""What ``is:…`` asks for among what can be seen."""
HAS: dict[str, Clause] = {
    "sanctions": _exists("sanction_keys"),
    "lists": _exists("listed_on"),
    "alerts": _exists("alert_ids"),
    **{
        field: _exists(field)
        for field in (
            *("people", "organisations", "places", "products", "events"),
            *("topics", "countries", "urgency", "byline", "genre", "keywords", "slugline"),
        )
    },
}
"""What ``has:…`` asks for."""

TERMS: dict[str, tuple[str, ...]] = {
    "lang": ("language.code",),
    "language": ("language.code",),
    "country": ("countries",),
    "entity": ("people", "organisations", "places", "products", "events", "entity_ids"),
    "topic": ("topics", "topic_names"),
    "sanction": ("sanction_keys", "sanction_actions", "sanction_measures"),
    "listed": ("listed_names", "listed_on"),
    "provider": ("provider",),
    "id": ("id",),
    "guid": ("guid",),
    "source": ("source",),
    "format": ("format",),
    "feed": ("feed",),
    "service": ("service_names",),
    "sequence": ("service_numbers",),
    "slug": ("slugline.keyword",),
    "signal": ("signals",),
    "subject": ("subject_codes",),
    "genre": ("genre",),
    "keyword": ("keywords",),
}
"""The fields that hold one of some words, and where the document has them."""
TEXTS = ("headline", "body")
"""The fields in which words may be looked for alone."""
SINCE, UNTIL, URGENCY, IS, HAS_FIELD = "since", "until", "urgency", "is", "has"
FIELDS = (*TERMS, *TEXTS, SINCE, UNTIL, URGENCY, IS, HAS_FIELD)
"""All that may stand before a colon."""

_AGO = re.compile(r"(\d{1,5})([smhdw])")
_DAYS = {"today": "now/d", "yesterday": "now-1d/d"}
_URGENCY = re.compile(r"(<=|>=|<|>|=)?([1-9])|([1-9])(?:\.\.|-)([1-9])")
_COMPARED = {"<=": "lte", "<": "lt", ">=": "gte", ">": "gt"}


def filter_of(name: str, value: str, meanings: tuple[Meaning, ...] = ()) -> Clause | None:
    """The filter; None where the value can't stand there. ``meanings``: what the value names, beside what it says."""
    if name in (SINCE, UNTIL):
        moment = read_time(value)
        return {"range": {"received": {"gte" if name == SINCE else "lte": moment}}} if moment else None
    if name == URGENCY:
        return _urgency(value)
    if name in (IS, HAS_FIELD):
        known = HIDDEN | SEEN if name == IS else HAS
        return known.get(value.lower())
    if name in TERMS and value:
        return any_of(_terms(name, value, meanings))
    return None


def values_of(name: str) -> tuple[str, ...]:
    """The values that a field knows; none where they are too many to tell."""
    known: dict[str, tuple[str, ...]] = {
        IS: (*SEEN, *HIDDEN),
        HAS_FIELD: tuple(HAS),
        URGENCY: ("1", "<=2", "<=3", ">=5", "2..4"),
        SINCE: ("1h", "3h", "24h", "7d", "30d", "today", "yesterday"),
        UNTIL: ("1h", "24h", "7d", "today"),
        "lang": tuple(LANGUAGES),
        "language": tuple(LANGUAGES),
    }
    return known.get(name, ())


def read_time(value: str) -> str | None:
    """A point in time as Elasticsearch takes it: how long ago (``90s 15m 3h 7d 2w``), a day, ISO 8601 (UTC unless it says so)."""
    text = value.strip().lower()
    if text in _DAYS:
        return _DAYS[text]
    if ago := _AGO.fullmatch(text):
        return f"now-{int(ago[1])}{ago[2]}"
    try:
        return utc(datetime.fromisoformat(value.strip())).isoformat()
    except (ValueError, OverflowError):  # no time, or one that is none in UTC: 0001-01-01T00:00+14:00
        return None


def _urgency(value: str) -> Clause | None:
    found = _URGENCY.fullmatch(value.replace(" ", ""))
    if found is None:
        return None
    if found[3]:
        return {"range": {"urgency": {"gte": int(found[3]), "lte": int(found[4])}}}
    compared = _COMPARED.get(found[1] or "=")
    return {"range": {"urgency": {compared: int(found[2])}}} if compared else {"term": {"urgency": int(found[2])}}


def _terms(name: str, value: str, meanings: tuple[Meaning, ...]) -> list[Clause]:
    fields = TERMS[name]
    if name in ("lang", "language"):
        value = language_code(value)
    clauses: list[Clause] = [{"term": {field: {"value": value, "case_insensitive": True}}} for field in fields]
    if ids := sorted({meaning.country or meaning.id if name == "country" else meaning.id for meaning in meanings}):
        by_id: Clause = {"terms": {{"entity": "entity_ids", "topic": "topics"}.get(name, fields[0]): ids}}
        # What the value means is all that it says, but for a name that other entities may have too.
        return [by_id] if name != "entity" else [by_id, *clauses[:-1]]
    return clauses


def language_code(value: str) -> str:
    """The code of a language, given by code or by its name in English or in itself."""
    return _languages().get(value.lower(), value)


@cache
def _languages() -> dict[str, str]:
    english = Locale("en").languages
    names = {}
    for code in LANGUAGES:
        for name in (english.get(code), Locale(code).languages.get(code)):
            if name:
                names[name.lower()] = code
    return names
