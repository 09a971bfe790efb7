"""Figures of the pipeline, counted by the index: how much came, how fast it could be found, what was alerted and delivered.

Comes in: a client, the names of the indices, the time. Goes out: counts over time and per thing. One request a subject; raises as
`elastic_errors` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from elasticsearch import Elasticsearch

from pipeline.alert_reading import OPEN
from pipeline.alerts.delivery import Delivery
from pipeline.documents.indices import Indices
from pipeline.sinks.elastic import elastic_errors

MINUTE, FIVE_MINUTES, HOUR = timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)
_NAMED = 6
"""Languages and providers that get a colour of their own; the others are counted together."""
OTHERS = "others"
_TROUBLED = 20
_UNSETTLED = ("pending", "held")


class Counts(NamedTuple):
    """Counts over time, one a step from ``start`` on; ``series`` by name, the largest first."""

    start: datetime
    step: timedelta
    series: dict[str, list[int]]


class Delay(NamedTuple):
    """Milliseconds from arrival to the index: of half of the stories and of 99 of 100 at most; None where none came."""

    half: float | None
    most: float | None


class WireFigures(NamedTuple):
    """What came. ``delays``: of the last hour, five minutes each."""

    minutes: Counts
    hours: Counts
    languages: Counts
    providers: Counts
    delay: Delay
    delays_since: datetime
    delays: list[Delay]

    @property
    def per_minute(self) -> float:
        """Stories a minute, over the last five full minutes."""
        return sum(self.minutes.series["stories"][-6:-1]) / 5


class RuleFigures(NamedTuple):
    """How often a rule alerted, and when last."""

    day: int = 0
    week: int = 0
    last: datetime | None = None


class DeliveryFigures(NamedTuple):
    """Deliveries by channel and status, of the last day or not settled; ``troubled``: those that failed or are tried again."""

    channels: dict[str, dict[str, int]]
    troubled: list[Delivery]

    def count(self, *statuses: str) -> int:
        """How many there are of these statuses."""
        return sum(by_status.get(status, 0) for by_status in self.channels.values() for status in statuses)


def read_wire(client: Elasticsearch, names: Indices, *, now: datetime) -> WireFigures:
    """What came in the last hour and day. Counted are documents, so that a story counts once, where its newest version came."""
    minute = now.replace(second=0, microsecond=0)
    hour_ago, day_ago = minute - 59 * MINUTE, minute.replace(minute=0) - 23 * HOUR
    five_ago = minute - timedelta(minutes=minute.minute % 5) - 11 * FIVE_MINUTES
    percentiles = {"percentiles": {"field": "delay_ms", "percents": [50, 99]}}
    since_hour, since_day = ({"range": {"indexed_at": {"gte": since.isoformat()}}} for since in (hour_ago, day_ago))
    aggs: dict[str, Any] = {
        "hour": {"filter": since_hour, "aggs": {"minutes": _over_time("indexed_at", "1m")}},
        "fresh": {
            "filter": _fresh(five_ago),
            "aggs": {"delay": percentiles, "delays": _over_time("indexed_at", "5m", aggs={"delay": percentiles})},
        },
        "hours": _over_time("indexed_at", "1h"),
        **{
            name: {
                "terms": {"field": field, "size": _NAMED},
                "aggs": {"hours": _over_time("indexed_at", "1h")},
            }
            for name, field in (("languages", "language.code"), ("providers", "provider"))
        },
    }
    with elastic_errors():
        found = client.search(index=names.everything, query=since_day, size=0, aggs=aggs, track_total_hits=False)
    answer = found["aggregations"]
    hours = _counts(answer["hours"], day_ago, HOUR, 24)
    delays = {_key(bucket): _delay(bucket["delay"]) for bucket in answer["fresh"]["delays"]["buckets"]}
    return WireFigures(
        minutes=Counts(hour_ago, MINUTE, {"stories": _counts(answer["hour"]["minutes"], hour_ago, MINUTE, 60)}),
        hours=Counts(day_ago, HOUR, {"stories": hours}),
        languages=_shares(answer["languages"], day_ago, hours),
        providers=_shares(answer["providers"], day_ago, hours),
        delay=_delay(answer["fresh"]["delay"]),
        delays_since=five_ago,
        delays=[delays.get(five_ago + n * FIVE_MINUTES, Delay(None, None)) for n in range(12)],
    )


def read_rules(client: Elasticsearch, names: Indices, *, now: datetime) -> dict[str, RuleFigures]:
    """How often each rule alerted in the last day and week, corrections and recalls not counted."""
    since = {span: (now - timedelta(days=days)).isoformat() for span, days in (("day", 1), ("week", 7))}
    aggs = {span: {"filter": {"range": {"at": {"gte": moment}}}} for span, moment in since.items()}
    by_rule = {"terms": {"field": "rule", "size": 1000}, "aggs": aggs | {"last": {"max": {"field": "at"}}}}
    with elastic_errors():
        found = client.search(
            index=names.alerts,
            query={"term": {"type": "alert"}},
            size=0,
            aggs={"rules": by_rule},
            track_total_hits=False,
        )
    return {
        row["key"]: RuleFigures(row["day"]["doc_count"], row["week"]["doc_count"], _moment(row["last"]["value"]))
        for row in found["aggregations"]["rules"]["buckets"]
    }


def read_alert_days(client: Elasticsearch, names: Indices, rule: str, *, now: datetime, days: int) -> Counts:
    """How often a rule alerted on each of the last days (UTC)."""
    start = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    query = {"bool": {"filter": [{"term": {"rule": rule}}, {"range": {"at": {"gte": start.isoformat()}}}]}}
    aggs = {"types": {"terms": {"field": "type"}, "aggs": {"days": _over_time("at", "1d")}}}
    with elastic_errors():
        found = client.search(index=names.alerts, query=query, size=0, aggs=aggs, track_total_hits=False)
    step = timedelta(days=1)
    series = {row["key"]: _counts(row["days"], start, step, days) for row in found["aggregations"]["types"]["buckets"]}
    return Counts(start, step, series)


def count_open(client: Elasticsearch, names: Indices) -> int:
    """How many alerts nobody has seen and nothing has recalled."""
    with elastic_errors():
        return int(client.count(index=names.alerts, query=OPEN)["count"])


def read_deliveries(client: Elasticsearch, names: Indices, *, now: datetime) -> DeliveryFigures:
    """What became of deliveries: of the last day, and all that wait."""
    recent = [
        {"range": {"at": {"gte": (now - timedelta(days=1)).isoformat()}}},
        {"terms": {"status": _UNSETTLED}},
    ]
    troubled = {
        "bool": {
            "should": [
                {"term": {"status": "dead"}},
                {"bool": {"filter": [{"term": {"status": "pending"}}, {"range": {"tries": {"gte": 1}}}]}},
            ]
        }
    }
    by_channel = {
        "channels": {"terms": {"field": "channel", "size": 100}, "aggs": {"statuses": {"terms": {"field": "status"}}}}
    }
    with elastic_errors():
        found = client.search(
            index=names.deliveries,
            query={"bool": {"should": recent, "minimum_should_match": 1}},
            aggs=by_channel,
            post_filter=troubled,
            sort=[{"at": "desc"}],
            size=_TROUBLED,
            track_total_hits=False,
        )
    channels = {
        row["key"]: {it["key"]: it["doc_count"] for it in row["statuses"]["buckets"]}
        for row in found["aggregations"]["channels"]["buckets"]
    }
    return DeliveryFigures(channels, [msgspec.convert(hit["_source"], Delivery) for hit in found["hits"]["hits"]])


def _fresh(since: datetime) -> dict[str, Any]:
    """Stories whose delay says how fast the pipeline is: a kill, a release or a replay writes an old story's document anew, hours after it came."""
    return {
        "bool": {"filter": [{"range": {"received": {"gte": since.isoformat()}}}, {"exists": {"field": "visible_from"}}]}
    }


def _over_time(field: str, interval: str, **more: Any) -> dict[str, Any]:
    return {"date_histogram": {"field": field, "fixed_interval": interval, "min_doc_count": 1}, **more}


def _counts(histogram: Mapping[str, Any], start: datetime, step: timedelta, steps: int) -> list[int]:
    """The buckets of a histogram as a count for each step."""
    found = {_key(bucket): bucket["doc_count"] for bucket in histogram["buckets"]}
    return [found.get(start + n * step, 0) for n in range(steps)]


def _shares(terms: Mapping[str, Any], start: datetime, totals: list[int]) -> Counts:
    """Counts of the most frequent values, and of the others together."""
    series = {row["key"]: _counts(row["hours"], start, HOUR, len(totals)) for row in terms["buckets"]}
    others = [total - sum(counts[n] for counts in series.values()) for n, total in enumerate(totals)]
    return Counts(start, HOUR, series | ({OTHERS: others} if any(others) else {}))


def _key(bucket: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(bucket["key"] / 1000, UTC)


def _moment(milliseconds: float | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _delay(percentiles: Mapping[str, Any]) -> Delay:
    return Delay(percentiles["values"]["50.0"], percentiles["values"]["99.0"])
