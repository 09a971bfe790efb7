"""Pure code on one core: parsing by wire format, enrichment by stage. No servers."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

from pipeline.alerts.rules import RuleBook, load
from pipeline.bench.copies import generate
from pipeline.bench.rules import write_rules
from pipeline.bench.timing import timed
from pipeline.enrich import enrich
from pipeline.enrich.entities import match_entities
from pipeline.enrich.language import detect_language
from pipeline.enrich.sanctions import find_sanctions
from pipeline.enrich.topics import match_topics
from pipeline.errors import DatelineError
from pipeline.feeds.files import Copy
from pipeline.formats import parse
from pipeline.formats.raw import RawCopy
from pipeline.reading import read_copy
from pipeline.story import Story, encode_story


def measure_enrichment(samples: Sequence[Story], size: int | None, *, count: int = 400) -> dict[str, float]:
    """Milliseconds a story, in all and by stage."""
    copies = list(islice(generate(samples, size), count))
    now = datetime.now(UTC)
    stories = [item for copy in copies for item in parse(copy.raw(now)) if isinstance(item, Story)]
    for story in stories[:100]:
        enrich(story)  # the matchers of each language are built on first use
    tagged = [enrich(story, thorough=False) for story in stories]
    linked = [match_entities(story, thorough=False) for story in tagged]
    book = _book()
    stages: dict[str, Callable[[], object]] = {
        "parse": lambda: [parse(copy.raw(now)) for copy in copies],
        "language": lambda: [detect_language(story.headline, story.body) for story in stories],
        "entities": lambda: [match_entities(story, thorough=False) for story in tagged],
        "entities_with_models": lambda: [match_entities(story) for story in tagged],
        "topics": lambda: [match_topics(story) for story in tagged],
        "sanctions": lambda: [
            find_sanctions(story, story.entities, found.demonyms) for story, found in zip(tagged, linked, strict=True)
        ],
        "rules": lambda: [book.match(story) for story in tagged],
        "encode": lambda: [encode_story(story) for story in tagged],
        "enrich": lambda: [enrich(story, thorough=False) for story in stories],
    }
    return {f"{name}_ms_per_story": timed(stage) / len(stories) * 1000 for name, stage in stages.items()}


_ready: Barrier


def measure_side_by_side(samples: Sequence[Story], size: int | None, processes: int, *, count: int = 400) -> float:
    """Stories a second that so many processes parse and enrich together, with no server beside them.

    Raises `DatelineError` where one of them dies.
    """
    context = get_context("spawn")
    ready = context.Barrier(processes)
    with ProcessPoolExecutor(processes, context, initializer=_meet_at, initargs=(ready,)) as pool:
        work = [pool.submit(_enrich_many, samples, size, count) for _ in range(processes)]
        try:
            return sum(it.result() for it in work)
        except BrokenProcessPool as error:
            raise DatelineError(
                "a process that enriches was ended from outside: if memory ran out, give fewer --workers, or free some"
            ) from error


def _meet_at(ready: Barrier) -> None:
    """Tells a process where it waits for the others."""
    global _ready
    _ready = ready


def _enrich_many(samples: Sequence[Story], size: int | None, count: int) -> float:
    now = datetime.now(UTC)
    raws = [copy.raw(now) for copy in islice(generate(samples, size), count)]

    def work() -> None:
        for raw in raws:
            list(read_copy(raw, now=lambda: now, thorough=False))

    work()  # the matchers of each language are built on first use
    _ready.wait()
    return count / timed(work)


@dataclass(frozen=True)
class FormatSpeed:
    """How fast one core parses the copy of one format, without enrichment."""

    format: str
    stories: int
    stories_per_s: float
    ms_per_story: float
    kb_per_story: float


def measure_formats(copies: Iterable[Copy], *, seconds: float = 1.0) -> list[FormatSpeed]:
    """The speed of each format that the copies hold, each measured for about ``seconds``."""
    now = datetime.now(UTC)
    by_format: dict[str, list[RawCopy]] = defaultdict(list)
    for copy in copies:
        raw = copy.raw(now)
        formats = {item.format for item in parse(raw) if isinstance(item, Story) and item.format}
        for name in formats:
            by_format[name].append(raw)
    return [_format_speed(name, raws, seconds) for name, raws in sorted(by_format.items())]


def _format_speed(name: str, raws: list[RawCopy], seconds: float) -> FormatSpeed:
    stories = sum(isinstance(item, Story) for raw in raws for item in parse(raw))
    rounds, spent = 0, 0.0
    while spent < seconds:
        spent += timed(lambda: [parse(raw) for raw in raws])
        rounds += 1
    each = spent / (rounds * stories)
    return FormatSpeed(name, stories, 1 / each, each * 1000, sum(len(raw.value) for raw in raws) / stories / 1000)


def _book() -> RuleBook:
    """The rules of a busy desk."""
    with tempfile.TemporaryDirectory() as folder:
        files = load(True, write_rules(Path(folder) / "rules"), {})
    return RuleBook(file.rule for file in files.values() if file.rule is not None)
