"""`dateline alerts`: what the desk was told, what a rule would tell, and whether rules and channels work.

Thin: rules, alerts and channels are `pipeline.alerts`, a rehearsal is `pipeline.rehearsing`. Exit codes: 0 done, 1 findings or nothing
found, 2 wrong use. What reads stories and rules is imported where it is used, since it takes a second that other verbs need not wait.
"""

from __future__ import annotations

import asyncio
import getpass
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from pipeline.errors import Retry, WrongUse
from pipeline.settings import Settings, load_settings
from pipeline.terminal import out, print_json, print_table, safe, say

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from pipeline.alerts.alert import Alert
    from pipeline.alerts.rules import Rule, RuleFile
    from pipeline.documents.indices import Indices

Document = dict[str, Any]
_LOOK_SECONDS = 1.0
_COLUMNS = ("time", "rule", "type", "lang", "headline", "new", "", "id")

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def _time(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    from pipeline.cli import Since  # which imports this module

    return None if value is None else Since().convert(value, option, context)


@click.group()
def alerts() -> None:
    """What the desk was told of and why; try rules and channels before they count."""


# --- looking -----------------------------------------------------------------------------------------------------------


@alerts.command("list")
@click.option("--since", metavar="TIME", callback=_time, help="Made since this time (2026-04-25T08:00, or 3h ago).")
@click.option("--rule", help="Only of this rule.")
@click.option("--open", "open_", is_flag=True, help="Neither recalled nor acknowledged.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Alerts to show.")
@as_json
def list_(since: datetime | None, rule: str | None, open_: bool, limit: int, as_json: bool) -> None:
    """List the alerts, newest first. Ends with 1 where there are none."""
    client, names = _index()
    filters: list[Document] = [{"range": {"at": {"gte": since.isoformat()}}}] if since else []
    filters += [{"term": {"rule": rule}}] if rule else []
    marks = [{"exists": {"field": field}} for field in ("recalled", "acknowledged.at")]
    query = {"bool": {"filter": filters, "must_not": marks if open_ else []}}
    found = _search(client, names.alerts, query, sort="at", size=limit)
    if as_json:
        for document in found:
            print_json(document)
    else:
        print_table(_COLUMNS, [_row(document) for document in found])
        if not found:
            say("No alerts.")
    raise click.exceptions.Exit(0 if found else 1)


@alerts.command()
@as_json
def tail(as_json: bool) -> None:
    """Show alerts as they come, until Ctrl-C."""
    client, names = _index()
    watcher = _Watcher(client, names, datetime.now(UTC))
    away = False
    try:
        while True:
            try:
                for document in watcher.look():
                    print_json(document) if as_json else _print_line(document)
                away = False
                sys.stdout.flush()
            except Retry as error:
                if not away:
                    say(f"{error}; waiting …")
                away = True
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        return


@alerts.command()
@click.argument("alert_id", metavar="ID")
@as_json
def show(alert_id: str, as_json: bool) -> None:
    """Show one alert as channels send it, and what became of it on each of them."""
    from pipeline.alerts.alert import plain_text, subject

    client, names = _index()
    document = _get(client, names, [alert_id]).get(alert_id)
    if document is None:
        say(f"There is no alert {alert_id}: see `dateline alerts list`.")
        raise click.exceptions.Exit(1)
    deliveries = _search(client, names.deliveries, {"term": {"alert": alert_id}}, sort="at", size=1000)
    if as_json:
        print_json({"alert": document, "deliveries": deliveries})
        return
    alert = _alert_of(document)
    out.print(Text(subject(alert), style="bold"))
    sys.stdout.write(f"{plain_text(alert)}\n\n")
    if recall := document.get("recalled"):
        out.print(Text(f"RECALLED by alert {recall}", style="bold red"))
    if seen := document.get("acknowledged"):
        note = f": {seen['note']}" if seen.get("note") else ""
        out.print(Text(safe(f"Acknowledged {_local(seen['at'])} by {seen['by']}{note}")))
    columns = ("channel", "status", "tries", "made", "sent", "next", "reason")
    print_table(columns, [_delivery_row(it) for it in deliveries])
    if not deliveries:
        say("It went to no channel.")


@alerts.command()
@click.argument("alert_ids", metavar="ID...", nargs=-1, required=True)
@click.option("--note", help="Kept with the alert.")
def ack(alert_ids: tuple[str, ...], note: str | None) -> None:
    """Mark alerts as seen by the desk. Ends with 1 where there is no such alert."""
    from pipeline.sinks.elastic import elastic_errors

    client, names = _index()
    found = _get(client, names, alert_ids)
    for id_ in dict.fromkeys(alert_ids):
        before = found[id_].get("acknowledged") if id_ in found else None
        if id_ not in found:
            say(f"There is no alert {id_}: see `dateline alerts list`.")
        elif before and not note:
            say(f"{id_} was acknowledged by {before['by']} {_local(before['at'])} already.")
        else:
            mark = {"at": datetime.now(UTC).isoformat(), "by": _user(), "note": note or ""}
            with elastic_errors():
                client.update(index=names.alerts, id=id_, doc={"acknowledged": mark}, retry_on_conflict=5)
            say(f"Acknowledged {id_}.")
    with elastic_errors():
        client.indices.refresh(index=names.alerts)
    raise click.exceptions.Exit(0 if len(found) == len(set(alert_ids)) else 1)


@alerts.command()
@click.argument("story_id", metavar="STORY")
@as_json
def explain(story_id: str, as_json: bool) -> None:
    """Say for each rule in force why it matches a story or does not, and which alerts the story raised."""
    from pipeline.alerts.rules import explain as explain_rule
    from pipeline.alerts.rules import match
    from pipeline.searching import read_story

    settings = _with_servers()
    client, names = _index(settings)
    found = read_story(client, names, story_id)
    if found is None:
        say(f"There is no story {story_id}: ids look like provider:guid, see `dateline search --json`.")
        raise click.exceptions.Exit(1)
    files = _rule_files(settings)
    rules = [file.rule for file in files.values() if file.rule and file.rule.enabled]
    verdicts = [(rule, match(rule, found.story) is not None, explain_rule(rule, found.story)) for rule in rules]
    raised = _search(client, names.alerts, {"term": {"origin": story_id}}, sort="at", size=1000)
    if as_json:
        print_json(
            {
                "story": story_id,
                "rules": [
                    {"rule": rule.name, "title": rule.title, "matches": matches, "verdicts": [vars(it) for it in lines]}
                    for rule, matches, lines in verdicts
                ],
                "alerts": raised,
            }
        )
        return
    out.print(Text(safe(found.story.headline), style="bold"))
    for rule, matches, lines in sorted(verdicts, key=lambda it: not it[1]):
        out.print(Text(f"{rule.name}: {'matches' if matches else 'no'}", style="bold green" if matches else "dim"))
        for it in lines:
            sys.stdout.write(f"  {'  ' * it.depth}{'yes' if it.holds else 'no':<4}{it.condition}: {safe(it.why)}\n")
    if found.story.pubstatus != "usable":
        say(f"The story is {found.story.pubstatus}: what can't be seen alerts nobody.")
    for file in files.values():
        if file.problem:
            say(f"rule {file.name} is broken: {file.problem}")
    if raised:
        print_table(_COLUMNS, [_row(document) for document in raised], title="Alerts of this story")
    else:
        say("The story raised no alert of its own.")


# --- trying ------------------------------------------------------------------------------------------------------------


@alerts.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@as_json
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check rule files, or all those of a folder, without any server. Ends with 1 where one is broken.

    With DATELINE_CHANNELS set, the channels that they name must be there.
    """
    known = _channel_names(load_settings())
    rows = [(path, *row) for path, file in _read_files(files) for row in _problems(path, file, known)]
    if as_json:
        keys = ("file", "ok", "line", "problem", "remedy")
        print_json({"files": [dict(zip(keys, (str(path), not row[1], *row), strict=True)) for path, *row in rows]})
    else:
        print_table(
            ["file", "", "line", "problem", "what to do"],
            [(path, "bad" if wrong else "ok", line or "", wrong, remedy) for path, line, wrong, remedy in rows],
        )
    if not rows:
        say("No rule files there: they are named NAME.yaml.")
    raise click.exceptions.Exit(1 if not rows or any(wrong for _, _, wrong, _ in rows) else 0)


@alerts.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--since", metavar="TIME", callback=_time, default="30d", show_default=True, help="Stories received since."
)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Alerts to show, the newest."
)
@as_json
def rehearse(file: Path, since: datetime, limit: int, as_json: bool) -> None:
    """Show what the rule in FILE would have alerted on; nothing is written or sent. Ends with 1 where that is nothing.

    Throttle, digest and quiet hours are left out, so that all alerts show. Stories count in their newest version, killed ones not.
    """
    import msgspec

    from pipeline.documents.document import story_of
    from pipeline.rehearsing import count_by_day, narrowing
    from pipeline.rehearsing import rehearse as rehearse_rule
    from pipeline.scanning import scan
    from pipeline.sinks.elastic import elastic_errors

    rule = _rule_of(file)
    client, names = _index()
    query = {"bool": {"filter": [{"range": {"received": {"gte": since.isoformat()}}}, *narrowing(rule)]}}
    with elastic_errors():
        tried = client.count(index=names.visible, query=query)["count"]
    say(f"{rule.name}: trying {tried} stories …")
    found = rehearse_rule(rule, (story_of(hit["_source"]) for hit in scan(client, names.visible, query, size=500)))
    documents = [msgspec.to_builtins(alert) for alert in found[-limit:]]
    days = count_by_day(found, None)
    if as_json:
        counts = [{"day": day, "alerts": it.total(), "languages": it} for day, it in days.items()]
        print_json({"rule": rule.name, "stories": tried, "total": len(found), "alerts": documents, "days": counts})
    else:
        print_table(_COLUMNS[:1] + _COLUMNS[3:6], [_row(it)[:1] + _row(it)[3:6] for it in documents])
        print_table(
            ["day", "alerts", "by language"],
            [(day, it.total(), ", ".join(f"{code} {n}" for code, n in it.most_common())) for day, it in days.items()],
        )
        shown = f", the newest {limit} shown" if len(found) > limit else ""
        say(f"{len(found)} alerts by {tried} stories since {_local(since)}{shown}; nothing was sent.")
    raise click.exceptions.Exit(0 if found else 1)


@alerts.command()
@click.argument("channel")
def test(channel: str) -> None:
    """Send a test alert through CHANNEL of the channels file, without any server. Ends with 1 where it was not delivered."""
    from pipeline.alerts.channels import NotDelivered, Undeliverable, read_channels
    from pipeline.logs import set_up_logs

    settings = load_settings()
    set_up_logs(settings)  # the channel `log` writes there
    channels = read_channels(settings.channels, settings.secrets())
    if channel not in channels:
        raise WrongUse(f"there is no channel {channel!r}: known are {', '.join(channels)}")

    async def send() -> None:
        try:
            await asyncio.wait_for(channels[channel].send(_test_alert(channel)), channels[channel].timeout + 5)
        finally:
            await channels.close()

    try:
        asyncio.run(send())
    except Undeliverable as error:
        say(f"{channel}: undeliverable: {error.reason}")
    except (NotDelivered, TimeoutError) as error:
        say(f"{channel}: not delivered: {str(error) or 'no answer in time'}")
    else:
        say(f"{channel}: delivered.")
        return
    raise click.exceptions.Exit(1)


def _test_alert(channel: str) -> Alert:
    from pipeline.alerts.alert import Alert
    from pipeline.alerts.memory import alert_id
    from pipeline.story import Language

    now = datetime.now(UTC)
    return Alert(
        id=alert_id("test", channel, now.isoformat()),
        type="test",
        rule="test",
        title="Dateline",
        unit="test",
        origin="dateline:test",
        version=1,
        provider="dateline",
        headline=f"A test of the channel {channel}: nothing has happened",
        language=Language(code="en", confidence=1.0),
        at=now,
        new=("nothing",),
        channels=(channel,),
    )


# --- rules and channels ------------------------------------------------------------------------------------------------


def _rule_files(settings: Settings) -> dict[str, RuleFile]:
    """The rule files by name: the shipped ones, and those of DATELINE_RULES."""
    from pipeline.alerts.rules import load

    try:
        return load(True, settings.rules, {})
    except OSError as error:
        raise WrongUse(f"DATELINE_RULES={settings.rules}: expected a folder that can be read: {error}") from error


def _read_files(paths: tuple[Path, ...]) -> Iterator[tuple[Path, RuleFile]]:
    """The rule files that the paths name, each folder read once."""
    from pipeline.alerts.rules import RuleError, RuleFile, read_folder

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


def _problems(path: Path, file: RuleFile, known: set[str] | None) -> list[tuple[int | None, str, str]]:
    """Line, problem and remedy of what is wrong with a file, or one without a problem; ``known``: the channels, None for any."""
    if file.problem is not None:
        return [(file.problem.line, file.problem.message, file.problem.remedy)]
    missing = [name for name in (file.rule.channels if file.rule else ()) if known is not None and name not in known]
    remedy = f"known are {', '.join(sorted(known or ()))}"
    return [(None, f"there is no channel {name!r}", remedy) for name in missing] or [(None, "", "")]


def _rule_of(path: Path) -> Rule:
    """The rule in a file."""
    ((_, file),) = _read_files((path,))
    if file.rule is None:
        raise WrongUse(f"{path}: {file.problem}")
    return file.rule


def _channel_names(settings: Settings) -> set[str] | None:
    """The channels that rules may name; None where no channels file is set."""
    if settings.channels is None:
        return None
    from pipeline.alerts.channels import CHANNEL_TYPES, LOG
    from pipeline.alerts.channels.config import load_entries

    return {LOG, *(entry.name for entry in load_entries(settings.channels, CHANNEL_TYPES))}


# --- the index ---------------------------------------------------------------------------------------------------------


def _with_servers() -> Settings:
    from pipeline.servers import find_servers

    return find_servers(load_settings())


def _index(settings: Settings | None = None) -> tuple[Elasticsearch, Indices]:
    """A client and the names of the indices."""
    from pipeline.documents.indices import index_names
    from pipeline.sinks.elastic import connect

    settings = settings or _with_servers()
    return connect(settings.elasticsearch or ""), index_names(settings)


def _search(client: Elasticsearch, index: str, query: Document, *, sort: str, size: int) -> list[Document]:
    """The documents that the query finds, newest first."""
    from pipeline.sinks.elastic import elastic_errors

    with elastic_errors():
        response = client.search(index=index, query=query, sort=[{sort: "desc"}], size=size)
    return [hit["_source"] for hit in response["hits"]["hits"]]


def _get(client: Elasticsearch, names: Indices, ids: tuple[str, ...] | list[str]) -> dict[str, Document]:
    """The alerts of these ids that are there."""
    from pipeline.sinks.elastic import elastic_errors

    with elastic_errors():
        response = client.mget(index=names.alerts, ids=list(dict.fromkeys(ids)))
    return {it["_id"]: it["_source"] for it in response["docs"] if it.get("found")}


def _alert_of(document: Document) -> Alert:
    import msgspec

    from pipeline.alerts.alert import decode_alert

    return decode_alert(msgspec.json.encode(document))


class _Watcher:
    """Tells of each alert once, when it can be found."""

    def __init__(self, client: Elasticsearch, names: Indices, since: datetime) -> None:
        self._client = client
        self._names = names
        self._since = since
        self._shown: dict[str, datetime] = {}

    def look(self) -> list[Document]:
        """What came since the last look, oldest first; of a flood the newest."""
        from pipeline.searching import LATE

        query = {"range": {"at": {"gte": (self._since - LATE).isoformat()}}}
        found = _search(self._client, self._names.alerts, query, sort="at", size=500)
        times = {it["id"]: datetime.fromisoformat(it["at"]) for it in found}
        fresh = [it for it in reversed(found) if it["id"] not in self._shown]
        self._since = max([self._since, *times.values()])
        # What the next look can't find again need not be remembered.
        self._shown = {id_: at for id_, at in (self._shown | times).items() if at >= self._since - LATE}
        return fresh


# --- how it looks ------------------------------------------------------------------------------------------------------


def _row(document: Document) -> tuple[str, ...]:
    """The cells of `_COLUMNS`."""
    return (
        _local(document["at"]),
        document["rule"],
        document["type"],
        document["language"]["code"],
        document["headline"],
        "; ".join(document.get("new", ())),
        _marks(document),
        document["id"],
    )


def _marks(document: Document) -> str:
    marks = ["recalled"] if document.get("recalled") else []
    if seen := document.get("acknowledged"):
        marks.append(f"acknowledged by {seen['by']}")
    return ", ".join(marks)


def _print_line(document: Document) -> None:
    """An alert on one line, in columns for programs."""
    if not out.is_terminal:
        print_table(_COLUMNS, [_row(document)])
        return
    moment, rule, type_, language, headline, new, marks, id_ = map(safe, _row(document))
    line = Text()
    line.append(f"{moment} ", style="dim")
    line.append(f"{language:<4}", style="cyan")
    line.append(f"{rule} ", style="yellow")
    if type_ != "alert":
        line.append(f"{type_.upper()} ", style="bold red")
    line.append(headline)
    for text in filter(None, (new, marks)):
        line.append(f" · {text}", style="green")
    out.print(line.append(f" {id_}", style="dim"))


def _delivery_row(document: Document) -> tuple[str, ...]:
    times = [_local(it) if it else "" for it in (document["at"], document.get("sent"), document.get("due"))]
    tries, reason = str(document.get("tries", 0)), document.get("reason", "")
    return document["channel"], document.get("status", "pending"), tries, *times, reason


def _local(moment: datetime | str) -> str:
    """A time as a person here reads it."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"
