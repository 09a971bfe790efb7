"""`dateline bench --search`: how fast searches are over many stories, on a real index under a name of its own.

Comes in: how many stories. Goes out: for each way of searching the median and the 95th of a hundred, in milliseconds as a caller waits.
What it made is removed at the end, unless it is kept for another run.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from multiprocessing import get_context
from random import Random
from typing import Any

import msgspec
from elasticsearch import Elasticsearch

from pipeline.bench.wire import Wire
from pipeline.documents.document import make_document
from pipeline.documents.indices import AT_ONCE, NEVER, Indices, index_names
from pipeline.documents.state import State
from pipeline.enrich import enrich
from pipeline.feeds.samples import sample_stories
from pipeline.search.query import Query, parse_query
from pipeline.search.resolving import resolver
from pipeline.searching import search
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect, create_indices, indexed_languages, remove_indices

Say = Callable[[str], None]

DAYS = 90
_ROUNDS = 30
_PAGE = 5
_CHUNK = 2_000
_COPIES = 10
"""How often each story is indexed, under other ids and at other times: making one costs more than indexing it."""
_PART = 250
"""Stories in a bulk request: about a megabyte."""
_PEOPLE = (
    "Xi Jinping",
    "Putin",
    "Volodymyr Zelenskyy",
    "Donald Trump",
    "Macron",
    "Erdoğan",
    "Narendra Modi",
    "Kaja Kallas",
)
_COUNTRIES = ("China", "Russia", "Iran", "Ukraine", "Germany", "Turkey", "Sudan", "Japan", "Venezuela", "Poland")
_CODES = ("CN", "RU", "IR", "UA", "DE", "TR", "US", "JP", "VE", "PL")
_LANGUAGES = ("en", "de", "ru", "zh", "ar", "fr", "es", "fa", "uk", "ja")
TYPICAL = (
    "{person} sanctions",
    "war in {country}",
    "TikTok ban",
    '"asset freeze"',
    "{country} lang:{language}",
    "topic:sanctions country:{code} since:7d",
    "{country} export controls -football",
    "{person} OR {country}",
    "制裁 {country}",
    "",
)
"""What people type; the names change from round to round."""


@dataclass(frozen=True)
class Way:
    """A way of searching: with facets or without, which page."""

    name: str
    facets: bool
    page: int


WAYS = (
    Way("first page", False, 1),
    Way(f"page {_PAGE}", False, _PAGE),
    Way("first page, facets and histogram", True, 1),
)


@dataclass(frozen=True)
class SearchSpeed:
    """How fast one query (or all, ``*``) is in one way, in milliseconds."""

    query: str
    way: str
    p50_ms: float
    p95_ms: float
    found: int


def measure_search(settings: Settings, *, count: int, keep: bool, say: Say) -> list[SearchSpeed]:
    """The speeds over ``count`` stories, those of all queries together first."""
    settings = replace(settings, prefix=f"{settings.prefix}bench-search-{count}-")
    client, names = connect(settings).options(request_timeout=600), index_names(settings)
    try:
        if not _is_there(client, names, count):
            remove_indices(client, names)
            create_indices(client, names)
            _fill(settings, client, names, count, say)
        say(f"Searching: {len(TYPICAL)} queries, {_ROUNDS} rounds, {len(WAYS)} ways …")
        return _measure(client, names)
    finally:
        if not keep:
            remove_indices(client, names)


def _is_there(client: Elasticsearch, names: Indices, count: int) -> bool:
    """Whether a run before this one kept its stories."""
    if not client.indices.exists(index=names.stories):
        return False
    return bool(client.count(index=names.stories)["count"] == count)


def _fill(settings: Settings, client: Elasticsearch, names: Indices, count: int, say: Say) -> None:
    """Indexes the stories by several processes, and waits until the index is as it would be after a while."""
    client.indices.put_settings(index=names.stories, settings={"refresh_interval": NEVER})
    languages = indexed_languages(dict(client.indices.get_mapping(index=names.stories)))
    start = datetime.now(UTC) - timedelta(days=DAYS)
    jobs = [
        _Job(settings, first, min(_CHUNK, count - first), start, count, languages) for first in range(0, count, _CHUNK)
    ]
    begun = said = time.monotonic()
    done = 0
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for written in pool.map(_index, jobs):
            done += written
            if time.monotonic() - said > 10 or done == count:
                said = time.monotonic()
                say(f"{done:,} of {count:,} stories indexed, {done / (said - begun):,.0f}/s")
    client.indices.refresh(index=names.stories)
    while client.indices.stats(index=names.stories, metric="merge")["_all"]["total"]["merges"]["current"]:
        time.sleep(1)
    # The cache of whole answers is off: where stories arrive, each refresh empties it, and here nothing arrives.
    client.indices.put_settings(
        index=names.stories, settings={"refresh_interval": AT_ONCE, "requests.cache.enable": False}
    )
    client.indices.refresh(index=names.stories)
    stats = client.indices.stats(index=names.stories, metric="store,segments")["_all"]["total"]
    say(f"{stats['store']['size_in_bytes'] / 1e9:.1f} GB in {stats['segments']['count']} segments")


@dataclass(frozen=True)
class _Job:
    settings: Settings
    first: int
    count: int
    start: datetime
    of: int
    languages: frozenset[str]


@cache
def _wire() -> Wire:
    return Wire([enrich(story, thorough=False) for story in sample_stories()])


@cache
def _client(settings: Settings) -> Elasticsearch:
    return connect(settings).options(request_timeout=600)


def _index(job: _Job) -> int:
    """Indexes a stretch of the stories; how many. Runs in a process of its own."""
    encode = msgspec.json.Encoder().encode
    client, index = _client(job.settings), index_names(job.settings).stories
    step = timedelta(days=DAYS) / job.of
    made = [
        make_document(State(text=story), indexed_at=job.start, languages=job.languages)
        for story in _wire().stories(job.first, -(-job.count // _COPIES), start=job.start, step=step)
    ]
    lines: list[bytes] = []
    for number in range(job.count):
        id_ = f"bench:{job.first + number}"
        received = job.start + (job.first + number) * step
        document = made[number % len(made)] | {"id": id_, "guid": id_[6:], "received": received}
        lines += [encode({"index": {"_id": id_}}), encode(document)]
        if (number + 1) % _PART == 0 or number + 1 == job.count:
            response = client.bulk(index=index, operations=lines, filter_path="errors,items.*.error")  # type: ignore[arg-type]  # lines may be encoded
            if response["errors"]:
                raise RuntimeError(f"Elasticsearch refused stories of the bench: {response['items'][0]}")
            lines = []
    return job.count


def _measure(client: Elasticsearch, names: Indices) -> list[SearchSpeed]:
    speeds = []
    for way in WAYS:
        everything: list[float] = []
        of_way = []
        for text, queries in _rounds():
            spent, found = [], 0
            for query in queries:
                seconds, total = _timed(client, names, query, way)
                spent.append(seconds * 1000)
                found = max(found, total)
            everything += spent
            of_way.append(_speed(text or "(everything)", way, spent, found))
        speeds += [_speed("*", way, everything, max(it.found for it in of_way)), *of_way]
    return sorted(speeds, key=lambda speed: speed.query != "*")


def _rounds() -> Iterator[tuple[str, list[Query]]]:
    """Each typical query with what is asked in its rounds."""
    random = Random(0)  # noqa: S311 - no secret
    names = resolver()
    for text in TYPICAL:
        filled = [
            text.format(
                person=random.choice(_PEOPLE),
                country=random.choice(_COUNTRIES),
                code=random.choice(_CODES),
                language=random.choice(_LANGUAGES),
            )
            for _ in range(_ROUNDS)
        ]
        yield text, [parse_query(it, resolver=names) for it in filled]


def _timed(client: Elasticsearch, names: Indices, query: Query, way: Way) -> tuple[float, int]:
    """Seconds that the page took, those before it not counted, and how many stories were found."""
    options: dict[str, Any] = {"facets": way.facets, "histogram": way.facets}
    after = None
    for _ in range(way.page - 1):
        after = search(client, names, query, after=after).next
        if after is None:
            break
    start = time.perf_counter()
    results = search(client, names, query, after=after, **options)
    return time.perf_counter() - start, results.total


def _speed(query: str, way: Way, spent: list[float], found: int) -> SearchSpeed:
    return SearchSpeed(query, way.name, statistics.median(spent), statistics.quantiles(spent, n=20)[18], found)
