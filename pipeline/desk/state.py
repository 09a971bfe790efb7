"""What the pages of a desk process share: settings, clients, live hubs, and what is kept for some seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import Annotated

from elasticsearch import Elasticsearch
from fastapi import Depends, Request

from pipeline.desk.alert_news import News, NewsWatcher
from pipeline.desk.live import Hub
from pipeline.desk.overview import Overview
from pipeline.desk.rule_shelf import RuleShelf
from pipeline.documents.indices import Indices, index_names
from pipeline.searching import Found, Watcher
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect


@dataclass
class Desk:
    """One desk process."""

    settings: Settings
    client: Elasticsearch
    names: Indices
    stories: Hub[Found]
    alerts: Hub[News]
    rules: RuleShelf
    overview: Overview
    rehearsing: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(2))
    """Rehearsals at once: each keeps a core busy, and the wire must stay quick meanwhile."""

    @classmethod
    def connect(cls, settings: Settings) -> Desk:
        """A desk on the servers of the settings."""
        client, names = connect(settings), index_names(settings)
        return cls(
            settings,
            client,
            names,
            stories=Hub(lambda since: Watcher(client, names, since)),
            alerts=Hub(lambda since: NewsWatcher(client, names, since)),
            rules=RuleShelf(settings),
            overview=Overview(settings, client, names),
        )

    def close(self) -> None:
        """Ends what goes on for ever."""
        self.stories.close()
        self.alerts.close()
        self.overview.close()


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


DeskState = Annotated[Desk, Depends(_desk)]
"""The parameter by which a route gets the desk."""
