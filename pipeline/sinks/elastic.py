"""Elasticsearch's edge: clients, and its errors turned into ours.

Comes in: settings. Goes out: clients that never retry by themselves (the callers own waiting), and `Retry` or `Fatal` for
what the client raises. What the cluster can do is asked here, since the local server lacks parts of the full one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec
from elastic_transport import TlsError
from elasticsearch import ApiError, AsyncElasticsearch, Elasticsearch, TransportError
from elasticsearch.serializer import JsonSerializer

from pipeline.connections import elasticsearch_options
from pipeline.documents.indices import ANALYZERS, NEVER, SCHEMA, Indices, aliases, index_names, templates
from pipeline.errors import Fatal, Refused, Retry
from pipeline.settings import Settings


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


def connect(settings: Settings) -> Elasticsearch:
    """A client for commands; raises `Fatal` for settings that don't go together."""
    return Elasticsearch(**elasticsearch_options(settings), **_OPTIONS)


def connect_async(settings: Settings) -> AsyncElasticsearch:
    """A client for agents; raises as `connect` does."""
    return AsyncElasticsearch(**elasticsearch_options(settings), **_OPTIONS)


def check_login(settings: Settings) -> None:
    """Raises `Refused` where Elasticsearch does not know our user or shows a certificate that nobody vouches for, `Retry` where it is away."""
    with connect(settings) as client, elastic_errors():
        client.options(ignore_status=_WITHOUT_SECURITY, request_timeout=5).security.authenticate()


_WITHOUT_SECURITY = (400, 404, 405)
"""How a cluster answers that asks nobody who they are."""


@contextmanager
def elastic_errors() -> Iterator[None]:
    """Turns the client's errors into ours: wait for what passes, stop for what only a person can change."""
    try:
        yield
    except ApiError as error:
        raise _of_status(error) from error
    except TransportError as error:
        # Other errors of TLS come of a network that breaks off.
        if isinstance(error, TlsError) and "CERTIFICATE_VERIFY_FAILED" in error.message:
            raise Refused(
                f"Elasticsearch's certificate is not trusted ({error.message}): DATELINE_ELASTICSEARCH_CA must name the file of who vouches for "
                "it, and DATELINE_ELASTICSEARCH the server by the name in it"
            ) from error
        raise Retry(f"Elasticsearch does not answer ({type(error).__name__}: {error.message})") from error


def _of_status(error: ApiError) -> Exception:
    status = error.meta.status
    if status == 401:
        return Refused(
            "Elasticsearch does not know us (401): check DATELINE_ELASTICSEARCH_USER and DATELINE_ELASTICSEARCH_PASSWORD, or "
            "DATELINE_ELASTICSEARCH_API_KEY"
        )
    if status == 403 and error.error == FORBIDDEN:
        return forbidden(_reason(error))
    if status == 403:
        return Retry(
            f"Elasticsearch lets nobody do what we ask now ({_reason(error)})"
        )  # a block that somebody has set
    if status == 404:
        return Fatal(f"Elasticsearch lacks what we write to ({error.error}): run `dateline setup`")
    if status == 429 or status >= 500:
        return Retry(f"Elasticsearch is overloaded or unwell ({status}: {error.error})")
    return error


FORBIDDEN = "security_exception"
"""The type of an error that says that our user may not, whether of a request or of one of its items."""


def forbidden(reason: str) -> Refused:
    """What our user has no right to; the cluster's reason names the action and the user."""
    return Refused(
        f"Elasticsearch refuses what we ask ({reason[:300]}): give our user the role for it, see docs/security.md"
    )


def _reason(error: ApiError) -> str:
    """What the cluster says."""
    body: Any = error.body
    details = body.get("error") if isinstance(body, dict) else None
    return str(details.get("reason")) if isinstance(details, dict) else str(error.error)


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
        if found["error"].get("type") == FORBIDDEN:
            raise forbidden(found["error"].get("reason", ""))
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
            _refresh_again(client, index, template["template"]["settings"]["refresh_interval"])
            if _schema_of(client, index) == SCHEMA:
                client.indices.put_mapping(index=index, **_additive(template["template"]["mappings"]))
        else:
            client.options(ignore_status=400).indices.create(index=index)  # 400: another setup was faster
            created.append(index)
    client.indices.update_aliases(actions=aliases(names))
    return created


def remove_indices(client: Elasticsearch, names: Indices) -> None:
    """Removes all indices of these names with their templates; what is not there is no error."""
    for index in names.indices:
        client.options(ignore_status=404).indices.delete(index=index)
        client.options(ignore_status=404).indices.delete_index_template(name=index)


def _refresh_again(client: Elasticsearch, index: str, interval: str) -> None:
    """Lets an index refresh again that a backfill left off: it was killed before its end."""
    found = client.indices.get_settings(index=index, name="index.refresh_interval")[index]["settings"]
    if found.get("index", {}).get("refresh_interval") == NEVER:
        client.indices.put_settings(index=index, settings={"refresh_interval": interval})


@contextmanager
def unrefreshed(settings: Settings) -> Iterator[None]:
    """Keeps what is written to stories and versions from searches until the end, which costs much less."""
    names = index_names(settings)
    indices = [names.everything, names.all_versions]
    with closing(connect(settings)) as client:
        with elastic_errors():
            client.indices.put_settings(index=indices, settings={"refresh_interval": NEVER})
        try:
            yield
        finally:
            with elastic_errors():
                create_indices(client, names)
                client.indices.refresh(index=indices)


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
    return {key: value for key, value in mappings.items() if key in ("properties", "_meta", "dynamic")}


def indexed_languages(mapping: dict[str, Any]) -> frozenset[str]:
    """The languages with an analyzer of their own, as the index's mapping says (``indices.get_mapping`` of one index)."""
    return frozenset(
        language for index in mapping.values() for language in index["mappings"].get("_meta", {}).get("languages", ())
    )
