"""The `dateline` command: verbs, thin. What they do stands in the modules they call.

Exit codes: 0 done, 1 findings or nothing found where that is the question, 2 wrong use, 78 misconfigured.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from pipeline import __version__
from pipeline.alerts_cli import alerts
from pipeline.bench_cli import bench
from pipeline.errors import EXIT_CONFIG, EXIT_USE, DatelineError, Fatal, WrongUse
from pipeline.feeds_cli import feed, feeds
from pipeline.kibana_cli import kibana
from pipeline.lists_cli import lists
from pipeline.options import Since, as_json
from pipeline.replay_cli import export, replay
from pipeline.settings import Settings, load_settings
from pipeline.terminal import out, print_json, print_table, say

P = ParamSpec("P")
R = TypeVar("R")


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
@click.option(
    "--secure",
    is_flag=True,
    help="Encrypt everything, with a login for each role, from now on; before the first start of this home's servers.",
)
@with_settings
def up(settings: Settings, secure: bool) -> None:
    """Start the local Kafka and Elasticsearch (data is kept between runs)."""
    from pipeline import stack

    addresses = stack.start(settings.local, progress=say, secure=secure)
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
        ["heard", "", "last item", "quiet for", "usual pause", ""],
        [
            (
                f["kind"],
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
        ["worker", "pid", "state", "page or metrics"],
        [
            (
                w["name"],
                w["pid"],
                w["state"],
                w.get("address") or f"http://{settings.metrics_host}:{w['metrics_port']}/metrics",
            )
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
    "--role",
    type=click.Choice(["read", "keep", "notify", "desk"]),
    help="Only this role (Kubernetes starts one a pod).",
)
@click.option("--samples", is_flag=True, help="Feed the sample wire and show how to search it.")
@click.option("--until-idle", is_flag=True, help="End once all that was fed has its outcome.")
@click.option(
    "--backfill", is_flag=True, help="For an archive: larger batches, no alerts, nothing searchable before the end."
)
@with_settings
def run(settings: Settings, workers: int, role: str | None, samples: bool, until_idle: bool, backfill: bool) -> None:
    """Run the pipeline and the desk page; starts the local servers if no addresses are set."""
    from pipeline.commands import run_pipeline

    if backfill:
        settings = replace(settings, backfill="on")

    run_pipeline(settings, workers=workers, role=role, samples=samples, until_idle=until_idle)


@cli.command()
@with_servers
def desk(settings: Settings) -> None:
    """Serve the desk page alone (`dateline run` does so too), on DATELINE_DESK_HOST and DATELINE_DESK_PORT."""
    from pipeline.desk.listening import listening
    from pipeline.logs import set_up_logs

    listening(settings)
    set_up_logs(settings, role="desk")
    from pipeline.desk.serving import serve  # a second or two, which nobody should wait for to be refused

    serve(settings, started=lambda address: say(f"The desk page is at {address} (Ctrl-C ends it)."))


cli.add_command(alerts)
cli.add_command(feed)
cli.add_command(feeds)
cli.add_command(lists)
cli.add_command(kibana)


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
    from pipeline.enriching import enrich_paths

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
@click.option("--after", metavar="TOKEN", help="The page behind this `next` of --json.")
@click.option(
    "--facets", is_flag=True, help="Count what is found by language, country, people, topic …, and over time."
)
@click.option(
    "--rule", metavar="NAME", help="Print the search as an alert rule of this name (YAML), and search nothing."
)
@click.option("--more-like", metavar="ID", help="Stories like this one, instead of a QUERY.")
@as_json
@with_settings
def search(
    settings: Settings,
    query: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    killed: bool,
    limit: int,
    after: str | None,
    facets: bool,
    rule: str | None,
    more_like: str | None,
    as_json: bool,
    **filters: tuple[str, ...],
) -> None:
    """Search the stories, in all languages at once.

    QUERY is text (Xi Jinping sanctions, "asset freeze", -football) with filters beside it: lang:de country:CN topic:tiktok
    entity:ByteDance urgency:<=3 is:new has:lists. Without text the newest stories come first. Ends with 1 where nothing is
    found.
    """
    from pipeline.search_cli import print_like, print_results, print_rule
    from pipeline.servers import find_servers

    if more_like and query:
        raise click.UsageError("--more-like takes no QUERY")
    text = " ".join(query)
    if rule:
        print_rule(rule, text, filters, since, until)
        return
    settings = find_servers(settings)
    if more_like:
        found = print_like(settings, more_like, limit=limit, as_json=as_json)
    else:
        found = print_results(
            settings, text, filters, since, until, killed, limit=limit, after=after, facets=facets, as_json=as_json
        )
    raise click.exceptions.Exit(0 if found else 1)


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
    """Remove stories that are older than DATELINE_RETENTION_DAYS or than their provider allows, with all that belongs to them, and
    what alerting remembers in vain; made to run daily.
    """
    from pipeline.retention import remove_expired

    removed = remove_expired(settings, now=datetime.now(UTC), dry_run=dry_run)
    if as_json:
        print_json({"removed": removed.counts, "providers": removed.stories, "dry_run": dry_run})
        return
    done = "would go" if dry_run else "removed"
    print_table(["provider", f"stories {done}"], removed.stories.most_common())
    print_table(["kind", done], list(removed.counts.items()))
    if settings.retention_days is None:
        say("DATELINE_RETENTION_DAYS is not set: only stories of providers with a limit of their own go.")


cli.add_command(bench)
cli.add_command(replay)
cli.add_command(export)


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
