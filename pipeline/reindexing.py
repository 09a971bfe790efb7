"""A new index of the stories, filled from the one in force, that takes its place without a pause: after a change of mapping or analyzers.

Comes in: the name of the new index. Goes out: an index with the mapping of this version, behind the aliases `stories` and `stories-all`; the
old one stays, for a person to remove. Each document is made anew from what it says of its story; nothing is read anew (`dateline replay
--from index` does that). Stories may come in all the while, and none is lost:

1. All documents are copied, then those that changed meanwhile, until few change during a round. Sequence numbers tell them.
2. The aliases move in one step. Whoever writes goes through them, over exactly what was read, so that a write which was decided on the old
   index fails on the new one, or finds what it was decided on.
3. What still reached the old index is merged into the new one, as two arrivals of a story are; and once more when no request can be under
   way any more. A run that ends in this step is gone on with by the same command.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from elasticsearch import Elasticsearch, helpers

from pipeline.batches import batched
from pipeline.documents.document import make_document, state_of
from pipeline.documents.indices import AT_ONCE, NEVER, Indices, aliases, index_names, stories_template
from pipeline.documents.merge import join
from pipeline.errors import Retry, WrongUse
from pipeline.scanning import scan
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect, elastic_errors, index_behind, indexed_languages, probe_languages

_BATCH = 500
_FEW = 500
"""Documents that changed in a round: copied in a moment, in which they can't be found."""
_MOST_ROUNDS = 20
_UNDER_WAY = 35.0
"""Seconds after which no write is under way that was sent before: our clients give up after 30, and what they gave up is written again."""

Say = Callable[[str], None]
Hit = dict[str, Any]
Action = dict[str, Any]


class _Origin(msgspec.Struct, frozen=True):
    """From where an index was filled, and up to which sequence number; noted in it until nothing can come from there any more."""

    index: str
    checkpoint: int


@dataclass(frozen=True)
class Reindexed:
    """What was done: documents ``copied`` before the aliases moved, and ``merged`` after."""

    old: str
    new: str
    copied: int
    merged: int


def reindex(settings: Settings, name: str, *, say: Say, under_way: float = _UNDER_WAY) -> Reindexed:
    """Fills a new index (``name`` such as "stories-2") and puts it in the place of the one in force.

    Raises `WrongUse` for a name that is none or is taken. What fails before the aliases move leaves everything as it was.
    """
    client, names = connect(settings), index_names(settings)
    if not re.fullmatch(r"stories-[a-z0-9][a-z0-9.-]{0,40}", name) or settings.prefix + name == names.everything:
        raise WrongUse(f"{name!r} is no name for an index of stories: expected one such as stories-2")
    new, old = settings.prefix + name, index_behind(client, names.everything)
    copied = 0
    if new == old:
        origin = _origin_of(client, new)
        if origin is None:
            raise WrongUse(f"{name} is the index in force already: choose another name")
        say(f"{name} is in force: going on with what {origin.index} still holds")
    else:
        copied, origin = _replace(client, names, old, new, say)
    merged, checkpoint = _merge(client, new, origin)
    say(f"Waiting {under_way:.0f} s for writes that are under way …")
    time.sleep(under_way)
    more, _ = _merge(client, new, _Origin(origin.index, checkpoint))
    _note_origin(client, new, None)
    return Reindexed(origin.index, new, copied, merged + more)


def _replace(client: Elasticsearch, names: Indices, old: str, new: str, say: Say) -> tuple[int, _Origin]:
    """Fills the new index and moves the aliases to it; if it can't, the new index goes again."""
    with elastic_errors():
        if client.indices.exists(index=new):
            raise WrongUse(f"there is an index {new} already: remove it if nothing needs it, or choose another name")
    _create(client, names, new)
    try:
        copied, checkpoint = _fill(client, old, new, say)
        _note_origin(client, new, _Origin(old, checkpoint))
        _move_aliases(client, names, old, new)
    except BaseException:  # Ctrl-C too
        client.options(ignore_status=404).indices.delete(index=new)
        raise
    say(f"The aliases point to {new} now.")
    return copied, _Origin(old, checkpoint)


def _create(client: Elasticsearch, names: Indices, new: str) -> None:
    template = stories_template(names, probe_languages(client))["template"]
    # Nobody searches it yet.
    settings = template["settings"] | {"refresh_interval": NEVER}
    with elastic_errors():
        client.indices.create(index=new, settings=settings, mappings=template["mappings"])


def _fill(client: Elasticsearch, old: str, new: str, say: Say) -> tuple[int, int]:
    """Copies all documents, then in rounds what changed; returns how many, and the sequence number up to which nothing is missing."""
    with elastic_errors():
        total = client.count(index=old)["count"]
        languages = indexed_languages(client.indices.get_mapping(index=new).body)
    say(f"Copying {total} stories from {old} to {new} …")
    done, checkpoint = 0, -1
    for round_ in range(_MOST_ROUNDS):
        until = _checkpoint(client, old)
        found = 0
        for batch in batched(_changed(client, old, checkpoint), _BATCH):
            _write(client, [_index(new, hit["_id"], _made_anew(hit["_source"], languages)) for hit in batch])
            found += len(batch)
            if found % (20 * _BATCH) == 0:
                say(f"{found} of {total}")
        done, checkpoint = done + found, until
        if round_ and found <= _FEW:
            break
    with elastic_errors():
        client.indices.put_settings(index=new, settings={"index": {"refresh_interval": AT_ONCE}})
        client.indices.refresh(index=new)
    return done, checkpoint


def _move_aliases(client: Elasticsearch, names: Indices, old: str, new: str) -> None:
    """Both aliases at once: nobody sees a moment without, or with two."""
    ours = (names.everything, names.visible)
    add = [it for it in aliases(names, stories=new) if it["add"]["alias"] in ours]
    remove = [{"remove": {"index": old, "alias": alias, "must_exist": True}} for alias in ours]
    with elastic_errors():
        client.indices.update_aliases(actions=[*remove, *add])


def _merge(client: Elasticsearch, new: str, origin: _Origin) -> tuple[int, int]:
    """Merges what changed in the old index into the new one, which is written to by others; returns how many, and up to where."""
    until, merged = _checkpoint(client, origin.index), 0
    with elastic_errors():
        languages = indexed_languages(client.indices.get_mapping(index=new).body)
    for batch in batched(_changed(client, origin.index, origin.checkpoint), _BATCH):
        waiting = {hit["_id"]: hit["_source"] for hit in batch}
        while waiting:
            actions = _merging(client, new, waiting, languages)
            lost = _write(client, actions)
            merged += len(actions) - len(lost)
            waiting = {id_: waiting[id_] for id_ in lost}
    with elastic_errors():
        client.indices.refresh(index=new)
    return merged, until


def _merging(
    client: Elasticsearch, new: str, documents: dict[str, dict[str, Any]], languages: frozenset[str]
) -> list[Action]:
    """The writes that bring into the new index what it does not know yet."""
    with elastic_errors():
        response = client.mget(index=new, ids=list(documents))
    actions = []
    for found in response["docs"]:
        theirs = state_of(documents[found["_id"]])
        mine = state_of(found["_source"]) if found.get("found") else None
        state = theirs if mine is None else join(mine, theirs)
        if state == mine:
            continue
        document = msgspec.json.encode(make_document(state, indexed_at=datetime.now(UTC), languages=languages))
        proof = (
            {"if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]}
            if mine
            else {"_op_type": "create"}
        )
        actions.append(_index(new, found["_id"], document) | proof)
    return actions


def _made_anew(document: dict[str, Any], languages: frozenset[str]) -> bytes:
    """The document as this version makes it, under the time at which it could first be found."""
    indexed_at = datetime.fromisoformat(document["indexed_at"])
    return msgspec.json.encode(make_document(state_of(document), indexed_at=indexed_at, languages=languages))


def _changed(client: Elasticsearch, index: str, checkpoint: int) -> Iterator[Hit]:
    """The documents that were written after a sequence number."""
    with elastic_errors():
        client.indices.refresh(index=index)
    yield from scan(client, index, {"range": {"_seq_no": {"gt": checkpoint}}}, size=_BATCH)


def _checkpoint(client: Elasticsearch, index: str) -> int:
    """The sequence number up to which every write is in the index; of several shards the least."""
    with elastic_errors():
        stats = client.indices.stats(index=index, level="shards", metric="docs")
    copies = [copy for shard in stats["indices"][index]["shards"].values() for copy in shard]
    done: list[int] = [copy["seq_no"]["local_checkpoint"] for copy in copies if copy["routing"]["primary"]]
    return min(done)


def _index(index: str, id_: str, document: bytes) -> Action:
    return {"_op_type": "index", "_index": index, "_id": id_, "_source": document}


def _write(client: Elasticsearch, actions: list[Action]) -> list[str]:
    """Writes the documents and returns the ids of those that somebody else wrote meanwhile; raises `Retry` for any other failure."""
    lost = []
    with elastic_errors():
        results = helpers.streaming_bulk(
            client,
            actions,
            expand_action_callback=_expand,
            raise_on_error=False,
            max_retries=8,
            max_chunk_bytes=8 << 20,
        )
        for done, result in results:
            ((_, item),) = result.items()
            if not done and item["status"] != 409:
                raise Retry(f"{item['_id']} was not written ({item['status']}: {item.get('error')}); try again")
            lost += [] if done else [item["_id"]]
    return lost


def _expand(action: Any) -> tuple[Action, bytes]:
    """An action as the bulk API takes it; the client passes the document's bytes through."""
    target = dict(action)
    kind, document = target.pop("_op_type"), target.pop("_source")
    return {kind: target}, document


def _origin_of(client: Elasticsearch, index: str) -> _Origin | None:
    with elastic_errors():
        meta = client.indices.get_mapping(index=index)[index]["mappings"].get("_meta", {})
    return msgspec.convert(meta["filled_from"], _Origin) if meta.get("filled_from") else None


def _note_origin(client: Elasticsearch, index: str, origin: _Origin | None) -> None:
    with elastic_errors():
        meta = dict(client.indices.get_mapping(index=index)[index]["mappings"].get("_meta", {}))
        meta.pop("filled_from", None)
        client.indices.put_mapping(
            index=index, meta=meta | ({"filled_from": msgspec.to_builtins(origin)} if origin else {})
        )
