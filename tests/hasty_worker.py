"""A worker that looks again sooner than the product's: what it does is the same, only the waits between are shorter, of which a test would
spend most of its time: hundreds wait for a commit. `tests/faults` has its own, so that what must survive there survives with the product's
times, and so has what runs as a command.
"""

from __future__ import annotations

from typing import Any

import pipeline.agents.lists
import pipeline.agents.rules
import pipeline.app
from pipeline import worker


def set_options(**options: float) -> None:
    """Gives the apps of this process these options of Faust's instead of the product's."""
    new_app = pipeline.app.new_app

    def other_app(*args: Any) -> pipeline.app.StatelessApp:
        app = new_app(*args)
        for name, value in options.items():
            setattr(app.conf, name, value)
        return app

    pipeline.app.new_app = other_app


def main(arguments: list[str]) -> int:
    """Runs the worker; returns its exit code."""
    set_options(broker_commit_interval=0.1)
    pipeline.agents.lists.EVERY_SECONDS = 1.0
    pipeline.agents.rules.EVERY_SECONDS = 0.5
    pipeline.app.MATCH_KILLS_EVERY_SECONDS = 1.0
    return worker.main(arguments)
