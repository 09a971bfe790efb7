"""The sample wire through the whole pipeline: every live story is found by search, the killed one only as killed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from elasticsearch import Elasticsearch

from pipeline.documents.indices import index_names
from pipeline.feeds.samples import fresh_samples
from pipeline.search.query import parse_query
from pipeline.searching import search
from tests.conftest import Pipeline, forgetting

LABELS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent.parent / "corpus" / "samples.yaml").read_text("utf-8")
)


@pytest.fixture(scope="module")
def wire(shared_pipeline: Pipeline) -> Iterator[Pipeline]:
    """A pipeline through which the sample wire has gone."""
    with forgetting(shared_pipeline):
        shared_pipeline.feed(*fresh_samples(datetime.now(UTC), again=False))
        shared_pipeline.settle()
        yield shared_pipeline


def test_every_sample_is_found_with_its_language_and_entities(wire: Pipeline, elastic: Elasticsearch) -> None:
    names = index_names(wire.settings)
    missed = []
    for label in LABELS:
        killed = label["status"] == "canceled"
        query = f'"{label["find"]}" lang:{label["language"]}'
        found = {item.story.source if label["guid"] is None else item.story.guid: item.story
                 for item in search(elastic, names, parse_query(query, killed=killed)).stories}  # fmt: skip
        story = found.get(label["guid"] or label["file"])
        if story is None or not {entity.name for entity in story.entities} >= set(label["entities"]):
            missed.append(query)
        if killed:
            assert search(elastic, names, parse_query(query)).total == 0
    assert missed == []
    assert search(elastic, names, parse_query("")).total == sum(label["status"] == "usable" for label in LABELS)
    assert set(wire.tally.counts) <= {"created", "updated", "stale", "after_kill", "skipped"}


def test_an_entity_is_found_in_every_language_by_its_canonical_name(wire: Pipeline, elastic: Elasticsearch) -> None:
    results = search(elastic, index_names(wire.settings), parse_query("economic sanction Russia"), limit=100)
    assert {found.story.language.code for found in results.stories} >= {"de", "fr", "ru", "uk", "zh", "tr", "ja"}
