"""Reading the index: searches, single stories, counts, and what has just become searchable.

Comes in: a client and what is asked for (`pipeline.search`). Goes out: what was found. The client is synchronous; a server calls this from threads.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from elasticsearch import Elasticsearch, NotFoundError

from pipeline.documents.document import story_of
from pipeline.documents.indices import Indices
from pipeline.documents.ranking import rank
from pipeline.search import suggesting
from pipeline.search.fields import HIDDEN
from pipeline.search.labels import label_of
from pipeline.search.marks import Marker, Snippet
from pipeline.search.paging import Place, read_token, write_token
from pipeline.search.query import Choice, Query, Understood
from pipeline.search.request import (
    COUNTED,
    Bar,
    Bucket,
    counts_request,
    interval_of,
    is_sampled,
    is_settled,
    like_request,
    oldest_request,
    page_request,
    read_counts,
    read_facets,
    read_histogram,
    total_request,
    windows,
)
from pipeline.search.resolving import resolver
from pipeline.search.suggesting import Suggestion
from pipeline.search.watching import just_seen
from pipeline.sinks.elastic import elastic_errors
from pipeline.story import Story

LATE = timedelta(seconds=10)
"""How far behind its last look a watcher looks again: a bulk request may become visible after a later one."""
_KEPT = "2m"
"""How long the next page can be asked for. A point in time keeps what it shows on disk, and deleted stories with it."""
_EXPIRED = "The list was left for too long: this is its beginning, as it is now."
_OTHER_SEARCH = "That is no page of this search: this is its beginning."


@dataclass(frozen=True)
class Found:
    """A story that a search found.

    ``snippets``: where the words and names stand; ``kill_note``: what the kill said, for a killed story; ``attention``: what about it waits
    for a person.
    """

    story: Story
    score: float | None = None
    snippets: tuple[Snippet, ...] = ()
    indexed_at: datetime | None = None
    kill_note: str | None = None
    attention: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The enriched story with the score and the snippets beside it, why it was killed if it was, and what waits for a person."""
        fields = self.story.to_dict() | {"score": self.score, "snippets": [it.to_dict() for it in self.snippets]}
        if self.kill_note is not None:
            fields["kill_note"] = self.kill_note
        return fields | ({"attention": list(self.attention)} if self.attention else {})


@dataclass(frozen=True)
class Results:
    """What a search found: a page of ``stories`` out of ``total``.

    ``is_exact``: whether there are no more than ``total``; ``is_estimated``: whether facets and histogram were counted on a part of the stories; ``next``: what to give as ``after`` for the next page, None on the last;
    ``facets`` and ``histogram`` where they were asked for; ``hints``, ``choices`` and ``understood`` as in `Query`.
    """

    total: int
    took_ms: int
    stories: list[Found]
    is_exact: bool = True
    is_estimated: bool = False
    next: str | None = None
    facets: dict[str, list[Bucket]] = field(default_factory=dict)
    histogram: list[Bar] = field(default_factory=list)
    hints: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    understood: tuple[Understood, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "total": self.total,
            "is_exact": self.is_exact,
            "is_estimated": self.is_estimated,
            "took_ms": self.took_ms,
            "next": self.next,
            "hints": list(self.hints),
            "choices": msgspec.to_builtins(self.choices),
            "understood": msgspec.to_builtins(self.understood),
            "stories": [found.to_dict() for found in self.stories],
            **({"facets": msgspec.to_builtins(self.facets)} if self.facets else {}),
            **({"histogram": msgspec.to_builtins(self.histogram)} if self.histogram else {}),
        }


def search(
    client: Elasticsearch,
    names: Indices,
    query: Query,
    *,
    limit: int = 20,
    after: str | None = None,
    facets: bool = False,
    histogram: bool = False,
) -> Results:
    """Searches what may be seen now, or what is hidden where the query asks for that.

    ``after``: `Results.next` of the page before; pages show the stories as they were when the first was asked for, but for those that
    were killed since. ``facets`` and ``histogram`` count over all that is found.
    """
    index = names.everything if query.hidden else names.visible
    counted = facets or histogram
    with elastic_errors():
        page = _Pages(client, names, index, query).page(limit, after, exactly=counted)
        counts = _counts(client, index, query, page.total, facets, histogram) if counted else {}
    aggs = read_counts(counts)
    return replace(
        page,
        is_exact=page.total != COUNTED,
        took_ms=page.took_ms + counts.get("took", 0),
        is_estimated=counted and is_sampled(page.total),
        facets=read_facets(aggs, label_of) if facets else {},
        histogram=read_histogram(aggs) if histogram else [],
        hints=(*page.hints, *query.hints),
        choices=query.choices,
        understood=query.understood,
    )


class _Pages:
    """Pages of one search, all of the same point in time."""

    def __init__(self, client: Elasticsearch, names: Indices, index: str, query: Query) -> None:
        self._client = client
        self._names = names
        self._index = index
        self._query = query
        self._digest = zlib.crc32(repr((query.tree, query.bounds)).encode("utf-8", "replace"))

    def page(self, limit: int, after: str | None, *, exactly: bool) -> Results:
        """The page behind a token; the first one, with a hint, where the token can't be followed. ``exactly``: how many there are."""
        if after is None:
            return self._first(limit, exactly)
        place = read_token(after)
        if place is None or place.query != self._digest:
            return self._first(limit, exactly, _OTHER_SEARCH)
        try:
            return self._show(place, limit)
        except NotFoundError:
            return self._first(limit, exactly, _EXPIRED)

    def _first(self, limit: int, exactly: bool, *hints: str) -> Results:
        point = self._client.open_point_in_time(index=self._index, keep_alive=_KEPT)["id"]
        counted = self._client.search(pit={"id": point}, **total_request(self._query, exactly=exactly))
        place = Place(point, datetime.now(UTC), counted["hits"]["total"]["value"], [], self._digest)
        page = self._show(place, limit)
        return replace(page, took_ms=page.took_ms + counted["took"], hints=hints)

    def _show(self, place: Place, limit: int) -> Results:
        # One more than is shown tells whether there is a next page.
        place, hits, took = self._hits(place, limit + 1)
        following = None
        if len(hits) > limit:
            hits = hits[:limit]
            following = write_token(msgspec.structs.replace(place, after=hits[-1]["sort"] if hits else place.after))
        else:
            self._client.options(ignore_status=404).close_point_in_time(id=place.point)
        return Results(place.total, took, self._stories(hits), next=following)

    def _hits(self, place: Place, limit: int) -> tuple[Place, list[dict[str, Any]], int]:
        """The hits from a place on, and the milliseconds that Elasticsearch took. Of many, it looks at the newest first: nearly always no
        older one can stand before them.
        """
        took = 0
        for window in windows(self._query, place.total):
            request = page_request(self._query, limit=limit, origin=place.origin, window=window, after=place.after)
            response = self._client.search(pit={"id": place.point, "keep_alive": _KEPT}, **request)
            took += response["took"]
            hits, place = response["hits"]["hits"], msgspec.structs.replace(place, point=response["pit_id"])
            if window is None or (len(hits) == limit and is_settled(self._query, hits[-1], window)):
                break
        return place, hits, took

    def _stories(self, hits: list[dict[str, Any]]) -> list[Found]:
        """The stories of the hits as they are now, which a point in time is not: without those that were killed or embargoed since."""
        if not hits:
            return []
        response = self._client.mget(index=self._names.everything, ids=[hit["_id"] for hit in hits])
        marker = Marker(self._query.tree)
        return [
            _found(document | {"_score": hit["_score"]}, marker)
            for document, hit in zip(response["docs"], hits, strict=True)
            if document.get("found") and (self._query.hidden or _is_visible(document["_source"]))
        ]


def _counts(
    client: Elasticsearch, index: str, query: Query, total: int, facets: bool, histogram: bool
) -> Mapping[str, Any]:
    """Facets and histogram, whose bars are as long as the time from the oldest story found until now asks."""
    interval = None
    if histogram:
        oldest = client.search(index=index, **oldest_request(query))["hits"]["hits"]
        now = datetime.now(UTC)
        interval = interval_of(datetime.fromtimestamp(oldest[0]["sort"][0] / 1000, UTC), now) if oldest else None
    if not facets and interval is None:
        return {}
    request = counts_request(query, total=total, facets=facets, interval=interval)
    return dict(client.search(index=index, **request))


def more_like(client: Elasticsearch, names: Indices, story_id: str, limit: int = 10) -> list[Found]:
    """The same for the story of an id; none if there is no such story."""
    found = read_story(client, names, story_id)
    return stories_like(client, names, found.story, limit) if found else []


def stories_like(client: Elasticsearch, names: Indices, story: Story, limit: int = 10) -> list[Found]:
    """Visible stories that are like one: that share entities, topics, sanction events or telling words."""
    with elastic_errors():
        response = client.search(index=names.visible, **like_request(story, limit=limit))
    return [_found(hit) for hit in response["hits"]["hits"]]


def suggest(text: str, limit: int = 10) -> list[Suggestion]:
    """What a person who has typed that may go on with."""
    return suggesting.suggest(text, resolver(), limit=limit)


def _found(hit: dict[str, Any], marker: Marker | None = None) -> Found:
    document = hit["_source"]
    indexed_at = document.get("indexed_at")
    story = story_of(document)
    return Found(
        story=story,
        score=hit.get("_score"),
        snippets=marker.snippets(story) if marker else (),
        indexed_at=datetime.fromisoformat(indexed_at) if indexed_at else None,
        kill_note=_kill_note(document["kill"]) if document["pubstatus"] == "canceled" and "kill" in document else None,
        attention=tuple(document.get("attention", ())),
    )


def _is_visible(document: dict[str, Any]) -> bool:
    """Whether a story may be seen now."""
    start = document.get("visible_from")
    return start is not None and datetime.fromisoformat(start) <= datetime.now(UTC)


def _kill_note(kill: dict[str, Any]) -> str:
    """What the kill said; in text formats that is its text."""
    note: str = kill.get("ed_note") or kill.get("body") or ""
    return note


def count_stories(client: Elasticsearch, names: Indices) -> dict[str, int]:
    """How many stories there are, and of these how many can be seen."""
    with elastic_errors():
        return {
            "visible": client.count(index=names.visible)["count"],
            "all": client.count(index=names.everything)["count"],
            "waiting": client.count(index=names.everything, query=HIDDEN["waiting"])["count"],
        }


def read_story(client: Elasticsearch, names: Indices, story_id: str) -> Found | None:
    """The story of this id, whatever its status."""
    document = read_document(client, names, story_id)
    return _found({"_source": document}) if document is not None else None


def read_document(client: Elasticsearch, names: Indices, story_id: str) -> dict[str, Any] | None:
    """The document of the story of this id, up to date."""
    with elastic_errors():
        (found,) = client.mget(index=names.everything, ids=[story_id])["docs"]
    return found["_source"] if found.get("found") else None


def read_versions(client: Elasticsearch, names: Indices, story_id: str) -> list[Story]:
    """All versions of a story that came in, the oldest first."""
    with elastic_errors():
        response = client.search(index=names.all_versions, query={"term": {"id": story_id}}, size=1000)
    stories = [msgspec.convert(hit["_source"], Story) for hit in response["hits"]["hits"]]
    return sorted(stories, key=rank)


class Watcher:
    """Tells of each story version once, when it has become searchable."""

    _REMEMBERED = 20_000

    def __init__(self, client: Elasticsearch, names: Indices, since: datetime) -> None:
        self._client = client
        self._names = names
        self._since = since
        self._shown: OrderedDict[tuple[str, int, str], None] = OrderedDict()

    def look(self, *, limit: int = 500) -> Iterator[Found]:
        """What has become searchable (or was killed) since the last look, in the order in which it was indexed; of a flood the
        newest. A story under embargo shows once its time has come.
        """
        query = just_seen(self._since)
        with elastic_errors():
            response = self._client.search(
                index=self._names.everything, query=query, sort=[{"indexed_at": "desc"}], size=limit
            )
        for hit in reversed(response["hits"]["hits"]):
            found = _found(hit)
            key = (found.story.id, found.story.version, found.story.pubstatus)
            if key in self._shown:
                continue
            self._shown[key] = None
            if len(self._shown) > self._REMEMBERED:
                self._shown.popitem(last=False)
            if found.indexed_at is not None:
                self._since = max(self._since, found.indexed_at - LATE)
            yield found
