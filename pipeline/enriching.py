"""`dateline enrich`: raw copy in, enriched stories as JSON lines out, with no server and nothing of what talks to one.

Comes in: paths, each a file, a folder or ``-``. Goes out: a line a story on standard output, and on standard error what could not be read.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import Reject, WrongUse
from pipeline.feeds.files import Copy, list_files, read_file, read_stream
from pipeline.reading import read_copy
from pipeline.screening.listing import LISTS, Listing
from pipeline.story import Skipped, encode_story
from pipeline.terminal import say

if TYPE_CHECKING:
    from pipeline.screening.screener import Screener

STDIN = "-"


def copies(paths: Iterable[str]) -> Iterator[Copy]:
    """The raw copy that the paths name; ``-`` is standard input."""
    for path in paths:
        if path == STDIN:
            yield from read_stream(sys.stdin.buffer)
        else:
            for file in list_files([Path(path)]):
                yield from read_file(file)


def enrich_paths(paths: tuple[str, ...], format_: str | None, *, thorough: bool, lists: tuple[Path, ...] = ()) -> None:
    """Prints the enriched stories of the paths, and on standard error what could not be read and a summary.

    ``lists``: files of sanctions lists to screen against. Raises `WrongUse` for a file that is none.
    """
    screener = _screener(lists) if lists else None

    counts: Counter[tuple[str, str]] = Counter()
    for copy in copies(paths):
        now = datetime.now(UTC)
        for item in read_copy(
            copy.raw(now), now=lambda: datetime.now(UTC), format_=format_, thorough=thorough, screener=screener
        ):
            source = copy.source or "standard input"
            if isinstance(item, Reject):
                outcome = "dead"
                say(f"{source}: {item.kind}: {item.reason}")
            elif isinstance(item, Skipped):
                outcome = "skipped"
                say(f"{source}: skipped: {item.reason}")
            else:
                outcome = "read"
                sys.stdout.buffer.write(encode_story(item) + b"\n")
            counts[item.format or "unknown", outcome] += 1
    sys.stdout.flush()
    if sum(counts.values()) != 1:
        _say_counts(counts)


def _screener(lists: tuple[Path, ...]) -> Screener:
    from pipeline.screening.importers import read_publication
    from pipeline.screening.screener import Screener

    listings: list[Listing] = []
    for path in lists:
        try:
            publication = read_publication(path)
        except Reject as error:
            raise WrongUse(f"{path}: {error.reason}") from error
        say(f"{path}: {LISTS[publication.list]}, {len(publication.listings)} listings {publication.published}".rstrip())
        listings += publication.listings
    return Screener(listings)


def _say_counts(counts: Counter[tuple[str, str]]) -> None:
    """What came of how many items, by format, on standard error."""
    outcomes = ("read", "skipped", "dead")
    total = {outcome: sum(n for (_, found), n in counts.items() if found == outcome) for outcome in outcomes}
    say(f"{'format':<12} " + " ".join(f"{outcome:>7}" for outcome in outcomes))
    for format_ in sorted({name for name, _ in counts}):
        say(f"{format_:<12} " + " ".join(f"{counts[format_, outcome]:>7}" for outcome in outcomes))
    say(f"{'all':<12} " + " ".join(f"{total[outcome]:>7}" for outcome in outcomes))
