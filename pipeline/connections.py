"""Settings turned into what each client library takes, so that every connection is as safe as the settings say.

Comes in: settings. Goes out: options for kafka-python, Faust and the Elasticsearch clients: addresses, who vouches for the servers, as
whom to log in. Connects to nothing. Raises `Fatal` for settings that don't go together, so that nobody believes a connection safe that
is not.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from pipeline.errors import Fatal
from pipeline.settings import Settings


def kafka_options(settings: Settings) -> dict[str, Any]:
    """For every client of kafka-python."""
    options: dict[str, Any] = {
        "bootstrap_servers": _kafka_addresses(settings),
        "security_protocol": settings.kafka_security_protocol,
        "ssl_context": _kafka_tls(settings),
    }
    if login := _kafka_login(settings):
        user, password = login
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": user,
            "sasl_plain_password": password,
        }
    return options


def faust_options(settings: Settings) -> dict[str, Any]:
    """For a Faust app."""
    import faust  # a slow import, which commands can do without

    broker = ";".join(f"kafka://{address}" for address in _kafka_addresses(settings))
    tls, login = _kafka_tls(settings), _kafka_login(settings)
    if login:
        credentials: Any = faust.SASLCredentials(
            username=login[0], password=login[1], ssl_context=tls, mechanism=settings.kafka_sasl_mechanism
        )
    else:
        credentials = faust.SSLCredentials(context=tls) if tls else None
    return {"broker": broker, "broker_credentials": credentials}


def elasticsearch_options(settings: Settings) -> dict[str, Any]:
    """For both clients of Elasticsearch."""
    assert settings.elasticsearch, "resolved by the caller"  # noqa: S101 - programming error
    options: dict[str, Any] = {"hosts": settings.elasticsearch.split(",")}
    if settings.elasticsearch.startswith("https:"):
        options["ssl_context"] = _tls(settings.elasticsearch_ca, "DATELINE_ELASTICSEARCH_CA")
    elif settings.elasticsearch_ca:
        raise Fatal(
            f"DATELINE_ELASTICSEARCH_CA is set, but DATELINE_ELASTICSEARCH={settings.elasticsearch} is not encrypted: "
            "write https://, or unset DATELINE_ELASTICSEARCH_CA"
        )
    return options | _elasticsearch_login(settings)


def _elasticsearch_login(settings: Settings) -> dict[str, Any]:
    if key := settings.secret("elasticsearch_api_key"):
        return {"api_key": key}
    if settings.elasticsearch_user is None:
        return {}
    password = settings.secret("elasticsearch_password")
    if password is None:
        raise Fatal(_password_missing("DATELINE_ELASTICSEARCH"))
    return {"basic_auth": (settings.elasticsearch_user, password)}


def _kafka_addresses(settings: Settings) -> list[str]:
    assert settings.kafka, "resolved by the caller"  # noqa: S101 - programming error
    return settings.kafka.split(",")


def _kafka_tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.kafka_security_protocol != "PLAINTEXT":
        return _tls(settings.kafka_ca, "DATELINE_KAFKA_CA")
    if settings.kafka_ca:
        raise Fatal(
            "DATELINE_KAFKA_CA is set, but DATELINE_KAFKA_SECURITY_PROTOCOL is PLAINTEXT: set it to SSL or SASL_SSL, or unset "
            "DATELINE_KAFKA_CA"
        )
    return None


def _kafka_login(settings: Settings) -> tuple[str, str] | None:
    if settings.kafka_security_protocol != "SASL_SSL":
        if settings.kafka_user:
            raise Fatal(
                "DATELINE_KAFKA_USER is set, but DATELINE_KAFKA_SECURITY_PROTOCOL is "
                f"{settings.kafka_security_protocol}: set it to SASL_SSL, or unset DATELINE_KAFKA_USER"
            )
        return None
    if settings.kafka_user is None:
        raise Fatal(
            "DATELINE_KAFKA_SECURITY_PROTOCOL is SASL_SSL: set DATELINE_KAFKA_USER and DATELINE_KAFKA_PASSWORD too"
        )
    password = settings.secret("kafka_password")
    if password is None:
        raise Fatal(_password_missing("DATELINE_KAFKA"))
    return settings.kafka_user, password


def _password_missing(server: str) -> str:
    return f"{server}_USER is set: set {server}_PASSWORD or {server}_PASSWORD_FILE too"


def _tls(authorities: Path | None, variable: str) -> ssl.SSLContext:
    """Certificates and host names are always checked; there is no setting that would leave it out."""
    try:
        return ssl.create_default_context(cafile=authorities)
    except OSError as error:  # `ssl.SSLError` is one
        what = "holds no certificate (PEM)" if isinstance(error, ssl.SSLError) else f"can't be read ({error.strerror})"
        raise Fatal(f"{variable}={authorities} {what}") from error
