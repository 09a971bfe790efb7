"""What `dateline run` writes about itself."""

from __future__ import annotations

import resource
from pathlib import Path

from pipeline.launcher import Launcher
from pipeline.running import write_state
from pipeline.settings import Settings


def test_a_full_disk_hides_the_workers_and_does_not_end_them(tmp_path: Path) -> None:
    launcher = Launcher(Settings(), {}, folder=tmp_path, on_settled=lambda it: None, on_line=lambda line: None)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        write_state(tmp_path / "run.json", launcher)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "run.json").exists()
    write_state(tmp_path / "run.json", launcher)
    assert (tmp_path / "run.json").exists()
