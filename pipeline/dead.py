"""Dead letters as a person handles them: numbered, shown, sent back. Reads `wire.dead` with kafka-python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from pipeline.errors import Retry
from pipeline.feeds.producer import connect_producer
from pipeline.settings import Settings
from pipeline.sinks.dead_letters import PREFIX, make_replay
from pipeline.streams import DEAD, MAX_STORY_BYTES


@dataclass(frozen=True)
class DeadLetter:
    """One message of `wire.dead`. ``number``: its offset there, by which a person names it."""

    number: int
    kind: str
    reason: str
    origin: str
    time: str
    source: str | None
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]

    def to_dict(self) -> dict[str, Any]:
        """For programs: without the bytes, with their number."""
        fields = asdict(self)
        for name in ("key", "value", "headers"):
            del fields[name]
        return fields | {"bytes": len(self.value or b"")}


def read_dead(settings: Settings) -> Iterator[DeadLetter]:
    """All dead letters that are there now, oldest first."""
    consumer = _consumer(settings)
    try:
        topic = DEAD.topic(settings)
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        for partition in partitions:
            consumer.seek_to_beginning(partition)
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for records in consumer.poll(timeout_ms=1000).values():
                for record in records:
                    if record.offset < ends[TopicPartition(topic, record.partition)]:
                        yield _letter(record)
    except KafkaError as error:
        raise Retry(f"Kafka did not give the dead letters ({error}): see `dateline doctor`") from error
    finally:
        consumer.close()


def _consumer(settings: Settings) -> KafkaConsumer:
    try:
        return KafkaConsumer(
            bootstrap_servers=(settings.kafka or "").split(","),
            enable_auto_commit=False,
            max_partition_fetch_bytes=MAX_STORY_BYTES,
        )
    except KafkaError as error:
        raise Retry(f"no Kafka broker answers at {settings.kafka}: see `dateline doctor`") from error


def _letter(record: Any) -> DeadLetter:
    headers = dict(record.headers or ())

    def text(name: str) -> str:
        return str(headers.get(name, b""), "utf-8", "replace")

    place = "/".join(text(f"{PREFIX}{part}") for part in ("topic", "partition", "offset", "item"))
    return DeadLetter(
        number=record.offset,
        kind=text(f"{PREFIX}class"),
        reason=text(f"{PREFIX}reason"),
        origin=place,
        time=text(f"{PREFIX}time"),
        source=text("source") or None,
        key=record.key,
        value=record.value,
        headers=headers,
    )


def replay_dead(settings: Settings, wanted: Callable[[DeadLetter], bool]) -> int:
    """Sends the wanted dead letters back to where they came from, each message once, and returns how many.

    They stay in `wire.dead` until its retention ends: a stream forgets nothing on request.
    """
    producer = connect_producer(settings.kafka or "")
    sent: set[str] = set()
    try:
        for letter in read_dead(settings):
            message_origin = letter.origin.rpartition("/")[0]
            if wanted(letter) and message_origin not in sent:
                sent.add(message_origin)
                message = make_replay(letter.key, letter.value, letter.headers)
                producer.send(message.topic, message.value, key=message.key, headers=message.headers)
        producer.flush(timeout=60)
    except KafkaError as error:
        raise Retry(f"Kafka did not take the messages ({error}); try again, repeats do no harm") from error
    finally:
        producer.close(timeout=5)
    return len(sent)
