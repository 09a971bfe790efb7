"""Grafana's dashboards, one line a panel. Writes dashboards/*.json beside this file: `python deploy/grafana/make.py`.

Grafana keeps a dashboard as hundreds of lines, nearly all of them alike; here stands what differs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "dashboards"
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH = 24
_WORKERS = '{job=~".*dateline.*"}'


@dataclass(frozen=True)
class Panel:
    """What a panel shows: queries by their legend (`{{label}}` is the label's value), and how.

    ``red`` colours a number from there on, or down from there if ``red_below``.
    """

    title: str
    queries: dict[str, str]
    unit: str = "short"
    about: str = ""
    kind: str = "timeseries"
    stacked: bool = False
    width: int = 12
    height: int = 8
    red: float | None = None
    red_below: bool = False


@dataclass(frozen=True)
class Dashboard:
    """Rows of panels under headings."""

    uid: str
    title: str
    about: str
    rows: dict[str, list[Panel]] = field(default_factory=dict)


def number(title: str, query: str, unit: str = "short", about: str = "", **options: Any) -> Panel:
    """A panel with one number."""
    return Panel(title, {"": query}, unit, about, kind="stat", width=4, height=4, **options)


def counted(metric: str, over: str, *, by: str = "", where: str = "") -> str:
    """How many there were of what is rare. A series begins with its first case, which increase() does not see."""
    series = metric + where
    each = f"(increase({series}[{over}]) > 0 or ({series} unless {series} offset {over}))"
    return f"sum by ({by}) {each}" if by else f"sum{each} or vector(0)"


def quantiles(metric: str, *, by: str = "") -> dict[str, str]:
    """Half of the cases, and all but one in a hundred, of a histogram."""
    labels = ", ".join(filter(None, [by, "le"]))
    name = f"{{{{{by}}}}} " if by else ""
    return {
        f"{name}{label}": f"histogram_quantile({q}, sum by ({labels}) (rate({metric}_bucket[$__rate_interval])))"
        for label, q in (("half", 0.5), ("99 %", 0.99))
    }


PIPELINE = Dashboard(
    "dateline-pipeline",
    "Dateline: pipeline",
    "From raw copy to searchable stories. docs/operations.md says what to do about what is red.",
    {
        "Now": [
            number("Stories a second", "sum(rate(dateline_stories_total[5m]))", "suffix:/s"),
            number("Behind", "max(dateline_lag_seconds)", "s", "Age of the oldest copy that is not settled.", red=60),
            number(
                "Arrival to searchable, 99 %",
                "histogram_quantile(0.99, sum by (le) (rate(dateline_arrival_to_index_seconds_bucket[5m])))",
                "s",
                red=10,
            ),
            number("Dead letters, 24 h", counted("dateline_dead_letters_total", "24h"), red=1),
            number("Workers", f"sum(up{_WORKERS})", red=1, red_below=True),
            number("Alarms", 'count(ALERTS{alertstate="firing", severity!="info"}) or vector(0)', red=1),
        ],
        "Flow": [
            Panel(
                "Stories by outcome",
                {"{{outcome}}": "sum by (outcome) (rate(dateline_stories_total[$__rate_interval]))"},
                "suffix:/s",
                "stale: an older version than the stored one; unchanged: a repeat. Both are ordinary.",
                stacked=True,
            ),
            Panel(
                "Stories by language",
                {"{{language}}": "topk(12, sum by (language) (rate(dateline_stories_total[$__rate_interval])))"},
                "suffix:/s",
                stacked=True,
            ),
            Panel("Messages not settled", {"{{stream}}": "sum by (stream) (dateline_consumer_lag)"}, width=8),
            Panel(
                "Behind",
                {"{{stream}}": "max by (stream) (dateline_lag_seconds)"},
                "s",
                "Age of the oldest message that is not settled.",
                width=8,
            ),
            Panel(
                "Since the newest settled message came",
                {"{{stream}}": "time() - max by (stream) (dateline_last_settled_timestamp_seconds)"},
                "s",
                "While nothing waits, how long nothing came.",
                width=8,
            ),
            Panel("Arrival to searchable", quantiles("dateline_arrival_to_index_seconds"), "s"),
            Panel(
                "Seconds a batch spends in a stage",
                {
                    "{{stage}}": "sum by (stage) (rate(dateline_stage_seconds_sum[$__rate_interval])) "
                    "/ sum by (stage) (rate(dateline_stage_seconds_count[$__rate_interval]))"
                },
                "s",
                "read, send: READ. fetch, events, alert, write: KEEP.",
            ),
        ],
        "What went wrong": [
            Panel(
                "Dead letters",
                {"{{stream}} {{kind}}": counted("dateline_dead_letters_total", "$__rate_interval", by="stream, kind")},
                about="`dateline dead list` has the reasons.",
                stacked=True,
            ),
            Panel(
                "Waiting for a server",
                {"{{what}}": "sum by (what) (increase(dateline_waits_total[$__rate_interval]))"},
                about="Attempts that Kafka or Elasticsearch did not take; they are made again.",
                stacked=True,
            ),
            Panel(
                "Quiet, in usual pauses",
                {
                    "{{kind}} {{name}}": "topk(10, max by (kind, name) (dateline_quiet_seconds) "
                    "/ max by (kind, name) (dateline_usual_pause_seconds))"
                },
                "suffix:×",
                "Above 2 a feed, provider or language is silent against its own past.",
            ),
            Panel(
                "Sequence numbers that never came",
                {"{{provider}} {{service}}": "max by (provider, service) (dateline_sequence_missing) > 0"},
            ),
        ],
        "Workers": [
            Panel("Memory", {"{{role}} {{instance}}": f"process_resident_memory_bytes{_WORKERS}"}, "bytes"),
            Panel(
                "Processor",
                {"{{role}} {{instance}}": f"rate(process_cpu_seconds_total{_WORKERS}[$__rate_interval])"},
                "percentunit",
                "A worker can use one core, which is 100 %.",
            ),
            Panel("Partitions read", {"{{stream}}": "sum by (stream) (dateline_assigned_partitions)"}),
            Panel("Workers by version", {"{{version}}": "count by (version) (dateline_build_info)"}, stacked=True),
        ],
        "Elasticsearch": [
            Panel(
                "Disk that is free",
                {
                    "{{name}}": "elasticsearch_filesystem_data_available_bytes "
                    "/ elasticsearch_filesystem_data_size_bytes"
                },
                "percentunit",
                "Below 5 % it takes no writes.",
            ),
            Panel("Health", {"{{color}}": "max by (color) (elasticsearch_cluster_health_status)"}, stacked=True),
        ],
    },
)

ALERTS = Dashboard(
    "dateline-alerts",
    "Dateline: alerts",
    "What rules found and how it reached people.",
    {
        "Now": [
            number("Alerts, 24 h", counted("dateline_alerts_total", "24h")),
            number(
                "Arrival to alert, 99 %",
                "histogram_quantile(0.99, sum by (le) (rate(dateline_arrival_to_alert_seconds_bucket[1h])))",
                "s",
                red=10,
            ),
            number(
                "Given up, 24 h",
                counted("dateline_deliveries_total", "24h", where='{status="dead"}'),
                about="Deliveries that were tried in vain.",
                red=1,
            ),
            number("Rules in force", "max(dateline_rules)", red=1, red_below=True),
            number("Rules with a mistake", "max(dateline_broken_rules)", red=1),
            number("Stories that wait for a person", "max(dateline_waiting_stories)"),
        ],
        "Alerts": [
            Panel(
                "Alerts by rule",
                {"{{rule}}": counted("dateline_alerts_total", "$__rate_interval", by="rule")},
                stacked=True,
            ),
            Panel(
                "Alerts, corrections, recalls",
                {"{{type}}": counted("dateline_alerts_total", "$__rate_interval", by="type")},
                stacked=True,
            ),
        ],
        "Deliveries": [
            Panel("Arrival to delivery by channel", quantiles("dateline_arrival_to_alert_seconds", by="channel"), "s"),
            Panel(
                "Deliveries by channel and what became of them",
                {
                    "{{channel}} {{status}}": counted(
                        "dateline_deliveries_total", "$__rate_interval", by="channel, status"
                    )
                },
                stacked=True,
            ),
            Panel(
                "Share of attempts that failed",
                {
                    "{{channel}}": 'sum by (channel) (rate(dateline_deliveries_total{status!="sent"}[15m])) '
                    "/ sum by (channel) (rate(dateline_deliveries_total[15m]))"
                },
                "percentunit",
            ),
            Panel(
                "Not yet done by NOTIFY",
                {"{{stream}}": 'sum by (stream) (dateline_consumer_lag{stream=~".*wire\\\\.alerts"})'},
            ),
        ],
    },
)

DASHBOARDS = {"pipeline.json": PIPELINE, "alerts.json": ALERTS}


def to_json(dashboard: Dashboard) -> str:
    """The dashboard as Grafana imports it."""
    whole = {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.about,
        "tags": ["dateline"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]
        },
        "annotations": {"list": []},
        "links": [{"title": "Dateline", "type": "dashboards", "tags": ["dateline"], "asDropdown": False}],
        "panels": list(_panels(dashboard)),
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _panels(dashboard: Dashboard) -> Iterator[dict[str, Any]]:
    """The panels from left to right, and a heading above each row."""
    id_, x, y = 0, 0, 0
    for heading, panels in dashboard.rows.items():
        id_ += 1
        yield {
            "id": id_,
            "type": "row",
            "title": heading,
            "collapsed": False,
            "panels": [],
            "gridPos": _place(0, y, _WIDTH, 1),
        }
        x, y, height = 0, y + 1, 0
        for panel in panels:
            if x + panel.width > _WIDTH:
                x, y = 0, y + height
            id_ += 1
            height = panel.height
            yield _panel(panel, id_, _place(x, y, panel.width, panel.height))
            x += panel.width
        y += height


def _place(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": width, "h": height}


def _panel(panel: Panel, id_: int, place: dict[str, int]) -> dict[str, Any]:
    return {
        "id": id_,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "gridPos": place,
        "datasource": _DATASOURCE,
        "fieldConfig": {"defaults": _look(panel), "overrides": []},
        "options": _options(panel),
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": _DATASOURCE,
                "expr": query,
                "legendFormat": legend or "__auto",
            }
            for number, (legend, query) in enumerate(panel.queries.items())
        ],
    }


def _look(panel: Panel) -> dict[str, Any]:
    look: dict[str, Any] = {"unit": panel.unit, "min": 0}
    if panel.kind == "timeseries":
        stacking = {"mode": "normal" if panel.stacked else "none", "group": "A"}
        look["custom"] = {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 30 if panel.stacked else 5,
            "stacking": stacking,
        }
    if panel.red is not None:
        low, high = ("red", "green") if panel.red_below else ("green", "red")
        look["color"] = {"mode": "thresholds"}
        look["thresholds"] = {
            "mode": "absolute",
            "steps": [{"color": low, "value": None}, {"color": high, "value": panel.red}],
        }
    return look


def _options(panel: Panel) -> dict[str, Any]:
    if panel.kind == "stat":
        return {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "graphMode": "area",
            "colorMode": "value",
        }
    return {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, dashboard in DASHBOARDS.items():
        (FOLDER / name).write_text(to_json(dashboard), "utf-8")
