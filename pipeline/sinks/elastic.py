"""Elasticsearch's edge: clients, and its errors turned into ours.

Comes in: addresses. Goes out: clients that never retry by themselves (the callers own waiting), and `Retry` or `Fatal` for
what the client raises. What the cluster can do is asked here, since the local server lacks parts of the full one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec
from elasticsearch import ApiError, AsyncElasticsearch, Elasticsearch, TransportError
from elasticsearch.serializer import JsonSerializer

from pipeline.documents.indices import ANALYZERS, SCHEMA, Indices, aliases, templates
from pipeline.errors import Fatal, Retry


class _Json(JsonSerializer):
    """JSON read by msgspec: an answer with twenty whole stories takes the standard library nearly twice as long."""

    def json_loads(self, data: Any) -> Any:
        """The value; `ValueError` where it is no JSON."""
        return msgspec.json.decode(data)


_OPTIONS: dict[str, Any] = {
    "max_retries": 0,
    "retry_on_timeout": False,
    "request_timeout": 30,
    "serializer": _Json(),
}


def connect(addresses: str) -> Elasticsearch:
    """A client for commands. ``addresses``: URLs divided by commas."""
    return Elasticsearch(addresses.split(","), **_OPTIONS)


def connect_async(addresses: str) -> AsyncElasticsearch:
    """A client for agents."""
    return AsyncElasticsearch(addresses.split(","), **_OPTIONS)


@contextmanager
def elastic_errors() -> Iterator[None]:
    """Turns the client's errors into ours: wait for what passes, stop for what only a person can change."""
    try:
        yield
    except ApiError as error:
        raise _of_status(error) from error
    except TransportError as error:
        raise Retry(f"Elasticsearch does not answer ({type(error).__name__}: {error.message})") from error


def _of_status(error: ApiError) -> Exception:
    status = error.meta.status
    if status in (401, 403):
        return Fatal(f"Elasticsearch refuses us ({status}): check the user and its roles")
    if status == 404:
        return Fatal(f"Elasticsearch lacks what we write to ({error.error}): run `dateline setup`")
    if status == 429 or status >= 500:
        return Retry(f"Elasticsearch is overloaded or unwell ({status}: {error.error})")
    return error


class Stored(NamedTuple):
    """A document as an index holds it, with what proves that nobody changed it since."""

    source: dict[str, Any]
    seq_no: int
    primary_term: int


async def read_documents(client: AsyncElasticsearch, wanted: Sequence[tuple[str, str]]) -> list[Stored | None]:
    """The documents of these (index, id), in order and in one request, read by id and so up to date; None where there is none.

    Raises `Retry` where one of the indices does not answer.
    """
    if not wanted:
        return []
    with elastic_errors():
        response = await client.mget(docs=[{"_index": index, "_id": id_} for index, id_ in wanted])
    return [_stored(found) for found in response["docs"]]


async def read_by_id(client: AsyncElasticsearch, index: str, ids: Iterable[str]) -> dict[str, Stored]:
    """Those of the documents that are there, by id; raises as `read_documents` does."""
    wanted = sorted(set(ids))
    found = await read_documents(client, [(index, id_) for id_ in wanted])
    return {id_: it for id_, it in zip(wanted, found, strict=True) if it}


def _stored(found: dict[str, Any]) -> Stored | None:
    if "error" in found:
        raise Retry(
            f"Elasticsearch can't read {found['_index']}: {found['error'].get('reason')}; if it lasts, run `dateline setup`"
        )
    return Stored(found["_source"], found["_seq_no"], found["_primary_term"]) if found["found"] else None


def probe_languages(client: Elasticsearch) -> frozenset[str]:
    """The languages whose analyzer this cluster has: all on the full distribution, none on the local one."""
    return frozenset(language for language, analyzer in ANALYZERS.items() if _has_analyzer(client, analyzer))


def _has_analyzer(client: Elasticsearch, analyzer: str) -> bool:
    try:
        client.indices.analyze(analyzer=analyzer, text="x")
    except ApiError as error:
        if error.meta.status == 400:
            return False
        raise
    return True


def create_indices(client: Elasticsearch, names: Indices) -> list[str]:
    """Puts templates and aliases in place and makes the indices that are missing, whose names it returns.

    Safe to run at each deploy: an index that exists keeps its documents and gains the fields that its mapping lacks; one of an older schema,
    which they may not fit, stays as it is until `pipeline.reindexing` replaces it.
    """
    languages = probe_languages(client)
    # The stories may have moved to an index of another name (`pipeline.reindexing`).
    names = replace(names, stories=index_behind(client, names.everything, names.stories))
    created = []
    for index, template in templates(names, languages).items():
        client.indices.put_index_template(name=index, **template)
        if client.indices.exists(index=index):
            if _schema_of(client, index) == SCHEMA:
                client.indices.put_mapping(index=index, **_additive(template["template"]["mappings"]))
        else:
            client.options(ignore_status=400).indices.create(index=index)  # 400: another setup was faster
            created.append(index)
    client.indices.update_aliases(actions=aliases(names))
    return created


def _schema_of(client: Elasticsearch, index: str) -> int | None:
    schema: int | None = client.indices.get_mapping(index=index)[index]["mappings"].get("_meta", {}).get("schema")
    return schema


def index_behind(client: Elasticsearch, alias: str, default: str = "") -> str:
    """The index that an alias stands for; raises `Fatal` where it is none, unless there is a default, or more than one."""
    with elastic_errors():
        if default and not client.indices.exists_alias(name=alias):
            return default
        found: list[str] = [*client.indices.get_alias(name=alias)]
    if len(found) != 1:
        raise Fatal(
            f"the alias {alias} must stand for one index, it stands for {', '.join(sorted(found))}: remove it from all but one"
        )
    return found[0]


def _additive(mappings: dict[str, Any]) -> dict[str, Any]:
    """The part of a mapping that may be put on an index that exists."""
    return {key: value for key, value in mappings.items() if key in ("properties", "_meta", "dynamic")} | (
        {"source": mappings["_source"]} if "_source" in mappings else {}
    )


def indexed_languages(mapping: dict[str, Any]) -> frozenset[str]:
    """The languages with an analyzer of their own, as the index's mapping says (``indices.get_mapping`` of one index)."""
    return frozenset(
        language for index in mapping.values() for language in index["mappings"].get("_meta", {}).get("languages", ())
    )
