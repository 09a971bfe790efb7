"""A feed, a provider or a language that falls silent against its own past is told, whatever else goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from elasticsearch import Elasticsearch, helpers

from pipeline.continuity import read_continuity
from pipeline.documents.indices import index_names
from pipeline.settings import Settings
from pipeline.status import read_status


def test_a_language_that_falls_silent_is_told_while_its_feed_goes_on(
    settings: Settings, elastic: Elasticsearch
) -> None:
    names, now = index_names(settings), datetime.now(UTC)
    stories = [
        {
            "_index": names.stories,
            "_source": {
                "provider": "aurora",
                "feed": "drop",
                "languages": [language],
                "received": now - timedelta(minutes=at),
            },
        }
        for language, silent_for in (("fa", 240), ("en", 1), ("und", 300))
        for at in range(silent_for, 600, 10)
    ]
    helpers.bulk(elastic, stories, refresh=True)
    found = read_continuity(elastic, names, now=now)
    assert {(it.kind, it.name) for it in found.quiet} == {
        ("feed", "drop"),
        ("provider", "aurora"),
        ("language", "fa"),
        ("language", "en"),
    }
    assert [(it.kind, it.name) for it in found.silent] == [("language", "fa")]
    told = [row["text"] for row in read_status(settings)["feeds"] if row["silent"]]
    assert len(told) == 1
    assert told[0].startswith("no item in language fa for 240 minutes")
