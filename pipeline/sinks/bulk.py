"""Bulk writing that looks at each item's result: done, conflict, retried or rejected, none unseen.

Comes in: operations. Goes out: one verdict per operation, in order. A request that fails as a whole because of one bad
operation (400, 413) is halved until that one stands alone. Waiting and retrying are the caller's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from elasticsearch import ApiError, AsyncElasticsearch

from pipeline.errors import Retry
from pipeline.sinks.elastic import FORBIDDEN, Stored, elastic_errors, forbidden

MAX_BULK_BYTES = 8 * 1024 * 1024
"""Elastic's advice is 5 to 15 MB a request; smaller keeps memory and the effect of one refusal small."""
_MANY = 100
"""Operations from which they go in two requests side by side: Elasticsearch indexes each request in one thread a shard."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Operation:
    """One write: ``create`` (must be new), or ``index`` over exactly the version that was read."""

    index: str
    id: str
    document: bytes
    seq_no: int | None = None
    primary_term: int | None = None

    @classmethod
    def over(cls, index: str, id_: str, document: bytes, stored: Stored | None) -> Operation:
        """The write over what was read; a new document where there was none."""
        return cls(index, id_, document, *((stored.seq_no, stored.primary_term) if stored else ()))

    @property
    def size(self) -> int:
        """Bytes of the document."""
        return len(self.document)

    def lines(self) -> list[bytes]:
        """The operation as the bulk API takes it."""
        target: dict[str, Any] = {"_index": self.index, "_id": self.id}
        if self.seq_no is None:
            return [_encode({"create": target}), self.document]
        return [
            _encode({"index": target | {"if_seq_no": self.seq_no, "if_primary_term": self.primary_term}}),
            self.document,
        ]


@dataclass(frozen=True)
class Change:
    """Sets fields of a document, whatever else is written to it; none there is fine."""

    index: str
    id: str
    fields: Mapping[str, object]
    size = 0  # small beside documents

    def lines(self) -> list[bytes]:
        """The change as the bulk API takes it."""
        target = {"_index": self.index, "_id": self.id, "retry_on_conflict": 5}
        return [_encode({"update": target}), _encode({"doc": self.fields})]


@dataclass(frozen=True)
class Removal:
    """Removes a document; none there is fine."""

    index: str
    id: str
    size = 0

    def lines(self) -> list[bytes]:
        """The removal as the bulk API takes it."""
        return [_encode({"delete": {"_index": self.index, "_id": self.id}})]


Write = Operation | Change | Removal


@dataclass(frozen=True)
class Verdict:
    """What became of an operation. ``conflict``: somebody wrote it since it was read. ``reason``: why it was not done."""

    kind: Literal["done", "conflict", "retry", "rejected"]
    reason: str = ""


async def write_bulk(client: AsyncElasticsearch, operations: Sequence[Write]) -> list[Verdict]:
    """Writes the operations and returns a verdict for each, in order.

    Raises `Retry` where the whole request may pass later (its effect is then unknown: read again) and `Fatal` where only a
    person can help.
    """
    if len(operations) < _MANY:
        return await _write_parts(client, operations)
    half = len(operations) // 2
    halves = [_write_parts(client, operations[:half]), _write_parts(client, operations[half:])]
    verdicts: list[Verdict] = []
    for found in await asyncio.gather(*halves, return_exceptions=True):  # none is under way once this returns or raises
        if isinstance(found, BaseException):
            raise found
        verdicts += found
    return verdicts


async def _write_parts(client: AsyncElasticsearch, operations: Sequence[Write]) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for part in _parts(operations):
        verdicts += await _write_part(client, part)
    return verdicts


async def write_whole(client: AsyncElasticsearch, operations: Sequence[Write]) -> list[Verdict]:
    """The same where each write is our own affair, not a story's: raises `Retry` also for one that is refused."""
    return wait_for_all(await write_bulk(client, operations))


def wait_for_all(verdicts: list[Verdict]) -> list[Verdict]:
    """The verdicts, all of them done or conflicts; raises `Retry` where one is neither."""
    if waiting := next((it for it in verdicts if it.kind in ("retry", "rejected")), None):
        raise Retry(waiting.reason)
    return verdicts


def is_lost(verdicts: Sequence[Verdict]) -> bool:
    """Whether somebody else wrote one of the documents since it was read, so that all must be decided again."""
    return any(it.kind == "conflict" for it in verdicts)


def _parts(operations: Sequence[Write]) -> list[list[Write]]:
    """The operations in requests of a bounded size."""
    parts: list[list[Write]] = []
    size = 0
    for operation in operations:
        size += operation.size
        if not parts or size > MAX_BULK_BYTES:
            parts.append([])
            size = operation.size
        parts[-1].append(operation)
    return parts


async def _write_part(client: AsyncElasticsearch, part: list[Write]) -> list[Verdict]:
    # Encoded once, by us: the client passes bytes through, which its types don't say.
    lines: list[Any] = [line for operation in part for line in operation.lines()]
    try:
        with elastic_errors():
            response = await client.bulk(
                operations=lines,
                require_alias=True,
                filter_path=["errors", "items.*.status", "items.*.error.type", "items.*.error.reason"],
            )
    except ApiError as error:
        if len(part) == 1:
            return [Verdict("rejected", f"{error.meta.status}: {error.error}")]
        half = len(part) // 2
        return await _write_part(client, part[:half]) + await _write_part(client, part[half:])
    return [_verdict(next(iter(item.values()))) for item in response["items"]]


def _verdict(result: dict[str, Any]) -> Verdict:
    status = result["status"]
    if status < 300 or (status == 404 and _is_gone(result)):
        return Verdict("done")
    error = result.get("error", {})
    reason = f"{status} {error.get('type', '')}: {error.get('reason', '')}"
    if error.get("type") == FORBIDDEN:
        raise forbidden(error.get("reason", ""))  # the story is innocent, and so are those behind it
    if status == 409:
        return Verdict("conflict", reason)
    if status in (403, 429) or status >= 500:  # 403: a block that somebody has set on the index
        return Verdict("retry", reason)
    if status == 404:
        # The alias we write through is gone: set-up is missing, the story is innocent.
        return Verdict("retry", f"{reason}: run `dateline setup`")
    return Verdict("rejected", reason)


def _is_gone(result: dict[str, Any]) -> bool:
    """Whether a change or removal found no document, which is no failure."""
    kind = result.get("error", {}).get("type")
    return kind in (None, "document_missing_exception")
