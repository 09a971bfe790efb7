"""The sanctions lists as READ holds them: loaded at its start, and again when a list has a new version.

Comes in: the index `lists`. Goes out: a `Screener` over all listings in force, None while no list was ever loaded.
"""

from __future__ import annotations

import asyncio

import structlog

from pipeline.documents.indices import index_names
from pipeline.errors import DatelineError
from pipeline.screening.screener import Screener
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect
from pipeline.sinks.lists import InForce, read_in_force, read_listings

log = structlog.get_logger("dateline.lists")

EVERY_SECONDS = 15.0


class ListsInForce:
    """Keeps a screener that knows the newest version of every list."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._versions: dict[str, int] | None = None
        self._busy = asyncio.Lock()
        self.screener: Screener | None = None

    async def load(self) -> None:
        """Loads the lists if a version is newer than what is held; raises `Retry` while Elasticsearch is unwell."""
        async with self._busy:
            await asyncio.to_thread(self._load)

    async def load_at_start(self) -> None:
        """Loads the lists unless that was done: no story may be read before."""
        if self._versions is None:
            await self.load()

    async def look(self) -> None:
        """The same from a timer: while Elasticsearch is away the lists that are held stay in force."""
        try:
            await self.load()
        except DatelineError as error:
            log.warning("lists not read", reason=str(error))

    def _load(self) -> None:
        names = index_names(self._settings)
        with connect(self._settings) as client:
            found: dict[str, InForce] = read_in_force(client, names)
            versions = {name: it.version for name, it in found.items()}
            if versions != self._versions:
                listings = (
                    it for name, version in versions.items() for it in read_listings(client, names, name, version)
                )
                self.screener = Screener(listings) if versions else None
                log.info("lists loaded", names=len(self.screener) if self.screener else 0, **versions)
            self._versions = versions
