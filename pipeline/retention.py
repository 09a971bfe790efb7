"""Removes what has been kept long enough; safe to run daily, to run again, and while stories come in.

Comes in: settings (`DATELINE_RETENTION_DAYS`) and the providers' own limits (`providers.yaml`). Goes out: how much went, by kind. Works through
point in time and bulk, which every cluster has; each document goes only as it was read, so what changes meanwhile stays.

- A story goes once it is older than its limit, and with it its versions, the alerts that it raised (they quote it) and what rules remember
  of it. Without a limit all of these stay: a later version must find what was told before.
- What became of an alert on its channels stays as long as the alert, and as long as `wire.alerts` may be read again.
- What rules remember of bursts, terms and near-copies goes once it can't change an answer any more, even for a story that `wire.raw` still
  holds and that is sent again; each document says until when it matters.
- So do sanction events, after the days for which what was told is known. What is due is removed when it is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from elasticsearch import Elasticsearch, helpers

from pipeline.alerts.novelty import REMEMBERED
from pipeline.batches import batched
from pipeline.documents.indices import Indices, index_names
from pipeline.formats.providers import PROVIDERS
from pipeline.scanning import scan
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect, elastic_errors
from pipeline.streams import ALERTS, RAW

Hit = dict[str, Any]
Query = dict[str, Any]

_BATCH = 500
_SENT_AGAIN = timedelta(days=RAW.retention_days)
"""How long after its arrival a story may be sent again (`dateline replay`)."""
_TOLD_AGAIN = timedelta(days=ALERTS.retention_days)
_OTHERS = ("versions", "alerts", "deliveries", "memory", "events")


@dataclass
class Removed:
    """What went: ``stories`` by provider, the documents of ``others`` by kind."""

    stories: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(_OTHERS, 0)))

    @property
    def counts(self) -> dict[str, int]:
        """How much of each kind."""
        return {"stories": self.stories.total(), **self.others}


def limits_of(settings: Settings) -> dict[str, int]:
    """The days for which the stories of providers with a limit of their own may be kept."""
    own = {provider.id: provider.retention_days for provider in PROVIDERS.values()}
    return {id_: min(days, settings.retention_days or days) for id_, days in own.items() if days}


def remove_expired(settings: Settings, *, now: datetime, dry_run: bool = False) -> Removed:
    """Removes what has expired, or with ``dry_run`` only counts it."""
    pruner = _Pruner(connect(settings), index_names(settings), dry_run)
    for query, before in _expired(limits_of(settings), settings.retention_days, now):
        pruner.remove_stories(query, before)
    pruner.remove_deliveries({"range": {"at": {"lt": (now - _TOLD_AGAIN).isoformat()}}})
    pruner.remove("memory", pruner.names.memory, {"range": {"until": {"lt": (now - _SENT_AGAIN).isoformat()}}})
    pruner.remove("events", pruner.names.events, _forgotten(now - REMEMBERED - _SENT_AGAIN))
    return pruner.removed


def _expired(limits: dict[str, int], general: int | None, now: datetime) -> Iterator[tuple[Query, datetime]]:
    """A query for each limit, and the time before which a story has expired by it."""
    for provider, days in limits.items():
        before = now - timedelta(days=days)
        yield {"bool": {"filter": [{"term": {"provider": provider}}, _received(before)]}}, before
    if general is not None:
        before = now - timedelta(days=general)
        others = {"terms": {"provider": list(limits)}}
        yield {"bool": {"filter": [_received(before)], "must_not": [others]}}, before


def _received(before: datetime) -> Query:
    return {"range": {"received": {"lt": before.isoformat()}}}


def _remembered_of(stories: list[str]) -> Query:
    return {"bool": {"filter": [{"term": {"kind": "story"}}, {"terms": {"story": stories}}]}}


def _forgotten(before: datetime) -> Query:
    """Events that nobody has told of since, or that only killed stories told."""
    known = {"bool": {"must_not": [{"exists": {"field": "last_seen"}}]}}
    return {
        "bool": {"should": [{"range": {"last_seen": {"lt": before.isoformat()}}}, known], "minimum_should_match": 1}
    }


def _is_quiet_since(document: dict[str, Any], before: datetime) -> bool:
    """Whether its kill, if any, is as old: without the kill a late version would be seen."""
    killed = document.get("kill", {}).get("received")
    return killed is None or datetime.fromisoformat(killed) < before


@dataclass
class _Pruner:
    client: Elasticsearch
    names: Indices
    dry_run: bool
    removed: Removed = field(default_factory=Removed)

    def remove_stories(self, query: Query, before: datetime) -> None:
        """Removes stories with what belongs to them, the stories last, so that a run that was cut off is completed by the next."""
        hits = scan(self.client, self.names.everything, query, source=["provider", "kill.received"])
        for batch in batched((hit for hit in hits if _is_quiet_since(hit["_source"], before)), _BATCH):
            ids = [hit["_id"] for hit in batch]
            self.remove("versions", self.names.all_versions, {"terms": {"id": ids}})
            self.remove("alerts", self.names.alerts, {"terms": {"origin": ids}})
            self.remove("memory", self.names.memory, _remembered_of(ids))
            gone = self._delete(self.names.everything, batch)
            self.removed.stories.update(hit["_source"]["provider"] for hit in gone)

    def remove_deliveries(self, query: Query) -> None:
        """Removes those whose alert is gone."""
        for batch in batched(scan(self.client, self.names.deliveries, query, source=["alert"]), _BATCH):
            alerts = sorted({hit["_source"]["alert"] for hit in batch})
            with elastic_errors():
                response = self.client.mget(index=self.names.alerts, ids=alerts, source=False)
            kept = {it["_id"] for it in response["docs"] if it.get("found")}
            gone = self._delete(self.names.deliveries, [hit for hit in batch if hit["_source"]["alert"] not in kept])
            self.removed.others["deliveries"] += len(gone)

    def remove(self, kind: str, index: str, query: Query) -> None:
        """Removes what a query finds."""
        for batch in batched(scan(self.client, index, query, source=False), _BATCH):
            self.removed.others[kind] += len(self._delete(index, batch))

    def _delete(self, index: str, batch: list[Hit]) -> list[Hit]:
        """Deletes documents that nobody changed since, and returns those that are gone."""
        if self.dry_run:
            return batch
        actions = [
            {
                "_op_type": "delete",
                "_index": index,
                "_id": hit["_id"],
                "if_seq_no": hit["_seq_no"],
                "if_primary_term": hit["_primary_term"],
            }
            for hit in batch
        ]
        with elastic_errors():
            results = list(helpers.streaming_bulk(self.client, actions, raise_on_error=False))
        gone = {result["delete"]["_id"] for done, result in results if done}
        return [hit for hit in batch if hit["_id"] in gone]
