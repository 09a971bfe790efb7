"""Imports point one way, and the pure packages stay pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "pipeline"
PURE_ALERTS = tuple(
    f"alerts/{name}.py" for name in ["alert", "alerting", "event_documents", "holding", "memory", "novelty"]
)
PURE = (
    "formats",
    "enrich",
    "screening",
    "documents",
    "search",
    "alerts/novelty.py",
    "alerts/event_documents.py",
    "alerts/alert.py",
    "alerts/rules",
    *(f"kibana/{name}.py" for name in ["__init__", "dashboards", "fields", "lens", "objects", "searches"]),
    "story.py",
    "errors.py",
    "reading.py",
)
CLIENTS = {"faust", "mode", "kafka", "aiokafka", "elasticsearch", "aiohttp", "requests", "http", "socket"}
OUTER = {"agents", "sinks", "feeds", "stack", "app", "cli", "commands", "launcher", "worker", "streams", "servers"}


def modules() -> Iterator[Path]:
    for name in PURE:
        path = PACKAGE / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_pure_module_imports_no_client_and_nothing_from_the_edges(path: Path) -> None:
    names = imported(path)
    assert not {name.split(".")[0] for name in names} & CLIENTS
    assert "urllib.request" not in names
    assert not {name.split(".")[1] for name in names if name.startswith("pipeline.")} & OUTER


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_pure_module_reads_no_clock_and_no_environment(path: Path) -> None:
    source = path.read_text("utf-8")
    assert "datetime.now(" not in source
    assert "time.time(" not in source
    assert "os.environ" not in source


def test_only_settings_reads_the_environment() -> None:
    readers = [path.name for path in PACKAGE.rglob("*.py") if "os.environ" in path.read_text("utf-8")]
    assert sorted(readers) == ["nursery.py", "settings.py"]  # where a child gets its own
