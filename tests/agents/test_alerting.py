"""Who repeats an event is looked up among the sources of its alert, also where Elasticsearch was away meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from pipeline.agents.alerting import Alerter, Seen
from pipeline.alerts.alert import Source
from pipeline.alerts.rules import RuleBook
from pipeline.documents.indices import index_names
from pipeline.settings import Settings

SOURCE = Source(story_id="vestnik:1", provider="vestnik", headline="Санкции", language="ru", version=1)


class Client:
    """Has no documents."""

    async def mget(self, *, docs: list[dict[str, str]]) -> dict[str, Any]:
        return {"docs": [it | {"found": False} for it in docs]}


def test_an_alert_that_was_never_made_is_looked_for_until_a_batch_has_done_so() -> None:
    client: Any = Client()
    alerter = Alerter(client, index_names(Settings()), lambda: RuleBook([]), dict, {}, lambda: datetime.now(UTC))

    async def left() -> list[str]:
        return list((await alerter.alert({}, Seen({}, [], {"never": [SOURCE]}))).joins)

    async def day() -> list[list[str]]:
        first, again = await left(), await left()  # the batch is tried again: its writes did not pass
        await alerter.join({"never": [SOURCE]})
        return [first, again, await left()]

    assert asyncio.run(day()) == [["never"], ["never"], []]
