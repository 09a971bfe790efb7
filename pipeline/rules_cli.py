"""The verbs of `dateline alerts` that try things: `check` and `rehearse` a rule, `test` a channel.

Thin: rule files are `pipeline.rule_checks`, channels `pipeline.alerts.channels`. Exit codes: 0 done, 1 findings or nothing found, 2 wrong
use. What reads stories and rules is imported where it is used, since it takes a second that other verbs need not wait.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pipeline.errors import WrongUse
from pipeline.options import Since, as_json
from pipeline.settings import load_settings
from pipeline.terminal import local, print_json, print_table, say

if TYPE_CHECKING:
    from pipeline.alerts.alert import Alert


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@as_json
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check rule files, or all those of a folder, without any server. Ends with 1 where one is broken.

    With DATELINE_CHANNELS set, the channels that they name must be there.
    """
    from pipeline.rule_checks import Problem, channel_names, problems_of, read_files

    channels = channel_names(load_settings())
    fine = Problem(None, "", "")
    rows = [(path, it) for path, file in read_files(files) for it in problems_of(file, channels) or [fine]]
    if as_json:
        found = [
            {"file": str(path), "ok": not it.message, "line": it.line, "problem": it.message, "remedy": it.remedy}
            for path, it in rows
        ]
        print_json({"files": found})
    else:
        print_table(
            ["file", "", "line", "problem", "what to do"],
            [(path, "bad" if it.message else "ok", it.line or "", it.message, it.remedy) for path, it in rows],
        )
    if not rows:
        say("No rule files there: they are named NAME.yaml.")
    raise click.exceptions.Exit(1 if not rows or any(it.message for _, it in rows) else 0)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--since", type=Since(), default="30d", show_default=True, help="Stories received since.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Alerts to show, the newest."
)
@as_json
def rehearse(file: Path, since: datetime, limit: int, as_json: bool) -> None:
    """Show what the rule in FILE would have alerted on; nothing is written or sent. Ends with 1 where that is nothing.

    Throttle, digest and quiet hours are left out, so that all alerts show. Stories count in their newest version, killed ones not.
    """
    from pipeline.documents.indices import index_names
    from pipeline.rehearsing import count_by_day
    from pipeline.rule_checks import rehearse_index, rule_of
    from pipeline.servers import find_servers
    from pipeline.sinks.elastic import connect

    rule = rule_of(file)
    settings = find_servers(load_settings())
    say(f"{rule.name}: trying it on the stories since {local(since)} …")
    done = rehearse_index(connect(settings), index_names(settings), rule, since)
    shown, days = done.alerts[-limit:], count_by_day(done.alerts, None)
    if as_json:
        counts = [{"day": day, "alerts": it.total(), "languages": it} for day, it in days.items()]
        print_json(
            {
                "rule": rule.name,
                "stories": done.stories,
                "total": len(done.alerts),
                "alerts": msgspec.to_builtins(shown),
                "days": counts,
            }
        )
    else:
        print_table(
            ["time", "lang", "headline", "new"],
            [(local(it.at), it.language.code, it.headline, "; ".join(it.new)) for it in shown],
        )
        print_table(
            ["day", "alerts", "by language"],
            [(day, it.total(), ", ".join(f"{code} {n}" for code, n in it.most_common())) for day, it in days.items()],
        )
        newest = f", the newest {limit} shown" if len(done.alerts) > limit else ""
        say(f"{len(done.alerts)} alerts by {done.stories} stories since {local(since)}{newest}; nothing was sent.")
    raise click.exceptions.Exit(0 if done.alerts else 1)


@click.command()
@click.argument("channel")
def test(channel: str) -> None:
    """Send a test alert through CHANNEL of the channels file, without any server. Ends with 1 where it was not delivered."""
    import asyncio

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
