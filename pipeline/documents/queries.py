"""From what a person types to an Elasticsearch query. Pure, and never fails: what is no filter is searched as text.

``is:killed is:embargoed lang:de country:CN topic:tiktok entity:ByteDance provider:aurora "asset freeze" -football``: words beside known
fields are filters, the rest goes to ``simple_query_string`` (quotes for phrases, ``-`` for not, ``|`` for or).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Clause = dict[str, Any]

TEXT_FIELDS = ("headline^3", "names^2", "slugline^2", "body", "text.*")
_FRESHNESS = {"distance_feature": {"field": "received", "origin": "now", "pivot": "2d", "boost": 2}}
"""Of two stories that fit as well, the newer one first; after two days the advantage is halved."""
_FILTER = re.compile(r'(?<!\S)(\w+):("[^"]+"|\S+)')


@dataclass(frozen=True)
class Query:
    """What to search for. ``hidden``: among all stories, since what is asked for can't be seen: killed, embargoed, waiting."""

    text: str = ""
    filters: tuple[Clause, ...] = ()
    hidden: bool = False

    def body(self, *, limit: int) -> dict[str, Any]:
        """The search request, best or (without text) newest first."""
        query: Clause = {"bool": {"filter": list(self.filters)}}
        request: dict[str, Any] = {"query": query, "size": limit, "track_total_hits": True}
        if not self.text:
            return request | {"sort": [{"received": "desc"}]}
        query["bool"]["must"] = [
            {
                "simple_query_string": {
                    "query": self.text,
                    "fields": list(TEXT_FIELDS),
                    "default_operator": "and",
                    "lenient": True,
                }
            }
        ]
        query["bool"]["should"] = [_FRESHNESS]
        return request | {
            "highlight": {
                "fields": {"body": {"fragment_size": 160, "number_of_fragments": 1}},
                "pre_tags": ["«"],
                "post_tags": ["»"],
            }
        }


def _term(*fields: str, fold: Callable[[str], str] = str) -> Callable[[str], Clause]:
    """A filter that any of the fields holds the value."""

    def make(value: str) -> Clause:
        clauses = [{"term": {field: {"value": fold(value), "case_insensitive": True}}} for field in fields]
        return clauses[0] if len(clauses) == 1 else {"bool": {"should": clauses, "minimum_should_match": 1}}

    return make


_KILLED = {"term": {"pubstatus": "canceled"}}
HIDDEN: dict[str, Clause] = {
    "killed": _KILLED,
    "withheld": {"term": {"pubstatus": "withheld"}},
    "waiting": {"exists": {"field": "attention"}},
    "embargoed": {
        "bool": {
            "filter": [{"exists": {"field": "embargoed"}}],
            "must_not": [_KILLED, {"range": {"visible_from": {"lte": "now"}}}],
        }
    },
}
"""What ``is:…`` asks for that can't be seen; ``waiting`` is what a person must look at."""
SEEN: dict[str, Clause] = {
    "corrected": {"term": {"signals": "correction"}},
    "new": {"exists": {"field": "sanction_news"}},
}
"""What ``is:…`` asks for among what can be seen."""

FILTERS: dict[str, Callable[[str], Clause]] = {
    "lang": _term("language.code"),
    "language": _term("language.code"),
    "country": _term("countries"),
    "entity": _term("people", "organisations", "places", "products", "events", "entity_ids"),
    "topic": _term("topics", "topic_names"),
    "sanction": _term("sanction_keys", "sanction_actions", "sanction_measures"),
    "listed": _term("listed_names", "listed_on"),
    "provider": _term("provider"),
    "id": _term("id"),
    "guid": _term("guid"),
    "source": _term("source"),
    "format": _term("format"),
    "feed": _term("feed"),
    "service": _term("service_names"),
    "sequence": _term("service_numbers"),
    "slug": _term("slugline.keyword"),
    "signal": _term("signals"),
    "subject": _term("subject_codes"),
}
"""The fields that a person may write before a colon."""


def parse_query(
    text: str,
    *,
    filters: dict[str, tuple[str, ...]] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    killed: bool = False,
) -> Query:
    """The query that a text and options mean. ``filters``: values by names of `FILTERS`; several of one name are or-ed."""
    clauses = [_any(FILTERS[name], values) for name, values in (filters or {}).items() if values]
    hidden = ["killed"] if killed else []
    words = []
    end = 0
    for match in _FILTER.finditer(text):
        name, value = match[1].lower(), match[2].strip('"')
        if name == "is" and value.lower() in HIDDEN:
            hidden.append(value.lower())
        elif name == "is" and value.lower() in SEEN:
            clauses.append(SEEN[value.lower()])
        elif name in FILTERS:
            clauses.append(FILTERS[name](value))
        else:
            continue
        words.append(text[end : match.start()])
        end = match.end()
    words.append(text[end:])
    if since or until:
        bounds = {"gte": since, "lte": until}
        clauses.append({"range": {"received": {key: at.isoformat() for key, at in bounds.items() if at}}})
    clauses += [HIDDEN[name] for name in dict.fromkeys(hidden)]
    return Query(" ".join("".join(words).split()), tuple(clauses), bool(hidden))


def just_seen(since: datetime) -> Clause:
    """What may be seen now and was indexed or has lifted its embargo since then; and what was killed since."""
    recent = {"gte": since.isoformat()}
    visible = {"range": {"visible_from": {"lte": "now"}}}
    indexed = {"range": {"indexed_at": recent}}
    return {
        "bool": {
            "should": [
                {"bool": {"filter": [indexed, visible]}},
                {"bool": {"filter": [indexed, _KILLED]}},
                {"range": {"visible_from": recent | {"lte": "now"}}},
            ],
            "minimum_should_match": 1,
        }
    }


def _any(make: Callable[[str], Clause], values: tuple[str, ...]) -> Clause:
    clauses = [make(value) for value in values]
    return clauses[0] if len(clauses) == 1 else {"bool": {"should": clauses, "minimum_should_match": 1}}
