"""What must happen later: tasks that wait in the index `due` until their time, and that any worker does then.

Comes in: a task, written with what makes it due. Goes out: a call of its handler, at least once: a worker claims a task for 30 s,
over exactly what it read, and removes it once it is done; if the worker dies, another takes over. A repeat must be harmless. A task
written with less than the index's refresh interval to go is found that much later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog
from elasticsearch import ApiError, AsyncElasticsearch, ConflictError, NotFoundError

from pipeline.batches import batched
from pipeline.documents.indices import Indices
from pipeline.documents.ranking import bounded_id
from pipeline.errors import Retry
from pipeline.sinks.bulk import Operation
from pipeline.sinks.elastic import elastic_errors

log = structlog.get_logger("dateline.due")

EVERY_SECONDS = 1.0
LIFT = "lift"
"""A story may be seen from now: its embargo has ended, or a person released it."""
_LEASE = timedelta(seconds=30)
_AT_ONCE = 50


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done (`LIFT` …), to which story or other thing, from when (ISO 8601)."""

    what: str
    subject: str
    at: str

    @property
    def id(self) -> str:
        """The same for a task that is written twice."""
        return bounded_id(f"{self.what}|{self.at}|", self.subject)


def task_operation(names: Indices, task: Task) -> Operation:
    """The write that makes a task due; one that is there already is fine."""
    return Operation(names.due, task.id, msgspec.json.encode(task))


class DueTasks:
    """Looks for tasks whose time has come and does them, ``side_by_side`` so many where they don't touch each other."""

    def __init__(
        self,
        client: AsyncElasticsearch,
        names: Indices,
        handlers: Mapping[str, Callable[[Task], Awaitable[None]]],
        *,
        side_by_side: int = 1,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client, self._names, self._handlers, self._now = client, names, handlers, now
        self._side_by_side = side_by_side

    async def look(self) -> None:
        """Does all that is due now. While Elasticsearch is unwell nothing is, and the next look finds the same."""
        try:
            while due := await self._due():
                for hits in batched(due, self._side_by_side):
                    await asyncio.gather(*map(self._do, hits))
                with elastic_errors():  # what is done must not be found again, and what did not fit into this answer is
                    await self._client.indices.refresh(index=self._names.due)
        except (Retry, ApiError) as error:
            log.warning("what is due waits", reason=str(error))

    async def _due(self) -> list[dict[str, Any]]:
        now = self._now().isoformat()
        query = {
            "bool": {
                "filter": [{"range": {"at": {"lte": now}}}, {"terms": {"what": list(self._handlers)}}],
                "must_not": [{"range": {"lease": {"gt": now}}}],
            }
        }
        with elastic_errors():
            response = await self._client.search(
                index=self._names.due, query=query, size=_AT_ONCE, sort=["at"], seq_no_primary_term=True
            )
        hits: list[dict[str, Any]] = response["hits"]["hits"]
        return hits

    async def _do(self, hit: dict[str, Any]) -> None:
        task = msgspec.convert(hit["_source"], Task)
        document = msgspec.to_builtins(task) | {"lease": (self._now() + _LEASE).isoformat()}
        try:
            claimed = await self._client.index(
                index=self._names.due,
                id=hit["_id"],
                document=document,
                if_seq_no=hit["_seq_no"],
                if_primary_term=hit["_primary_term"],
            )
            await self._handlers[task.what](task)
            await self._client.delete(
                index=self._names.due,
                id=hit["_id"],
                if_seq_no=claimed["_seq_no"],
                if_primary_term=claimed["_primary_term"],
            )
        except (ConflictError, NotFoundError):
            log.debug("another worker does it", task=hit["_id"])
