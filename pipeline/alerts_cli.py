"""`dateline alerts`: what the desk was told and why; with `pipeline.rules_cli` whether rules and channels work.

Thin: reading is `pipeline.alert_reading`. Exit codes: 0 done, 1 nothing found, 2 wrong use. What reads stories and rules is imported where
it is used, since it takes a second that other verbs need not wait.
"""

from __future__ import annotations

import getpass
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec
from rich.text import Text

from pipeline.errors import Retry
from pipeline.options import Since, as_json
from pipeline.rules_cli import check, rehearse, test
from pipeline.settings import Settings, load_settings
from pipeline.terminal import local, out, print_json, print_table, safe, say

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from pipeline.alert_reading import AlertRow
    from pipeline.alerts.delivery import Delivery
    from pipeline.documents.indices import Indices

_LOOK_SECONDS = 1.0
_COLUMNS = ("time", "rule", "type", "lang", "headline", "new", "", "id")


@click.group()
def alerts() -> None:
    """What the desk was told of and why; try rules and channels before they count."""


alerts.add_command(check)
alerts.add_command(rehearse)
alerts.add_command(test)


@alerts.command("list")
@click.option("--since", type=Since(), help="Made since this time (2026-04-25T08:00, or 3h ago).")
@click.option("--rule", help="Only of this rule.")
@click.option("--open", "open_", is_flag=True, help="Neither recalled nor acknowledged.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Alerts to show.")
@as_json
def list_(since: datetime | None, rule: str | None, open_: bool, limit: int, as_json: bool) -> None:
    """List the alerts, newest first. Ends with 1 where there are none."""
    from pipeline.alert_reading import list_alerts

    page = list_alerts(*_index(), since=since, rule=rule, open_=open_, limit=limit)
    if as_json:
        for row in page.alerts:
            print_json(row.to_dict())
    else:
        print_table(_COLUMNS, [_cells(row) for row in page.alerts])
        if not page.alerts:
            say("No alerts.")
        elif page.next:
            say(f"The newest {limit} of {page.total}.")
    raise click.exceptions.Exit(0 if page.alerts else 1)


@alerts.command()
@as_json
def tail(as_json: bool) -> None:
    """Show alerts as they come, until Ctrl-C."""
    from pipeline.alert_reading import AlertWatcher

    watcher = AlertWatcher(*_index(), datetime.now(UTC))
    away = False
    try:
        while True:
            try:
                for row in watcher.look():
                    print_json(row.to_dict()) if as_json else _print_line(row)
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
    from pipeline.alert_reading import deliveries_of, show_alert
    from pipeline.alerts.alert import plain_text, subject

    client, names = _index()
    row = show_alert(client, names, alert_id)
    if row is None:
        say(f"There is no alert {alert_id}: see `dateline alerts list`.")
        raise click.exceptions.Exit(1)
    deliveries = deliveries_of(client, names, [alert_id])[alert_id]
    if as_json:
        print_json({"alert": row.to_dict(), "deliveries": msgspec.to_builtins(deliveries)})
        return
    out.print(Text(subject(row.alert), style="bold"))
    sys.stdout.write(f"{plain_text(row.alert)}\n\n")
    if row.recalled:
        out.print(Text(f"RECALLED by alert {row.recalled}", style="bold red"))
    if seen := row.acknowledged:
        note = f": {seen.note}" if seen.note else ""
        out.print(Text(safe(f"Acknowledged {local(seen.at)} by {seen.by}{note}")))
    columns = ("channel", "status", "tries", "made", "sent", "next", "reason")
    print_table(columns, [_delivery_cells(it) for it in deliveries])
    if not deliveries:
        say("It went to no channel.")


@alerts.command()
@click.argument("alert_ids", metavar="ID...", nargs=-1, required=True)
@click.option("--note", default="", help="Kept with the alert.")
def ack(alert_ids: tuple[str, ...], note: str) -> None:
    """Mark alerts as seen by the desk. Ends with 1 where there is no such alert."""
    from pipeline.alert_reading import acknowledge

    done = acknowledge(*_index(), alert_ids, by=_user(), note=note, now=datetime.now(UTC))
    for it in done:
        if it.state == "done":
            say(f"Acknowledged {it.id}.")
        elif it.before is not None:
            say(f"{it.id} was acknowledged by {it.before.by} {local(it.before.at)} already.")
        else:
            say(f"There is no alert {it.id}: see `dateline alerts list`.")
    raise click.exceptions.Exit(1 if any(it.state == "missing" for it in done) else 0)


@alerts.command()
@click.argument("story_id", metavar="STORY")
@as_json
def explain(story_id: str, as_json: bool) -> None:
    """Say for each rule in force why it matches a story or does not, and which alerts the story raised."""
    from pipeline.alert_reading import explain_story
    from pipeline.rule_checks import rule_files, rules_in_force

    settings = _with_servers()
    files = rule_files(settings)
    found = explain_story(*_index(settings), story_id, rules_in_force(files))
    if found is None:
        say(f"There is no story {story_id}: ids look like provider:guid, see `dateline search --json`.")
        raise click.exceptions.Exit(1)
    story = found.story.story
    if as_json:
        rules = [
            {"rule": it.rule.name, "title": it.rule.title, "matches": it.matches, "verdicts": [*map(vars, it.verdicts)]}
            for it in found.answers
        ]
        print_json({"story": story_id, "rules": rules, "alerts": [row.to_dict() for row in found.alerts]})
        return
    out.print(Text(safe(story.headline), style="bold"))
    for it in found.answers:
        out.print(
            Text(f"{it.rule.name}: {'matches' if it.matches else 'no'}", style="bold green" if it.matches else "dim")
        )
        for line in it.verdicts:
            mark = "yes" if line.holds else "no"
            sys.stdout.write(f"  {'  ' * line.depth}{mark:<4}{line.condition}: {safe(line.why)}\n")
    if story.pubstatus != "usable":
        say(f"The story is {story.pubstatus}: what can't be seen alerts nobody.")
    for file in files.values():
        if file.problem:
            say(f"rule {file.name} is broken: {file.problem}")
    if found.alerts:
        print_table(_COLUMNS, [_cells(row) for row in found.alerts], title="Alerts of this story")
    else:
        say("The story raised no alert of its own.")


# --- the index ---------------------------------------------------------------------------------------------------------


def _with_servers() -> Settings:
    from pipeline.servers import find_servers

    return find_servers(load_settings())


def _index(settings: Settings | None = None) -> tuple[Elasticsearch, Indices]:
    """A client and the names of the indices."""
    from pipeline.documents.indices import index_names
    from pipeline.sinks.elastic import connect

    settings = settings or _with_servers()
    return connect(settings), index_names(settings)


# --- how it looks ------------------------------------------------------------------------------------------------------


def _cells(row: AlertRow) -> tuple[str, ...]:
    """The cells of `_COLUMNS`."""
    alert = row.alert
    return (
        local(alert.at),
        alert.rule,
        alert.type,
        alert.language.code,
        alert.headline,
        "; ".join(alert.new),
        _marks(row),
        alert.id,
    )


def _marks(row: AlertRow) -> str:
    marks = ["recalled"] if row.recalled else []
    if row.acknowledged:
        marks.append(f"acknowledged by {row.acknowledged.by}")
    return ", ".join(marks)


def _print_line(row: AlertRow) -> None:
    """An alert on one line, in columns for programs."""
    if not out.is_terminal:
        print_table(_COLUMNS, [_cells(row)])
        return
    moment, rule, type_, language, headline, new, marks, id_ = map(safe, _cells(row))
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


def _delivery_cells(delivery: Delivery) -> tuple[str, ...]:
    times = [local(it) if it else "" for it in (delivery.at, delivery.sent, delivery.due)]
    return delivery.channel, delivery.status, str(delivery.tries), *times, delivery.reason


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"
