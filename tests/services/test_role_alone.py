"""`dateline run --role ROLE`, as Kubernetes starts it: one role, which makes nothing and tells nobody's headlines."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import urllib3
import yaml
from elasticsearch import Elasticsearch

from pipeline.documents.indices import index_names
from pipeline.feeds.files import Copy
from pipeline.feeds.producer import Feeder
from pipeline.settings import Settings
from pipeline.streams import LagWatch
from tests.conftest import CHECKOUT, run_here, wait_for

HEADLINE = "Ministers meet in Oslo"
STORY = f'{{"guid": "1", "provider": "aurora", "headline": "{HEADLINE}", "body": "They met on Monday."}}'.encode()


def test_a_role_alone_waits_for_the_setup_and_does_its_part(
    servers: Settings, elastic: Elasticsearch, tmp_path: Path
) -> None:
    port = free_port()
    settings = replace(servers, prefix=f"t{secrets.token_hex(4)}-", home=tmp_path, metrics_port=port)
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "run", "--role", "read"],
        env=os.environ | settings.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for(lambda: answers(port, "livenessProbe"), what="the worker to say that it lives")
        assert not elastic.indices.get(index=f"{settings.prefix}*", expand_wildcards="all")

        code, _, err = run_here(settings, "setup")
        assert code == 0
        assert "Created streams: " + settings.prefix in err, "the role made streams"
        with Feeder(settings) as feeder:
            feeder.feed(Copy(STORY, source="test"))
        watch = LagWatch(settings)
        wait_for(lambda: [lag.messages for lag in watch.read()] == [0, 1, 0], what="the story to wait for KEEP")
        watch.close()
        wait_for(lambda: answers(port, "readinessProbe"), what="the worker to say that it is ready")
        assert answers(port, "livenessProbe")
    finally:
        process.send_signal(signal.SIGTERM)
        log, _ = process.communicate(timeout=30)
    assert process.returncode == 0, log
    assert HEADLINE not in log
    elastic.indices.delete(index=list(index_names(settings).indices))


def answers(port: int, probe: str) -> bool:
    """Whether a probe of the Kubernetes manifests passes."""
    manifest = yaml.safe_load((CHECKOUT / "k8s" / "components" / "pods" / "worker.yaml").read_text("utf-8"))
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    address = f"http://127.0.0.1:{port}{container[probe]['httpGet']['path']}"
    try:
        return urllib3.request("GET", address, retries=False, timeout=2).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
    return port
