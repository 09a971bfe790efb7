"""Rule files as people handle them: which are in force, what is wrong with one, what one would have alerted on.

Comes in: settings, paths of rule files, a client for rehearsals. Goes out: rules, problems, alerts that are neither kept nor sent. The rules
themselves are `pipeline.alerts.rules`, a rehearsal is `pipeline.rehearsing`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from elasticsearch import Elasticsearch

from pipeline.alerts.alert import Alert
from pipeline.alerts.channels import CHANNEL_TYPES, LOG
from pipeline.alerts.channels.config import load_entries
from pipeline.alerts.rules import Rule, RuleError, RuleFile, load, read_folder
from pipeline.documents.document import story_of
from pipeline.documents.indices import Indices
from pipeline.errors import WrongUse
from pipeline.rehearsing import narrowing, rehearse
from pipeline.scanning import scan
from pipeline.settings import Settings
from pipeline.sinks.elastic import elastic_errors
from pipeline.story import Story


class Problem(NamedTuple):
    """What is wrong with a rule file, and what to do about it."""

    line: int | None
    message: str
    remedy: str


def rule_files(settings: Settings, known: Mapping[str, RuleFile] = {}) -> dict[str, RuleFile]:
    """The rule files by name: the shipped ones, and those of DATELINE_RULES. ``known``: as they were; a broken one keeps its last rule."""
    try:
        return load(True, settings.rules, known)
    except OSError as error:
        raise WrongUse(f"DATELINE_RULES={settings.rules}: expected a folder that can be read: {error}") from error


def rules_in_force(files: dict[str, RuleFile]) -> list[Rule]:
    """The rules that stories are tried against."""
    return [file.rule for file in files.values() if file.rule and file.rule.enabled]


def read_files(paths: Iterable[Path]) -> Iterator[tuple[Path, RuleFile]]:
    """The rule files that the paths name, each folder read once."""
    folders: dict[Path, dict[str, RuleFile]] = {}
    for path in paths:
        folder = path if path.is_dir() else path.parent
        if folder not in folders:
            try:
                folders[folder] = {file.name: file for file in read_folder(folder)}
            except OSError as error:
                raise WrongUse(f"{folder}: expected a folder that can be read: {error.strerror}") from error
        if path.is_dir():
            yield from ((path / f"{name}.yaml", file) for name, file in folders[folder].items())
        elif path.suffix in (".yaml", ".yml") and path.stem in folders[folder]:
            yield path, folders[folder][path.stem]
        else:
            problem = RuleError(f"{path.name} is no rule file", remedy=f"name it {path.stem}.yaml")
            yield path, RuleFile(path.stem, None, problem, "")


def problems_of(file: RuleFile, channels: set[str] | None) -> list[Problem]:
    """What is wrong with a file; ``channels``: those that it may name, None for any."""
    if file.problem is not None:
        return [Problem(file.problem.line, file.problem.message, file.problem.remedy)]
    if file.rule is None or channels is None:
        return []
    missing = [name for name in file.rule.channels if name not in channels]
    return [
        Problem(None, f"there is no channel {name!r}", f"known are {', '.join(sorted(channels))}") for name in missing
    ]


def rule_of(path: Path) -> Rule:
    """The rule in a file; raises `WrongUse` for a broken one."""
    ((_, file),) = read_files((path,))
    if file.rule is None:
        raise WrongUse(f"{path}: {file.problem}")
    return file.rule


def channel_names(settings: Settings) -> set[str] | None:
    """The channels that rules may name; None where no channels file is set."""
    if settings.channels is None:
        return None
    return {LOG, *(entry.name for entry in load_entries(settings.channels, CHANNEL_TYPES))}


class Rehearsed(NamedTuple):
    """What a rule would have alerted on, the oldest first. ``stories``: how many were tried, those received from ``since`` on."""

    stories: int
    alerts: list[Alert]
    since: datetime


def rehearse_index(
    client: Elasticsearch, names: Indices, rule: Rule, since: datetime, *, patience_s: float | None = None
) -> Rehearsed:
    """The alerts that a rule would have made of the stories that can be seen and were received since a time.

    ``patience_s``: ends after so many seconds with what was tried until then, whole days, the newest; at least one.
    """
    clauses = narrowing(rule)
    slices = _days_back(since, datetime.now(UTC)) if patience_s is not None else [(since, None)]
    give_up = time.monotonic() + (patience_s or 0)
    reached = since

    def stories() -> Iterator[Story]:
        nonlocal reached
        for start, end in slices:
            received = {"gte": start.isoformat()} | ({"lt": end.isoformat()} if end else {})
            query = {"bool": {"filter": [{"range": {"received": received}}, *clauses]}}
            for hit in scan(client, names.visible, query, size=500):
                yield story_of(hit["_source"])
            reached = start
            if patience_s is not None and time.monotonic() > give_up:
                return

    alerts = rehearse(rule, stories())
    query = {"bool": {"filter": [{"range": {"received": {"gte": reached.isoformat()}}}, *clauses]}}
    with elastic_errors():
        tried: int = client.count(index=names.visible, query=query)["count"]
    return Rehearsed(tried, alerts, reached)


def _days_back(since: datetime, now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    """Times of a day each, the newest first and open at its end: stories come in while we look."""
    start, end = now, None
    while start > since:
        start = max(since, start - timedelta(days=1))
        yield start, end
        end = start
