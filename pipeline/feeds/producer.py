"""Sending raw copy to `wire.raw` with kafka-python: nothing counts as fed before the broker has it.

Comes in: `Copy` values. Goes out: messages with the headers ``source``, ``content-type``, ``received-at``,
``last-modified``, ``feed``, ``providers`` (divided by blanks) and ``format``, keyed with provider and guid where the copy is
JSON that says them. For programs that feed from a loop there is `pipeline.feeds.outlet`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import msgspec
from kafka import KafkaProducer
from kafka.errors import AuthorizationError, KafkaError, MessageSizeTooLargeError

from pipeline.connections import kafka_options
from pipeline.errors import NOT_JSON, Refused, Reject, Retry
from pipeline.feeds.files import Copy
from pipeline.formats.raw import MAX_RAW_BYTES
from pipeline.kafka_errors import forbidden, kafka_errors
from pipeline.settings import Settings
from pipeline.sinks.dead_letters import Outgoing
from pipeline.streams import MAX_STORY_BYTES, RAW

_NOT_TAKEN = "Kafka did not take what was fed ({}); feed it again, repeats do no harm"


class _Identity(msgspec.Struct):
    """The two names in a JSON story that make its key."""

    guid: str | None = None
    provider: str | None = None


def check_size(copy: Copy) -> None:
    """The door: raises `Reject` for copy that is too long or has nothing in it."""
    if len(copy.value) > MAX_RAW_BYTES:
        raise Reject("too-large", f"more than {MAX_RAW_BYTES} bytes: split the file, a wire item is never that long")
    if not copy.value.strip():
        raise Reject("empty", "nothing in it")


class Feeder:
    """Feeds raw copy; use as a context, whose end waits until the broker has everything.

    ``patience_s``: how long a message may wait for its broker; None takes kafka-python's two minutes. ``marks``: headers of all messages.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience_s: float | None = None,
        marks: Mapping[str, bytes] | None = None,
    ) -> None:
        self._topic = RAW.topic(settings)
        self._now = now
        self._marks = list((marks or {}).items())
        self._errors: list[Exception] = []
        self.fed = 0
        self._producer = connect_producer(settings, patience_s=patience_s)

    def feed(self, copy: Copy) -> None:
        """Sends one message; raises `Reject` for copy that no broker takes, `Retry` where Kafka is away."""
        self.send(copy).add_errback(self._errors.append)
        self.fed += 1
        if self._errors:
            self._raise()

    def send(self, copy: Copy) -> Any:
        """Sends one message and returns kafka-python's future of it; raises as `feed` does."""
        check_size(copy)
        try:
            return self._producer.send(self._topic, copy.value, key=_key(copy), headers=self._headers(copy))
        except MessageSizeTooLargeError as error:
            raise Reject("too-large", str(error)) from error
        except KafkaError as error:  # the broker is away and our buffer full
            raise not_taken(error) from error

    def check_stream(self) -> None:
        """Raises `Retry` where the broker does not know the stream."""
        try:
            self._producer.partitions_for(self._topic)
        except KafkaError as error:
            raise Retry(f"Kafka tells nothing of {self._topic} ({error}): run `dateline setup` once") from error

    def flush(self) -> None:
        """Waits until the broker has all that was fed; raises `Retry` where it did not take it."""
        try:
            self._producer.flush(timeout=60)
        except KafkaError as error:
            raise not_taken(error) from error
        if self._errors:
            self._raise()

    def close(self, timeout: float = 5.0) -> None:
        """Lets the connection go, with whatever the broker did not take within the time."""
        with suppress(KafkaError):  # it flushes once more; who wants to know has flushed before
            self._producer.close(timeout=timeout)

    def _raise(self) -> None:
        raise not_taken(self._errors[0])

    def _headers(self, copy: Copy) -> list[tuple[str, bytes]]:
        values = {
            "source": copy.source,
            "content-type": copy.content_type,
            "received-at": self._now().isoformat(),
            "last-modified": copy.modified.isoformat() if copy.modified else None,
            "feed": copy.feed,
            "providers": " ".join(copy.providers),
            "format": copy.format,
        }
        # A file's name may be no text at all; what can't be written becomes "?".
        return [(name, value.encode("utf-8", "replace")) for name, value in values.items() if value] + self._marks

    def __enter__(self) -> Feeder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self.close()


def not_taken(error: Exception) -> Retry | Refused:
    """What became of a message that the broker did not acknowledge."""
    return forbidden(error) if isinstance(error, AuthorizationError) else Retry(_NOT_TAKEN.format(error))


def connect_producer(settings: Settings, *, patience_s: float | None = None) -> KafkaProducer:
    """A producer that loses nothing and keeps order; raises `Retry` where no broker answers, `Refused` where it refuses us."""
    times = {}
    if patience_s is not None:
        whole = int(patience_s * 1000)
        times = {
            "bootstrap_timeout_ms": whole // 2,
            "max_block_ms": whole // 2,
            "request_timeout_ms": whole * 4 // 5,
            "delivery_timeout_ms": whole,
        }
    with kafka_errors(settings, "no Kafka broker answers"):
        return KafkaProducer(
            **kafka_options(settings),
            acks="all",
            enable_idempotence=True,
            linger_ms=5,
            batch_size=512 * 1024,
            max_request_size=MAX_STORY_BYTES + 256 * 1024,
            **times,
        )


@contextmanager
def sending(settings: Settings) -> Iterator[Callable[[Outgoing], None]]:
    """Sends messages that the broker has at the block's end; raises `Retry` where it did not take all of them."""
    producer, errors = connect_producer(settings), list[Exception]()

    def send(message: Outgoing) -> None:
        future = producer.send(message.topic, message.value, key=message.key, headers=message.headers)
        future.add_errback(errors.append)

    try:
        with kafka_errors(settings, "Kafka did not take the messages (try again, repeats do no harm)"):
            yield send
            producer.flush(timeout=60)
            if errors:  # flushing only waits
                raise errors[0]
    finally:
        producer.close(timeout=5)


def _key(copy: Copy) -> bytes | None:
    """Provider and guid, so that the versions of a story keep their order; none where the copy is no JSON."""
    if (copy.content_type or "").partition(";")[0].strip().lower() != "application/json":
        return None
    try:
        found = msgspec.json.decode(copy.value, type=_Identity)
    except NOT_JSON:
        return None
    return f"{found.provider or ''}:{found.guid}".encode() if found.guid else None
