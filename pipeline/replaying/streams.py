"""Sending again what a stream still holds. Works with kafka-python.

Comes in: `wire.raw` or `wire.stories`, and since when. Goes out: the same messages at the end of the same stream, with the headers that they
came with and the time at which they first arrived.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from pipeline.connections import kafka_options
from pipeline.errors import Retry
from pipeline.feeds.producer import sending
from pipeline.kafka_errors import kafka_errors
from pipeline.replaying.marks import AGAIN, marks
from pipeline.settings import Settings
from pipeline.sinks.dead_letters import Outgoing
from pipeline.streams import MAX_STORY_BYTES, RAW, STORIES, Stream

_PATIENCE_S = 10
"""For a broker, and for the end of a stream: a person waits for it."""
REPLAYED = {stream.name: stream for stream in (RAW, STORIES)}


def replay_stream(settings: Settings, name: str, *, since: datetime | None, alerts: bool) -> int:
    """Sends the messages of a stream again and returns how many; raises `Retry` where Kafka does not take them."""
    stream, sent = REPLAYED[name], 0
    with sending(settings) as send:
        for record in read_stream(settings, stream, since=since):
            headers = dict(record.headers or ())
            if AGAIN in headers:
                continue
            arrived = datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat().encode()
            headers = {"received-at": arrived} | headers | marks(alerts=alerts)
            send(Outgoing(stream.topic(settings), record.key, record.value, list(headers.items())))
            sent += 1
    return sent


def read_stream(settings: Settings, stream: Stream, *, since: datetime | None = None) -> Iterator[Any]:
    """All messages that are in a stream now, or those since a time, partition by partition, oldest first."""
    with consuming(settings, stream.name) as consumer:
        topic = stream.topic(settings)
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        _seek(consumer, partitions, ends, since)
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for records in consumer.poll(timeout_ms=1000).values():
                for record in records:
                    if record.offset < ends[TopicPartition(topic, record.partition)]:
                        yield record


def read_end(settings: Settings, stream: Stream, *, limit: int, before: int | None = None) -> list[Any]:
    """The last messages of a stream of one partition, or the last before an offset, oldest first."""
    with consuming(settings, stream.name) as consumer:
        partition = TopicPartition(stream.topic(settings), 0)
        if not consumer.partitions_for_topic(partition.topic):
            return []
        consumer.assign([partition])
        first = consumer.beginning_offsets([partition])[partition]
        end = consumer.end_offsets([partition])[partition]
        end = end if before is None else min(end, before)
        start = max(first, end - limit)
        consumer.seek(partition, start)
        found: list[Any] = []
        until = time.monotonic() + _PATIENCE_S
        while start < end and consumer.position(partition) < end:
            if time.monotonic() > until:
                raise Retry(f"Kafka did not give {stream.name} within {_PATIENCE_S} s: see `dateline doctor`")
            for records in consumer.poll(timeout_ms=1000).values():
                found += [record for record in records if record.offset < end]
        return found


def _seek(
    consumer: KafkaConsumer, partitions: list[TopicPartition], ends: dict[TopicPartition, int], since: datetime | None
) -> None:
    if since is None:
        for partition in partitions:
            consumer.seek_to_beginning(partition)
        return
    found = consumer.offsets_for_times(dict.fromkeys(partitions, int(since.timestamp() * 1000)))
    for partition in partitions:
        consumer.seek(partition, found[partition].offset if found.get(partition) else ends[partition])


@contextmanager
def consuming(settings: Settings, what: str) -> Iterator[KafkaConsumer]:
    """A consumer without a group, for looking; raises `Retry` where Kafka is away or does not give ``what`` is looked for, `Refused` where
    it refuses us.
    """
    with kafka_errors(settings, "no Kafka broker answers"):
        consumer = KafkaConsumer(
            **kafka_options(settings),
            enable_auto_commit=False,
            max_partition_fetch_bytes=MAX_STORY_BYTES,
            bootstrap_timeout_ms=_PATIENCE_S * 1000,
        )
    try:
        with kafka_errors(settings, f"Kafka did not give {what}"):
            yield consumer
    finally:
        consumer.close()
