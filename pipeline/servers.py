"""Which servers to talk to, and as whom: as the settings say, else the local ones; and preparing them.

The local servers, where they are secured, have a user for each role: `acting_as` says who a role is there. Servers elsewhere know the one
user that the settings name.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from pipeline import kafka_errors, stack
from pipeline.documents.indices import index_names
from pipeline.errors import Fatal, Retry
from pipeline.rights import grant_rights
from pipeline.settings import Settings
from pipeline.sinks import elastic
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
    """The settings with what they leave to the local servers, as a person at the desk."""
    security = stack.security_of(settings.local)
    if settings.kafka is None:
        settings = replace(settings, kafka=addresses.kafka)
        if security:
            settings = replace(settings, kafka_security_protocol="SASL_SSL", kafka_ca=security.ca)
    if settings.elasticsearch is None:
        settings = replace(settings, elasticsearch=addresses.elasticsearch)
        if security:
            settings = replace(settings, elasticsearch_ca=security.ca)
    return acting_as("desk", settings)


def acting_as(role: str, settings: Settings) -> Settings:
    """The settings with the users of a role (`pipeline.stack.security`), where they mean the secured local servers."""
    security = stack.security_of(settings.local)
    if security is None:
        return settings
    kafka, elasticsearch = security.logins(role)
    # Only those servers have a certificate by the home's own authority.
    if settings.kafka_ca == security.ca:
        settings = replace(settings, kafka_user=kafka.user, kafka_password_file=kafka.password_file)
    if settings.elasticsearch_ca == security.ca:
        settings = replace(
            settings, elasticsearch_user=elasticsearch.user, elasticsearch_password_file=elasticsearch.password_file
        )
    return settings


def check_logins(settings: Settings) -> None:
    """Raises `Fatal` where a server refuses us or we it; servers that are away are no matter here, since others wait for them."""
    kafka_errors.check_login(settings)
    with suppress(Retry):
        elastic.check_login(settings)


def set_up(settings: Settings) -> tuple[list[str], list[str]]:
    """Makes the streams and indices that are missing and returns their names; safe to run at each deploy."""
    settings = acting_as("setup", settings)
    check_logins(settings)
    _grant(settings)
    with admin(settings) as client:
        streams = create_streams(client, settings)
    with connect(settings) as client, elastic_errors():
        return streams, create_indices(client, index_names(settings))


def _grant(settings: Settings) -> None:
    """Gives the users of the secured local Kafka their rights; elsewhere that is its owner's business (docs/security.md)."""
    security = stack.security_of(settings.local)
    if security and settings.kafka_ca == security.ca:
        superuser = security.kafka(stack.ADMIN)
        settings = replace(settings, kafka_user=superuser.user, kafka_password_file=superuser.password_file)
        with admin(settings) as client:
            grant_rights(client, settings)


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
