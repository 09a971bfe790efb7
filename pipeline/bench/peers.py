"""What others take for less work on the same stories: raw bulk requests, a plain loop, Quix Streams.

Comes in: stories and where the servers are. Goes out: stories a second of each, from its start, with all processes up, to its last document.
None of them parses a wire format, knows a story's versions, finds what it is about or alerts: the loop and Quix detect the language, on the
first 1,000 letters, and index what they got; raw bulk requests carry documents that Dateline made before.
"""

from __future__ import annotations

import importlib.util
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec
from elasticsearch import Elasticsearch, helpers
from kafka import KafkaConsumer
from langdetect import DetectorFactory, LangDetectException, detect

from pipeline.batches import batched
from pipeline.bench.copies import generate
from pipeline.bench.flow import Figures, Load, Say, feed, installation
from pipeline.bench.timing import timed
from pipeline.connections import kafka_options
from pipeline.documents.document import make_document
from pipeline.documents.indices import index_names
from pipeline.documents.state import State
from pipeline.enrich import enrich
from pipeline.formats import parse
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect
from pipeline.story import Story
from pipeline.streams import RAW

_BATCH = 500
_LETTERS = 1_000
"""Of a story, as much as langdetect needs: on a whole story it takes three times as long."""
_RAW = 1_000
"""Different documents for raw bulk requests; making one costs more than indexing it."""


def measure_peers(settings: Settings, load: Load, say: Say) -> Figures:
    """Stories a second of each; Quix Streams only where it is installed (`pip install dateline[bench]`)."""
    DetectorFactory.seed = 0
    figures: Figures = {}
    copies = generate(load.samples, load.size)
    with installation(settings) as own:
        client = connect(own)
        say("Raw bulk requests with the same documents …")
        figures["raw_bulk_stories_per_s"] = _raw_bulk(own, client, load)
        feed(own, islice(copies, load.count))
        say("A plain loop: kafka-python, langdetect, bulk …")
        with _index(client, f"{own.prefix}peer-loop") as index:
            figures["plain_loop_stories_per_s"] = load.count / timed(
                lambda: _plain_loop(own, client, index, load.count)
            )
        if importlib.util.find_spec("quixstreams") is None:
            say("Quix Streams is not installed (pip install 'dateline[bench]'): left out")
            return figures
        say("Quix Streams with its Elasticsearch sink, langdetect …")
        with _index(client, f"{own.prefix}peer-quix") as index:
            figures["quix_stories_per_s"] = load.count / timed(lambda: _quix(own, client, index, load.count))
    return figures


def _raw_bulk(settings: Settings, client: Elasticsearch, load: Load) -> float:
    """Documents a second that Elasticsearch takes, encoded before, one request after the other."""
    now = datetime.now(UTC)
    copies = islice(generate(load.samples, load.size), _RAW)
    stories = [enrich(it, thorough=False) for copy in copies for it in parse(copy.raw(now)) if isinstance(it, Story)]
    documents = [msgspec.json.encode(make_document(State(text=story), indexed_at=now)) for story in stories]
    bodies = [
        b"".join(b'{"create":{"_id":"%d"}}\n%s\n' % (number, documents[number % len(documents)]) for number in numbers)
        for numbers in batched(range(load.count), _BATCH)
    ]
    index = index_names(settings).stories
    bulk: Any = client.bulk  # passes bytes through, which its types don't say
    return load.count / timed(lambda: [bulk(index=index, operations=[body]) for body in bodies])


def _plain_loop(settings: Settings, client: Elasticsearch, index: str, count: int) -> None:
    consumer = KafkaConsumer(
        RAW.topic(settings),
        **kafka_options(settings),
        group_id=index,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    done = 0
    while done < count:
        records = [it for found in consumer.poll(timeout_ms=200, max_records=_BATCH).values() for it in found]
        if records:
            stories = (_with_language(json.loads(record.value)) for record in records)
            helpers.bulk(client, ({"_index": index, "_id": it["guid"], "_source": it} for it in stories))
            consumer.commit()
            done += len(records)
    consumer.close()


def _quix(settings: Settings, client: Elasticsearch, index: str, count: int) -> None:
    from quixstreams import Application
    from quixstreams.sinks.community.elasticsearch import ElasticsearchSink

    class Sink(ElasticsearchSink):  # type: ignore[misc]  # carries no types
        """Without its first question, which the local Elasticsearch can't answer."""

        def setup(self) -> None:
            self._client = client

    with tempfile.TemporaryDirectory() as folder:
        application = Application(
            broker_address=settings.kafka,
            consumer_group=index,
            auto_offset_reset="earliest",
            loglevel="ERROR",
            state_dir=folder,
        )
        topic = application.topic(RAW.topic(settings), value_deserializer="json", key_deserializer="bytes")
        stories = application.dataframe(topic)
        stories = stories.apply(_with_language)
        stories.sink(Sink(url="", index=index, document_id_setter=lambda item: item.value["guid"], batch_size=_BATCH))
        application.run(count=count, timeout=60.0)


def _with_language(story: dict[str, Any]) -> dict[str, Any]:
    try:
        return story | {"language": detect(f"{story['headline']} {story['body']}"[:_LETTERS])}
    except LangDetectException:
        return story | {"language": "und"}


@contextmanager
def _index(client: Elasticsearch, name: str) -> Iterator[str]:
    client.indices.create(index=name, settings={"number_of_replicas": 0}, mappings={"dynamic": "true"})
    try:
        yield name
    finally:
        client.indices.delete(index=name)
