"""What changes in the inbox, for live lists: alerts that come, alerts that are recalled, alerts that somebody has seen.

Comes in: looks at the index. Goes out: each alert once when it comes, and again whenever its marks change.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from elasticsearch import Elasticsearch

from pipeline.alert_reading import AlertRow, AlertWatcher, acknowledged_since, show_alert
from pipeline.documents.indices import Indices
from pipeline.searching import LATE


class News(NamedTuple):
    """An alert as it is now. ``is_new``: it has just come; else its marks have changed."""

    row: AlertRow
    is_new: bool


class NewsWatcher:
    """Looks at the inbox."""

    def __init__(self, client: Elasticsearch, names: Indices, since: datetime) -> None:
        self._client = client
        self._names = names
        self._watcher = AlertWatcher(client, names, since)
        self._since = since
        self._seen: dict[str, datetime] = {}

    def look(self) -> Iterator[News]:
        """What has changed since the last look, oldest first."""
        for row in self._watcher.look():
            yield News(row, is_new=True)
            if row.alert.type == "recall" and row.alert.of and (recalled := self._recalled(row.alert.of, row.alert.id)):
                yield News(recalled, is_new=False)
        for row in reversed(acknowledged_since(self._client, self._names, self._since - LATE)):
            seen = row.acknowledged
            if seen and self._seen.get(row.alert.id) != seen.at:
                self._seen[row.alert.id] = seen.at
                self._since = max(self._since, seen.at)
                yield News(row, is_new=False)
        # What the next look can't find again need not be remembered.
        self._seen = {id_: at for id_, at in self._seen.items() if at >= self._since - LATE}

    def _recalled(self, alert_id: str, by: str) -> AlertRow | None:
        """The alert that a recall names; its mark may be written a moment after the recall."""
        row = show_alert(self._client, self._names, alert_id)
        return row and AlertRow(alert=row.alert, recalled=row.recalled or by, acknowledged=row.acknowledged)
