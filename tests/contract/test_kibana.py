"""Kibana's objects: of the form that Kibana 9 takes, about fields that the indices have, and as deploy/kibana holds them.

No Kibana runs here, so the forms are written down from Kibana's own sources (each schema names the file in github.com/elastic/kibana,
main branch); docs/kibana.md says what that shows and what not. `tests/services/test_kibana_objects.py` asks a real
Elasticsearch what the objects ask for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from luqum.parser import parser

from pipeline.documents.indices import index_names, templates
from pipeline.kibana import saved_objects, stories_view, to_ndjson
from pipeline.settings import Settings

FILE = Path(__file__).parent.parent.parent / "deploy" / "kibana" / "dateline.ndjson"
NAMES = index_names(Settings())
OBJECTS = saved_objects("", NAMES)
BY_KEY = {(it["type"], it["id"]): it for it in OBJECTS}
DASHBOARDS = [it for it in OBJECTS if it["type"] == "dashboard"]
SEARCHES = [it for it in OBJECTS if it["type"] == "search"]
VIEWS = {it["id"]: it for it in OBJECTS if it["type"] == "index-pattern"}

STRING, BOOL, NUMBER = {"type": "string"}, {"type": "boolean"}, {"type": "number"}


def closed(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object with these properties and no others."""
    properties = required | (optional or {})
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def listed(item: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"type": "array", "items": item, **rest}


REFERENCE = closed({"name": STRING, "type": STRING, "id": STRING})
# As exports and the sample data have it: src/platform/plugins/shared/home/server/services/sample_data/data_sets/*/saved_objects.ts
ENVELOPE = closed(
    {
        "id": {"type": "string", "minLength": 1},
        "type": {"enum": ["index-pattern", "search", "dashboard"]},
        "attributes": {"type": "object"},
        "references": listed(REFERENCE),
        "managed": BOOL,
        "coreMigrationVersion": STRING,
        "typeMigrationVersion": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
    }
)
QUERY = closed({"query": STRING, "language": {"const": "kuery"}})
ATTRIBUTES = {
    # src/platform/plugins/shared/data_views/common/types.ts DataViewAttributes
    "index-pattern": closed(
        {"title": STRING},
        {
            **dict.fromkeys(("name", "timeFieldName", "fieldAttrs", "fieldFormatMap", "fields", "typeMeta"), STRING),
            **dict.fromkeys(("sourceFilters", "runtimeFieldMap", "type"), STRING),
            **dict.fromkeys(("allowNoIndex", "allowHidden"), BOOL),
        },
    ),
    # src/platform/plugins/shared/saved_search/server/saved_objects/schema_legacy.ts SCHEMA_SEARCH_MODEL_VERSION_5
    "search": closed(
        {"title": STRING, "kibanaSavedObjectMeta": closed({"searchSourceJSON": STRING})},
        {
            "description": STRING,
            "columns": listed(STRING),
            "sort": listed(listed(STRING, maxItems=2)),
            "grid": closed({}, {"columns": {"type": "object", "additionalProperties": closed({}, {"width": NUMBER})}}),
            **dict.fromkeys(("rowHeight", "rowsPerPage", "headerRowHeight", "sampleSize"), NUMBER),
            **dict.fromkeys(("hideChart", "isTextBasedQuery", "usesAdHocDataView", "timeRestore"), BOOL),
            "breakdownField": STRING,
            "timeRange": closed({"from": STRING, "to": STRING}),
            "refreshInterval": closed({"pause": BOOL, "value": NUMBER}),
            "density": {"enum": ["compact", "normal", "expanded"]},
        },
    ),
    # src/platform/plugins/shared/dashboard/server/dashboard_saved_object/schema/v1/v1.ts and v2/v2.ts
    "dashboard": closed(
        {"title": STRING},
        {
            **dict.fromkeys(("description", "timeFrom", "timeTo", "panelsJSON", "optionsJSON"), STRING),
            "kibanaSavedObjectMeta": closed({}, {"searchSourceJSON": STRING}),
            "timeRestore": BOOL,
            "refreshInterval": closed({"pause": BOOL, "value": NUMBER}),
            "controlGroupInput": closed(
                {},
                dict.fromkeys(("panelsJSON", "controlStyle", "chainingSystem", "ignoreParentSettingsJSON"), STRING)
                | {"showApplySelections": BOOL},
            ),
            "version": NUMBER,
        },
    ),
}
# The newest form that we take to be in Kibana 9.0, from the history of modelVersions (10.N.0) in dashboard_saved_object.ts, search.ts and
# data_views.ts, not from its tag. A form newer than Kibana's own is refused at the import.
NEWEST_IN_9_0 = {"index-pattern": (8, 0, 0), "search": (10, 5, 0), "dashboard": (10, 2, 0)}

# dashboard_saved_object/schema/v3/v3.ts gridDataSchema; panels as in exports under packages/*/kibana/dashboard of elastic/integrations
GRID = closed({"x": NUMBER, "y": NUMBER, "w": NUMBER, "h": NUMBER, "i": STRING})
PANEL = closed(
    {"type": STRING, "gridData": GRID, "panelIndex": STRING, "embeddableConfig": {"type": "object"}},
    {"panelRefName": STRING},
)
LAYER_HEAD = {"layerId": STRING, "layerType": {"const": "data"}}
SERIES = ["bar", "area", "line", "area_stacked", "bar_stacked", "bar_horizontal", "bar_horizontal_stacked"]
AXES = closed({"x": BOOL, "yLeft": BOOL, "yRight": BOOL})
# src/platform/packages/shared/kbn-lens-common/visualizations/{xy,metric}/types.ts; pie, table and heatmap as kb-dashboard-core (MIT) has them from
# there; the map: x-pack/platform/plugins/shared/maps/public/lens/choropleth_chart/types.ts
VISUALIZATIONS = {
    "lnsXY": closed(
        {
            "preferredSeriesType": {"enum": SERIES},
            "legend": closed({"isVisible": BOOL, "position": STRING}, {"showSingleSeries": BOOL}),
            "layers": listed(
                closed(
                    LAYER_HEAD | {"accessors": listed(STRING, minItems=1), "seriesType": {"enum": SERIES}},
                    {"xAccessor": STRING, "splitAccessor": STRING},
                ),
                minItems=1,
            ),
        },
        {
            "valueLabels": {"enum": ["hide", "show"]},
            "fittingFunction": {"enum": ["None", "Zero", "Linear", "Carry", "Lookahead", "Average", "Nearest"]},
            **dict.fromkeys(
                (
                    "axisTitlesVisibilitySettings",
                    "tickLabelsVisibilitySettings",
                    "gridlinesVisibilitySettings",
                ),
                AXES,
            ),
            "labelsOrientation": closed({"x": NUMBER, "yLeft": NUMBER, "yRight": NUMBER}),
        },
    ),
    "lnsPie": closed(
        {
            "shape": {"enum": ["donut", "pie", "treemap", "mosaic", "waffle"]},
            "layers": listed(
                closed(
                    LAYER_HEAD
                    | {
                        "primaryGroups": listed(STRING, minItems=1),
                        "metrics": listed(STRING, minItems=1),
                        "numberDisplay": {"enum": ["hidden", "percent", "value"]},
                        "categoryDisplay": {"enum": ["default", "inside", "hide"]},
                        "legendDisplay": {"enum": ["default", "show", "hide"]},
                    },
                    {"nestedLegend": BOOL},
                ),
                minItems=1,
            ),
        }
    ),
    "lnsMetric": closed(LAYER_HEAD | {"metricAccessor": STRING}),
    "lnsDatatable": closed(
        LAYER_HEAD | {"columns": listed(closed({"columnId": STRING}))},
        {"paging": closed({"size": NUMBER, "enabled": BOOL})},
    ),
    "lnsHeatmap": closed(
        LAYER_HEAD
        | {
            "shape": {"const": "heatmap"},
            "legend": closed({"type": {"const": "heatmap_legend"}, "isVisible": BOOL, "position": STRING}),
            "gridConfig": closed(
                {"type": {"const": "heatmap_grid"}}
                | dict.fromkeys(("isCellLabelVisible", "isXAxisLabelVisible", "isYAxisLabelVisible"), BOOL)
                | dict.fromkeys(("isXAxisTitleVisible", "isYAxisTitleVisible"), BOOL)
            ),
            **dict.fromkeys(("xAccessor", "yAccessor", "valueAccessor"), STRING),
        }
    ),
    "lnsChoropleth": closed(
        LAYER_HEAD
        | {
            "emsLayerId": {"const": "world_countries"},
            "emsField": {"const": "iso2"},
            "regionAccessor": STRING,
            "valueAccessor": STRING,
        }
    ),
}
# As exports have them: the flights sample, packages/nginx/kibana/dashboard of elastic/integrations
TERMS = closed(
    {
        "size": NUMBER,
        "orderBy": closed({"type": {"const": "column"}, "columnId": STRING}),
        "orderDirection": {"enum": ["asc", "desc"]},
        **dict.fromkeys(("otherBucket", "missingBucket", "includeIsRegex", "excludeIsRegex"), BOOL),
        "parentFormat": closed({"id": {"const": "terms"}}),
        "include": listed(STRING),
        "exclude": listed(STRING),
    }
)
AS_NULL = closed({"emptyAsNull": BOOL})
OPERATIONS: dict[str, tuple[dict[str, Any], set[str] | None, tuple[str, ...]]] = {
    # operation: the form of its parameters, the types of field it takes, the types of column it makes
    "date_histogram": (
        closed({"interval": STRING, "includeEmptyRows": BOOL, "dropPartials": BOOL}),
        {"date"},
        ("date",),
    ),
    "terms": (TERMS, {"keyword"}, ("string",)),
    "count": (AS_NULL, None, ("number",)),
    "unique_count": (AS_NULL, {"keyword", "date", "long"}, ("number",)),
    "sum": (AS_NULL, {"long", "byte", "float"}, ("number",)),
    "median": (AS_NULL, {"long", "byte", "float"}, ("number",)),
    "percentile": (closed({"percentile": NUMBER, "emptyAsNull": BOOL}), {"long", "byte", "float"}, ("number",)),
    "max": (AS_NULL, {"long", "byte", "float", "date"}, ("number", "date")),
}
COLUMN = closed(
    {
        "label": STRING,
        "customLabel": {"const": True},
        "operationType": {"enum": list(OPERATIONS)},
        "sourceField": STRING,
        "isBucketed": BOOL,
        "dataType": {"enum": ["date", "number", "string"]},
        "scale": {"enum": ["interval", "ordinal", "ratio"]},
        "params": {"type": "object"},
    },
    {"filter": QUERY},
)
LENS_STATE = closed(
    {
        "visualization": {"type": "object"},
        "query": QUERY,
        "filters": listed({}, maxItems=0),
        "datasourceStates": closed({"formBased": closed({"layers": {"type": "object"}})}),
        "internalReferences": listed({}, maxItems=0),
        "adHocDataViews": closed({}),
    }
)
LENS_LAYER = closed(
    {"columnOrder": listed(STRING), "columns": {"type": "object"}, "incompleteColumns": closed({}), "sampling": NUMBER}
)
# src/platform/plugins/shared/field_formats/common/converters/{date,number,percent,duration,static_lookup,url}.ts
FORMATS = {
    "date": closed({"pattern": STRING}),
    "number": closed({"pattern": STRING}),
    "percent": closed({"pattern": STRING}),
    "duration": closed(
        {
            "inputFormat": {"const": "milliseconds"},
            "outputFormat": {"const": "humanizePrecise"},
            "outputPrecision": NUMBER,
            "useShortSuffix": BOOL,
        }
    ),
    "static_lookup": closed(
        {"lookupEntries": listed(closed({"key": STRING, "value": STRING})), "unknownKeyValue": {"type": "null"}}
    ),
    "url": closed({"type": {"const": "a"}, "urlTemplate": STRING, "labelTemplate": STRING}),
}
FORMAT_TAKES = {
    "date": {"date"},
    "number": {"long", "byte", "float"},
    "percent": {"float"},
    "duration": {"long"},
    "static_lookup": {"keyword"},
    "url": {"keyword"},
}
MAX_DESCRIPTION = 300
"""What Kibana's editor takes; longer ones would not be editable there."""


def check(value: Any, schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(schema).validate(value)


def fields_of(index: str) -> dict[str, str]:
    """The fields of the template behind a data view's index, with their types."""
    by_alias = {NAMES.visible: NAMES.stories, NAMES.everything: NAMES.stories} | {
        alias: NAMES.index_of(alias) for alias in NAMES.single
    }

    def flat(properties: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
        for name, kind in properties.items():
            if "properties" in kind:
                yield from flat(kind["properties"], f"{prefix}{name}.")
            elif kind.get("enabled", True):
                yield prefix + name, kind["type"]

    return dict(flat(templates(NAMES, ())[by_alias[index]]["template"]["mappings"]["properties"]))


FIELDS = {id_: fields_of(view["attributes"]["title"]) for id_, view in VIEWS.items()}


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(dashboard["attributes"]["panelsJSON"])
    return found


def charts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every chart, with a name for messages."""
    for dashboard in DASHBOARDS:
        for panel in panels(dashboard):
            if panel["type"] == "lens":
                yield f"{dashboard['id']}/{panel['panelIndex']}", panel["embeddableConfig"]["attributes"]


CHARTS = dict(charts())


def columns_of(chart: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (layer,) = chart["state"]["datasourceStates"]["formBased"]["layers"].values()
    found: dict[str, dict[str, Any]] = layer["columns"]
    return found


def fields_in(query: str) -> set[str]:
    """The fields that a query asks about; fails where it can't be read."""
    if not query:
        return set()
    lucene = re.sub(r"\b(and|or|not)\b", lambda word: word[0].upper(), query)
    lucene = re.sub(r"([\w.]+) ([<>]=?) (\d+)", r"\1:[\3 TO *]", lucene)
    parser.parse(lucene)
    return set(re.findall(r"([\w.]+)\s*(?::|[<>])", re.sub(r'"[^"]*"', '""', query)))


def test_the_file_to_import_by_hand_is_what_setup_imports() -> None:
    assert FILE.read_text("utf-8") == to_ndjson(OBJECTS), (
        "run `dateline kibana setup --print > deploy/kibana/dateline.ndjson` without settings"
    )


def test_ids_are_unique() -> None:
    assert len(BY_KEY) == len(OBJECTS)


def test_a_prefix_gives_objects_of_their_own_on_indices_of_their_own() -> None:
    theirs = saved_objects("ours-", index_names(Settings(prefix="ours-")))
    assert not {it["id"] for it in theirs} & {it["id"] for it in OBJECTS}
    assert not {it["attributes"]["title"] for it in theirs} & {it["attributes"]["title"] for it in OBJECTS}
    text = to_ndjson(theirs)
    assert text.replace("ours-", "").replace("[Dateline ]", "[Dateline]") == to_ndjson(OBJECTS)


def test_links_point_at_the_data_view_of_what_may_be_seen() -> None:
    assert VIEWS[stories_view("")]["attributes"]["title"] == NAMES.visible


@pytest.mark.parametrize("it", OBJECTS, ids=lambda it: str(it["id"]))
def test_each_object_has_the_form_that_kibana_checks(it: dict[str, Any]) -> None:
    check(it, ENVELOPE)
    check(it["attributes"], ATTRIBUTES[it["type"]])
    assert it["coreMigrationVersion"] == "8.8.0"
    assert tuple(map(int, it["typeMigrationVersion"].split("."))) <= NEWEST_IN_9_0[it["type"]]


@pytest.mark.parametrize("it", OBJECTS, ids=lambda it: str(it["id"]))
def test_each_reference_is_to_an_object_before_it(it: dict[str, Any]) -> None:
    before = OBJECTS[: OBJECTS.index(it)]
    assert {(ref["type"], ref["id"]) for ref in it["references"]} <= {(other["type"], other["id"]) for other in before}
    names = [ref["name"] for ref in it["references"]]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("it", list(VIEWS.values()), ids=lambda it: str(it["id"]))
def test_data_views_label_and_format_fields_that_are_there(it: dict[str, Any]) -> None:
    attributes, fields = it["attributes"], FIELDS[it["id"]]
    assert fields[attributes["timeFieldName"]] == "date"
    labels = json.loads(attributes["fieldAttrs"])
    assert labels.keys() <= fields.keys()
    for name, label in labels.items():
        check(label, closed({"customLabel": STRING, "customDescription": STRING}))
        assert len(label["customDescription"]) <= MAX_DESCRIPTION, name
    assert len({label["customLabel"] for label in labels.values()}) == len(labels)
    for name, format_ in json.loads(attributes["fieldFormatMap"]).items():
        check(format_["params"], FORMATS[format_["id"]])
        assert fields[name] in FORMAT_TAKES[format_["id"]], name


def test_story_ids_link_to_the_desk_page_where_there_is_one() -> None:
    views = saved_objects("", NAMES, desk_url="https://desk.example")
    formats = [json.loads(it["attributes"]["fieldFormatMap"]) for it in views[:3]]
    links = [formats[0]["id"], formats[1]["id"], formats[2]["origin"]]
    for link in links:
        check(link["params"], FORMATS["url"])
        assert link["params"]["urlTemplate"] == "https://desk.example/story/{{value}}"


@pytest.mark.parametrize("it", SEARCHES, ids=lambda it: str(it["id"]))
def test_saved_searches_ask_for_and_show_fields_that_are_there(it: dict[str, Any]) -> None:
    attributes = it["attributes"]
    source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
    check(source, closed({"query": QUERY, "filter": listed({}, maxItems=0), "indexRefName": STRING}))
    (reference,) = it["references"]
    assert reference["name"] == source["indexRefName"]
    fields, view = FIELDS[reference["id"]], VIEWS[reference["id"]]["attributes"]
    assert set(attributes["columns"]) | fields_in(source["query"]["query"]) <= fields.keys()
    assert attributes["grid"]["columns"].keys() <= set(attributes["columns"])
    assert attributes["sort"] == [[view["timeFieldName"], "desc"]]
    assert fields[attributes["breakdownField"]] == "keyword"
    labels = json.loads(view["fieldAttrs"])
    assert set(attributes["columns"]) <= labels.keys(), "a column without a label"


@pytest.mark.parametrize("it", DASHBOARDS, ids=lambda it: str(it["id"]))
def test_dashboards_place_panels_without_gap_or_overlap(it: dict[str, Any]) -> None:
    cells: set[tuple[int, int]] = set()
    ids = [panel["panelIndex"] for panel in panels(it)]
    assert len(set(ids)) == len(ids)
    for panel in panels(it):
        check(panel, PANEL)
        grid = panel["gridData"]
        assert grid["i"] == panel["panelIndex"]
        mine = {
            (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not mine & cells
        cells |= mine
    assert {x for x, _ in cells} == set(range(48))
    assert len(cells) == 48 * (max(y for _, y in cells) + 1)


@pytest.mark.parametrize("it", DASHBOARDS, ids=lambda it: str(it["id"]))
def test_dashboards_refer_to_what_their_panels_and_controls_need(it: dict[str, Any]) -> None:
    wanted: dict[str, tuple[str, str] | None] = {}
    for panel in panels(it):
        name = panel["panelIndex"]
        if panel["type"] == "lens":
            inner = panel["embeddableConfig"]["attributes"]["references"]
            wanted |= {f"{name}:{ref['name']}": (ref["type"], ref["id"]) for ref in inner}
        elif panel["type"] == "search":
            assert panel["panelRefName"] == f"panel_{name}"
            wanted[f"{name}:panel_{name}"] = None
    controls = json.loads(it["attributes"].get("controlGroupInput", {}).get("panelsJSON", "{}"))
    wanted |= {f"controlGroup_{name}:optionsListDataView": None for name in controls}
    given = {ref["name"]: (ref["type"], ref["id"]) for ref in it["references"]}
    assert given.keys() == wanted.keys()
    assert all(given[name] == key for name, key in wanted.items() if key)


@pytest.mark.parametrize("it", DASHBOARDS, ids=lambda it: str(it["id"]))
def test_controls_filter_by_fields_that_all_panels_have(it: dict[str, Any]) -> None:
    views = set()
    for ref in it["references"]:
        views |= {ref["id"]} if ref["type"] == "index-pattern" else set()
        views |= (
            {inner["id"] for inner in BY_KEY["search", ref["id"]]["references"]} if ref["type"] == "search" else set()
        )
    group = it["attributes"].get("controlGroupInput")
    for control in json.loads(group["panelsJSON"]).values() if group else ():
        # As the flights sample and packages/nginx/kibana/dashboard of elastic/integrations have it
        check(
            control,
            closed(
                {
                    "order": NUMBER,
                    "width": {"enum": ["small", "medium", "large"]},
                    "grow": BOOL,
                    "type": {"const": "optionsListControl"},
                    "explicitInput": closed(
                        {
                            **dict.fromkeys(("id", "fieldName", "title"), STRING),
                            "selectedOptions": listed(STRING),
                            "enhancements": closed({}),
                        }
                    ),
                }
            ),
        )
        # Kibana shows nothing in a panel whose data view lacks the field.
        assert all(FIELDS[view][control["explicitInput"]["fieldName"]] == "keyword" for view in views)


@pytest.mark.parametrize("it", DASHBOARDS, ids=lambda it: str(it["id"]))
def test_dashboards_lead_to_each_other(it: dict[str, Any]) -> None:
    text = next(p for p in panels(it) if p["type"] == "visualization")["embeddableConfig"]["savedVis"]["params"][
        "markdown"
    ]
    assert set(re.findall(r"\(#/view/([^)]+)\)", text)) == {other["id"] for other in DASHBOARDS} - {it["id"]}


@pytest.mark.parametrize("name", CHARTS)
def test_charts_have_the_form_that_lens_reads(name: str) -> None:
    chart = CHARTS[name]
    check(chart["state"], LENS_STATE)
    check(chart["state"]["visualization"], VISUALIZATIONS[chart["visualizationType"]])
    ((layer_id, layer),) = chart["state"]["datasourceStates"]["formBased"]["layers"].items()
    check(layer, LENS_LAYER)
    assert [ref["name"] for ref in chart["references"]] == [f"indexpattern-datasource-layer-{layer_id}"]
    columns = layer["columns"]
    assert set(layer["columnOrder"]) == set(columns)
    buckets = [columns[it]["isBucketed"] for it in layer["columnOrder"]]
    assert buckets == sorted(buckets, reverse=True), "Lens wants buckets before figures"
    state = json.dumps(chart["state"]["visualization"])
    assert f'"layerId": "{layer_id}"' in state
    assert all(f'"{column}"' in state for column in columns), "a column that the chart does not show"


@pytest.mark.parametrize("name", CHARTS)
def test_charts_are_about_fields_that_lend_themselves(name: str) -> None:
    chart = CHARTS[name]
    columns, fields = columns_of(chart), FIELDS[chart["references"][0]["id"]]
    assert fields_in(chart["state"]["query"]["query"]) <= fields.keys()
    for column in columns.values():
        check(column, COLUMN)
        params, takes, makes = OPERATIONS[column["operationType"]]
        check(column["params"], params)
        assert column["dataType"] in makes
        if takes is None:
            assert column["sourceField"] == "___records___"
        else:
            assert fields[column["sourceField"]] in takes, column["sourceField"]
        if column["operationType"] == "terms":
            by = columns[column["params"]["orderBy"]["columnId"]]
            assert not by["isBucketed"]
        assert fields_in(column.get("filter", {}).get("query", "")) <= fields.keys()
