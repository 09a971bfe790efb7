"""What Kibana would ask for the objects of `pipeline.kibana`, asked of a real Elasticsearch that holds the sample wire.

No Kibana runs here. A saved search is its query; a chart is its query and the aggregations that Lens makes of its columns.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.documents.indices import index_names
from pipeline.feeds.samples import fresh_samples
from pipeline.kibana import saved_objects
from tests.conftest import Pipeline

EMPTY_ON_THE_SAMPLE_WIRE = {
    # No list is loaded, nothing waits for a person, no delivery fails, and the story that is killed alerted nobody.
    *("search-waiting", "search-undelivered", "sanctions/listed", "sanctions/listed-names"),
    *("alerts/recalls", "alerts/dead", "pipeline/waiting", "pipeline/dead", "pipeline/unknown"),
}


def in_lucene(query: str) -> dict[str, Any]:
    """A query of Kibana's, in so far as the objects use its language, for Elasticsearch."""
    if not query:
        return {"match_all": {}}
    text = re.sub(r"\b(and|or|not)\b", lambda word: word[0].upper(), query)
    text = re.sub(r": (?=\S)", ":", re.sub(r"([\w.]+) > (\d+)", r"\1:>\2", text))
    return {"query_string": {"query": text}}


def aggregations(columns: dict[str, Any], order: list[str]) -> dict[str, Any]:
    """The aggregations of a chart: each bucket within the one before, the figures in the innermost."""
    figures = {name: figure(columns[name]) for name in order if not columns[name]["isBucketed"]}
    inner = figures
    for name in reversed([name for name in order if columns[name]["isBucketed"]]):
        column = columns[name]
        if column["operationType"] == "date_histogram":
            own: dict[str, Any] = {"date_histogram": {"field": column["sourceField"], "fixed_interval": "1h"}}
        else:
            own = {"terms": {"field": column["sourceField"], "size": column["params"]["size"]}}
        inner = {name: own | {"aggs": inner | (figures if inner is not figures else {})}}
    return inner


def figure(column: dict[str, Any]) -> dict[str, Any]:
    field, operation = column["sourceField"], column["operationType"]
    if operation == "count":
        return {"filter": in_lucene(column.get("filter", {}).get("query", ""))}
    if operation in ("median", "percentile"):
        return {"percentiles": {"field": field, "percents": [column["params"].get("percentile", 50)]}}
    return {{"unique_count": "cardinality"}.get(operation, operation): {"field": field}}


def values(found: dict[str, Any]) -> list[float]:
    """All figures in an answer."""
    if "buckets" in found:
        return [value for bucket in found["buckets"] for value in values(bucket)]
    if "values" in found:
        return [value for value in found["values"].values() if value is not None]
    own = [found["value"]] if found.get("value") is not None else []
    inner = [value for it in found.values() if isinstance(it, dict) for value in values(it)]
    return own + inner + ([found["doc_count"]] if "doc_count" in found and not inner else [])


@pytest.mark.timeout(300)
def test_all_objects_find_the_sample_wire(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    pipeline.feed(*fresh_samples(datetime.now(UTC), again=False))
    pipeline.settle(seconds=180)
    settings = pipeline.settings
    objects = saved_objects(settings.prefix, index_names(settings))
    index_of = {it["id"]: it["attributes"]["title"] for it in objects if it["type"] == "index-pattern"}
    empty = set()
    for it in objects:
        name = it["id"].removeprefix(f"dateline-{settings.prefix}")
        if it["type"] == "index-pattern":
            told = elastic.field_caps(index=it["attributes"]["title"], fields="*")["fields"]
            labelled = json.loads(it["attributes"]["fieldAttrs"])
            assert labelled.keys() <= told.keys()
            assert all(next(iter(told[field].values()))["searchable"] for field in labelled)
        elif it["type"] == "search":
            attributes = it["attributes"]
            source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
            answer = elastic.search(
                index=index_of[it["references"][0]["id"]],
                query=in_lucene(source["query"]["query"]),
                sort=[{field: way} for field, way in attributes["sort"]],
                aggs={"breakdown": {"terms": {"field": attributes["breakdownField"]}}},
                fields=attributes["columns"],
                size=1,
            )
            if not answer["hits"]["total"]["value"]:
                empty.add(name)
        else:
            for panel in json.loads(it["attributes"]["panelsJSON"]):
                if panel["type"] != "lens":
                    continue
                chart = panel["embeddableConfig"]["attributes"]
                (layer,) = chart["state"]["datasourceStates"]["formBased"]["layers"].values()
                answer = elastic.search(
                    index=index_of[chart["references"][0]["id"]],
                    query=in_lucene(chart["state"]["query"]["query"]),
                    aggs=aggregations(layer["columns"], layer["columnOrder"]),
                    size=0,
                )
                if not any(values(answer["aggregations"])):
                    empty.add(f"{name.removeprefix('dashboard-')}/{panel['panelIndex']}")
    assert empty <= EMPTY_ON_THE_SAMPLE_WIRE

    # The pairs of the sanctions monitor are those of the acts themselves, not all combinations that a story names.
    acts = elastic.search(index=index_names(settings).events, size=1000)["hits"]["hits"]
    assert {"authority", "target"} <= acts[0]["_source"].keys()

    # The flat fields beside them hold names, and the delay is what a person would have waited.
    story = elastic.search(index=index_names(settings).visible, query={"exists": {"field": "sanction_targets"}}, size=1)
    document = story["hits"]["hits"][0]["_source"]
    assert set(document["sanction_targets"]) <= {entity["name"] for entity in document["entities"]}
    assert 0 <= document["delay_ms"] < 10 * 60 * 1000
