"""The `dateline` command: verbs, thin. What they do stands in the modules they call.

Exit codes: 0 done, 1 findings or nothing found where that is the question, 2 wrong use, 78 misconfigured.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from pipeline import __version__
from pipeline.alerts_cli import alerts
from pipeline.errors import EXIT_CONFIG, EXIT_USE, DatelineError, Fatal, WrongUse
from pipeline.feeds_cli import feed, feeds
from pipeline.lists_cli import lists
from pipeline.settings import Settings, load_settings
from pipeline.terminal import out, print_json, print_table, say

P = ParamSpec("P")
R = TypeVar("R")

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


class Since(click.ParamType):
    """A point in time: ISO 8601, or how long ago (``90s 15m 3h 7d``)."""

    name = "TIME"
    _UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}  # noqa: RUF012 - never changed

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The time meant, aware UTC."""
        if isinstance(value, datetime):
            return value
        number, unit = value[:-1], value[-1:]
        if number.isdigit() and unit in self._UNITS:
            return datetime.now(UTC) - timedelta(**{self._UNITS[unit]: int(number)})
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r}: expected a time such as 2026-04-25T08:00 or how long ago, such as 3h", param, ctx)
        return moment if moment.tzinfo else moment.astimezone()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="dateline")
def cli() -> None:
    """Newswire copy in, enriched and searchable geopolitical coverage out.

    Begin with `dateline run --samples`; `dateline VERB --help` tells about each verb.
    """


def main() -> None:
    """The entry point: runs the command and turns errors into messages and exit codes."""
    try:
        code = cli.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_USE)
    except DatelineError as error:
        say(f"dateline: {error}")
        sys.exit(EXIT_USE if isinstance(error, WrongUse) else EXIT_CONFIG if isinstance(error, Fatal) else 1)
    except BrokenPipeError:
        sys.exit(0)  # the reader of our output has gone (`| head`)


def with_settings(command: Callable[..., R]) -> Callable[..., R]:
    """Gives the command the settings of the environment first."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> R:
        return command(load_settings(), *args, **options)

    return run


def with_servers(command: Callable[..., R]) -> Callable[..., R]:
    """Gives the command the settings with both servers' addresses."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> R:
        from pipeline.servers import find_servers

        return command(find_servers(load_settings()), *args, **options)

    return run


# --- servers -----------------------------------------------------------------------------------------------------------


@cli.command()
@with_settings
def up(settings: Settings) -> None:
    """Start the local Kafka and Elasticsearch (data is kept between runs)."""
    from pipeline import stack

    addresses = stack.start(settings.local, progress=say)
    print_table(["server", "address"], [("Kafka", addresses.kafka), ("Elasticsearch", addresses.elasticsearch)])


@cli.command()
@with_settings
def down(settings: Settings) -> None:
    """Stop the local servers that `up` or `run` started from this home."""
    from pipeline import stack

    stopped = stack.stop(settings.local)
    say(f"Stopped {' and '.join(stopped)}." if stopped else "No local server was running.")


@cli.command()
@with_servers
def setup(settings: Settings) -> None:
    """Create streams, index templates and aliases; safe to run at each deploy."""
    from pipeline.servers import set_up_when_ready

    streams, indices = set_up_when_ready(settings, say)
    say(f"Created streams: {', '.join(streams) or 'none, all there'}.")
    say(f"Created indices: {', '.join(indices) or 'none, all there'}.")


@cli.command()
@as_json
@with_settings
def status(settings: Settings, as_json: bool) -> None:
    """Show servers, workers, lag of each stream, and how many documents there are."""
    from pipeline.status import read_status

    found = read_status(settings)
    if as_json:
        print_json(found)
        return
    print_table(["server", "address", "state"], [(s["name"], s["address"] or "", s["state"]) for s in found["servers"]])
    print_table(
        ["role", "stream", "group", "lag", "committed", "end"],
        [(g["role"], g["stream"], g["group"], g["lag"], g["committed"], g["end"]) for g in found["groups"]],
    )
    print_table(["documents", ""], list(found["documents"].items()))
    print_table(
        ["feed", "last item", "quiet for", "usual pause", ""],
        [
            (
                f["name"],
                f["last"][:19],
                f"{f['minutes']:.0f} min",
                "" if f["normal_minutes"] is None else f"{f['normal_minutes']:.0f} min",
                "SILENT" * f["silent"],
            )
            for f in found["feeds"]
        ],
    )
    for line in (*found["gaps"], *(row for row in found["feeds"] if row["silent"])):
        say(line["text"])
    print_table(
        ["worker", "pid", "metrics"],
        [
            (w["name"], w["pid"], f"http://{settings.metrics_host}:{w['metrics_port']}/metrics")
            for w in found["workers"]
        ],
    )


@cli.command()
@as_json
@with_settings
def doctor(settings: Settings, as_json: bool) -> None:
    """Check everything a running system needs, and say what to do about each finding."""
    from pipeline.doctor import examine

    findings = examine(settings)
    if as_json:
        print_json({"findings": [finding.to_dict() for finding in findings]})
    else:
        print_table(
            ["", "check", "found", "what to do"],
            [(finding.state, finding.check, finding.found, finding.remedy) for finding in findings],
        )
    raise click.exceptions.Exit(1 if any(finding.state == "bad" for finding in findings) else 0)


# --- the pipeline ------------------------------------------------------------------------------------------------------


@cli.command()
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes of read and keep.")
@click.option(
    "--role", type=click.Choice(["read", "keep", "notify"]), help="Only this role (Kubernetes starts one a pod)."
)
@click.option("--samples", is_flag=True, help="Feed the sample wire and show how to search it.")
@click.option("--until-idle", is_flag=True, help="End once all that was fed has its outcome.")
@with_settings
def run(settings: Settings, workers: int, role: str | None, samples: bool, until_idle: bool) -> None:
    """Run the pipeline; starts the local servers if no addresses are set."""
    from pipeline.commands import run_pipeline

    run_pipeline(settings, workers=workers, role=role, samples=samples, until_idle=until_idle)


cli.add_command(alerts)
cli.add_command(feed)
cli.add_command(feeds)
cli.add_command(lists)


@cli.command()
@with_settings
@click.argument("paths", nargs=-1, required=True)
@click.option("--format", "format_", help="The wire format, instead of looking at the content.")
@click.option(
    "--lists",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Screen against this sanctions list as published (OFAC, EU, UN, UK, OpenSanctions); may be given again.",
)
def enrich(settings: Settings, paths: tuple[str, ...], format_: str | None, lists: tuple[Path, ...]) -> None:
    """Read, detect, enrich and print JSON lines, without any server. PATHS: files, folders, or - for standard input."""
    from pipeline.commands import enrich_paths

    enrich_paths(paths, format_, thorough=settings.models != "never", lists=lists)


@cli.command()
@with_settings
@as_json
def topology(settings: Settings, as_json: bool) -> None:
    """Show the way of a story: roles, streams and groups."""
    from pipeline.streams import CONSUMES, STREAMS, group_of

    if as_json:
        roles = [
            {"role": role, "consumes": stream.topic(settings), "group": group_of(role, settings)}
            for role, stream in CONSUMES.items()
        ]
        streams = [
            {"stream": stream.topic(settings), "retention_days": stream.retention_days, "max_bytes": stream.max_bytes}
            for stream in STREAMS
        ]
        print_json({"roles": roles, "streams": streams})
        return
    import pipeline.app

    out.print((pipeline.app.__doc__ or "").strip(), markup=False)
    print_table(
        ["role", "consumes", "group"],
        [(role, stream.topic(settings), group_of(role, settings)) for role, stream in CONSUMES.items()],
    )


# --- looking -----------------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("query", nargs=-1)
@click.option("--lang", multiple=True, help="Language (ISO 639-1).")
@click.option("--country", multiple=True, help="Country that the story is about (ISO 3166-1).")
@click.option("--entity", multiple=True, help="Entity, by canonical name or id.")
@click.option("--topic", multiple=True, help="Topic, by id or name.")
@click.option("--provider", multiple=True, help="Provider.")
@click.option("--since", type=Since(), help="Received since this time (2026-04-25T08:00, or 3h ago).")
@click.option("--until", type=Since(), help="Received until this time.")
@click.option("--killed", is_flag=True, help="Killed stories instead of visible ones (as is:killed).")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Stories to show.")
@as_json
@with_servers
def search(
    settings: Settings,
    query: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    killed: bool,
    limit: int,
    as_json: bool,
    **filters: tuple[str, ...],
) -> None:
    """Search the stories.

    QUERY is text ("asset freeze", -football) with filters beside it: lang:de country:CN topic:tiktok entity:ByteDance
    provider:aurora is:killed. Without text the newest stories come first. Ends with 1 where nothing is found.
    """
    from pipeline.commands import search_stories

    results = search_stories(settings, " ".join(query), filters, since, until, killed, limit, as_json)
    raise click.exceptions.Exit(0 if results.total else 1)


@cli.command()
@click.argument("story_id", metavar="ID")
@click.option("--versions", is_flag=True, help="All versions that came in, and what each changed.")
@as_json
@with_servers
def story(settings: Settings, story_id: str, versions: bool, as_json: bool) -> None:
    """Show one story, whatever its status."""
    from pipeline.commands import show_story

    raise click.exceptions.Exit(0 if show_story(settings, story_id, versions, as_json) else 1)


# --- deciding ----------------------------------------------------------------------------------------------------------


@cli.command()
@as_json
@with_servers
def waiting(settings: Settings, as_json: bool) -> None:
    """List what waits for a person: kills without their story, versions after a kill, embargoes without a time."""
    from pipeline.commands import list_waiting

    raise click.exceptions.Exit(1 if list_waiting(settings, as_json) else 0)


@cli.command()
@click.argument("story_id", metavar="ID")
@click.option("--note", help="Why; kept with the story.")
@with_servers
def release(settings: Settings, story_id: str, note: str | None) -> None:
    """Undo a story's kill and embargo, or drop a kill that waits for its story."""
    from pipeline.deciding import release_story

    done = release_story(settings, story_id, note=note, now=datetime.now(UTC))
    say(f"Released {story_id}." if done else f"{story_id} is neither killed nor under an embargo.")
    raise click.exceptions.Exit(0 if done else 1)


@cli.command()
@click.argument("story_id", metavar="ID")
@click.option("--note", help="Why; shown with the kill.")
@click.option("--notice", "notice_id", metavar="ID", help="The kill that waits for its story (see `dateline waiting`).")
@with_servers
def kill(settings: Settings, story_id: str, note: str | None, notice_id: str | None) -> None:
    """Kill a story, by a notice that waits for a person or in the desk's own name."""
    from pipeline.deciding import kill_story

    kill_story(settings, story_id, note=note, notice_id=notice_id, now=datetime.now(UTC))
    say(f"The kill of {story_id} is on its way to the pipeline; `dateline release {story_id}` undoes it.")


@cli.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@as_json
@with_servers
def prune(settings: Settings, dry_run: bool, as_json: bool) -> None:
    """Remove stories that are older than DATELINE_RETENTION_DAYS or than their provider allows; made to run daily."""
    from pipeline.retention import remove_expired

    removed = remove_expired(settings, now=datetime.now(UTC), dry_run=dry_run)
    if as_json:
        print_json({"removed": removed, "dry_run": dry_run})
        return
    print_table(["provider", "would go" if dry_run else "removed"], removed.most_common())
    say(f"{removed.total()} stories {'would go' if dry_run else 'removed'}.")


@cli.command()
@click.option(
    "--from", "name", type=click.Choice(["wire.raw", "wire.stories"]), required=True, help="The stream to send again."
)
@click.option("--since", type=Since(), help="Only what came since this time (2026-04-25T08:00, or 3h ago).")
@click.option("--alerts", is_flag=True, help="Let the stories alert; without, a replay never does.")
@with_servers
def replay(settings: Settings, name: str, since: datetime | None, alerts: bool) -> None:
    """Send what a stream still holds through the pipeline again: after a change of rules, words or lists. Repeats do no harm."""
    from pipeline.replaying import replay_stream

    sent = replay_stream(settings, name, since=since, alerts=alerts)
    say(f"Sent {sent} messages of {name} again{'' if alerts else ', alerts muted'}.")
    raise click.exceptions.Exit(0 if sent else 1)


# --- dead letters ------------------------------------------------------------------------------------------------------


@cli.group()
def dead() -> None:
    """Messages that could not be read or indexed: look at them, mend the cause, send them again."""


@dead.command("list")
@as_json
@with_servers
def dead_list(settings: Settings, as_json: bool) -> None:
    """List the dead letters, newest last."""
    from pipeline.dead import read_dead

    letters = list(read_dead(settings))
    if as_json:
        for letter in letters:
            print_json(letter.to_dict())
        return
    print_table(
        ["number", "time", "class", "from", "source", "reason"],
        [
            (letter.number, letter.time, letter.kind, letter.origin, letter.source or "", letter.reason)
            for letter in letters
        ],
    )


@dead.command("show")
@click.argument("number", type=int)
@with_servers
def dead_show(settings: Settings, number: int) -> None:
    """Print the bytes of one dead letter as they came."""
    from pipeline.dead import read_dead

    letter = next((letter for letter in read_dead(settings) if letter.number == number), None)
    if letter is None:
        raise click.UsageError(f"no dead letter {number}: see `dateline dead list`")
    say(f"{letter.kind} from {letter.origin} at {letter.time}: {letter.reason}")
    sys.stdout.buffer.write(letter.value or b"")


@dead.command("replay")
@click.argument("numbers", type=int, nargs=-1)
@click.option("--all", "all_", is_flag=True, help="Every dead letter.")
@click.option("--class", "kind", help="Every dead letter of this class.")
@with_servers
def dead_replay(settings: Settings, numbers: tuple[int, ...], all_: bool, kind: str | None) -> None:
    """Send dead letters back to the stream they came from; repeats do no harm."""
    from pipeline.dead import replay_dead

    if not (numbers or all_ or kind):
        raise click.UsageError("say which: NUMBERS, --class or --all")
    sent = replay_dead(
        settings, lambda letter: all_ or letter.number in numbers or (kind is not None and letter.kind == kind)
    )
    say(f"Sent {sent} messages back.")
    raise click.exceptions.Exit(0 if sent else 1)


@cli.command()
@click.argument("paths", nargs=-1)
@click.option(
    "--formats", is_flag=True, help="Only parsing, per wire format: of the sample wire, or of the files in PATHS."
)
@click.option("--enrich", "only_enrich", is_flag=True, help="Only enrichment, per stage, without servers.")
@click.option("--stories", default=5000, show_default=True, help="Stories fed at full speed.")
@click.option("--size", default=3000, show_default=True, help="Characters of a story.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes of read and keep.")
@click.option("--rate", default=20.0, show_default=True, help="Stories a second while delays are measured.")
@click.option("--seconds", default=30.0, show_default=True, help="How long delays are measured.")
@as_json
@with_settings
def bench(
    settings: Settings,
    paths: tuple[str, ...],
    formats: bool,
    only_enrich: bool,
    stories: int,
    size: int,
    workers: int,
    rate: float,
    seconds: float,
    as_json: bool,
) -> None:
    """Measure this machine: enrichment by stage, stories a second end to end, arrival to searchable."""
    from pipeline.bench import measure_enrichment, measure_pipeline
    from pipeline.servers import start_servers

    if paths and not formats:
        raise click.UsageError("PATHS go with --formats")
    if formats:
        from pipeline.commands import print_format_speeds

        print_format_speeds(paths, as_json)
        return
    figures = measure_enrichment(size)
    if not only_enrich:
        settings = start_servers(settings, say)
        figures |= measure_pipeline(
            settings, count=stories, size=size, workers=workers, rate=rate, seconds=seconds, say=say
        )
    if as_json:
        print_json({name: round(value, 3) for name, value in figures.items()})
    else:
        print_table(["figure", ""], [(name, f"{value:.3f}") for name, value in figures.items()])


@cli.command()
@with_settings
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--part", help="Only the stories of this part, such as development or closing.")
@click.option("--mistakes", is_flag=True, help="List every mistake.")
@as_json
def evaluate(settings: Settings, folder: Path, part: str | None, mistakes: bool, as_json: bool) -> None:
    """Measure enrichment against the labelled stories in FOLDER: language, entities, links, countries, topics."""
    from pipeline.commands import print_evaluation

    print_evaluation(folder, part, mistakes, as_json, thorough=settings.models != "never")


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell; for bash: eval "$(dateline completion bash)"."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None, "click knows the shells that it names"  # noqa: S101
    click.echo(found(cli, {}, "dateline", "_DATELINE_COMPLETE").source())
