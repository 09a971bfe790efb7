"""Reading the alerts that the index holds, for the shell and the desk page; and marking them as seen.

Comes in: a client, the names of the indices, what to look for. Goes out: alerts with what a person or a later story did to them, their
deliveries, why rules match a story. Raises as `elastic_errors` does. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
from elasticsearch import Elasticsearch

from pipeline.alerts.alert import Alert
from pipeline.alerts.delivery import Delivery
from pipeline.alerts.rules import Rule, Verdict, explain, match
from pipeline.documents.indices import Indices
from pipeline.errors import WrongUse
from pipeline.searching import LATE, Found, read_story
from pipeline.sinks.elastic import elastic_errors

OPEN: dict[str, Any] = {
    "bool": {"must_not": [{"exists": {"field": field}} for field in ("recalled", "acknowledged.at")]}
}
"""What nobody has seen and nothing has recalled, as Elasticsearch asks for it."""
_RECALLED: dict[str, Any] = {"bool": {"should": [{"exists": {"field": "recalled"}}, {"term": {"type": "recall"}}]}}
_NEWEST_FIRST = [{"at": "desc"}, {"id": "desc"}]
_MOST = 1000


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """Who at the desk has seen an alert."""

    at: datetime
    by: str
    note: str = ""


class AlertRow(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as the index holds it. ``recalled``: the id of the alert that recalls it."""

    alert: Alert
    recalled: str | None = None
    acknowledged: Acknowledged | None = None

    def to_dict(self) -> dict[str, Any]:
        """The alert as JSON, with the marks beside its fields where it has any."""
        marks = {"recalled": self.recalled, "acknowledged": self.acknowledged}
        fields: dict[str, Any] = msgspec.to_builtins(self.alert)
        fields |= msgspec.to_builtins({name: mark for name, mark in marks.items() if mark})
        return fields


class AlertPage(NamedTuple):
    """Alerts, newest first. ``total``: how many there are in all, counted up to 10,000; ``next``: where the next page starts, if there is one."""

    alerts: list[AlertRow]
    total: int
    next: str | None


class RuleAnswer(NamedTuple):
    """Whether a rule matches a story, and what each of its conditions says."""

    rule: Rule
    matches: bool
    verdicts: list[Verdict]


class Explained(NamedTuple):
    """What the rules say of a story, those that match first, and the alerts that it raised."""

    story: Found
    answers: list[RuleAnswer]
    alerts: list[AlertRow]


class Acked(NamedTuple):
    """What an acknowledgement did. ``before``: who had acknowledged the alert until then."""

    id: str
    state: Literal["done", "already", "missing"]
    before: Acknowledged | None = None


def list_alerts(
    client: Elasticsearch,
    names: Indices,
    *,
    since: datetime | None = None,
    rule: str | None = None,
    open_: bool = False,
    recalled: bool = False,
    limit: int = 50,
    after: str | None = None,
) -> AlertPage:
    """The alerts, newest first. ``open_``: neither recalled nor acknowledged; ``recalled``: those that were, and what recalls them;
    ``after``: `AlertPage.next` of the page before.

    Raises `WrongUse` for an ``after`` that is none.
    """
    filters: list[dict[str, Any]] = [{"range": {"at": {"gte": since.isoformat()}}}] if since else []
    filters += [{"term": {"rule": rule}}] if rule else []
    filters += [OPEN] if open_ else []
    filters += [_RECALLED] if recalled else []
    with elastic_errors():
        response = client.search(
            index=names.alerts,
            query={"bool": {"filter": filters}},
            sort=_NEWEST_FIRST,
            size=limit + 1,  # one more tells whether there is a next page
            search_after=_place_of(after) if after else None,
        )
    hits = response["hits"]["hits"]
    more = ":".join(map(str, hits[limit - 1]["sort"])) if len(hits) > limit else None
    return AlertPage([_row(hit) for hit in hits[:limit]], response["hits"]["total"]["value"], more)


def show_alert(client: Elasticsearch, names: Indices, alert_id: str) -> AlertRow | None:
    """The alert of this id, up to date."""
    return show_alerts(client, names, [alert_id]).get(alert_id)


def show_alerts(client: Elasticsearch, names: Indices, alert_ids: Sequence[str]) -> dict[str, AlertRow]:
    """The alerts of these ids that are there, up to date, in this order."""
    if not alert_ids:
        return {}
    with elastic_errors():
        response = client.mget(index=names.alerts, ids=list(alert_ids))
    return {it["_id"]: _row(it) for it in response["docs"] if it.get("found")}


def deliveries_of(client: Elasticsearch, names: Indices, alert_ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """What became of these alerts on each channel, by alert; the newest deliveries first, none for an alert that went nowhere."""
    found: dict[str, list[Delivery]] = {id_: [] for id_ in alert_ids}
    with elastic_errors():
        response = client.search(
            index=names.deliveries, query={"terms": {"alert": list(found)}}, sort=[{"at": "desc"}], size=_MOST
        )
    for hit in response["hits"]["hits"]:
        delivery = msgspec.convert(hit["_source"], Delivery)
        found[delivery.alert].append(delivery)
    return found


def alerts_of_story(client: Elasticsearch, names: Indices, story_id: str) -> list[AlertRow]:
    """The alerts that a story raised, with their corrections and recalls, newest first."""
    with elastic_errors():
        response = client.search(
            index=names.alerts, query={"term": {"origin": story_id}}, sort=_NEWEST_FIRST, size=_MOST
        )
    return [_row(hit) for hit in response["hits"]["hits"]]


def explain_story(client: Elasticsearch, names: Indices, story_id: str, rules: Iterable[Rule]) -> Explained | None:
    """Why each of the rules matches a story or does not; None where there is no such story."""
    found = read_story(client, names, story_id)
    if found is None:
        return None
    answers = [RuleAnswer(rule, match(rule, found.story) is not None, explain(rule, found.story)) for rule in rules]
    return Explained(found, sorted(answers, key=lambda it: not it.matches), alerts_of_story(client, names, story_id))


def acknowledge(
    client: Elasticsearch, names: Indices, alert_ids: Iterable[str], *, by: str, note: str = "", now: datetime
) -> list[Acked]:
    """Marks alerts as seen, each once; one that was seen before changes only for a note."""
    ids = list(dict.fromkeys(alert_ids))
    found = show_alerts(client, names, ids)
    mark = msgspec.to_builtins(Acknowledged(at=now, by=by, note=note))
    done = []
    for id_ in ids:
        before = found[id_].acknowledged if id_ in found else None
        if id_ in found and (note or not before):
            with elastic_errors():
                client.update(index=names.alerts, id=id_, doc={"acknowledged": mark}, retry_on_conflict=5)
            done.append(Acked(id_, "done", before))
        else:
            done.append(Acked(id_, "already" if before else "missing", before))
    with elastic_errors():
        client.indices.refresh(index=names.alerts)
    return done


def acknowledged_since(client: Elasticsearch, names: Indices, since: datetime) -> list[AlertRow]:
    """The alerts that somebody has seen since a time, of many the newest."""
    with elastic_errors():
        response = client.search(
            index=names.alerts,
            query={"range": {"acknowledged.at": {"gte": since.isoformat()}}},
            sort=[{"acknowledged.at": "desc"}],
            size=200,
        )
    return [_row(hit) for hit in response["hits"]["hits"]]


class AlertWatcher:
    """Tells of each alert once, when it can be found."""

    def __init__(self, client: Elasticsearch, names: Indices, since: datetime) -> None:
        self._client = client
        self._names = names
        self._since = since
        self._shown: dict[str, datetime] = {}

    def look(self) -> list[AlertRow]:
        """What came since the last look, oldest first; of a flood the newest."""
        found = list_alerts(self._client, self._names, since=self._since - LATE, limit=500).alerts
        fresh = [row for row in reversed(found) if row.alert.id not in self._shown]
        self._since = max([self._since, *(row.alert.at for row in found)])
        # What the next look can't find again need not be remembered.
        shown = self._shown | {row.alert.id: row.alert.at for row in found}
        self._shown = {id_: at for id_, at in shown.items() if at >= self._since - LATE}
        return fresh


def _row(hit: dict[str, Any]) -> AlertRow:
    document = hit["_source"]
    seen = document.get("acknowledged")
    return AlertRow(
        alert=msgspec.convert(document, Alert),
        recalled=document.get("recalled"),
        acknowledged=msgspec.convert(seen, Acknowledged) if seen else None,
    )


def _place_of(after: str) -> list[Any]:
    """Where a page starts, as Elasticsearch has it: the time in milliseconds, and the id."""
    moment, _, id_ = after.partition(":")
    if not (moment.isascii() and moment.isdigit() and id_):
        raise WrongUse(f"{after[:80]!r} is no place in the list of alerts: start with its first page")
    return [int(moment), id_]
