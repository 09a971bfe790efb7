"""The alert rules as an agent holds them: read at its start, and again when a file changes.

Comes in: the shipped rules and the user's folder (`DATELINE_RULES`). Goes out: a `RuleBook`. A broken file is told once, in the log and as a
metric; its last good version stays in force, and so do all other rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import structlog

from pipeline import metrics
from pipeline.alerts.rules import Rule, RuleBook, RuleFile, load

log = structlog.get_logger("dateline.rules")

EVERY_SECONDS = 5.0


class RulesInForce:
    """Keeps the newest rules."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._files: Mapping[str, RuleFile] = {}
        self.book = RuleBook([])
        self.look()

    @property
    def rules(self) -> dict[str, Rule]:
        """The rules that are in force, by name."""
        return {name: file.rule for name, file in self._files.items() if file.rule is not None and file.rule.enabled}

    def look(self) -> None:
        """Reads what has changed; a folder that can't be read leaves all as it was."""
        try:
            found = load(True, self._folder, self._files)
        except OSError as error:
            log.warning("rules not read", folder=str(self._folder), reason=str(error))
            return
        if found == self._files:
            return
        for name, file in found.items():
            if file.problem is not None and file != self._files.get(name):
                log.error("broken rule", rule=name, problem=str(file.problem), in_force=file.rule is not None)
        self._files = found
        self.book = RuleBook(self.rules.values())
        metrics.RULES.set(len(self.book))
        metrics.BROKEN_RULES.set(sum(file.problem is not None for file in found.values()))
        log.info("rules in force", count=len(self.book))

    async def look_again(self) -> None:
        """The same from a timer."""
        self.look()
