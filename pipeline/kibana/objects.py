"""How Kibana writes saved objects down: data views, saved searches, dashboards and their panels. Pure.

Comes in: what is to be shown. Goes out: objects as Kibana's export has them. Each is written in the oldest form that every
Kibana 9 reads, and says so (``typeMigrationVersion``): Kibana brings it up to its own at the import, while a form newer than
its own it refuses. Sources: docs/kibana.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SavedObject = dict[str, Any]
Reference = dict[str, str]

CORE_VERSION = "8.8.0"
"""The form of the envelope, unchanged since."""
TYPE_VERSIONS = {"index-pattern": "8.0.0", "search": "10.5.0", "dashboard": "10.2.0"}
"""The form of the attributes per type: Kibana 9.0 knows these, later ones carry them on."""
GRID_WIDTH = 48
_SEARCH_SOURCE = "kibanaSavedObjectMeta.searchSourceJSON"


@dataclass(frozen=True)
class Naming:
    """How the objects of one installation are called, so that several can share a Kibana space."""

    prefix: str = ""

    def view(self, name: str) -> str:
        """The id of a data view; alerts link with it."""
        return f"dateline-{self.prefix}{name}"

    def search(self, name: str) -> str:
        """The id of a saved search."""
        return f"dateline-{self.prefix}search-{name}"

    def dashboard(self, name: str) -> str:
        """The id of a dashboard."""
        return f"dateline-{self.prefix}dashboard-{name}"

    def title(self, title: str) -> str:
        """What a person reads; the brackets keep what is Dateline's together in every list."""
        return f"[Dateline{f' {self.prefix}' if self.prefix else ''}] {title}"


def to_json(value: Any) -> str:
    """Kibana keeps most of an object's content as JSON in a string."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def kql(query: str) -> dict[str, str]:
    """A query in Kibana's language."""
    return {"query": query, "language": "kuery"}


def to_view(name: str, id_: str) -> Reference:
    """A reference to a data view."""
    return {"type": "index-pattern", "id": id_, "name": name}


def data_view(
    id_: str,
    index: str,
    title: str,
    time_field: str,
    *,
    labels: Mapping[str, tuple[str, str]],
    formats: Mapping[str, Mapping[str, Any]],
) -> SavedObject:
    """A data view. ``labels``: what a field is called and what it means; ``formats``: how its values are shown."""
    attributes = {
        "title": index,
        "name": title,
        "timeFieldName": time_field,
        "fieldAttrs": to_json(
            {name: {"customLabel": label, "customDescription": meaning} for name, (label, meaning) in labels.items()}
        ),
        "fieldFormatMap": to_json(formats),
        # Kibana fills this by asking the index; empty means: ask.
        "fields": "[]",
        # The text again, as its language's analyzer gets it.
        "sourceFilters": to_json([{"value": "text.*"}]),
        "runtimeFieldMap": "{}",
        "typeMeta": "{}",
    }
    return _saved("index-pattern", id_, attributes, [])


def search(
    id_: str,
    title: str,
    description: str,
    *,
    view: str,
    query: str,
    columns: Mapping[str, int | None],
    sort: str,
    time_from: str,
    breakdown: str | None = None,
) -> SavedObject:
    """A saved search for Discover. ``columns``: the fields after the time, with their widths in pixels where not automatic."""
    source = {"query": kql(query), "filter": [], "indexRefName": f"{_SEARCH_SOURCE}.index"}
    attributes = {
        "title": title,
        "description": description,
        "columns": list(columns),
        "sort": [[sort, "desc"]],
        "grid": {"columns": {name: {"width": width} for name, width in columns.items() if width}},
        "hideChart": False,
        **({"breakdownField": breakdown} if breakdown else {}),
        "density": "compact",
        # One line a story, as on a wire.
        "rowHeight": 1,
        "isTextBasedQuery": False,
        "usesAdHocDataView": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": to_json(source)},
        # Discover's own range is 15 minutes, which is empty on a quiet wire.
        "timeRestore": True,
        "timeRange": {"from": time_from, "to": "now"},
        "refreshInterval": {"pause": False, "value": 30000},
    }
    return _saved("search", id_, attributes, [to_view(f"{_SEARCH_SOURCE}.index", view)])


@dataclass(frozen=True)
class Panel:
    """A panel of a dashboard. ``references`` have the names that they have within the panel."""

    id: str
    type: str
    config: dict[str, Any]
    references: tuple[Reference, ...] = ()
    by_reference: bool = False


def markdown_panel(id_: str, text: str) -> Panel:
    """A panel of text."""
    vis = {
        "id": "",
        "title": "",
        "description": "",
        "type": "markdown",
        "params": {"fontSize": 12, "openLinksInNewTab": False, "markdown": text},
        "uiState": {},
        "data": {"aggs": [], "searchSource": {"query": kql(""), "filter": []}},
    }
    return Panel(id_, "visualization", {"hidePanelTitles": True, "enhancements": {}, "savedVis": vis})


def search_panel(id_: str, title: str, search_id: str) -> Panel:
    """A saved search as a panel."""
    reference = {"type": "search", "id": search_id, "name": f"panel_{id_}"}
    return Panel(id_, "search", {"title": title, "enhancements": {}}, (reference,), by_reference=True)


@dataclass(frozen=True)
class Row:
    """Panels beside each other, each with its share of the 48 columns."""

    height: int
    panels: tuple[tuple[int, Panel], ...]


@dataclass(frozen=True)
class Control:
    """A list to choose values of a field from; it filters all panels, so that the field must be in all their data views."""

    field: str
    title: str
    view: str


@dataclass(frozen=True)
class Layout:
    """What a dashboard shows."""

    title: str
    description: str
    rows: Sequence[Row]
    controls: Sequence[Control] = ()
    time_from: str = "now-24h"
    refresh_ms: int = field(default=60000)


def dashboard(id_: str, layout: Layout) -> SavedObject:
    """A dashboard."""
    panels, references, y = [], [], 0
    for row in layout.rows:
        x = 0
        for width, panel in row.panels:
            panels.append(_placed(panel, {"x": x, "y": y, "w": width, "h": row.height, "i": panel.id}))
            references += [it | {"name": f"{panel.id}:{it['name']}"} for it in panel.references]
            x += width
        y += row.height
    controls = {control.field: _control(order, control) for order, control in enumerate(layout.controls)}
    references += [to_view(f"controlGroup_{it.field}:optionsListDataView", it.view) for it in layout.controls]
    attributes = {
        "title": layout.title,
        "description": layout.description,
        **({"controlGroupInput": _control_group(controls)} if controls else {}),
        "kibanaSavedObjectMeta": {"searchSourceJSON": to_json({"query": kql(""), "filter": []})},
        "optionsJSON": to_json(
            {
                "useMargins": True,
                "syncColors": True,
                "syncCursor": True,
                "syncTooltips": False,
                "hidePanelTitles": False,
            }
        ),
        "panelsJSON": to_json(panels),
        "timeRestore": True,
        "timeFrom": layout.time_from,
        "timeTo": "now",
        "refreshInterval": {"pause": False, "value": layout.refresh_ms},
        "version": 3,
    }
    return _saved("dashboard", id_, attributes, references)


def _placed(panel: Panel, grid: dict[str, Any]) -> dict[str, Any]:
    placed = {"type": panel.type, "gridData": grid, "panelIndex": panel.id, "embeddableConfig": panel.config}
    return placed | ({"panelRefName": f"panel_{panel.id}"} if panel.by_reference else {})


def _control(order: int, control: Control) -> dict[str, Any]:
    chosen = {"id": control.field, "fieldName": control.field, "title": control.title, "selectedOptions": []}
    return {
        "order": order,
        "width": "medium",
        "grow": True,
        "type": "optionsListControl",
        "explicitInput": chosen | {"enhancements": {}},
    }


def _control_group(controls: dict[str, Any]) -> dict[str, Any]:
    names = ("ignoreFilters", "ignoreQuery", "ignoreTimerange", "ignoreValidations")
    return {
        "controlStyle": "oneLine",
        "chainingSystem": "HIERARCHICAL",
        "panelsJSON": to_json(controls),
        "ignoreParentSettingsJSON": to_json(dict.fromkeys(names, False)),
    }


def _saved(type_: str, id_: str, attributes: dict[str, Any], references: Iterable[Reference]) -> SavedObject:
    return {
        "id": id_,
        "type": type_,
        "attributes": attributes,
        "references": list(references),
        "managed": False,
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": TYPE_VERSIONS[type_],
    }
