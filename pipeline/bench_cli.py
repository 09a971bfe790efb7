"""`dateline bench`: what this machine does a second, and how long a story takes on it.

Thin: measuring is `pipeline.bench`. Exit codes: 0 done, 2 wrong use.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.errors import WrongUse
from pipeline.resources import resource
from pipeline.settings import Settings, load_settings
from pipeline.terminal import print_json, print_table, say

if TYPE_CHECKING:  # measuring imports the whole pipeline, which `dateline --help` can do without
    from pipeline.bench.flow import Load


@click.command()
@click.argument("paths", nargs=-1)
@click.option(
    "--formats", is_flag=True, help="Only parsing, per wire format: of the sample wire, or of the files in PATHS."
)
@click.option(
    "--search",
    "searched",
    type=click.IntRange(1_000, 100_000_000),
    is_flag=False,
    flag_value=1_000_000,
    metavar="[STORIES]",
    help="Only searches, over so many generated stories (a million unless given).",
)
@click.option("--keep", is_flag=True, help="Keep the index of --search for the next run.")
@click.option("--enrich", "only_enrich", is_flag=True, help="Only enrichment, per stage, without servers.")
@click.option("--stories", type=click.IntRange(1), default=3000, show_default=True, help="Stories fed at full speed.")
@click.option("--size", type=click.IntRange(1), help="Characters of a story; the samples' own unless given.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    multiple=True,
    default=(1, 2),
    show_default=True,
    help="Processes of read and keep; give it again to compare.",
)
@click.option(
    "--rate",
    "rates",
    type=click.FloatRange(0.1),
    multiple=True,
    default=(20.0, 100.0, 300.0),
    show_default=True,
    help="Stories a second while delays are measured.",
)
@click.option("--seconds", type=click.FloatRange(1), default=20.0, show_default=True, help="How long at each rate.")
@click.option("--peers", is_flag=True, help="Also what others do with the same stories.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def bench(
    paths: tuple[str, ...],
    formats: bool,
    searched: int | None,
    keep: bool,
    only_enrich: bool,
    stories: int,
    size: int | None,
    workers: tuple[int, ...],
    rates: tuple[float, ...],
    seconds: float,
    peers: bool,
    as_json: bool,
) -> None:
    """Measure this machine: enrichment by stage; stories a second by role and end to end; arrival to search and alert; memory.

    The stories are those of the sample wire, or of the JSON lines in PATHS, again and again under other guids.
    """
    settings = load_settings()
    if formats:
        _print_formats(paths, as_json)
        return
    if searched:
        _print_searches(settings, searched, keep=keep, as_json=as_json)
        return
    from pipeline.bench.copies import stories_of
    from pipeline.bench.enriching import measure_enrichment, measure_side_by_side
    from pipeline.bench.flow import Load

    samples = stories_of([Path(path) for path in paths])
    if not samples:
        raise WrongUse(f"no story with text in {', '.join(paths)}: expected JSON lines")
    say("Enrichment on one core …")
    figures = measure_enrichment(samples, size)
    say("Reading and enriching in processes of their own, side by side …")
    for number, count in enumerate(workers):
        name = f"enriched_stories_per_s_{count}_workers" if number else "enriched_stories_per_s"
        figures[name] = measure_side_by_side(samples, size, count)
    if not only_enrich:
        load = Load(samples, size, count=stories, workers=workers[0], rates=rates, seconds=seconds)
        figures |= _measure_servers(settings, load, workers[1:], peers=peers)
    rounded = {name: round(value, 3) for name, value in figures.items()}
    if as_json:
        print_json(rounded)
    else:
        print_table(["figure", ""], [(name, f"{value:,.3f}") for name, value in rounded.items()])


def _measure_servers(settings: Settings, load: Load, further: tuple[int, ...], *, peers: bool) -> dict[str, float]:
    """What needs servers; ``further``: numbers of workers to compare the load's with."""
    from pipeline.bench.flow import measure_flow
    from pipeline.bench.peers import measure_peers
    from pipeline.servers import start_servers

    settings = start_servers(settings, say)
    figures = measure_flow(settings, load, say)
    for count in further:
        say(f"With {count} workers of a role:")
        more = measure_flow(settings, replace(load, workers=count, rates=()), say)
        figures |= {f"{name}_{count}_workers": value for name, value in more.items()}
    return figures | (measure_peers(settings, load, say) if peers else {})


def _print_formats(paths: tuple[str, ...], as_json: bool) -> None:
    """Prints how fast one core parses each wire format of the files, or of the sample wire."""
    from pipeline.bench.enriching import measure_formats
    from pipeline.enriching import copies

    speeds = measure_formats(copies(paths or (str(resource("samples")),)))
    if as_json:
        print_json({speed.format: asdict(speed) for speed in speeds})
        return
    print_table(
        ["format", "stories", "stories/s", "ms/story", "kB/story"],
        [
            (it.format, it.stories, f"{it.stories_per_s:.0f}", f"{it.ms_per_story:.2f}", f"{it.kb_per_story:.1f}")
            for it in speeds
        ],
    )


def _print_searches(settings: Settings, count: int, *, keep: bool, as_json: bool) -> None:
    """Prints how fast searches are over so many generated stories."""
    from pipeline.bench.searching import measure_search
    from pipeline.servers import start_servers

    speeds = measure_search(start_servers(settings, say), count=count, keep=keep, say=say)
    if as_json:
        print_json([asdict(speed) for speed in speeds])
        return
    print_table(
        ["query", "way", "p50 ms", "p95 ms", "found, at most"],
        [(it.query, it.way, f"{it.p50_ms:.0f}", f"{it.p95_ms:.0f}", f"{it.found:,}") for it in speeds],
    )
