"""The way of a story on real Kafka and real Elasticsearch, as a user sees it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.dead import DeadLetter, read_dead, replay_dead, send_back
from pipeline.documents.indices import index_names
from pipeline.errors import Retry
from pipeline.feeds.files import Copy
from pipeline.formats.raw import MAX_RAW_BYTES
from pipeline.search.query import parse_query
from pipeline.searching import read_story, read_versions, search
from pipeline.settings import Settings
from pipeline.streams import RAW
from tests.conftest import Pipeline, wait_for

SANCTIONS = "Washington and Brussels imposed new economic sanctions on three Russian banks on Thursday, officials said."


def story(guid: str, **fields: Any) -> Copy:
    fields = {"guid": guid, "provider": "aurora", "headline": f"Story {guid}", "body": SANCTIONS} | fields
    return Copy(json.dumps(fields).encode(), source="test", content_type="application/json")


def documents(elastic: Elasticsearch, settings: Settings) -> dict[str, dict[str, Any]]:
    response = elastic.search(index=index_names(settings).everything, size=1000, seq_no_primary_term=True)
    return {hit["_id"]: hit for hit in response["hits"]["hits"]}


def test_a_story_is_found_by_text_language_entity_and_topic(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    pipeline.feed(story("1", headline="New measures against banks"))
    pipeline.settle()
    names = index_names(pipeline.settings)
    for query in (
        "measures",
        "lang:en",
        "country:RU",
        "topic:medtop:20000642",
        'topic:"economic sanction"',
        "entity:Russia",
    ):
        results = search(elastic, names, parse_query(query))
        assert [found.story.id for found in results.stories] == ["aurora:1"], query
    assert search(elastic, names, parse_query("lang:de")).total == 0


def test_the_document_tells_its_times_and_where_it_came_from(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    pipeline.feed(story("1"))
    pipeline.settle()
    document = documents(elastic, pipeline.settings)["aurora:1"]["_source"]
    times = [document[name] for name in ("received", "read_at", "enriched_at", "indexed_at")]
    assert times == sorted(times)
    assert document["source"] == "test"
    assert document["format"] == "json"


def test_versions_out_of_order_give_the_highest_and_keep_all(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    pipeline.feed(*(story("1", version=version, headline=f"Lead {version}") for version in (1, 3, 2)))
    pipeline.settle()
    names = index_names(pipeline.settings)
    found = read_story(elastic, names, "aurora:1")
    assert found is not None
    assert found.story.headline == "Lead 3"
    assert [version.version for version in read_versions(elastic, names, "aurora:1")] == [1, 2, 3]
    assert sum(pipeline.tally.counts.values()) == 3


def test_a_repeat_of_the_whole_feed_changes_nothing(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    copies = [story(str(number), version=1 + number % 2) for number in range(20)]
    pipeline.feed(*copies)
    pipeline.settle()
    before = documents(elastic, pipeline.settings)
    pipeline.feed(*copies)
    pipeline.settle()
    assert documents(elastic, pipeline.settings) == before
    assert pipeline.tally.counts == {"created": 20, "unchanged": 20}


def test_a_killed_story_is_found_only_as_killed(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    pipeline.feed(story("1", headline="Withdrawn claim"), story("2", headline="Standing claim"))
    pipeline.feed(story("1", version=2, pubstatus="canceled", headline="Withdrawn claim", ed_note="Source retracted"))
    pipeline.settle()
    names = index_names(pipeline.settings)
    assert [found.story.guid for found in search(elastic, names, parse_query("claim")).stories] == ["2"]
    killed = search(elastic, names, parse_query("claim is:killed")).stories
    assert [(found.story.guid, found.story.pubstatus) for found in killed] == [("1", "canceled")]
    assert killed[0].kill_note == "Source retracted"


def test_unreadable_copy_dies_with_its_reason_and_can_be_replayed(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    poison = [b"{broken", b"<newsItem", b'{"headline": 7, "body": []}', b"\x00\x01\x02"]
    pipeline.feed(story("1"), *(Copy(value, source="poison") for value in poison), story("2"))
    pipeline.settle()
    assert set(documents(elastic, pipeline.settings)) == {"aurora:1", "aurora:2"}
    letters = list(read_dead(pipeline.settings))
    assert sorted(letter.value or b"" for letter in letters) == sorted(poison)
    assert all(letter.kind and letter.reason and letter.source == "poison" for letter in letters)
    assert all(letter.origin.startswith(RAW.topic(pipeline.settings)) for letter in letters)
    assert replay_dead(pipeline.settings, lambda letter: True) == len(poison)
    pipeline.settle()
    wait_for(lambda: len(list(read_dead(pipeline.settings))) == 2 * len(poison), what="the replayed copy to die again")


def test_what_the_broker_refuses_is_not_counted_as_sent(pipeline: Pipeline) -> None:
    topic = RAW.topic(pipeline.settings)
    letter = DeadLetter(
        number=0,
        kind="test",
        reason="",
        origin=f"{topic}/0/0/0",
        time="",
        source=None,
        key=None,
        value=b"x" * (MAX_RAW_BYTES + 1024 * 1024),
        headers={"dead.topic": topic.encode()},
    )
    with pytest.raises(Retry, match="did not take"):
        send_back(pipeline.settings, [letter])


def test_a_message_with_several_items_loses_only_the_bad_one(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    lines = [story("1").value, b'{"guid": "2"}', story("3").value]
    pipeline.feed(Copy(b"\n".join(lines), source="lines"))
    pipeline.settle()
    assert set(documents(elastic, pipeline.settings)) == {"aurora:1", "aurora:3"}
    (letter,) = read_dead(pipeline.settings)
    assert letter.value == b"\n".join(lines)
    assert letter.origin.endswith("/1")
    assert pipeline.tally.counts == {"created": 2, "dead": 1}


def test_a_document_that_elasticsearch_refuses_dies_alone(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    names = index_names(pipeline.settings)
    elastic.indices.put_mapping(index=names.stories, properties={"usage_terms": {"type": "date"}})
    pipeline.feed(story("1"), story("2", usage_terms="not a date"), story("3"))
    pipeline.settle()
    # An index keeps its mapping, and other tests have stories with the field.
    lenient = {"type": "date", "ignore_malformed": True}
    elastic.indices.put_mapping(index=names.stories, properties={"usage_terms": lenient})
    assert set(documents(elastic, pipeline.settings)) == {"aurora:1", "aurora:3"}
    (letter,) = read_dead(pipeline.settings)
    assert letter.kind == "not-indexable"
    assert "usage_terms" in letter.reason
