"""Reads from the index whether anything is missing: sequence gaps, and feeds, providers and languages that fell silent, for `status`, `doctor` and the metrics.

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
    Kind,
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

_NAMES = 25
"""With 5-minute buckets over a week this many names stay below the 65,536 buckets that Elasticsearch allows in one answer."""
_HEARD_BY: dict[Kind, tuple[str, str]] = {
    "feed": ("feed", "5m"),
    "provider": ("provider", "15m"),
    "language": ("languages", "15m"),
}
"""The field of each kind, and how exactly its pauses are measured."""


@dataclass(frozen=True)
class Continuity:
    """What is missing, and how quiet each feed, provider and language is."""

    gaps: list[Gap] = field(default_factory=list)
    quiet: list[Quiet] = field(default_factory=list)

    @property
    def silent(self) -> list[Quiet]:
        """Those that are much quieter than usual."""
        return [it for it in self.quiet if it.silent]


def read_continuity(client: Elasticsearch, names: Indices, *, now: datetime) -> Continuity:
    """What is missing at ``now``."""
    return Continuity(_read_gaps(client, names, now), _read_quiet(client, names, now))


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


def _read_quiet(client: Elasticsearch, names: Indices, now: datetime) -> list[Quiet]:
    """Every feed, provider and language that was heard of late, by its kind and the number of its items."""
    recent = {"range": {"received": {"gte": (now - HISTORY).isoformat()}}}
    quiet = []
    for kind, (field_, interval) in _HEARD_BY.items():
        each = {
            "last": {"max": {"field": "received"}},
            "arrivals": {"date_histogram": {"field": "received", "fixed_interval": interval, "min_doc_count": 1}},
        }
        terms = {"field": field_, "size": _NAMES, "exclude": ["und"]}
        with elastic_errors():
            found = client.search(
                index=names.everything, query=recent, size=0, aggs={"names": {"terms": terms, "aggs": each}}
            )["aggregations"]["names"]["buckets"]
        quiet += [
            find_quiet(
                kind, row["key"], bucket_times(row["arrivals"]["buckets"]), bucket_times([_last(row)])[0], now=now
            )
            for row in found
        ]
    return quiet


def _last(row: dict[str, Any]) -> dict[str, Any]:
    return {"key": row["last"]["value"]}
