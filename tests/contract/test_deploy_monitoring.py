"""Alarms and dashboards: of metrics that workers export, in queries that Prometheus reads, with a section in the runbook.

``promtool`` comes with Prometheus (`.ci/run` has how). Without it the tests that need it are skipped, but for CI.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from pipeline import metrics
from pipeline.streams import RAW, STORIES

ROOT = Path(__file__).parent.parent.parent
PROMETHEUS = ROOT / "deploy" / "prometheus"
GRAFANA = ROOT / "deploy" / "grafana"
GROUPS = yaml.safe_load((PROMETHEUS / "rules.yaml").read_text())["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
ALARMS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
DASHBOARDS = {path.name: json.loads(path.read_text("utf-8")) for path in (GRAFANA / "dashboards").glob("*.json")}
TARGETS = [
    (f"{name}: {panel['title']}", target["expr"], target["legendFormat"])
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
    for target in panel.get("targets", [])
]

SUFFIXES = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}
OURS = {
    metric._name + suffix: set(metric._labelnames)
    for metric in vars(metrics).values()
    if isinstance(metric, MetricWrapperBase)
    for suffix in SUFFIXES[metric._type]
}
STANDARD = {"up", "ALERTS", "process_start_time_seconds", "process_resident_memory_bytes", "process_cpu_seconds_total"}
EXPORTER = {
    "elasticsearch_filesystem_data_available_bytes",
    "elasticsearch_filesystem_data_size_bytes",
    "elasticsearch_cluster_health_status",
}
"""Of elasticsearch-exporter 1.9, as its README lists them."""


def names(query: str) -> set[str]:
    """The metrics that a query names."""
    bare = re.sub(r"\{[^}]*\}|\"[^\"]*\"", "", query)
    return set(re.findall(r"\b(?:dateline|elasticsearch|process|go|python)[_:][\w:]+|\bup\b|\bALERTS\b", bare))


def promtool(*arguments: str) -> None:
    """Runs promtool and shows what it says where it is not content."""
    path = shutil.which("promtool")
    if path is None:
        missing = "no promtool here, so alarms were NOT tried (Debian: it is in the package prometheus)"
        if os.environ.get("CI") or os.environ.get("DATELINE_PROMTOOL") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


# --- alarms ------------------------------------------------------------------------------------------------------------


def test_alarms_go_off_for_what_they_are_for() -> None:
    promtool("test", "rules", str(PROMETHEUS / "rules.test.yaml"))


def test_every_alarm_is_tried() -> None:
    tried = (PROMETHEUS / "rules.test.yaml").read_text()
    patterns = re.findall(r'alertname=~?"([^"]+)"', tried)
    assert [name for name in ALARMS if not any(re.fullmatch(pattern, name) for pattern in patterns)] == []


def test_prometheus_takes_the_configuration() -> None:
    promtool("check", "config", str(PROMETHEUS / "prometheus.yml"))


@pytest.mark.parametrize("name", ALARMS)
def test_a_paged_person_learns_what_it_is_and_what_to_do(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm["labels"]["severity"] in ("critical", "warning", "info")
    assert {"summary", "description", "runbook_url"} == alarm["annotations"].keys()
    page, _, anchor = alarm["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_rules_ask_for_metrics_that_there_are(rule: dict[str, Any]) -> None:
    assert names(rule["expr"])
    assert names(rule["expr"]) <= OURS.keys() | STANDARD | EXPORTER | RECORDED


def test_copy_that_expires_is_told_at_half_of_its_time() -> None:
    assert f"> {RAW.retention_days // 2} * 24 * 3600" in ALARMS["DatelineCopyExpires"]["expr"]
    assert RAW.retention_days == STORIES.retention_days


# --- dashboards --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("panel", "query", "legend"), TARGETS, ids=[it[0] for it in TARGETS])
def test_panels_show_metrics_that_there_are(panel: str, query: str, legend: str) -> None:
    asked = names(query)
    assert asked
    assert asked <= OURS.keys() | STANDARD | EXPORTER
    labels = {"role", "instance"} | set().union(*(OURS.get(name, {"name", "color"}) for name in asked))
    assert set(re.findall(r"\{\{(\w+)\}\}", legend)) <= labels


def test_prometheus_reads_the_queries_of_all_panels(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": query.replace("$__rate_interval", "5m")}
        for number, (_, query, _) in enumerate(TARGETS)
    ]
    path = tmp_path / "panels.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", str(path))


def test_every_metric_of_the_workers_is_looked_at_somewhere() -> None:
    asked = set().union(*(names(rule["expr"]) for rule in RULES), *(names(query) for _, query, _ in TARGETS))
    families = {name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") for name in asked}
    assert {name.removesuffix("_bucket") for name in OURS if not name.endswith(("_sum", "_count"))} - families == set()


def test_dashboards_have_addresses_that_stay_and_find_prometheus_by_themselves() -> None:
    assert {it["uid"] for it in DASHBOARDS.values()} == {"dateline-pipeline", "dateline-alerts"}
    for dashboard in DASHBOARDS.values():
        assert [it["type"] for it in dashboard["templating"]["list"]] == ["datasource"]
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(ids) == len(set(ids))


def test_panels_do_not_overlap() -> None:
    for dashboard in DASHBOARDS.values():
        taken: set[tuple[int, int]] = set()
        for panel in dashboard["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            assert max(x for x, _ in cells) < 24
            assert not cells & taken, panel["title"]
            taken |= cells


def test_dashboards_are_as_made() -> None:
    """After a change: `python deploy/grafana/make.py`."""
    make = _module(GRAFANA / "make.py")
    assert {name: make.to_json(it) for name, it in make.DASHBOARDS.items()} == {
        path.name: path.read_text("utf-8") for path in (GRAFANA / "dashboards").glob("*.json")
    }


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("dateline_dashboards", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
