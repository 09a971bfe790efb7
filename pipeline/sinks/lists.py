"""The sanctions lists in the index `lists`: each listing with the versions of its list that hold it, and what version is in force.

A listing's document says since which version of its list it is there, and until which it was; so each version can be read again. The
document named like the list says which version is in force: it is written last, over exactly what was read, so that an update that
breaks off changes nothing and is made good by the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from elasticsearch import ConflictError, Elasticsearch, helpers

from pipeline.documents.indices import Indices
from pipeline.errors import Retry
from pipeline.scanning import scan
from pipeline.screening.changes import Changes, compare
from pipeline.screening.listing import LISTS, Listing, Publication
from pipeline.sinks.elastic import elastic_errors


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """The version of a list that is in force. ``published``: the publisher's date; ``at``: when we took it over."""

    list: str
    version: int
    published: str
    at: datetime
    listings: int
    came: int = 0
    went: int = 0
    changed: int = 0
    type: str = "list"


def read_in_force(client: Elasticsearch, names: Indices) -> dict[str, InForce]:
    """The version in force of each list that was ever loaded."""
    return {found.list: found for found, _ in _in_force(client, names).values()}


def read_listings(client: Elasticsearch, names: Indices, list_: str, version: int) -> Iterator[Listing]:
    """The listings of one version of a list."""
    for hit in scan(client, names.lists, _of_version(list_, version)):
        yield _listing(hit["_source"])


def publish(
    client: Elasticsearch, names: Indices, publication: Publication, *, now: datetime
) -> tuple[InForce, Changes]:
    """Makes a publication the version in force and says what changed; one without a change leaves the version as it is."""
    known = _in_force(client, names).get(publication.list)
    version = known[0].version if known else 0
    _undo(client, names, publication.list, version)
    before = {
        hit["_id"]: _listing(hit["_source"])
        for hit in scan(client, names.lists, _of_version(publication.list, version))
    }
    changes = compare(before.values(), publication.listings)
    if known and not changes:
        return known[0], changes
    there = {_says(it) for it in before.values()}
    stay = {_says(it) for it in publication.listings}
    gone = [id_ for id_, it in before.items() if _says(it) not in stay]
    new = [it for it in publication.listings if _says(it) not in there]
    _write(client, names, [*_ending(gone, version + 1), *_beginning(new, version + 1)])
    in_force = InForce(
        list=publication.list,
        version=version + 1,
        published=publication.published,
        at=now,
        listings=len(publication.listings),
        came=len(changes.came) if known else 0,
        went=len(changes.went),
        changed=len(changes.changed),
    )
    document = msgspec.to_builtins(in_force)
    proof = {"if_seq_no": known[1][0], "if_primary_term": known[1][1]} if known else {"op_type": "create"}
    try:
        with elastic_errors():
            client.indices.refresh(index=names.lists)
            client.index(
                index=names.lists, id=f"{publication.list}@{version + 1}", document=document | {"type": "version"}
            )
            client.index(index=names.lists, id=publication.list, document=document, **proof)
    except ConflictError as error:
        raise Retry(f"another update of {publication.list} ran at the same moment: run this one again") from error
    return in_force, changes


def _in_force(client: Elasticsearch, names: Indices) -> dict[str, tuple[InForce, tuple[int, int]]]:
    with elastic_errors():
        response = client.mget(index=names.lists, ids=list(LISTS))
    return {
        it["_id"]: (msgspec.convert(it["_source"], InForce), (it["_seq_no"], it["_primary_term"]))
        for it in response["docs"]
        if it.get("found")
    }


def _of_version(list_: str, version: int) -> dict[str, Any]:
    there = [{"term": {"list": list_}}, {"term": {"type": "listing"}}, {"range": {"since": {"lte": version}}}]
    return {"bool": {"filter": there, "must_not": [{"range": {"until": {"lte": version}}}]}}


def _undo(client: Elasticsearch, names: Indices, list_: str, version: int) -> None:
    """Takes back what an update wrote that broke off before its version came into force."""
    base = [{"term": {"list": list_}}, {"term": {"type": "listing"}}]
    unborn = {"bool": {"filter": [*base, {"range": {"since": {"gt": version}}}]}}
    undead = {"bool": {"filter": [*base, {"range": {"until": {"gt": version}}}]}}
    with elastic_errors():
        client.indices.refresh(index=names.lists)
    deletes = [{"_op_type": "delete", "_id": hit["_id"]} for hit in scan(client, names.lists, unborn, source=False)]
    kept = [
        {"_op_type": "index", "_id": hit["_id"], "_source": {k: v for k, v in hit["_source"].items() if k != "until"}}
        for hit in scan(client, names.lists, undead)
        if hit["_source"]["since"] <= version
    ]
    _write(client, names, [*deletes, *kept])


def _beginning(listings: Iterable[Listing], version: int) -> Iterator[dict[str, Any]]:
    """The writes of listings that a version brings."""
    for it in listings:
        document = msgspec.to_builtins(it) | {"type": "listing", "name": it.name, "digest": it.digest, "since": version}
        yield {"_op_type": "index", "_id": f"{it.list}:{it.list_id}"[:480] + f":{version}", "_source": document}


def _ending(ids: Iterable[str], version: int) -> Iterator[dict[str, Any]]:
    """The writes that let listings be there no longer from a version on."""
    for id_ in ids:
        yield {"_op_type": "update", "_id": id_, "doc": {"until": version}}


def _write(client: Elasticsearch, names: Indices, actions: Iterable[dict[str, Any]]) -> None:
    with elastic_errors():
        for done, result in helpers.streaming_bulk(
            client, ({"_index": names.lists, **action} for action in actions), raise_on_error=False, chunk_size=1000
        ):
            if not done:
                raise Retry(f"Elasticsearch did not take a listing: {result}: run the update again")


def _says(listing: Listing) -> tuple[str, str]:
    return listing.list_id, listing.digest


def _listing(source: dict[str, Any]) -> Listing:
    return msgspec.convert(source, Listing)
