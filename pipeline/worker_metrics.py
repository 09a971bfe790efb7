"""What the workers of this machine have counted and how they are, read from the ports that they serve.

Comes in: the workers of `dateline run`'s state file. Goes out: outcomes of items, and health. Elsewhere (Kubernetes) Prometheus gathers the same.
"""

from __future__ import annotations

import http
import http.client
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

_PATIENCE_S = 1.0
_STORIES = "dateline_stories"


def read_outcomes(workers: Iterable[Mapping[str, Any]], host: str) -> Counter[str]:
    """Items by what became of them, since the workers started; one that doesn't answer counts nothing."""
    outcomes: Counter[str] = Counter()
    for worker in workers:
        if port := worker.get("metrics_port"):
            with suppress(OSError, ValueError, http.client.HTTPException):
                outcomes += _outcomes(_read(host, port, "/metrics")[1])
    return outcomes


def read_health(worker: Mapping[str, Any], host: str) -> str:
    """How a worker is, in its own words; empty for a process that is none."""
    if not (port := worker.get("metrics_port")):
        return ""
    try:
        for path in ("/live", "/ready"):
            status, text = _read(host, port, path)
            if status != http.HTTPStatus.OK:
                return text.strip()
    except (OSError, http.client.HTTPException):
        return "does not answer"
    return "ready"


def _read(host: str, port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def _outcomes(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for family in text_string_to_metric_families(text):
        if family.name == _STORIES:
            for sample in family.samples:
                found[sample.labels["outcome"]] += int(sample.value)
    return found
