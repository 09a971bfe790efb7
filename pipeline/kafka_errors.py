"""Kafka's errors turned into ours: wait for what passes, stop for what only a person can change.

kafka-python says of a wrong password, an untrusted certificate and a broker that is away the same, that it got no answer;
`pipeline.kafka_refusals` finds out which it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import AuthorizationError, KafkaError

from pipeline.connections import kafka_options
from pipeline.errors import Refused, Retry
from pipeline.settings import Settings


@contextmanager
def kafka_errors(settings: Settings, what: str) -> Iterator[None]:
    """Turns kafka-python's errors into `Refused`, where the broker refuses us or we it, and `Retry`; ``what`` went wrong."""
    try:
        yield
    except AuthorizationError as error:
        raise forbidden(error) from error
    except KafkaError as error:
        raise why_refused(settings) or Retry(
            f"{what} at {settings.kafka} ({type(error).__name__}): is it running?"
        ) from error


def forbidden(error: AuthorizationError) -> Refused:
    """What our user has no right to."""
    return Refused(
        f"Kafka forbids our user what we ask ({error}): run `dateline setup`, or give it the right (docs/security.md)"
    )


def check_login(settings: Settings) -> None:
    """Raises `Refused` where Kafka does not know our user or shows a certificate that nobody vouches for; silent where it is away."""
    if refused := why_refused(settings):
        raise refused


def why_refused(settings: Settings) -> Refused | None:
    """Why no connection comes about that only a person can change; None where one does, or where no broker answers."""
    from pipeline.kafka_refusals import find_refusal  # a slow import, which most commands can do without

    message = find_refusal(kafka_options(settings))
    return Refused(message) if message else None
