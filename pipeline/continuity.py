"""Reads from the index whether anything is missing: sequence gaps and quiet feeds, for `status`, `doctor` and the metrics.

Comes in: an Elasticsearch client. Goes out: `Continuity`. What counts as missing is decided in `documents.continuity`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from elasticsearch import Elasticsearch

from pipeline.documents.continuity import (
    HISTORY,
    LEAD_IN,
    WINDOW,
    Gap,
    Heard,
    Quiet,
    bucket_times,
    find_gaps,
    find_quiet,
)
from pipeline.documents.indices import Indices
from pipeline.formats.providers import provider_named
from pipeline.scanning import scan
from pipeline.sinks.elastic import elastic_errors
from pipeline.story import Service

_FEEDS = 25
"""With 5-minute buckets over a week this many names stay below the 65,536 buckets that Elasticsearch allows in one answer."""


@dataclass(frozen=True)
class Continuity:
    """What is missing, and how quiet each feed is."""

    gaps: list[Gap] = field(default_factory=list)
    feeds: list[Quiet] = field(default_factory=list)

    @property
    def silent(self) -> list[Quiet]:
        """The feeds that are much quieter than usual."""
        return [feed for feed in self.feeds if feed.silent]


def read_continuity(client: Elasticsearch, names: Indices, *, now: datetime) -> Continuity:
    """What is missing at ``now``."""
    return Continuity(_read_gaps(client, names, now), _read_feeds(client, names, now))


def _read_gaps(client: Elasticsearch, names: Indices, now: datetime) -> list[Gap]:
    since = now - WINDOW - LEAD_IN
    recent = [{"exists": {"field": "service_numbers"}}, {"range": {"indexed_at": {"gte": since.isoformat()}}}]
    heard: dict[tuple[str, str], list[Heard]] = defaultdict(list)
    for hit in scan(client, names.everything, {"bool": {"filter": recent}}, source=["provider", "services"]):
        for service in msgspec.convert(hit["_source"].get("services", ()), tuple[Service, ...]):
            if service.sequence and service.received and service.received >= since:
                heard[hit["_source"]["provider"], service.name].append((service.received, service.sequence))
    return [
        gap
        for (provider, service), numbers in sorted(heard.items())
        for gap in find_gaps(provider, service, numbers, last_sequence=provider_named(provider).last_sequence, now=now)
    ]


def _read_feeds(client: Elasticsearch, names: Indices, now: datetime) -> list[Quiet]:
    """Every feed by its name; what came without one, by its provider."""
    each = {
        "last": {"max": {"field": "received"}},
        "arrivals": {"date_histogram": {"field": "received", "fixed_interval": "5m", "min_doc_count": 1}},
    }
    unnamed = {"bool": {"must_not": [{"exists": {"field": "feed"}}]}}
    by_provider = {"terms": {"field": "provider", "size": _FEEDS}, "aggs": each}
    aggs: dict[str, Any] = {
        "feeds": {"terms": {"field": "feed", "size": _FEEDS}, "aggs": each},
        "unnamed": {"filter": unnamed, "aggs": {"providers": by_provider}},
    }
    recent = {"range": {"received": {"gte": (now - HISTORY).isoformat()}}}
    with elastic_errors():
        found = client.search(index=names.everything, query=recent, size=0, aggs=aggs)["aggregations"]
    return [
        find_quiet(row["key"], bucket_times(row["arrivals"]["buckets"]), bucket_times([_last(row)])[0], now=now)
        for row in (*found["feeds"]["buckets"], *found["unnamed"]["providers"]["buckets"])
    ]


def _last(row: dict[str, Any]) -> dict[str, Any]:
    return {"key": row["last"]["value"]}
