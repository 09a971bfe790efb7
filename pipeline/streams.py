"""The Kafka topics ("streams") of Dateline: their names, limits and retention, and making them.

Comes in: settings. Goes out: stream names with the prefix in force, and the admin calls around them (kafka-python). Never
reads or writes messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError, TopicAlreadyExistsError

from pipeline.connections import kafka_options
from pipeline.errors import Retry
from pipeline.formats.raw import MAX_RAW_BYTES
from pipeline.kafka_errors import kafka_errors
from pipeline.settings import Settings

_PATIENCE_MS = 10_000
_DAY_MS = 24 * 60 * 60 * 1000
_ENVELOPE_BYTES = 64 * 1024
"""Room for key, headers and batch framing beside the largest value."""
MAX_STORY_BYTES = 8 * 1024 * 1024
"""A story of the largest raw copy with all its tags."""


@dataclass(frozen=True)
class Stream:
    """One Kafka topic. ``partitions``: None takes the setting."""

    name: str
    retention_days: int
    max_bytes: int
    partitions: int | None = None

    def topic(self, settings: Settings) -> str:
        """The topic's name on the broker."""
        return settings.prefix + self.name

    def config(self) -> dict[str, str]:
        """The topic's configuration. Never compacted: gaps between offsets stop Faust's commits."""
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_days * _DAY_MS),
            "max.message.bytes": str(self.max_bytes + _ENVELOPE_BYTES),
        }


RAW = Stream("wire.raw", retention_days=14, max_bytes=MAX_RAW_BYTES)
STORIES = Stream("wire.stories", retention_days=14, max_bytes=MAX_STORY_BYTES)
ALERTS = Stream("wire.alerts", retention_days=30, max_bytes=MAX_RAW_BYTES, partitions=3)
DEAD = Stream("wire.dead", retention_days=30, max_bytes=MAX_STORY_BYTES, partitions=1)
STREAMS = (RAW, STORIES, ALERTS, DEAD)

MUTED = "alerts-muted"
"""The header of messages that are sent again and must not alert."""

CONSUMES = {"read": RAW, "keep": STORIES, "notify": ALERTS}
"""The stream that each role consumes."""


def group_of(role: str, settings: Settings) -> str:
    """The consumer group of a role, which is its Faust app id."""
    return f"{settings.prefix}dateline-{role}"


@contextmanager
def admin(settings: Settings) -> Iterator[KafkaAdminClient]:
    """An admin client; raises `Retry` where the broker does not answer, `Refused` where it refuses us."""
    with kafka_errors(settings, "no Kafka broker answers"):
        client = KafkaAdminClient(
            **kafka_options(settings), request_timeout_ms=_PATIENCE_MS, bootstrap_timeout_ms=_PATIENCE_MS
        )
    try:
        with kafka_errors(settings, "Kafka did not do as asked"):
            yield client
    finally:
        client.close()


def create_streams(client: KafkaAdminClient, settings: Settings) -> list[str]:
    """Makes the streams that are not there yet and returns their topic names; existing ones stay as they are."""
    existing = set(client.list_topics())
    missing = [stream for stream in STREAMS if stream.topic(settings) not in existing]
    topics = {
        stream.topic(settings): {
            "num_partitions": stream.partitions or settings.partitions,
            "replication_factor": settings.replication or -1,  # -1: the broker's own default
            "configs": stream.config() | _least_in_sync(settings),
        }
        for stream in missing
    }
    if topics:
        with suppress(TopicAlreadyExistsError):  # another setup at the same moment made them
            client.create_topics(topics)
        client.wait_for_topics(list(topics))
    return list(topics)


def _least_in_sync(settings: Settings) -> dict[str, str]:
    """How many copies must have a message before it counts as taken: all but one, so that one broker may be away."""
    return {"min.insync.replicas": str(max(1, settings.replication - 1))} if settings.replication else {}


@dataclass(frozen=True)
class Lag:
    """How far a group is behind on a stream, in messages; ``committed`` and ``end`` are sums over the partitions."""

    role: str
    stream: str
    group: str
    committed: int
    end: int
    partitions: int

    @property
    def messages(self) -> int:
        """Messages not yet settled."""
        return self.end - self.committed


def read_lag(client: KafkaAdminClient, settings: Settings) -> list[Lag]:
    """The true lag of each role: the end of its stream less what its group has committed.

    Roles are asked in the order of the way of a story, so that no lag anywhere means that all that came in is settled.
    """
    return [_lag_of(client, role, stream, settings) for role, stream in CONSUMES.items()]


class Ownership(NamedTuple):
    """How many partitions a role's stream has, and how many of them nobody in the role's group reads."""

    partitions: int
    unread: int


def read_ownership(client: KafkaAdminClient, role: str, settings: Settings) -> Ownership | None:
    """Who reads a role's stream; None while the group is sharing it out."""
    topic, group = CONSUMES[role].topic(settings), group_of(role, settings)
    found = client.describe_groups([group]).get(group, {})
    if "Rebalance" in (state := found.get("group_state", "")):
        return None
    read = {
        (assigned["topic"], partition)
        for member in (found.get("members", ()) if state == "Stable" else ())
        if isinstance(member["member_assignment"], dict)
        for assigned in member["member_assignment"]["assigned_partitions"]
        for partition in assigned["partitions"]
    }
    partitions = partitions_of(client, topic)
    return Ownership(len(partitions), sum((topic, it.partition) not in read for it in partitions))


class LagWatch:
    """Reads the lag again and again over one connection, which is made anew when the broker was away."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = ExitStack()
        self._client: KafkaAdminClient | None = None

    def read(self) -> list[Lag]:
        """The lag of each role; empty while Kafka is away."""
        try:
            if self._client is None:
                self._client = self._open.enter_context(admin(self._settings))
            return read_lag(self._client, self._settings)
        except (Retry, KafkaError):
            self.close()
            return []

    def close(self) -> None:
        """Closes the connection."""
        self._client = None
        self._open.close()


def _lag_of(client: KafkaAdminClient, role: str, stream: Stream, settings: Settings) -> Lag:
    group, topic = group_of(role, settings), stream.topic(settings)
    partitions = partitions_of(client, topic)
    first = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
    end = end_of(client, partitions)
    committed = client.list_group_offsets({group: None}).get(group, {})
    done = {
        partition: max(committed[partition].offset if partition in committed else 0, first[partition].offset)
        for partition in partitions
    }
    return Lag(role, stream.name, group, sum(done.values()), end, len(partitions))


def end_of(client: KafkaAdminClient, partitions: Iterable[TopicPartition]) -> int:
    """How many messages were ever sent to these partitions."""
    last = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    return sum(it.offset for it in last.values())


def partitions_of(client: KafkaAdminClient, topic: str) -> list[TopicPartition]:
    """The partitions of a topic; none where there is no such topic."""
    found = client.describe_topics([topic])
    return [TopicPartition(topic, partition["partition_index"]) for entry in found for partition in entry["partitions"]]
