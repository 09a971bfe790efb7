"""How things look on a terminal: story lines, tables, the live view of `dateline run`. Plain in a pipe.

Comes in: values. Goes out: text on standard output or error. Text from the wire is printed with its control characters
taken out, so that no story can move the cursor or ring the bell.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pipeline.story import Story

if TYPE_CHECKING:  # the quick verbs must not wait for the servers' clients to be imported
    from pipeline.running import Progress
    from pipeline.searching import Found

T = TypeVar("T")

_FLOOD, _SHOWN_OF_FLOOD = 100, 5
"""More stories at one look than anybody reads are a flood: the newest are shown, the rest counted."""
_BLANKS = re.compile(r"\s+")
_CONTROL = dict.fromkeys((*range(32), *range(127, 160), *range(8234, 8239), *range(8294, 8298)))

out = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
err = Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def say(text: str) -> None:
    """A line for a person, on standard error."""
    err.print(Text(safe(text)))


def safe(text: str) -> str:
    """The text without control and direction-override characters."""
    return text.translate(_CONTROL)


def local(moment: datetime | str) -> str:
    """A time as a person here reads it."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def counted(items: Iterable[T], what: str) -> Iterator[T]:
    """The items; on a terminal a line says how many went by."""
    if not err.is_terminal:
        yield from items
        return
    with err.status(f"0 {what}") as status:
        for number, item in enumerate(items, 1):
            yield item
            status.update(f"{number} {what}")


def print_json(value: Any) -> None:
    """One JSON object on one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> None:
    """A table on a terminal; tab-separated lines in a pipe."""
    if not out.is_terminal:
        for row in rows:
            sys.stdout.write("\t".join(safe(str(cell)) for cell in row) + "\n")
        return
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(safe(str(cell))) for cell in row))
    out.print(table, Text())


def story_line(story: Story, at: datetime | None = None) -> Text:
    """One story on one line: time, language, countries, topics, headline."""
    moment = (at or story.received or story.version_created or datetime.now().astimezone()).astimezone()
    line = Text()
    line.append(moment.strftime("%H:%M:%S "), style="dim")
    line.append(f"{story.language.code:<4}", style="cyan")
    line.append(f"{' '.join(story.countries[:4]):<12} ", style="green")
    line.append(f"{', '.join(topic.name for topic in story.topics[:2])[:32]:<32} ", style="yellow")
    if story.pubstatus == "canceled":
        line.append("KILLED ", style="bold red")
    elif story.version > 1:
        line.append(f"v{story.version} ", style="magenta")
    if story.correction is not None and story.pubstatus != "canceled":
        line.append("CORRECTED ", style="bold magenta")
    line.append(safe(story.headline))
    return line


_DIFF = re.compile(r"\[-(.*?)-\]|\{\+(.*?)\+\}", re.DOTALL)


def marked_diff(diff: str) -> Text:
    """What `documents.compare` marks, in colour: what went is struck through, what came is green."""
    text, end = Text(), 0
    for found in _DIFF.finditer(diff):
        text.append(diff[end : found.start()])
        text.append(found[1] or "", style="red strike")
        text.append(found[2] or "", style="green")
        end = found.end()
    return text + Text(diff[end:])


def print_found(found: Found) -> None:
    """A story that a search found, and below it where the words stand."""
    _print_line(out, story_line(found.story))
    if found.kill_note:
        _print_line(out, Text(f"         {safe(' '.join(found.kill_note.split()))}", style="dim"))
    for snippet in found.snippets:
        if snippet.field == "body":
            line = Text("         ", style="dim")
            for text, is_marked in snippet.parts():
                line.append(safe(_BLANKS.sub(" ", text)), style="bold not dim" if is_marked else "")
            _print_line(out, line)


def _print_line(console: Console, line: Text) -> None:
    """One line: cut at the edge of a terminal, whole in a pipe."""
    if console.is_terminal:
        console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
    else:
        console.file.write(line.plain + "\n")


class LiveView:
    """What `dateline run` shows: stories as they become searchable, and below them how fast things go."""

    def __init__(self) -> None:
        self._live = Live(console=err, refresh_per_second=4, transient=True) if err.is_terminal else None
        self._last: tuple[float, int] = (time.monotonic(), 0)
        self._rate = 0.0
        self._said = 0.0

    def __enter__(self) -> LiveView:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, progress: Progress, found: list[Found]) -> None:
        """Shows what is new."""
        shown = found if len(found) <= _FLOOD else found[-_SHOWN_OF_FLOOD:]
        for story in shown:
            _print_line(err, story_line(story.story, story.indexed_at))
        if len(found) > len(shown):
            err.print(Text(f"… and {len(found) - len(shown)} more", style="dim"))
        self._measure(progress)
        status = f"{progress.settled} settled · {self._rate:.0f}/s · lag {progress.lag}"
        if self._live:
            self._live.update(Text(status, style="bold"))
        elif progress.lag and time.monotonic() - self._said > 5:
            self._said = time.monotonic()
            err.print(status)

    def _measure(self, progress: Progress) -> None:
        then, settled = self._last
        now = time.monotonic()
        if now - then >= 1.0:
            self._rate = (progress.settled - settled) / (now - then)
            self._last = (now, progress.settled)
