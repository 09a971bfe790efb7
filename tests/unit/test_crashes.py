"""What is left of a worker that died, and how often a message may kill."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.crashes import DeathCount, Position


def test_position_outlives_the_process_that_marked_it(tmp_path: Path) -> None:
    path = tmp_path / "position"
    position = Position(path)
    script = (
        "import os, signal; from pathlib import Path; from pipeline.crashes import Position;"
        f"Position(Path({str(path)!r})).enter(3, 2**40); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script], check=False)
    assert position.read() == (3, 2**40)


def test_position_says_nothing_between_messages(tmp_path: Path) -> None:
    position = Position(tmp_path / "position")
    assert position.read() is None
    position.enter(0, 0)
    assert position.read() == (0, 0)
    position.leave()
    assert position.read() is None


def test_a_message_is_deadly_the_third_time() -> None:
    deaths = DeathCount()
    for place in [(0, 1), (0, 2), (0, 1), None]:
        deaths.count(place)
    assert deaths.deadly() == []
    deaths.count((0, 1))
    assert deaths.deadly() == [(0, 1)]
