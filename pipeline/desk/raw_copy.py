"""The bytes that a story was read from, found in `wire.raw` by way of `wire.stories`. Works with kafka-python.

Comes in: a story's id and when it was enriched. Goes out: the message, or nothing where the streams no longer hold it. A story's document
doesn't say where its copy lies; its message in `wire.stories` does (header `origin`), and that one has the story's id as its key, hence
its partition, and stands close to the time of its enrichment.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from kafka import KafkaConsumer, TopicPartition
from kafka.partitioner.default import murmur2

from pipeline.errors import NOT_JSON
from pipeline.replaying.streams import consuming
from pipeline.settings import Settings
from pipeline.streams import STORIES

_BEFORE = timedelta(seconds=5)
_PATIENCE_S = 5.0
"""A person waits for it; in a flood the message may lie further than can be read in that time."""


@dataclass(frozen=True)
class RawMessage:
    """Copy as it came; ``place``: stream, partition and offset."""

    place: str
    value: bytes
    headers: dict[str, str]


def find_raw(settings: Settings, story_id: str, enriched_at: datetime | None) -> RawMessage | None:
    """The message that this version of the story was read from. Raises `Retry` where Kafka is away."""
    with consuming(settings, "the raw copy") as consumer:
        origin = _origin(consumer, STORIES.topic(settings), story_id, enriched_at)
        if origin is None:
            return None
        topic, partition, offset = origin
        record = _record(consumer, TopicPartition(topic, partition), offset)
    if record is None:
        return None
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers or ()}
    return RawMessage(f"{topic}/{partition}/{offset}", record.value or b"", headers)


def _origin(
    consumer: KafkaConsumer, topic: str, story_id: str, enriched_at: datetime | None
) -> tuple[str, int, int] | None:
    """Where the copy lies that the story was read from when it was enriched at that time."""
    numbers = sorted(consumer.partitions_for_topic(topic) or ())
    if not numbers:
        return None
    # As Kafka's own partitioner does, which aiokafka and kafka-python share.
    partition = TopicPartition(topic, numbers[(murmur2(story_id.encode()) & 0x7FFFFFFF) % len(numbers)])
    found = None
    for record in _records(consumer, partition, enriched_at and enriched_at - _BEFORE):
        if record.key == story_id.encode() and (origin := dict(record.headers or ()).get("origin")):
            found = _place(origin.decode())
            if _enriched_at(record.value) == enriched_at:
                break  # else another version of the story, the best we have so far
    return found


class _Enriched(msgspec.Struct):
    enriched_at: datetime | None = None


def _enriched_at(value: bytes | None) -> datetime | None:
    try:
        return msgspec.json.decode(value or b"", type=_Enriched).enriched_at
    except NOT_JSON:
        return None


def _place(origin: str) -> tuple[str, int, int] | None:
    """Topic, partition and offset of ``topic/partition/offset/item``."""
    parts = origin.rsplit("/", 3)
    return (parts[0], int(parts[1]), int(parts[2])) if len(parts) == 4 else None


def _records(consumer: KafkaConsumer, partition: TopicPartition, since: datetime | None) -> Iterator[Any]:
    """The messages of a partition since a time, as many as can be read while a person waits."""
    consumer.assign([partition])
    end = consumer.end_offsets([partition])[partition]
    start = consumer.offsets_for_times({partition: int(since.timestamp() * 1000)})[partition] if since else None
    if since and start is None:
        return
    if start is None:
        consumer.seek_to_beginning(partition)
    else:
        consumer.seek(partition, start.offset)
    until = time.monotonic() + _PATIENCE_S
    while consumer.position(partition) < end and time.monotonic() < until:
        for records in consumer.poll(timeout_ms=500).values():
            yield from records


def _record(consumer: KafkaConsumer, partition: TopicPartition, offset: int) -> Any | None:
    """One message; None where retention has taken it."""
    consumer.assign([partition])
    if not consumer.beginning_offsets([partition])[partition] <= offset < consumer.end_offsets([partition])[partition]:
        return None
    consumer.seek(partition, offset)
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        for records in consumer.poll(timeout_ms=500, max_records=1).values():
            return records[0]
    return None
