"""How Kibana's Lens writes charts down. Pure.

Comes in: a data view, columns (what to split by, what to measure) and a kind of chart. Goes out: panels for `objects`. A column is
named by its key in the table of columns, and a chart says by these names what stands where.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pipeline.kibana.objects import Panel, kql, to_view

Column = dict[str, Any]
Columns = Mapping[str, Column]
Shape = tuple[str, dict[str, Any]]
"""The name of a Lens visualization and its state."""
Series = Literal["bar_stacked", "bar_horizontal", "area_stacked", "line"]

LAYER = "layer"
_RECORDS = "___records___"


# --- columns ---


def over_time(field: str) -> Column:
    """Points in time, as far apart as the chosen range asks for."""
    params = {"interval": "auto", "includeEmptyRows": True, "dropPartials": False}
    return _bucket("date_histogram", field, "Time", params, kind="date", scale="interval")


def top(field: str, label: str, size: int = 10, *, rest: bool = False) -> Column:
    """The values of a field that count most; ``rest``: with all others as one."""
    params = {
        "size": size,
        "orderDirection": "desc",
        "otherBucket": rest,
        "missingBucket": False,
        "parentFormat": {"id": "terms"},
        "include": [],
        "exclude": [],
        "includeIsRegex": False,
        "excludeIsRegex": False,
    }
    return _bucket("terms", field, label, params, kind="string", scale="ordinal")


def count(label: str, query: str | None = None) -> Column:
    """How many documents, or how many of those that a query finds."""
    return _metric("count", _RECORDS, label, {"emptyAsNull": False}) | ({"filter": kql(query)} if query else {})


def different(field: str, label: str) -> Column:
    """How many different values."""
    return _metric("unique_count", field, label, {"emptyAsNull": False})


def total(field: str, label: str) -> Column:
    """The sum of a number."""
    return _metric("sum", field, label, {"emptyAsNull": True})


def median(field: str, label: str) -> Column:
    """What half of the values stay below."""
    return _metric("median", field, label, {"emptyAsNull": True})


def percentile(field: str, percent: int, label: str) -> Column:
    """What so many in a hundred values stay below."""
    return _metric("percentile", field, label, {"percentile": percent, "emptyAsNull": True})


def latest(field: str, label: str) -> Column:
    """The latest time."""
    return _metric("max", field, label, {"emptyAsNull": True}) | {"dataType": "date"}


def _bucket(operation: str, field: str, label: str, params: dict[str, Any], *, kind: str, scale: str) -> Column:
    return _column(operation, field, label, params) | {"isBucketed": True, "dataType": kind, "scale": scale}


def _metric(operation: str, field: str, label: str, params: dict[str, Any]) -> Column:
    return _column(operation, field, label, params) | {"isBucketed": False, "dataType": "number", "scale": "ratio"}


def _column(operation: str, field: str, label: str, params: dict[str, Any]) -> Column:
    return {
        "label": label,
        "customLabel": True,
        "operationType": operation,
        "sourceField": field,
        "params": params,
    }


# --- kinds of chart ---


def xy(series: Series, x: str, y: Sequence[str], split: str | None = None) -> Shape:
    """Bars, areas or lines."""
    both = {"x": True, "yLeft": True, "yRight": True}
    layer = {
        "layerId": LAYER,
        "layerType": "data",
        "seriesType": series,
        "xAccessor": x,
        "accessors": list(y),
        **({"splitAccessor": split} if split else {}),
    }
    return "lnsXY", {
        "legend": {"isVisible": True, "position": "right", "showSingleSeries": False},
        "valueLabels": "hide",
        "fittingFunction": "None",
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False},
        "tickLabelsVisibilitySettings": both,
        "gridlinesVisibilitySettings": both,
        "labelsOrientation": {"x": 0, "yLeft": 0, "yRight": 0},
        "preferredSeriesType": series,
        "layers": [layer],
    }


def donut(by: str, value: str) -> Shape:
    """Shares of a whole."""
    layer = {
        "layerId": LAYER,
        "layerType": "data",
        "primaryGroups": [by],
        "metrics": [value],
        "numberDisplay": "percent",
        "categoryDisplay": "default",
        "legendDisplay": "default",
        "nestedLegend": False,
    }
    return "lnsPie", {"shape": "donut", "layers": [layer]}


def number(value: str) -> Shape:
    """One figure."""
    return "lnsMetric", {"layerId": LAYER, "layerType": "data", "metricAccessor": value}


def table(columns: Sequence[str]) -> Shape:
    """Rows and columns, from the first bucket to the last figure."""
    return "lnsDatatable", {
        "layerId": LAYER,
        "layerType": "data",
        "columns": [{"columnId": name} for name in columns],
        "paging": {"size": 10, "enabled": True},
    }


def heatmap(x: str, y: str, value: str) -> Shape:
    """A figure for each pair, dark where it is large."""
    labels = dict.fromkeys(("isCellLabelVisible", "isXAxisLabelVisible", "isYAxisLabelVisible"), True)
    titles = dict.fromkeys(("isXAxisTitleVisible", "isYAxisTitleVisible"), True)
    return "lnsHeatmap", {
        "shape": "heatmap",
        "layerId": LAYER,
        "layerType": "data",
        "xAccessor": x,
        "yAccessor": y,
        "valueAccessor": value,
        "legend": {"type": "heatmap_legend", "isVisible": True, "position": "right"},
        "gridConfig": {"type": "heatmap_grid"} | labels | titles,
    }


def world_map(country: str, value: str) -> Shape:
    """The countries of the world, coloured. The shapes come from the Elastic Maps Service, to the browser."""
    return "lnsChoropleth", {
        "layerId": LAYER,
        "layerType": "data",
        "emsLayerId": "world_countries",
        "emsField": "iso2",
        "regionAccessor": country,
        "valueAccessor": value,
    }


# --- the panel ---


def chart(id_: str, title: str, view: str, columns: Columns, shape: Shape, query: str = "", about: str = "") -> Panel:
    """A chart as a panel; ``query``: of which documents, ``about``: what the question mark beside the title tells."""
    kind, visualization = shape
    references = [to_view(f"indexpattern-datasource-layer-{LAYER}", view)]
    buckets = [name for name, column in columns.items() if column["isBucketed"]]
    metrics = [name for name in columns if name not in buckets]
    layer = {
        "columnOrder": [*buckets, *metrics],
        "columns": {name: _ordered(column, metrics[0]) for name, column in columns.items()},
        "incompleteColumns": {},
        "sampling": 1,
    }
    attributes = {
        "title": title,
        "description": about,
        "type": "lens",
        "visualizationType": kind,
        "references": references,
        "state": {
            "visualization": visualization,
            "query": kql(query),
            "filters": [],
            "datasourceStates": {"formBased": {"layers": {LAYER: layer}}},
            "internalReferences": [],
            "adHocDataViews": {},
        },
    }
    config = {"title": title, "description": about, "enhancements": {}, "attributes": attributes}
    return Panel(id_, "lens", config, tuple(references))


def _ordered(column: Column, by: str) -> Column:
    """The column, with the first figure as what the top values are chosen by."""
    if column["operationType"] != "terms":
        return column
    return column | {"params": column["params"] | {"orderBy": {"type": "column", "columnId": by}}}
