"""A message that kills the process which reads it costs itself, not the feed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from pipeline.dead import read_dead
from pipeline.documents.indices import index_names
from pipeline.feeds.files import Copy
from pipeline.settings import Settings
from tests.conftest import running, wait_for

# Python runs this in every worker: a parser that dies as a fault in a C library would make it.
DEADLY_PARSER = """
import os
import pipeline.reading as reading
parse = reading.parse
def deadly(raw, **options):
    if b"DEADLY" in raw.value:
        os._exit(139)
    return parse(raw, **options)
reading.parse = deadly
"""


@pytest.mark.timeout(180)
def test_a_deadly_message_goes_to_wire_dead_the_third_time_and_the_others_pass(
    settings: Settings, elastic: Elasticsearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(DEADLY_PARSER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    good = [
        Copy(f"Story number {number} is short but readable.".encode(), source=f"{number}.txt") for number in range(8)
    ]
    with running(settings, tmp_path) as pipeline:
        pipeline.feed(*good[:4], Copy(b"DEADLY", source="deadly.txt"), *good[4:])
        wait_for(lambda: pipeline.launcher.check() and list(read_dead(settings)), seconds=120, what="the dead letter")
        pipeline.settle()
    (letter,) = read_dead(settings)
    assert (letter.kind, letter.value, letter.source) == ("worker-died", b"DEADLY", "deadly.txt")
    assert elastic.count(index=index_names(settings).everything)["count"] == len(good)
