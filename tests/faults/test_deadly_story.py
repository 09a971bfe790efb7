"""A message that kills the process which reads it, or holds it for ever, costs itself, not the feed."""

from __future__ import annotations

from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from pipeline.dead import read_dead
from pipeline.documents.indices import index_names
from pipeline.feeds.files import Copy
from pipeline.settings import Settings
from tests.conftest import bear_as, running, wait_for


@pytest.mark.timeout(300)
def test_a_deadly_message_goes_to_wire_dead_the_third_time_and_the_others_pass(
    settings: Settings, elastic: Elasticsearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.launcher.bear", bear_as("tests.faults.deadly_reader"))
    good = [
        Copy(f"Story number {number} is short but readable.".encode(), source=f"{number}.txt") for number in range(8)
    ]
    with running(settings, tmp_path) as pipeline:
        pipeline.feed(*good[:4], Copy(b"DEADLY", source="deadly.txt"), *good[4:])

        def dead() -> bool:
            for worker in pipeline.launcher.workers:
                worker.backoff = min(worker.backoff, 0.5)
            return pipeline.launcher.check() and len({letter.origin for letter in read_dead(settings)}) == 1

        wait_for(dead, seconds=240, what="the dead letter")
        pipeline.settle()
    letters = {(letter.kind, letter.value, letter.source) for letter in read_dead(settings)}
    assert letters == {("worker-died", b"DEADLY", "deadly.txt")}
    assert "Timeout" in "\n".join(pipeline.lines), "the log tells where the worker hung"
    assert elastic.count(index=index_names(settings).everything)["count"] == len(good)
