"""Writes packages.txt anew: `python -m pipeline.stack.relock`, after a version below was changed.

Resolves what each server needs, fetches it and notes sizes and checksums. Run by whoever upgrades a server, never by
the product.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from jgo.maven import MavenContext, PythonResolver

_KAFKA = "4.3.1"
_ELASTICSEARCH = "9.2.0"
# The binding without which Kafka logs nothing; its version is that of Kafka's own log4j-core.
_KAFKA_LOGGING = "2.25.4"
_HEADER = "# server  bytes  sha256  group:artifact:version:packaging; written by relock.py\n"


def _line(server: str, artifact: Any) -> str:
    content = Path(artifact.resolve()).read_bytes()
    coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}:{artifact.packaging}"
    return f"{server} {len(content)} {hashlib.sha256(content).hexdigest()} {coordinate}\n"


def resolve_packages(cache: Path) -> str:
    """The list, from what the repositories say today."""
    context = MavenContext(repo_cache=cache, resolver=PythonResolver())
    given, resolved = context.resolver.resolve([context.create_dependency(f"org.apache.kafka:kafka_2.13:{_KAFKA}")])
    # By itself: resolved along with Kafka, its list of recommended versions would replace Kafka's own.
    logging = context.project("org.apache.logging.log4j", "log4j-slf4j-impl").at_version(_KAFKA_LOGGING)
    server = context.project("org.elasticsearch.distribution.integ-test-zip", "elasticsearch").at_version(
        _ELASTICSEARCH
    )
    jars = [*(dependency.artifact for dependency in [*given, *resolved]), logging.artifact()]
    lines = [_line("kafka", jar) for jar in jars]
    return (
        _HEADER
        + "".join(sorted(lines, key=lambda line: line.split()[-1]))
        + _line("elasticsearch", server.artifact(packaging="zip"))
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        text = resolve_packages(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder))
    Path(__file__).with_name("packages.txt").write_text(text, encoding="utf-8")
