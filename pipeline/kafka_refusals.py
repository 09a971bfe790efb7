"""Why Kafka and we don't come together, where only a person can change it.

Comes in: where Kafka is and as whom to log in. Goes out: what to mend. Asks by a single connection of aiokafka's, which Faust uses too and which
tells a wrong password from an untrusted certificate from a broker that is away.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiokafka import errors as aio
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.admin import SaslHandShakeRequest

_PATIENCE_S = 5.0
_CLOSING_S = 0.5
_LOGIN = "DATELINE_KAFKA_USER, DATELINE_KAFKA_PASSWORD and DATELINE_KAFKA_SASL_MECHANISM"


def find_refusal(options: Mapping[str, Any]) -> str | None:
    """What to mend; None where a connection comes about, or where no broker answers. ``options``: those of kafka-python."""
    # In a thread of its own, since the caller's may have an event loop.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(_try(dict(options)))).result()


async def _try(options: dict[str, Any]) -> str | None:
    for address in options.pop("bootstrap_servers"):
        host, _, port = address.rpartition(":")
        try:
            connection = AIOKafkaConnection(
                host, int(port), client_id="dateline", request_timeout_ms=int(_PATIENCE_S * 1000), **options
            )
            try:
                return await _refusal(connection, address, options["security_protocol"])
            finally:
                # It closes by and by; without a connection the future stays open.
                await asyncio.wait([connection.close()], timeout=_CLOSING_S)
        except (OSError, TimeoutError, ValueError, aio.KafkaError):
            continue  # away; another one may say more
    return None


async def _refusal(connection: AIOKafkaConnection, address: str, protocol: str) -> str | None:
    try:
        await connection.connect()
    except ssl.SSLCertVerificationError as error:
        return (
            f"Kafka's certificate at {address} is not trusted ({error.verify_message}): DATELINE_KAFKA_CA must name the file of who "
            "vouches for it, and DATELINE_KAFKA the broker by the name in it"
        )
    except ssl.SSLError as error:
        return f"Kafka at {address} does not encrypt ({error.reason}): check DATELINE_KAFKA and DATELINE_KAFKA_SECURITY_PROTOCOL"
    except (aio.SaslAuthenticationFailed, aio.AuthenticationFailedError):
        return f"Kafka at {address} does not know us: check {_LOGIN}"
    except (aio.UnsupportedSaslMechanismError, aio.IllegalSaslStateError) as error:
        return f"Kafka at {address} wants another login ({error.description}): check {_LOGIN}"
    except (aio.KafkaConnectionError, TimeoutError):
        if protocol == "PLAINTEXT" and await asyncio.to_thread(_encrypts, connection.host, connection.port):
            return f"Kafka at {address} encrypts: set DATELINE_KAFKA_SECURITY_PROTOCOL to SSL or SASL_SSL"
        raise
    if protocol != "SASL_SSL" and await _wants_login(connection):
        return f"Kafka at {address} wants a login: set DATELINE_KAFKA_SECURITY_PROTOCOL to SASL_SSL, and {_LOGIN}"
    return None


async def _wants_login(connection: AIOKafkaConnection) -> bool:
    """Whether this listener would log us in; others say that there is nothing to log in to."""
    answer = await connection.send(SaslHandShakeRequest("PLAIN"))
    return bool(answer.error_code != aio.IllegalSaslStateError.errno)


def _encrypts(host: str, port: int) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # only to see whether it does
    try:
        with socket.create_connection((host, port), timeout=_PATIENCE_S) as plain, context.wrap_socket(plain):
            return True
    except OSError:
        return False
