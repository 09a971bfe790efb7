"""`dateline feed` and `dateline feeds`: raw copy from files, folders, addresses, HTTP and standard input into `wire.raw`.

Thin: the ways in are the modules of `pipeline.feeds`. Exit codes: 0 all was fed, 1 something was refused, 2 wrong use.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from pipeline.errors import Fatal, Reject
from pipeline.options import as_json
from pipeline.settings import Settings, load_settings
from pipeline.terminal import err, print_json, print_table, say

if TYPE_CHECKING:
    from pipeline.feeds.config import Feeds
    from pipeline.feeds.files import Copy, Label

_STDIN = "-"


@click.command()
@click.argument("sources", metavar="[PATH|URL|-]...", nargs=-1)
@click.option("--watch", is_flag=True, help="Go on watching the folders; each file is moved to done or failed.")
@click.option("--every", type=click.FloatRange(1, 86400), metavar="SECONDS", help="Go on asking the URLs.")
@click.option("--listen", metavar="HOST:PORT", help="Take signed copy by HTTP: POST /feeds/NAME.")
@click.option("--secret-file", type=click.Path(dir_okay=False), help="The secrets for --listen, one a line.")
@click.option("--name", help="Name of the feed, as it shows in status and metrics.")
@click.option(
    "--provider", "providers", multiple=True, help="Provider that the feed may speak for; the first is the default."
)
@click.option("--format", "format_", help="The wire format, instead of looking at the content.")
@click.option("--charset", help="Character set of copy that is not UTF-8.")
@click.option(
    "--settle",
    type=click.FloatRange(0.05, 3600),
    default=0.5,
    show_default=True,
    help="Seconds until a watched file counts as whole.",
)
@click.option("--done", default="done", show_default=True, help="Sub folder for watched files that were fed.")
@click.option("--failed", default="failed", show_default=True, help="Sub folder for watched files that were refused.")
def feed(
    sources: tuple[str, ...],
    watch: bool,
    every: float | None,
    listen: str | None,
    secret_file: str | None,
    name: str | None,
    providers: tuple[str, ...],
    format_: str | None,
    charset: str | None,
    settle: float,
    done: str,
    failed: str,
) -> None:
    """Send raw copy into wire.raw: files, folders, URLs, or - for standard input (one JSON story a line, or one raw item).

    Once, or with --watch, --every and --listen until Ctrl-C; many feeds at once: `dateline feeds run`.
    """
    if not sources and not listen:
        raise click.UsageError("say what to feed: files, folders, URLs or -, or --listen HOST:PORT")
    if listen and not secret_file:
        raise click.UsageError("--listen needs --secret-file: make one with `openssl rand -hex 32 > FILE`")
    common: dict[str, Any] = {"providers": list(providers), "format": format_, "charset": charset}
    if not (watch or every or listen):
        _feed_once(sources, name, common)
        return
    options = _Options(watch, every, listen, secret_file, name, settle, done, failed)
    from pipeline.logs import set_up_logs

    feeds = options.feeds(sources, common)
    settings = _settings()
    set_up_logs(settings)
    _end(*_serve(feeds, settings, serve=False))


@click.group()
def feeds() -> None:
    """Run the feeds of a feeds.yaml: watched folders, polled addresses, signed pushes."""


_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@feeds.command()
@_file
@click.option(
    "--metrics-port", type=click.IntRange(1, 65535), help="Port of /metrics, instead of DATELINE_METRICS_PORT."
)
def run(file: Path, metrics_port: int | None) -> None:
    """Run all feeds of FILE until Ctrl-C or SIGTERM."""
    from pipeline.feeds.config import load_feeds
    from pipeline.logs import set_up_logs

    loaded = load_feeds(file)
    settings = _settings()
    set_up_logs(settings)
    fed, refused = _serve(loaded, settings, metrics_port=metrics_port)
    say(f"Fed {fed} messages, refused {refused}.")


@feeds.command()
@_file
@as_json
def check(file: Path, as_json: bool) -> None:
    """Check FILE, its folders and its secrets, without feeding anything. Ends with 1 where a feed could not run."""
    from pipeline.feeds.config import findings, load_feeds

    found = findings(load_feeds(file))
    if as_json:
        print_json({"feeds": [{"name": name, "ok": good, "remark": remark} for name, good, remark in found]})
    else:
        print_table(["feed", "", "remark"], [(name, "ok" if good else "bad", remark) for name, good, remark in found])
    raise click.exceptions.Exit(0 if all(good for _, good, _ in found) else 1)


class _Options:
    """The options of `feed` as the feeds that a file would name."""

    def __init__(
        self,
        watch: bool,
        every: float | None,
        listen: str | None,
        secret_file: str | None,
        name: str | None,
        settle: float,
        done: str,
        failed: str,
    ) -> None:
        self._watch, self._every, self._listen, self._secret_file = watch, every, listen, secret_file
        self._name = name
        self._folder = {"settle": settle, "done": done, "failed": failed}

    def feeds(self, sources: tuple[str, ...], common: dict[str, Any]) -> Feeds:
        """The feeds, checked as a file's."""
        from pipeline.feeds.config import read_given

        rows = [{**common, **self._row(source)} for source in sources]
        if self._listen:
            rows.append({**common, "kind": "push", "name": "push", "secret_file": self._secret_file})
        _give_names(rows, self._name)
        return read_given({"listen": self._listen, "feeds": rows}, base=Path.cwd())

    def _row(self, source: str) -> dict[str, Any]:
        if source == _STDIN:
            return {"kind": "stdin", "name": "stdin"}
        if _is_url(source):
            if not self._every:
                raise click.UsageError(f"{source}: say how often to ask with --every SECONDS")
            return {"kind": "poll", "name": urlsplit(source).hostname or "poll", "url": source, "interval": self._every}
        if not Path(source).is_dir():
            raise click.UsageError(f"{source}: expected a folder to watch")
        if not self._watch:
            raise click.UsageError(f"{source}: say --watch, or feed it in a run of its own")
        name = Path(source).resolve().name or "folder"
        return {"kind": "directory", "name": name, "path": source, **self._folder}


def _give_names(rows: list[dict[str, Any]], name: str | None) -> None:
    """Names that a feed may have and that differ."""
    taken: set[str] = set()
    for row in rows:
        plain = re.sub(r"[^a-z0-9-]+", "-", str(row["name"]).lower()).strip("-")[:50]
        base = name or plain or row["kind"]
        number, chosen = 1, base
        while chosen in taken:
            number += 1
            chosen = f"{base}-{number}"
        taken.add(chosen)
        row["name"] = chosen


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _settings() -> Settings:
    """The settings with Kafka's address, which is all that feeding needs."""
    settings = load_settings()
    if settings.kafka:
        return settings
    from pipeline.servers import acting_as, find_servers

    return acting_as("feed", find_servers(settings))


def _serve(feeds: Feeds, settings: Settings, *, metrics_port: int | None = None, serve: bool = True) -> tuple[int, int]:
    from pipeline.feeds.config import DirectoryFeed, findings
    from pipeline.feeds.service import run_service
    from pipeline.kafka_errors import check_login

    check_login(settings)  # what changes later the service waits for
    waits = {feed.name for feed in feeds.of(DirectoryFeed)}  # for a folder that is not mounted yet
    for name, good, remark in findings(feeds):
        if not good and name not in waits:
            raise Fatal(f"feed {name}: {remark}")
        if remark:
            say(f"{name}: {remark}")
    tally = run_service(feeds, settings, metrics_port=metrics_port, serve=serve)
    return tally.fed.total(), tally.refused.total()


# --- once --------------------------------------------------------------------------------------------------------------


def _feed_once(sources: tuple[str, ...], name: str | None, common: dict[str, Any]) -> None:
    from pipeline.feeds.config import read_given
    from pipeline.feeds.files import list_files
    from pipeline.feeds.producer import Feeder

    # A feed of any kind, for the checks that names, providers and formats get in a feeds.yaml.
    checked = read_given({"feeds": [{"kind": "stdin", "name": name or "feed", **common}]}, base=Path.cwd()).feeds[0]
    label = checked.label if name else replace(checked.label, feed=None)
    parts: list[str | Path] = []
    for source in sources:
        parts += [source] if source == _STDIN or _is_url(source) else list_files([Path(source)])
    refused = 0
    with Feeder(_settings()) as feeder:

        def refuse(source: str, error: Reject) -> None:
            nonlocal refused
            refused += 1
            say(f"{source}: {error.kind}: {error.reason}")

        for copy in _copies(_with_progress(parts), label, refuse):
            try:
                feeder.feed(copy)
            except Reject as error:
                refuse(copy.source or "standard input", error)
    _end(feeder.fed, refused)


def _copies(parts: Iterable[str | Path], label: Label, refuse: Callable[[str, Reject], None]) -> Iterator[Copy]:
    from pipeline.feeds.files import read_file, read_stream

    for part in parts:
        try:
            if isinstance(part, Path):
                yield from (label.on(copy) for copy in read_file(part))
            elif part == _STDIN:
                yield from (label.on(copy) for copy in read_stream(sys.stdin.buffer))
            else:
                yield label.on(_fetch(part))
        except Reject as error:
            refuse(str(part), error)
        except OSError as error:
            refuse(str(part), Reject("unreadable", str(error)))


def _fetch(url: str) -> Copy:
    import asyncio

    from pipeline.feeds.polling import PollFailed, State, client, fetch

    async def once() -> Copy:
        async with client() as session:
            answer = await fetch(session, url, State())
        assert answer.copy is not None, "nothing was asked for that could be unchanged"  # noqa: S101
        return answer.copy

    try:
        return asyncio.run(once())
    except PollFailed as error:
        raise Reject("not-fetched", str(error)) from error


def _with_progress(parts: list[str | Path]) -> Iterator[str | Path]:
    """The parts, with a bar for a person who feeds many."""
    if not err.is_terminal or len(parts) < 2:
        yield from parts
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("feeding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        yield from progress.track(parts)


def _end(fed: int, refused: int) -> None:
    say(f"Fed {fed} messages." + (f" Refused {refused}, see above." if refused else ""))
    raise click.exceptions.Exit(1 if refused else 0)
