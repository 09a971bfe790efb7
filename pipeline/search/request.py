"""Requests for Elasticsearch, whole: a page of hits, facets, a histogram, what is like a story.

Comes in: a `Query` and what is wanted of it. Goes out: JSON objects, and facets and bars read from the answers. Knows no clock: ``origin`` is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.search.clauses import ONE, freshness, most, query_of
from pipeline.search.fields import Clause
from pipeline.search.query import Query
from pipeline.story import Story

COUNTED = 50_000
"""Up to so many hits are counted, and weighed all. Where there are more, a page is looked for among the newest stories first."""
_LATEST, _RECENT = timedelta(days=5), timedelta(days=25)
"""How old those are. In a wire of a million stories in 90 days nearly every page that many stories fit is found among them."""
_ROUNDING = 1e-3
"""Elasticsearch adds scores in single precision."""
FACETS = {
    "language": "language.code",
    "country": "countries",
    "people": "people",
    "organisations": "organisations",
    "topic": "topics",
    "provider": "provider",
    "sanction": "sanction_actions",
}
"""The facets and the field of each."""
FACET_FILTERS = {"language": "lang", "people": "entity", "organisations": "entity"}
"""What to type before a facet's value to search for it, where that is not the facet's name."""
_BUCKETS = 12
_SAMPLE = 30_000
"""How many stories are counted where there are more than twice as many; a share of 1% is then right to 0.06% (one sigma)."""
_SEED = 1
"""So that the same search gives the same counts."""
_SAMPLED = "sampled"
_BARS = 60
_STEPS = tuple(
    timedelta(minutes=minutes)
    for minutes in (1, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60, *(days * 24 * 60 for days in (1, 7, 30, 90, 365)))
)
LIKED_FIELDS = ["headline", "body"]


@dataclass(frozen=True)
class Bucket:
    """A value of a facet, what people call it, and how many stories have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True)
class Bar:
    """How many stories came from ``start`` on, up to the next bar."""

    start: datetime
    count: int


def page_request(
    query: Query, *, limit: int, origin: datetime, window: timedelta | None = None, after: list[Any] | None = None
) -> dict[str, Any]:
    """A page of hits, by id: the best, or without words to weigh the newest first.

    ``window``: only of the stories that are no older; ``after``: the sort values of the last hit before the page.
    """
    bounds = query.bounds
    if window is not None:
        bounds += ({"range": {"received": {"gte": (origin - window).isoformat()}}},)
    request: dict[str, Any] = {
        "query": query_of(query.tree, bounds, hidden=query.hidden, origin=origin.isoformat()),
        "size": limit,
        "_source": False,
        "track_total_hits": False,
        "sort": [{"_score": "desc"} if query.is_scored else {"received": "desc"}, {"_shard_doc": "asc"}],
    }
    return request | ({"search_after": after} if after else {})


def windows(query: Query, total: int) -> tuple[timedelta | None, ...]:
    """Among how old stories to look for a page, one after the other until it is settled; None for all."""
    if total < COUNTED:
        return (None,)
    # Of two names, fewer stories are about both: the page must reach further back.
    return (_RECENT, None) if most(query.tree) > ONE else (_LATEST, _RECENT, None)


def is_settled(query: Query, last: Mapping[str, Any], window: timedelta) -> bool:
    """Whether no story older than the window can stand before the last hit of a page from within it."""
    return not query.is_scored or last["_score"] > most(query.tree) + freshness(window) + _ROUNDING


def total_request(query: Query, *, exactly: bool) -> dict[str, Any]:
    """How many there are, ``exactly`` or up to `COUNTED`."""
    return {"query": _unscored(query), "size": 0, "track_total_hits": True if exactly else COUNTED}


def counts_request(query: Query, *, total: int, facets: bool, interval: timedelta | None) -> dict[str, Any]:
    """Facets and, with ``interval``, the histogram, over what the query finds: ``total`` stories, of which a part stands for all where
    they are very many.
    """
    aggs: Clause = {}
    if facets:
        aggs |= {name: {"terms": {"field": field, "size": _BUCKETS}} for name, field in FACETS.items()}
    if interval is not None:
        aggs["histogram"] = {
            "date_histogram": {
                "field": "received",
                "fixed_interval": f"{int(interval.total_seconds())}s",
                "min_doc_count": 0,
            }
        }
    if is_sampled(total):
        sampler = {"probability": _SAMPLE / total, "seed": _SEED}
        aggs = {_SAMPLED: {"random_sampler": sampler, "aggs": aggs}}
    return {"query": _unscored(query), "size": 0, "track_total_hits": False, "aggs": aggs}


def is_sampled(total: int) -> bool:
    """Whether so many stories are counted by a part of them."""
    return total > 2 * _SAMPLE  # Elasticsearch samples half at most


def read_counts(response: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `counts_request` asked for, from the answer to it."""
    aggs: Mapping[str, Any] = response.get("aggregations", {})
    sampled: Mapping[str, Any] = aggs.get(_SAMPLED, aggs)
    return sampled


def oldest_request(query: Query) -> dict[str, Any]:
    """The oldest hit, without its content."""
    return {
        "query": _unscored(query),
        "size": 1,
        "sort": [{"received": "asc"}],
        "_source": False,
        "track_total_hits": False,
    }


def interval_of(oldest: datetime, newest: datetime) -> timedelta:
    """How long a bar is, so that there are at most `_BARS` of them."""
    return next((step for step in _STEPS if (newest - oldest) / step <= _BARS), _STEPS[-1])


def read_facets(aggs: Mapping[str, Any], label: Callable[[str, str], str]) -> dict[str, list[Bucket]]:
    """The facets of an answer; ``label`` gives what people call a facet's value."""
    return {
        name: [Bucket(it["key"], label(name, it["key"]), it["doc_count"]) for it in aggs[name]["buckets"]]
        for name in FACETS
        if name in aggs
    }


def read_histogram(aggs: Mapping[str, Any]) -> list[Bar]:
    """The bars of an answer, the oldest first."""
    buckets = aggs.get("histogram", {}).get("buckets", ())
    return [Bar(datetime.fromtimestamp(it["key"] / 1000, UTC), it["doc_count"]) for it in buckets]


def like_request(story: Story, *, limit: int) -> dict[str, Any]:
    """Stories that share entities, topics and sanction events with a story, or its telling words."""
    entities = [entity for entity in story.entities if entity.type != "place" or entity.salience >= 0.5]
    should: list[Clause] = [
        *(
            {"constant_score": {"filter": {"term": {"entity_ids": it.id}}, "boost": 1 + 3 * it.salience}}
            for it in entities[:15]
        ),
        *(
            {"constant_score": {"filter": {"term": {"topics": it.id}}, "boost": 1 + it.score}}
            for it in story.topics[:10]
        ),
        *(
            {"constant_score": {"filter": {"term": {"sanction_keys": it.key}}, "boost": 6}}
            for it in story.sanctions
            if not it.background
        ),
        {
            "more_like_this": {
                "fields": LIKED_FIELDS,
                "like": f"{story.headline}\n\n{story.body[:4000]}",
                "min_term_freq": 1,
                "min_doc_freq": 2,
                "max_query_terms": 15,
                "minimum_should_match": "40%",
                "boost": 0.5,
            }
        },
    ]
    return {
        "query": {
            "bool": {
                "should": should,
                "minimum_should_match": 1,
                "must_not": [{"term": {"id": story.id}}],
            }
        },
        "size": limit,
        "track_total_hits": False,
    }


def _unscored(query: Query) -> Clause:
    return query_of(query.tree, query.bounds, hidden=query.hidden, origin=None)
