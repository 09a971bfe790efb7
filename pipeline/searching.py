"""Reading the index: searches, single stories, counts, and what has just become searchable."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from elasticsearch import Elasticsearch

from pipeline.documents.document import story_of
from pipeline.documents.indices import Indices
from pipeline.documents.queries import HIDDEN, Query, just_seen
from pipeline.documents.ranking import rank
from pipeline.sinks.elastic import elastic_errors
from pipeline.story import Story

LATE = timedelta(seconds=10)
"""How far behind its last look a watcher looks again: a bulk request may become visible after a later one."""


@dataclass(frozen=True)
class Found:
    """A story that a search found.

    ``snippet``: where the words stand, marked with «»; ``kill_note``: what the kill said, for a killed story; ``attention``:
    what about it waits for a person.
    """

    story: Story
    score: float | None
    snippet: str | None
    indexed_at: datetime | None = None
    kill_note: str | None = None
    attention: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The enriched story with the score beside it, why it was killed if it was, and what waits for a person."""
        fields = self.story.to_dict() | {"score": self.score, "snippet": self.snippet}
        if self.kill_note is not None:
            fields["kill_note"] = self.kill_note
        return fields | ({"attention": list(self.attention)} if self.attention else {})


@dataclass(frozen=True)
class Results:
    """What a search found: the best ``stories`` out of ``total``."""

    total: int
    took_ms: int
    stories: list[Found]


def search(client: Elasticsearch, names: Indices, query: Query, *, limit: int = 20) -> Results:
    """Searches what may be seen now, or what is hidden where the query asks for that."""
    with elastic_errors():
        response = client.search(index=names.everything if query.hidden else names.visible, **query.body(limit=limit))
    hits = response["hits"]
    return Results(hits["total"]["value"], response["took"], [_found(hit) for hit in hits["hits"]])


def _found(hit: dict[str, Any]) -> Found:
    document = hit["_source"]
    fragments = hit.get("highlight", {}).get("body")
    indexed_at = document.get("indexed_at")
    return Found(
        story=story_of(document),
        score=hit.get("_score"),
        snippet=fragments[0] if fragments else None,
        indexed_at=datetime.fromisoformat(indexed_at) if indexed_at else None,
        kill_note=_kill_note(document["kill"]) if document["pubstatus"] == "canceled" and "kill" in document else None,
        attention=tuple(document.get("attention", ())),
    )


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
    with elastic_errors():
        response = client.mget(index=names.everything, ids=[story_id])
    found = response["docs"][0]
    return _found(found) if found.get("found") else None


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
