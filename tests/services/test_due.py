"""What is due: many deliveries don't wait for each other."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from elasticsearch import Elasticsearch

from pipeline.agents.due import DueTasks, Task, task_operation
from pipeline.documents.indices import index_names
from pipeline.settings import Settings
from pipeline.sinks.bulk import write_whole
from pipeline.sinks.elastic import connect_async


def test_tasks_go_side_by_side_and_each_is_gone_once_done(settings: Settings, elastic: Elasticsearch) -> None:
    names, done = index_names(settings), list[str]()

    async def look() -> None:
        client, both = connect_async(settings), asyncio.Event()

        async def wait_for_the_other(task: Task) -> None:
            done.append(task.subject)
            if len(done) == 2:
                both.set()
            await asyncio.wait_for(both.wait(), 20)

        at = datetime.now(UTC).isoformat()
        await write_whole(client, [task_operation(names, Task(what="meet", subject=it, at=at)) for it in "ab"])
        await client.indices.refresh(index=names.due)
        await DueTasks(client, names, {"meet": wait_for_the_other}, side_by_side=2).look()
        await client.close()

    asyncio.run(look())
    elastic.indices.refresh(index=names.due)
    assert sorted(done) == ["a", "b"]
    assert elastic.count(index=names.due)["count"] == 0
