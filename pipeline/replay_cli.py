"""`dateline replay` and `dateline export`: what came in, once more through the pipeline or into an archive.

Thin: sending is `pipeline.replaying`, the archive `pipeline.archive`, a new index `pipeline.reindexing`. Exit codes: 0 done, 1 nothing to do,
2 wrong use.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from pipeline.errors import WrongUse
from pipeline.options import Since
from pipeline.settings import Settings, load_settings
from pipeline.terminal import counted, say

INDEX = "index"


@click.command()
@click.option(
    "--from", "source", metavar="SOURCE", required=True, help="wire.raw, wire.stories, index, or a folder or file."
)
@click.option("--to", "target", metavar="NAME", help="With --from index: fill this new index, such as stories-2.")
@click.option("--since", type=Since(), help="Only what came since this time (2026-04-25T08:00, or 3h ago).")
@click.option("--alerts", is_flag=True, help="Let the stories alert; without, a replay never does.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that read anew what comes from the index or an archive.",
)
def replay(source: str, target: str | None, since: datetime | None, alerts: bool, workers: int) -> None:
    """Send what came in through the pipeline again: after a change of rules, words or lists. Repeats do no harm.

    wire.raw and wire.stories send what Kafka still holds; index reads the stories that are kept anew; a folder is an archive that
    `dateline export` wrote, or raw copy. With --to nothing is sent: the documents go into a new index, which then takes the place of the
    old one while stories come in.
    """
    from pipeline.servers import acting_as, find_servers

    if target and (source != INDEX or since or alerts):
        raise WrongUse("--to goes with --from index alone")
    settings = find_servers(load_settings())
    if target:
        _reindex(acting_as("setup", settings), target)
        return
    sent = _send(settings, source, since, alerts, workers)
    say(f"Sent {sent} messages of {source} again{'' if alerts else ', alerts muted'}.")
    raise click.exceptions.Exit(0 if sent else 1)


def _send(settings: Settings, source: str, since: datetime | None, alerts: bool, workers: int) -> int:
    from pipeline.archive import is_archive, read_archive
    from pipeline.documents.indices import index_names
    from pipeline.replaying import REPLAYED, replay_stream
    from pipeline.replaying.files import replay_files
    from pipeline.replaying.stories import replay_stories, stories_of_index
    from pipeline.sinks.elastic import connect

    path = Path(source)
    if source in REPLAYED:
        return replay_stream(settings, source, since=since, alerts=alerts)
    if source == INDEX:
        kept = stories_of_index(connect(settings), index_names(settings), since=since)
        return replay_stories(settings, counted(kept, "stories"), alerts=alerts, workers=workers)
    if is_archive(path):
        kept = read_archive(path, since=since)
        return replay_stories(settings, counted(kept, "versions"), alerts=alerts, workers=workers)
    if not path.exists():
        raise WrongUse(f"there is no {source}: expected {', '.join(REPLAYED)}, {INDEX}, or a folder or file")
    if since:
        raise WrongUse("raw copy in files does not say when it came: leave --since out")
    return replay_files(settings, path, alerts=alerts, say=say)


def _reindex(settings: Settings, target: str) -> None:
    from pipeline.reindexing import reindex

    done = reindex(settings, target, say=say)
    say(f"{done.new} is in force: {done.copied} documents copied, {done.merged} merged after the move.")
    say(f"Look at it, restart the workers, then remove {done.old} when nothing needs it any more.")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--since", type=Since(), help="Leave out the days before this one.")
def export(folder: Path, since: datetime | None) -> None:
    """Write an archive of all versions that came in: compressed JSON lines, some files a day, in DIR.

    Run again, it adds what came since, so it is made to run daily; `dateline replay --from DIR` reads it. Ends with 1 where there is nothing.
    """
    from pipeline.archive import write_archive
    from pipeline.documents.indices import index_names
    from pipeline.servers import find_servers
    from pipeline.sinks.elastic import connect

    settings = find_servers(load_settings())
    first = since.astimezone(UTC).date() if since else None
    parts = write_archive(connect(settings), index_names(settings), folder, since=first, say=say).parts
    stories = sum(part.stories for part in parts.values())
    say(f"{folder} holds {stories} versions and kills in {sum(len(part.files) for part in parts.values())} files.")
    raise click.exceptions.Exit(0 if stories else 1)
