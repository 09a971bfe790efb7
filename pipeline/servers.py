"""Which servers to talk to: the addresses of the settings, else the local ones; and preparing them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from pipeline import stack
from pipeline.documents.indices import index_names
from pipeline.errors import Fatal, Retry
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect, create_indices, elastic_errors
from pipeline.streams import admin, create_streams

Say = Callable[[str], None]


def find_servers(settings: Settings) -> Settings:
    """The settings with both addresses; raises `Fatal` where a local server is wanted and not running."""
    if not settings.needs_local_servers:
        return settings
    addresses = stack.addresses(settings.local)
    if addresses is None:
        raise Fatal(
            "the local servers are not running: start them with `dateline up` (or `dateline run`), "
            "or set DATELINE_KAFKA and DATELINE_ELASTICSEARCH"
        )
    return _with(settings, addresses)


def start_servers(settings: Settings, say: Say) -> Settings:
    """The settings with both addresses, the local servers started where they are needed."""
    if not settings.needs_local_servers:
        return settings
    return _with(settings, stack.start(settings.local, progress=say))


def _with(settings: Settings, addresses: stack.Addresses) -> Settings:
    return replace(
        settings,
        kafka=settings.kafka or addresses.kafka,
        elasticsearch=settings.elasticsearch or addresses.elasticsearch,
    )


def set_up(settings: Settings) -> tuple[list[str], list[str]]:
    """Makes the streams and indices that are missing and returns their names; safe to run at each deploy."""
    assert settings.kafka, "resolved by the caller"  # noqa: S101 - programming error
    assert settings.elasticsearch, "resolved by the caller"  # noqa: S101
    with admin(settings.kafka) as client:
        streams = create_streams(client, settings)
    elastic = connect(settings.elasticsearch)
    try:
        with elastic_errors():
            return streams, create_indices(elastic, index_names(settings))
    finally:
        elastic.close()


def set_up_when_ready(settings: Settings, say: Say, *, patience_s: float = 300.0) -> tuple[list[str], list[str]]:
    """`set_up`, waiting for servers that are not up yet."""
    end = time.monotonic() + patience_s
    said = ""
    while True:
        try:
            return set_up(settings)
        except Retry as error:
            if time.monotonic() > end:
                raise
            if str(error) != said:
                said = str(error)
                say(f"Waiting: {said}")
            time.sleep(1.0)
