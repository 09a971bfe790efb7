"""Sending what a stream holds through the pipeline again, with alerts muted unless asked. Works with kafka-python.

Comes in: `wire.raw` or `wire.stories`, and since when. Goes out: the same messages at the end of the same stream, with the headers that they
came with and the time at which they first arrived. A repeat is harmless: a story changes only where it is read otherwise now.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from pipeline.agents.keep import MUTED
from pipeline.errors import Retry
from pipeline.feeds.producer import connect_producer
from pipeline.settings import Settings
from pipeline.streams import MAX_STORY_BYTES, RAW, STORIES, Stream

REPLAYED = {stream.name: stream for stream in (RAW, STORIES)}
_REPLAY = "replayed"
"""The header of a message that was sent again; such ones are not sent once more."""


def replay_stream(settings: Settings, name: str, *, since: datetime | None, alerts: bool) -> int:
    """Sends the messages of a stream again and returns how many; raises `Retry` where Kafka does not take them."""
    stream, sent = REPLAYED[name], 0
    producer = connect_producer(settings.kafka or "")
    try:
        for record in read_stream(settings, stream, since=since):
            headers = dict(record.headers or ())
            if _REPLAY in headers:
                continue
            arrived = datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat().encode()
            headers = {"received-at": arrived} | headers | {_REPLAY: b"1"} | ({} if alerts else {MUTED: b"1"})
            producer.send(stream.topic(settings), record.value, key=record.key, headers=list(headers.items()))
            sent += 1
        producer.flush(timeout=60)
    except KafkaError as error:
        raise Retry(f"Kafka did not take the messages ({error}); try again, repeats do no harm") from error
    finally:
        producer.close(timeout=5)
    return sent


def read_stream(settings: Settings, stream: Stream, *, since: datetime | None = None) -> Iterator[Any]:
    """All messages that are in a stream now, or those since a time, partition by partition, oldest first."""
    consumer = _consumer(settings)
    try:
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
    except KafkaError as error:
        raise Retry(f"Kafka did not give {stream.name} ({error}): see `dateline doctor`") from error
    finally:
        consumer.close()


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


def _consumer(settings: Settings) -> KafkaConsumer:
    try:
        return KafkaConsumer(
            bootstrap_servers=(settings.kafka or "").split(","),
            enable_auto_commit=False,
            max_partition_fetch_bytes=MAX_STORY_BYTES,
        )
    except KafkaError as error:
        raise Retry(f"no Kafka broker answers at {settings.kafka}: see `dateline doctor`") from error
