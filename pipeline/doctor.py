"""`dateline doctor`: is everything there that a running system needs, and what to do about what is not.

Comes in: settings. Goes out: findings, each ``ok``, ``note`` (worth knowing) or ``bad``. Changes nothing.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from elasticsearch import Elasticsearch
from kafka import KafkaAdminClient

from pipeline.alerts.channels import read_channels
from pipeline.alerts.rules import Rule, load
from pipeline.continuity import read_continuity
from pipeline.desk.listening import is_loopback
from pipeline.documents.indices import ANALYZERS, SCHEMA, Indices, index_names
from pipeline.errors import DatelineError, Refused
from pipeline.running import read_state
from pipeline.searching import count_stories
from pipeline.servers import find_servers
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect, elastic_errors, indexed_languages, probe_languages
from pipeline.streams import STREAMS, admin, partitions_of, read_lag
from pipeline.worker_metrics import read_health

_LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    state: Literal["ok", "note", "bad"]
    check: str
    found: str
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """All findings; a check that can't be made is itself one."""
    findings = [*_machine(settings), *_alerting(settings)]
    try:
        settings = find_servers(settings)
    except DatelineError as error:
        return [*findings, Finding("bad", "servers", "not running", str(error))]
    findings += _guard("Kafka", lambda: _kafka(settings))
    findings += _guard("Elasticsearch", lambda: _elasticsearch(settings))
    return findings


def _guard(check: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except Refused as error:
        return [Finding("bad", check, "is there, but not for us", str(error))]
    except DatelineError as error:
        return [Finding("bad", check, "does not answer", str(error))]


def _machine(settings: Settings) -> Iterator[Finding]:
    if importlib.util.find_spec("faust._cython.streams") is None:
        yield Finding("bad", "Faust", "its compiled part is missing", "reinstall faust-streaming from a wheel")
    else:
        yield Finding("ok", "Faust", "compiled part in use")
    home = settings.local.path
    if home.exists():
        free = shutil.disk_usage(home).free
        gib = f"{free / 1024**3:.1f} GiB free in {home}"
        yield Finding(
            "ok" if free > _LEAST_FREE_BYTES else "bad", "disk", gib, "" if free > _LEAST_FREE_BYTES else "free some"
        )
    state = read_state(home)
    workers = [worker["name"] for worker in state["workers"]] if state else []
    yield Finding(
        "ok" if workers else "note", "workers here", ", ".join(workers) or "none", "" if workers else "`dateline run`"
    )
    for worker in state["workers"] if state else []:
        if (health := read_health(worker, settings.metrics_host)) not in ("", "ready"):
            yield Finding(
                "note", worker["name"], health, "its log says what it waits for; one that hangs is started again"
            )


def _alerting(settings: Settings) -> Iterator[Finding]:
    """The rules and the channels that they name."""
    try:
        files = load(True, settings.rules, {})
    except OSError as error:
        yield Finding("bad", "rules", f"{settings.rules} can't be read: {error.strerror}", "see DATELINE_RULES")
        files = load(True, None, {})
    for file in files.values():
        if file.problem is not None:
            where = "" if file.problem.line is None else f"line {file.problem.line}: "
            yield Finding("bad", f"rule {file.name}", f"{where}{file.problem.message}", file.problem.remedy)
    rules = [file.rule for file in files.values() if file.rule is not None and file.rule.enabled]
    yield Finding("ok" if rules else "note", "rules", f"{len(rules)} in force")
    yield from _channels(settings, rules)


def _channels(settings: Settings, rules: list[Rule]) -> Iterator[Finding]:
    try:
        channels = read_channels(settings.channels, settings.secrets())
    except DatelineError as error:
        yield Finding("bad", "channels", str(error), "mend the file: no worker starts with it")
        return
    yield Finding("ok", "channels", ", ".join(f"{name} ({channel.type})" for name, channel in channels.items()))
    for name in sorted({name for rule in rules for name in rule.channels} - channels.keys()):
        asking = ", ".join(rule.name for rule in rules if name in rule.channels)
        yield Finding("bad", f"channel {name}", f"is not there, but named by {asking}", "add it to DATELINE_CHANNELS")


def _kafka(settings: Settings) -> Iterator[Finding]:
    with admin(settings) as client:
        yield Finding("ok", "Kafka", f"answers at {settings.kafka}")
        yield _connection(
            "Kafka's connection",
            settings.kafka or "",
            encrypted=settings.kafka_security_protocol != "PLAINTEXT",
            user=settings.kafka_user,
            remedy="DATELINE_KAFKA_SECURITY_PROTOCOL=SASL_SSL",
        )
        existing = set(client.list_topics())
        missing = [stream.topic(settings) for stream in STREAMS if stream.topic(settings) not in existing]
        if missing:
            yield Finding("bad", "streams", f"missing: {', '.join(missing)}", "`dateline setup`")
            return
        yield from _streams(client, settings)
        for lag in read_lag(client, settings):
            state: Literal["ok", "note"] = "note" if lag.messages > 1000 else "ok"
            remedy = "is the role running? more `--workers` if it is" if lag.messages > 1000 else ""
            yield Finding(state, f"lag of {lag.role}", f"{lag.messages} messages", remedy)


def _connection(check: str, addresses: str, *, encrypted: bool, user: str | None, remedy: str) -> Finding:
    """Whether others could listen or join in; on this machine alone that is no matter."""
    found = f"{'encrypted' if encrypted else 'not encrypted'}, as {user or 'nobody'}"
    hosts = [
        urlsplit(address if "//" in address else f"//{address}").hostname or "" for address in addresses.split(",")
    ]
    if (encrypted and user) or all(map(is_loopback, hosts)):
        return Finding("ok", check, found)
    return Finding("note", check, found, f"{remedy}; see docs/security.md")


def _streams(client: KafkaAdminClient, settings: Settings) -> Iterator[Finding]:
    for stream in STREAMS:
        count, wanted = len(partitions_of(client, stream.topic(settings))), stream.partitions or settings.partitions
        remedy = (
            ""
            if count == wanted
            else f"the setting says {wanted}; partitions are fixed at birth, a change reorders stories"
        )
        yield Finding("ok" if count == wanted else "note", stream.topic(settings), f"{count} partitions", remedy)


def _elasticsearch(settings: Settings) -> Iterator[Finding]:
    client, names = connect(settings), index_names(settings)
    with elastic_errors():
        health = client.cluster.health()
        bad = health["status"] == "red"
        remedy = "see GET _cluster/allocation/explain" if bad else ""
        yield Finding(
            "bad" if bad else "ok", "Elasticsearch", f"{health['status']} at {settings.elasticsearch}", remedy
        )
        yield _connection(
            "Elasticsearch's connection",
            settings.elasticsearch or "",
            encrypted=(settings.elasticsearch or "").startswith("https:"),
            user=settings.elasticsearch_user or ("an API key" if settings.secret("elasticsearch_api_key") else None),
            remedy="https:// and DATELINE_ELASTICSEARCH_USER",
        )
        if not client.indices.exists_alias(name=names.everything):
            yield Finding("bad", "index", f"alias {names.everything} is missing", "`dateline setup`")
            return
        yield from _index(client, names.everything)
        yield from _continuity(client, names)
        if dead := client.count(index=names.deliveries, query={"term": {"status": "dead"}})["count"]:
            yield Finding(
                "note", "deliveries", f"{dead} given up", "`dateline alerts show` and `dateline dead list` say why"
            )


def _continuity(client: Elasticsearch, names: Indices) -> Iterator[Finding]:
    found = read_continuity(client, names, now=datetime.now(UTC))
    for gap in found.gaps:
        yield Finding("note", "sequence", str(gap), f"ask {gap.provider} for a repeat")
    for it in found.silent:
        yield Finding("note", it.kind, str(it), "is the sender, or the service that feeds it, down?")
    if not (found.gaps or found.silent):
        yield Finding("ok", "feeds", f"{sum(it.kind == 'feed' for it in found.quiet)} heard, no gap in their numbers")
    if waiting := count_stories(client, names)["waiting"]:
        yield Finding("note", "waiting", f"{waiting} wait for a person", "`dateline waiting`")


def _index(client: Elasticsearch, alias: str) -> Iterator[Finding]:
    mapping = client.indices.get_mapping(index=alias).body
    for name, index in mapping.items():
        schema = index["mappings"].get("_meta", {}).get("schema")
        fits = schema == SCHEMA
        yield Finding(
            "ok" if fits else "bad",
            name,
            f"schema {schema}",
            "" if fits else f"this version writes {SCHEMA}: `dateline replay --from index --to stories-{SCHEMA}`",
        )
    can, does = probe_languages(client), indexed_languages(mapping)
    if not can:
        yield Finding(
            "note",
            "language analyzers",
            "none: the cluster lacks analysis-common; words are searched as written",
            "the full distribution has them",
        )
    elif can - does:
        yield Finding(
            "note",
            "language analyzers",
            f"{len(does)} of {len(can)} in use",
            "`dateline replay --from index --to` a new index",
        )
    else:
        yield Finding("ok", "language analyzers", f"{len(can)} of {len(ANALYZERS)} languages")
