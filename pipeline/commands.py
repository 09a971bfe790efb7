"""What the larger verbs of the command do, on top of the modules that do the work."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from pipeline import stack
from pipeline.documents.indices import index_names
from pipeline.documents.queries import parse_query
from pipeline.errors import Reject
from pipeline.feeds.files import Copy, list_files, read_file, read_stream
from pipeline.searching import Results, count_stories, read_story, read_versions, search
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect
from pipeline.story import Story
from pipeline.terminal import out, print_found, print_json, print_table, safe, say

STDIN = "-"


def copies(paths: Iterable[str]) -> Iterator[Copy]:
    """The raw copy that the paths name; ``-`` is standard input."""
    for path in paths:
        if path == STDIN:
            yield from read_stream(sys.stdin.buffer)
        else:
            for file in list_files([Path(path)]):
                yield from read_file(file)


def enrich_paths(paths: tuple[str, ...], format_: str | None) -> None:
    """Prints the enriched stories of the paths, and on standard error what could not be read and a summary."""
    from pipeline.reading import read_copy
    from pipeline.story import Skipped, encode_story

    counts: Counter[tuple[str, str]] = Counter()
    for copy in copies(paths):
        now = datetime.now(UTC)
        for item in read_copy(copy.raw(now), now=lambda: datetime.now(UTC), format_=format_):
            if isinstance(item, Reject):
                counts["-", "dead"] += 1
                say(f"{copy.source or 'standard input'}: {item.kind}: {item.reason}")
            elif isinstance(item, Skipped):
                counts["-", "skipped"] += 1
                say(f"{copy.source or 'standard input'}: skipped: {item.reason}")
            else:
                counts[item.format or "-", "read"] += 1
                sys.stdout.buffer.write(encode_story(item) + b"\n")
    sys.stdout.flush()
    if sum(counts.values()) != 1:
        say(
            ", ".join(f"{count} {format_} {outcome}" for (format_, outcome), count in sorted(counts.items()))
            or "Nothing."
        )


def feed_paths(settings: Settings, paths: tuple[str, ...]) -> tuple[int, int]:
    """Feeds the paths and returns how many messages were fed and refused."""
    from pipeline.feeds.producer import Feeder

    refused = 0
    with Feeder(settings) as feeder:
        for copy in copies(paths):
            try:
                feeder.feed(copy)
            except Reject as error:
                refused += 1
                say(f"{copy.source or 'standard input'}: {error.kind}: {error.reason}")
    return feeder.fed, refused


def run_pipeline(settings: Settings, *, workers: int, role: str | None, samples: bool, until_idle: bool) -> None:
    """`dateline run`: see `pipeline.running`."""
    from pipeline.app import ROLES
    from pipeline.feeds.producer import Feeder
    from pipeline.feeds.samples import fresh_samples
    from pipeline.running import Stop, only_one, run_workers, stop_signals
    from pipeline.servers import set_up_when_ready, start_servers
    from pipeline.terminal import LiveView

    home = settings.local.path
    counts = {name: workers for name in ROLES if role in (None, name)}
    with ExitStack() as ending:
        state = ending.enter_context(only_one(home))
        ours = settings.needs_local_servers and stack.addresses(settings.local) is None
        try:
            with stop_signals() as asked:
                settings = start_servers(settings, say)
                set_up_when_ready(settings, say)
                there = _say_what_is_there(settings)

                def feed() -> None:
                    with Feeder(settings) as feeder:
                        for copy in fresh_samples(datetime.now(UTC), again=there > 0):
                            feeder.feed(copy)
                    say(f"Fed the sample wire: {feeder.fed} messages.")

                _say_how_to_search(settings, until_idle=until_idle)
                with LiveView() as view:
                    progress = run_workers(
                        settings,
                        counts,
                        state=state,
                        feed=feed if samples else None,
                        until_idle=until_idle,
                        stop=asked,
                        show=view.show,
                        say=say,
                    )
            _say_summary(progress.tally.counts)
            if ours:
                say("The local servers stay up, so that you can search; `dateline down` ends them.")
        except Stop:
            if ours:
                say("Stopping the local servers (their data is kept) …")
                stack.stop(settings.local)


def _say_what_is_there(settings: Settings) -> int:
    counts = count_stories(connect(settings.elasticsearch or ""), index_names(settings))
    if counts["all"]:
        say(f"Already there: {counts['all']} stories, {counts['visible']} of them visible.")
    return counts["all"]


def _say_how_to_search(settings: Settings, *, until_idle: bool) -> None:
    say("")
    say("  dateline search economic sanction              every story about sanctions, whatever its language")
    say("  dateline search Xi Jinping lang:de             words and filters together")
    say("  dateline search topic:tiktok --since 1h        no words: newest first")
    say("  dateline search is:killed                      what was withdrawn")
    say("  dateline status                                servers, workers, lag")
    say("")
    say("Ends by itself once all is settled." if until_idle else "Ctrl-C ends everything; the data is kept.")


def _say_summary(counts: Counter[str]) -> None:
    say(
        f"Settled {sum(counts.values())}: "
        + (", ".join(f"{n} {word}" for word, n in counts.most_common()) or "nothing")
    )


def search_stories(
    settings: Settings,
    text: str,
    filters: dict[str, tuple[str, ...]],
    since: datetime | None,
    until: datetime | None,
    killed: bool,
    limit: int,
    as_json: bool,
) -> Results:
    """Searches, prints what is found, and returns it."""
    query = parse_query(text, filters=filters, since=since, until=until, killed=killed)
    results = search(connect(settings.elasticsearch or ""), index_names(settings), query, limit=limit)
    if as_json:
        stories = [found.to_dict() for found in results.stories]
        print_json({"total": results.total, "took_ms": results.took_ms, "stories": stories})
        return results
    for found in results.stories:
        print_found(found)
    say(
        f"{results.total} found in {results.took_ms} ms"
        + (f", the first {limit} shown" if results.total > limit else "")
    )
    return results


def show_story(settings: Settings, story_id: str, versions: bool, as_json: bool) -> bool:
    """Prints one story or all its versions; False where there is none of that id."""
    client, names = connect(settings.elasticsearch or ""), index_names(settings)
    found = read_story(client, names, story_id)
    if found is None:
        say(f"There is no story {story_id}: ids look like provider:guid, see `dateline search --json`.")
        return False
    shown = read_versions(client, names, story_id) if versions else [found.story]
    for story in shown:
        if as_json or not out.is_terminal:
            print_json(story.to_dict() if versions else found.to_dict())
        else:
            _print_story(story, found.kill_note)
    return True


def _print_story(story: Story, kill_note: str | None) -> None:
    if kill_note is not None:
        out.print(Text(f"KILLED {safe(kill_note)}", style="bold red"))
    out.print(Text(safe(story.headline), style="bold"))
    times = f"received {story.received:%Y-%m-%d %H:%M:%S}" if story.received else ""
    print_table(
        ["", ""],
        [
            ("id", story.id),
            ("version", f"{story.version} ({story.pubstatus}) {times}"),
            ("language", f"{story.language.code} {story.language.confidence}"),
            ("countries", " ".join(story.countries)),
            ("topics", ", ".join(f"{topic.name} {topic.score}" for topic in story.topics)),
            ("entities", ", ".join(entity.name for entity in story.entities)),
            ("credits", ", ".join(f"{credit.name} ({credit.role})" for credit in story.credits)),
            ("note", story.ed_note or ""),
        ],
    )
    out.print(Text("\n" + "\n\n".join(safe(paragraph) for paragraph in story.body.split("\n\n")) + "\n"))
