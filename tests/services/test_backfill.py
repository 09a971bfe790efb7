"""A backfill: an archive goes through without a word to the desk, and is searchable at its end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from elasticsearch import Elasticsearch

from pipeline.documents.indices import Indices, index_names
from pipeline.feeds.files import Copy
from pipeline.settings import Settings
from pipeline.sinks.elastic import create_indices, unrefreshed
from tests.conftest import running, wait_for

NEWS = b"BRUSSELS - The European Union imposed new sanctions on Russian banks on Monday, freezing their assets."


def interval(elastic: Elasticsearch, names: Indices) -> str:
    found: str = elastic.indices.get_settings(index=names.stories)[names.stories]["settings"]["index"][
        "refresh_interval"
    ]
    return found


def test_a_backfill_alerts_nobody_and_is_searchable_at_its_end(
    settings: Settings, elastic: Elasticsearch, tmp_path: Path
) -> None:
    names = index_names(settings)
    with unrefreshed(settings), running(replace(settings, backfill="on"), tmp_path) as pipeline:
        pipeline.feed(*(Copy(NEWS + b" It was number %d." % number, source=f"{number}.txt") for number in range(20)))
        wait_for(lambda: pipeline.launcher.check() and pipeline.tally.counts["created"] == 20)
        assert elastic.count(index=names.visible)["count"] == 0, "no refresh while it runs"
    assert elastic.count(index=names.visible)["count"] == 20
    assert elastic.count(index=names.alerts)["count"] == 0
    (event, *_) = elastic.search(index=names.visible, size=1)["hits"]["hits"][0]["_source"]["sanctions"]
    assert event["action"] == "impose", "it is what a live story would be"
    assert interval(elastic, names) == "1s"


def test_the_next_set_up_mends_what_a_killed_backfill_left_off(settings: Settings, elastic: Elasticsearch) -> None:
    names = index_names(settings)
    elastic.indices.put_settings(index=names.stories, settings={"refresh_interval": "-1"})
    create_indices(elastic, names)
    assert interval(elastic, names) == "1s"
    elastic.indices.put_settings(index=names.stories, settings={"refresh_interval": "7s"})
    create_indices(elastic, names)
    assert interval(elastic, names) == "7s", "what its owner chose stays"
