"""Removes stories that are older than they may be kept, with their versions; safe to run daily and to run again.

Comes in: settings (`DATELINE_RETENTION_DAYS`) and the providers' own limits (`providers.yaml`). Goes out: how many stories went,
by provider. Works through point in time and bulk, which every cluster has. A story that changes meanwhile stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from elasticsearch import Elasticsearch, helpers

from pipeline.documents.indices import Indices, index_names
from pipeline.errors import WrongUse
from pipeline.formats.providers import PROVIDERS
from pipeline.scanning import scan
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect, elastic_errors

_BATCH = 500


def remove_expired(settings: Settings, *, now: datetime, dry_run: bool = False) -> Counter[str]:
    """Removes what has expired and returns how many stories that were, by provider; raises `WrongUse` without any limit."""
    general = settings.retention_days
    limits = {
        provider.id: min(filter(None, (provider.retention_days, general)))
        for provider in PROVIDERS.values()
        if provider.retention_days
    }
    if general is None and not limits:
        raise WrongUse(
            "no limit is set: set DATELINE_RETENTION_DAYS, or retention_days of a provider in pipeline/formats/providers.yaml"
        )
    client, names = connect(settings.elasticsearch or ""), index_names(settings)
    removed: Counter[str] = Counter()
    for query, before in _expired(limits, general, now):
        hits = (hit for hit in _scan(client, names, query) if _is_quiet_since(hit["_source"], before))
        while batch := list(islice(hits, _BATCH)):
            gone = batch if dry_run else _remove(client, names, batch)
            removed.update(hit["_source"]["provider"] for hit in gone)
    return removed


def _expired(limits: dict[str, int], general: int | None, now: datetime) -> Iterator[tuple[dict[str, Any], datetime]]:
    """A query for each limit, and the time before which a story has expired by it."""
    for provider, days in limits.items():
        before = now - timedelta(days=days)
        yield {"bool": {"filter": [{"term": {"provider": provider}}, _received(before)]}}, before
    if general is not None:
        before = now - timedelta(days=general)
        others = {"terms": {"provider": list(limits)}}
        yield {"bool": {"filter": [_received(before)], "must_not": [others]}}, before


def _received(before: datetime) -> dict[str, Any]:
    return {"range": {"received": {"lt": before.isoformat()}}}


def _scan(client: Elasticsearch, names: Indices, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return scan(client, names.everything, query, source=["provider", "kill.received"])


def _is_quiet_since(document: dict[str, Any], before: datetime) -> bool:
    """Whether its kill, if any, is as old: without the kill a late version would be seen."""
    killed = document.get("kill", {}).get("received")
    return killed is None or datetime.fromisoformat(killed) < before


def _remove(client: Elasticsearch, names: Indices, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Removes the stories, their versions first, so that a run that was cut off is completed by the next."""
    ids = [hit["_id"] for hit in batch]
    versions = scan(client, names.all_versions, {"terms": {"id": ids}}, source=False)
    _delete(client, ({"_index": names.all_versions, "_id": hit["_id"]} for hit in versions))
    proofs = {hit["_id"]: {"if_seq_no": hit["_seq_no"], "if_primary_term": hit["_primary_term"]} for hit in batch}
    gone = _delete(client, ({"_index": names.everything, "_id": id_, **proof} for id_, proof in proofs.items()))
    return [hit for hit in batch if hit["_id"] in gone]


def _delete(client: Elasticsearch, targets: Iterable[dict[str, Any]]) -> set[str]:
    """Deletes the documents and returns the ids of those that are gone."""
    actions = ({"_op_type": "delete", **target} for target in targets)
    with elastic_errors():
        results = list(helpers.streaming_bulk(client, actions, raise_on_error=False))
    return {result["delete"]["_id"] for done, result in results if done}
