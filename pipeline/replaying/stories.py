"""Sending stories again that the index or an archive holds, read anew: language, entities, topics, sanctions, lists.

Comes in: stories. Goes out: the same with the tags that they get now, to `wire.stories`, under their old times and versions. Reading takes
most of the time, so that several processes can share it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import UTC, datetime
from functools import cache
from multiprocessing import get_context
from typing import Any

import msgspec
import structlog
from elasticsearch import Elasticsearch

from pipeline.batches import batched
from pipeline.documents.document import state_of
from pipeline.documents.indices import Indices, index_names
from pipeline.enrich import enrich
from pipeline.feeds.producer import sending
from pipeline.replaying.marks import marks
from pipeline.scanning import scan
from pipeline.screening.screener import Screener
from pipeline.settings import Settings
from pipeline.sinks.dead_letters import Outgoing
from pipeline.sinks.elastic import connect
from pipeline.sinks.lists import read_in_force, read_listings
from pipeline.story import Story, encode_story
from pipeline.streams import MAX_STORY_BYTES, STORIES

log = structlog.get_logger("dateline.replay")

_CHUNK = 50
_PAGE = 500
"""Stories that are fetched at once: so few that they are read before Elasticsearch forgets where we were."""


def stories_of_index(client: Elasticsearch, names: Indices, *, since: datetime | None = None) -> Iterator[Story]:
    """The newest text of each story, or of those received since a time; also of stories that are hidden."""
    query: dict[str, Any] = {"range": {"received": {"gte": since.isoformat()}}} if since else {"match_all": {}}
    for hit in scan(client, names.everything, query, size=_PAGE):
        if (text := state_of(hit["_source"]).text) is not None:
            yield text


def replay_stories(settings: Settings, stories: Iterable[Story], *, alerts: bool, workers: int = 1) -> int:
    """Reads the stories anew, in so many processes, and sends them; returns how many were sent.

    Raises `Retry` where Kafka does not take them.
    """
    headers, sent = list(marks(alerts=alerts).items()), 0
    with sending(settings) as send:
        for story in _read_anew(settings, stories, workers):
            value = encode_story(story)
            if len(value) > MAX_STORY_BYTES:
                log.warning("not sent again: too large with its tags", id=story.id, bytes=len(value))
                continue
            send(Outgoing(STORIES.topic(settings), story.id.encode(), value, headers))
            sent += 1
    return sent


def _read_anew(settings: Settings, stories: Iterable[Story], workers: int) -> Iterator[Story]:
    """The stories in their order, with the tags that they get now."""
    chunks = batched(stories, _CHUNK)
    if workers == 1:
        for chunk in chunks:
            yield from _tagged(settings, chunk)
        return
    # Forked, the processes would share the connections of this one.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[list[Story]]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(_tagged, settings, chunk))
            if len(waiting) > 2 * workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _tagged(settings: Settings, stories: list[Story]) -> list[Story]:
    screener = _screener(settings)
    return [tagged for story in stories if (tagged := _tag(story, settings, screener))]


def _tag(story: Story, settings: Settings, screener: Screener | None) -> Story | None:
    """The story with new tags, also where a kill is the story; None if it can't be read, which costs only that one."""
    try:
        story = enrich(story, at=datetime.now(UTC), thorough=settings.models != "never")
        return story if screener is None else msgspec.structs.replace(story, listed=screener.screen(story))
    except Exception as error:  # a fault of ours must cost one story, not the replay
        log.exception("not sent again: enrichment failed", id=story.id, reason=str(error))
        return None


@cache
def _screener(settings: Settings) -> Screener | None:
    """The sanctions lists in force, loaded once in each process."""
    names = index_names(settings)
    with connect(settings) as client:
        in_force = read_in_force(client, names)
        listings = [it for name, found in in_force.items() for it in read_listings(client, names, name, found.version)]
    return Screener(listings) if in_force else None
