"""`dateline enrich` needs no server, so it waits for nothing that talks to one."""

from __future__ import annotations

import subprocess
import sys

CLIENTS = {"aiohttp", "apprise", "elasticsearch", "faust", "kafka", "spacy"}


def test_enriching_imports_no_client() -> None:
    code = f"import pipeline.cli, pipeline.enriching, sys; print(*({CLIENTS!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
