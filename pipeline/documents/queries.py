"""From what a person types to an Elasticsearch query. Pure, and never fails: what is no filter is searched as text.

``is:killed lang:de country:CN topic:tiktok entity:ByteDance provider:aurora "asset freeze" -football``: words beside known
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
    """What to search for. ``killed``: killed stories instead of visible ones."""

    text: str = ""
    filters: tuple[Clause, ...] = ()
    killed: bool = False

    def body(self, *, limit: int) -> dict[str, Any]:
        """The search request, best or (without text) newest first."""
        filters = [*self.filters, *([{"term": {"pubstatus": "canceled"}}] if self.killed else [])]
        query: Clause = {"bool": {"filter": filters}}
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


FILTERS: dict[str, Callable[[str], Clause]] = {
    "lang": _term("language.code"),
    "language": _term("language.code"),
    "country": _term("countries"),
    "entity": _term("people", "organisations", "places", "products", "events", "entity_ids"),
    "topic": _term("topics", "topic_names"),
    "provider": _term("provider"),
    "id": _term("id"),
    "guid": _term("guid"),
    "source": _term("source"),
    "format": _term("format"),
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
    words = []
    end = 0
    for match in _FILTER.finditer(text):
        name, value = match[1].lower(), match[2].strip('"')
        if name == "is" and value.lower() == "killed":
            killed = True
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
    return Query(" ".join("".join(words).split()), tuple(clauses), killed)


def _any(make: Callable[[str], Clause], values: tuple[str, ...]) -> Clause:
    clauses = [make(value) for value in values]
    return clauses[0] if len(clauses) == 1 else {"bool": {"should": clauses, "minimum_should_match": 1}}
