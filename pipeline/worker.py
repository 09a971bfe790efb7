"""A worker process: one role's Faust app, told by the launcher what it needs beyond the settings.

Run as ``python -m pipeline.worker ROLE``. Exit codes: 0 stopped in order, 78 misconfigured (no restart helps), else crashed.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
import time
from pathlib import Path
from typing import Any

import faust
import structlog
from elasticsearch import AsyncElasticsearch

from pipeline import metrics
from pipeline.agents.vitals import Vitals
from pipeline.app import ROLES, Surroundings, create_app
from pipeline.crashes import Place, Position
from pipeline.errors import EXIT_CONFIG, Fatal
from pipeline.health import Health, serve_health
from pipeline.lifeline import end_in_time, end_with_launcher
from pipeline.logs import set_up_logs
from pipeline.outcomes import Reporter
from pipeline.servers import check_logins
from pipeline.settings import Settings, load_settings
from pipeline.sinks.elastic import connect_async
from pipeline.story import SCHEMA_VERSION

log = structlog.get_logger("dateline.worker")


class FaustWorker(faust.Worker):
    """Faust's worker without its banner and logging, which watches itself and closes our client at the end."""

    def __init__(self, app: faust.App, client: AsyncElasticsearch, vitals: Vitals, **options: Any) -> None:
        super().__init__(app, quiet=True, override_logging=False, **options)
        self.spinner = None
        self._client, self._vitals = client, vitals

    async def on_first_start(self) -> None:
        """Begins the watch before Kafka is asked for anything."""
        self.add_future(self._vitals.run())
        await super().on_first_start()

    def _setproctitle(self, info: str, *, ident: str = "dateline") -> None:
        """Faust would put our folders into the process list."""

    async def stop(self) -> None:
        """Ends the worker, by force if need be: told to stop while its group shares partitions out, Faust's consumer may wait for ever."""
        end_in_time(lambda: self.exit_code(1))
        await super().stop()

    async def on_shutdown(self) -> None:
        """Closes the connections to Elasticsearch."""
        await self._client.close()

    def exit_code(self, otherwise: int) -> int:
        """78, with the reason in the log, where it ends because it is misconfigured."""
        if isinstance(self.crash_reason, Fatal):
            log.error("misconfigured", reason=str(self.crash_reason))
            return EXIT_CONFIG
        return otherwise


def main(arguments: list[str] | None = None) -> int:
    """Runs a role until a signal or a crash ends it; returns the exit code."""
    options = _options(arguments)
    try:
        settings = load_settings()
        return _run(options, settings)
    except Fatal as error:
        print(f"dateline: {error}", file=sys.stderr)  # noqa: T201 - logging may not be set up yet
        return EXIT_CONFIG


def _run(options: argparse.Namespace, settings: Settings) -> int:
    set_up_logs(settings, role=options.role, worker=options.number)
    if not settings.kafka or not settings.elasticsearch:
        raise Fatal("DATELINE_KAFKA and DATELINE_ELASTICSEARCH are not set: start workers with `dateline run`")
    if options.lifeline:
        end_with_launcher()
    health = Health()
    metrics.SCHEMA.set(SCHEMA_VERSION)
    port = serve_health(settings.metrics_host, options.metrics_port, health)
    reporter = Reporter(options.pipe)
    reporter.hello(port)
    _await_broker(settings.kafka, health)
    check_logins(settings)  # Faust would try again for ever, and so would we
    client = connect_async(settings)
    app = create_app(
        options.role,
        settings,
        Surroundings(
            reporter=reporter,
            position=Position(options.position) if options.position else None,
            deadly=frozenset(options.deadly),
            client=client,
            health=health,
        ),
    )
    worker = FaustWorker(app, client, Vitals(app, options.role, settings, health), loop=asyncio.new_event_loop())
    return _exit_code(worker)


def _await_broker(addresses: str, health: Health) -> None:
    """Returns once a broker takes connections: Faust would give up at once, and a process that ends again and again looks ill."""
    waited = False
    while not any(_takes_connections(address) for address in addresses.split(",")):
        if not waited:
            log.warning("waiting", what="start", reason=f"no Kafka broker answers at {addresses}")
        waited = True
        health.tick()
        time.sleep(1.0)


def _takes_connections(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5.0).close()
    except OSError:
        return False
    return True


def _exit_code(worker: FaustWorker) -> int:
    """Runs the worker to its end and says how it ended."""
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        return worker.exit_code(end.code if isinstance(end.code, int) else 1)
    return 0


def _place(text: str) -> Place:
    partition, offset = text.split(":")
    return int(partition), int(offset)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pipeline.worker")
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("--number", type=int, default=1, help="number of the worker within its role, for the logs")
    parser.add_argument("--pipe", type=int, help="file descriptor that outcomes are told to")
    parser.add_argument("--lifeline", action="store_true", help="end when standard input ends")
    parser.add_argument("--position", type=Path, help="file in which to note the message being read")
    parser.add_argument("--deadly", type=_place, nargs="*", default=[], help="PARTITION:OFFSET not to be read")
    parser.add_argument("--metrics-port", type=int, default=0, help="port of /metrics; 0 takes a free one")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
