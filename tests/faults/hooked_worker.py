"""A worker that runs the hooks of an ordeal first: the file of that name in its folder."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline import worker


def main(arguments: list[str]) -> int:
    """Runs the worker; returns its exit code."""
    exec((Path(os.environ["DATELINE_FAULTS_FOLDER"]) / "hooks.py").read_text(), {})  # noqa: S102 - the test's own
    return worker.main(arguments)
