"""A worker's watch over itself: it notes that it turns and what it owns, and ends where only a new process helps.

Comes in: the app, once a second. Goes out: `Health` for the port, and the end of the process with exit code 1, without a commit, so
that nothing is lost; the launcher starts the next. An event loop that stands still is ended by `faulthandler`, whose clock runs outside
of Python and so also where a regular expression or a C library keeps the interpreter to itself; it logs where that was. The launcher
counts the death for the message at hand.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import sys

import faust
import structlog
from faust.exceptions import ConsumerNotStarted

from pipeline import metrics
from pipeline.errors import DatelineError
from pipeline.health import STILL_SECONDS, Health
from pipeline.settings import Settings
from pipeline.streams import CONSUMES, Ownership, admin, read_ownership

log = structlog.get_logger("dateline.vitals")

EVERY_SECONDS = 1.0
_LOOK_AT_GROUP_SECONDS = 5.0


class Vitals:
    """Watches one worker."""

    def __init__(self, app: faust.App, role: str, settings: Settings, health: Health) -> None:
        self._app, self._role, self._settings, self._health = app, role, settings, health
        self._topic = CONSUMES[role].topic(settings)
        self._look: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Watches until the worker ends. The last beat's limit then holds for its way out as well."""
        while True:
            self._health.tick()
            faulthandler.dump_traceback_later(STILL_SECONDS, exit=True)
            self._health.own(self._count_assigned())
            metrics.ASSIGNED_PARTITIONS.labels(self._topic).set(self._health.assigned or 0)
            if self._health.assigned == 0 and (self._look is None or self._look.done()):
                self._look = asyncio.create_task(self._look_at_group())  # beside the beat: Kafka may be slow to answer
            if problem := self._health.problem():
                log.error("ending, to be started again", reason=problem)
                sys.stdout.flush()
                os._exit(1)
            await asyncio.sleep(EVERY_SECONDS)

    def _count_assigned(self) -> int | None:
        try:
            return None if self._app.rebalancing else len(self._app.consumer.assignment())
        except ConsumerNotStarted:
            return None

    async def _look_at_group(self) -> None:
        """Whether somebody else reads what is not ours; while Kafka is away nothing can be said."""
        await asyncio.sleep(_LOOK_AT_GROUP_SECONDS)
        try:
            owned = await asyncio.to_thread(self._read_ownership)
        except DatelineError:
            self._health.see_group(None)
            return
        if owned is not None and not owned.partitions:
            log.warning(
                "waiting", what="join the group", reason=f"there is no stream {self._topic}: run `dateline setup`"
            )
        self._health.see_group(owned.unread if owned is not None and owned.partitions else None)

    def _read_ownership(self) -> Ownership | None:
        with admin(self._settings) as client:
            return read_ownership(client, self._role, self._settings)
