"""The life of a story on real Kafka and real Elasticsearch: the scenario that docs/life.md tells, step by step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from kafka import KafkaConsumer

from pipeline.continuity import read_continuity
from pipeline.deciding import kill_story, release_story
from pipeline.documents.compare import compare
from pipeline.documents.indices import index_names
from pipeline.errors import WrongUse
from pipeline.feeds.files import Copy
from pipeline.search.query import parse_query
from pipeline.searching import Found, read_story, read_versions, search
from pipeline.settings import Settings
from pipeline.status import read_status
from pipeline.streams import ALERTS
from tests.conftest import Pipeline, wait_for

GUID = "urn:newsml:meridian.example:20261112:sanctions-01"
STORY = f"meridian.example:{GUID}"
NOW = datetime(2026, 11, 12, 8, tzinfo=UTC)


def news_item(
    version: int,
    text: str,
    *,
    guid: str = GUID,
    meta: str = "",
    status: str = "usable",
    service: str = "",
    headline: str = "Harbour banks face sanctions",
) -> Copy:
    """One version of a story as NewsML-G2; ``service`` as in "bdt:0626"."""
    alt = f'<altId type="meridian7901:id">{service}:3:wi:125:mer:3902::20261112090000MEZ</altId>' if service else ""
    created = (NOW + timedelta(minutes=version)).isoformat()
    value = f"""<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="{guid}" version="{version}" standard="NewsML-G2"
          standardversion="2.35" conformance="power">
  <itemMeta><itemClass qcode="ninat:text"/><provider literal="meridian.example"/><versionCreated>{created}</versionCreated>
    <pubStatus qcode="stat:{status}"/>{meta}</itemMeta>
  <contentMeta>{alt}<headline>{headline}</headline><slugline>Banks/Sanctions</slugline></contentMeta>
  <contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><body>
    <p>{text}</p></body></html></inlineXML></contentSet>
</newsItem>"""
    return Copy(value.encode(), source="meridian", content_type="application/xml")


def read(elastic: Elasticsearch, settings: Settings, story_id: str = STORY) -> Found:
    found = read_story(elastic, index_names(settings), story_id)
    assert found is not None
    return found


def find(elastic: Elasticsearch, settings: Settings, query: str) -> list[str]:
    """The ids that a search finds now."""
    return [hit.story.id for hit in search(elastic, index_names(settings), parse_query(query)).stories]


def events(settings: Settings) -> Iterator[dict[str, Any]]:
    consumer = KafkaConsumer(
        ALERTS.topic(settings), bootstrap_servers=settings.kafka, auto_offset_reset="earliest", consumer_timeout_ms=3000
    )
    yield from (json.loads(message.value) for message in consumer)
    consumer.close()


def test_versions_correction_kill_late_version_and_release(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    settings = pipeline.settings
    for version, text in ((1, "Three banks were put on the list."), (3, "Five banks are on the list.")):
        pipeline.feed(news_item(version, text))
        pipeline.settle()
    pipeline.feed(news_item(2, "Four banks are on the list."))
    pipeline.settle()
    assert read(elastic, settings).story.body == "Five banks are on the list."
    assert pipeline.tally.counts == {"created": 1, "updated": 1, "stale": 1}

    note = '<edNote role="dpaednoterole:correction">Corrects the number of banks to six.</edNote>'
    correction = news_item(4, "Six banks are on the list.", meta=f'<signal qcode="sig:correction"/>{note}')
    pipeline.feed(correction)
    pipeline.settle()
    corrected = read(elastic, settings).story
    assert (corrected.version, corrected.correction) == (4, "Corrects the number of banks to six.")
    assert find(elastic, settings, "is:corrected") == [STORY]
    one, two, three, four = read_versions(elastic, index_names(settings), STORY)
    assert [change.diff for change in compare(three, four) if change.field == "body"] == [
        "[-Five-]{+Six+} banks are on the list."
    ]
    assert (one.version, two.version) == (1, 2)

    kill = news_item(4, "", status="canceled", meta="<edNote>The source has withdrawn its claim.</edNote>")
    pipeline.feed(kill)
    pipeline.settle()
    assert find(elastic, settings, "banks") == []
    assert find(elastic, settings, "banks is:killed") == [STORY]
    assert read(elastic, settings).kill_note == "The source has withdrawn its claim."

    pipeline.feed(news_item(5, "Seven banks are on the list."))
    pipeline.settle()
    assert pipeline.tally.counts["after_kill"] == 1
    assert find(elastic, settings, "banks") == []
    assert read(elastic, settings).attention == ("after-kill",)
    assert find(elastic, settings, "is:waiting") == [STORY]
    assert 5 in [story.version for story in read_versions(elastic, index_names(settings), STORY)]

    assert release_story(settings, STORY, note="Agency confirmed by phone", now=datetime.now(UTC))
    assert find(elastic, settings, "banks") == [STORY]
    assert read(elastic, settings).story.body == "Seven banks are on the list."
    assert not release_story(settings, STORY, note=None, now=datetime.now(UTC))

    pipeline.feed(kill)  # the wire repeats it: what a person released stays released
    pipeline.settle()
    assert find(elastic, settings, "banks") == [STORY]

    told = [event for event in events(settings) if event["type"] in ("kill", "release")]
    assert {event["type"] for event in told} == {"kill", "release"}
    assert len({event["id"] for event in told}) == 2
    (reason,) = {event["reason"] for event in told if event["type"] == "kill"}
    assert reason == "The source has withdrawn its claim."


def test_a_kill_that_comes_before_its_story_kills_it(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    pipeline.feed(news_item(2, "", status="canceled"))
    pipeline.settle()
    pipeline.feed(news_item(1, "Three banks were put on the list."))
    pipeline.settle()
    assert find(elastic, pipeline.settings, "banks") == []
    assert find(elastic, pipeline.settings, "is:killed") == [STORY]


def test_an_embargo_lifts_by_itself_in_the_second_it_ends(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    settings = pipeline.settings
    pipeline.feed(Copy(b'{"guid": "warm", "provider": "aurora", "body": "Rain is expected on Monday."}'))
    pipeline.settle()
    ends = datetime.now(UTC) + timedelta(seconds=8)
    pipeline.feed(news_item(1, "Three banks are to be listed.", meta=f"<embargoed>{ends.isoformat()}</embargoed>"))
    pipeline.settle()
    assert datetime.now(UTC) < ends, "the machine was too slow to look before the embargo's end"
    assert find(elastic, settings, "banks") == []
    assert find(elastic, settings, "is:embargoed") == [STORY]
    wait_for(lambda: find(elastic, settings, "banks") == [STORY], seconds=15, what="the embargo to lift")
    assert ends <= datetime.now(UTC) < ends + timedelta(seconds=3)
    assert find(elastic, settings, "is:embargoed") == []


def test_an_embargo_without_a_time_stays_until_a_person_releases_it(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    settings = pipeline.settings
    pipeline.feed(news_item(1, "Three banks are to be listed.", meta="<embargoed/>"))
    pipeline.settle()
    assert find(elastic, settings, "banks") == []
    assert read(elastic, settings).attention == ("embargo",)
    assert release_story(settings, STORY, note=None, now=datetime.now(UTC))
    assert find(elastic, settings, "banks") == [STORY]
    pipeline.feed(news_item(2, "Four banks are to be listed.", meta="<embargoed/>"))
    pipeline.settle()
    assert find(elastic, settings, "four banks") == [STORY]


def test_one_item_on_three_services_is_one_story_that_lists_them(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    settings = pipeline.settings
    for service in ("bdt:0626", "wir:0114", "eur:9998"):
        pipeline.feed(news_item(1, "Three banks were put on the list.", service=service))
        pipeline.settle()
    assert pipeline.tally.counts == {"created": 1, "unchanged": 2}
    services = [(service.name, service.sequence) for service in read(elastic, settings).story.services]
    assert services == [("bdt", 626), ("eur", 9998), ("wir", 114)]
    assert find(elastic, settings, "sequence:wir:114") == [STORY]
    assert find(elastic, settings, "service:eur banks") == [STORY]


def test_a_gap_in_the_numbers_is_told_until_it_is_closed(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    settings, names = pipeline.settings, index_names(pipeline.settings)
    for number in (9998, 9999, 1, 5):
        pipeline.feed(news_item(1, "Text of a story.", guid=f"g{number}", service=f"bdt:{number:04d}"))
    pipeline.settle()
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert [(gap.first, gap.last) for gap in read_continuity(elastic, names, now=later).gaps] == [(2, 4)]
    shown = wait_for(lambda: read_status(settings)["gaps"], seconds=20, what="the gap in the status")
    assert "bdt 0002-0004 missing" in shown[0]["text"]
    for number in (2, 3, 4):
        pipeline.feed(news_item(1, "Text of a story.", guid=f"g{number}", service=f"bdt:{number:04d}"))
    pipeline.settle()
    assert read_continuity(elastic, names, now=later + timedelta(minutes=1)).gaps == []


def test_a_feed_is_bound_to_its_providers(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    settings = pipeline.settings
    pipeline.feed(news_item(1, "Three banks were put on the list."))
    foreign = news_item(2, "", status="canceled")
    pipeline.feed(Copy(foreign.value, source="x", feed="other-wire", providers=("aurora", "halcyon")))
    pipeline.settle()
    assert find(elastic, settings, "banks") == [STORY]
    assert pipeline.tally.counts == {"created": 1, "dead": 1}


def note_text(kind: str, body: str) -> Copy:
    text = f"{kind}\n\n{body}\n"
    return Copy(text.encode(), source=f"wire/{hash(text)}.txt", content_type="text/plain", providers=("meridian",))


def test_a_kill_in_plain_text_finds_its_story_by_the_headline(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    settings = pipeline.settings
    body = "Three banks in two harbour towns were put on the list of sanctions on Thursday morning."
    pipeline.feed(note_text("Harbour banks face sanctions", body), note_text("Other banks are safe", body))
    pipeline.settle()
    pipeline.feed(
        note_text("KILL: Harbour banks face sanctions", "The source has withdrawn its claim, do not use the story.")
    )
    pipeline.settle()
    wait_for(lambda: len(find(elastic, settings, "banks")) == 1, what="the kill to be matched")
    (killed,) = search(elastic, index_names(settings), parse_query("harbour is:killed list")).stories
    assert killed.kill_note == "The source has withdrawn its claim, do not use the story."
    assert find(elastic, settings, "is:waiting") == []


def test_a_kill_that_fits_nothing_waits_for_a_person(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    settings = pipeline.settings
    body = "Three banks in two harbour towns were put on the list of sanctions on Thursday morning."
    pipeline.feed(note_text("Harbour banks face sanctions", body))
    pipeline.feed(note_text("KILL: Something else", "The source has withdrawn its claim, do not use the story."))
    pipeline.settle()
    (notice,) = find(elastic, settings, "is:waiting")
    (story_id,) = find(elastic, settings, "banks")
    kill_story(settings, story_id, note=None, notice_id=notice, now=datetime.now(UTC))
    pipeline.settle()
    assert find(elastic, settings, "banks") == []
    assert find(elastic, settings, "is:waiting") == []
    with pytest.raises(WrongUse):
        kill_story(settings, "meridian:none", note=None, notice_id=None, now=datetime.now(UTC))
