"""What a person decides about a story: to undo its kill or embargo, or to kill it.

Comes in: a story's id and a note. Goes out: the changed document and the event in `wire.alerts`; or, for a kill, a message in
`wire.stories`, which KEEP treats as any other kill. A release writes over exactly what it read, like KEEP does.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from elasticsearch import ConflictError, Elasticsearch
from kafka.errors import KafkaError

from pipeline.agents.due import LIFT, Task
from pipeline.documents.document import make_document, state_of
from pipeline.documents.events import encode_event, release_event
from pipeline.documents.indices import Indices, index_names
from pipeline.documents.kills import kill_of, matched
from pipeline.documents.merge import release
from pipeline.documents.state import State
from pipeline.errors import Retry, WrongUse
from pipeline.feeds.producer import connect_producer
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect, elastic_errors, indexed_languages
from pipeline.story import Story, encode_story
from pipeline.streams import ALERTS, STORIES, Stream

_TRIES = 10
_BY_HAND = "desk"


def release_story(settings: Settings, story_id: str, *, note: str | None, now: datetime) -> bool:
    """Undoes a story's kill and embargo; False where there was nothing to undo.

    The event is sent again where the story was released before: a run that ended between the two is mended by the next.
    """
    client, names = connect(settings), index_names(settings)
    for _ in range(_TRIES):
        state, seq_no, primary_term = _read(client, names, story_id)
        released = release(state, at=now, note=note)
        if released is not None:
            document = _document(client, names, released, now)
            try:
                with elastic_errors():
                    client.index(
                        index=names.everything,
                        id=story_id,
                        document=document,
                        if_seq_no=seq_no,
                        if_primary_term=primary_term,
                        refresh=True,
                    )
            except ConflictError:
                continue
        if (known := released or state).release is not None:
            _make_due(client, names, Task(what=LIFT, subject=story_id, at=now.isoformat()))
            _send(settings, ALERTS, {story_id: encode_event(release_event(known))})
        return released is not None
    raise Retry(f"{story_id} changed {_TRIES} times while it was to be released: try again")


def kill_story(settings: Settings, story_id: str, *, note: str | None, notice_id: str | None, now: datetime) -> Story:
    """Kills a story, by the notice that waits for a person or in the desk's own name; returns the kill that was sent."""
    client, names = connect(settings), index_names(settings)
    story = _read(client, names, story_id)[0].shown
    kill = msgspec.structs.replace(
        story, pubstatus="canceled", ed_note=note, body="", received=now, version_created=now, source=_BY_HAND
    )
    messages = {}
    if notice_id is not None:
        notice = _read(client, names, notice_id)[0].kill
        if notice is None:
            raise WrongUse(f"{notice_id} is no kill: see `dateline waiting`")
        kill = msgspec.structs.replace(kill_of(notice, story), ed_note=note or notice.ed_note)
        messages[notice_id] = encode_story(matched(notice, story_id))
    _send(settings, STORIES, {story_id: encode_story(kill)} | messages)
    return kill


def _read(client: Elasticsearch, names: Indices, story_id: str) -> tuple[State, int, int]:
    with elastic_errors():
        (found,) = client.mget(index=names.everything, ids=[story_id])["docs"]
    if not found.get("found"):
        raise WrongUse(f"there is no story {story_id}: ids look like provider:guid, see `dateline search --json`")
    return state_of(found["_source"]), found["_seq_no"], found["_primary_term"]


def _document(client: Elasticsearch, names: Indices, state: State, now: datetime) -> dict[str, object]:
    with elastic_errors():
        languages = indexed_languages(client.indices.get_mapping(index=names.everything).body)
    return make_document(state, indexed_at=now, languages=languages)


def _make_due(client: Elasticsearch, names: Indices, task: Task) -> None:
    """Lets KEEP tell of what can be seen now, at its next look."""
    with elastic_errors():
        client.index(index=names.due, id=task.id, document=msgspec.to_builtins(task), refresh=True)


def _send(settings: Settings, stream: Stream, messages: dict[str, bytes]) -> None:
    """Sends the messages, by story id, and waits until the broker has them."""
    producer = connect_producer(settings)
    try:
        for story_id, value in messages.items():
            producer.send(stream.topic(settings), value, key=story_id.encode()).get(timeout=30)
    except KafkaError as error:
        raise Retry(f"Kafka did not take it ({type(error).__name__}: {error}): run the command again") from error
    finally:
        producer.close(timeout=5)
