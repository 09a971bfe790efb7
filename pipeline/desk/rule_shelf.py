"""The rule files as the desk sees them, each with what it says, whose it is, and what is wrong with it.

Comes in: settings. Goes out: `ShelvedRule`s, read anew when they are asked for; a file that breaks while the desk runs keeps its last rule, as
in the workers. Writes nothing: rules are files of the person who runs Dateline.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipeline.alerts.rules import Digest, Quiet, Rule, RuleError, RuleFile, Throttle, parse_rule
from pipeline.alerts.rules.clock import show_duration
from pipeline.alerts.rules.files import SHIPPED
from pipeline.rule_checks import Problem, channel_names, problems_of, rule_files
from pipeline.settings import Settings


@dataclass(frozen=True)
class ShelvedRule:
    """A rule file. ``own``: of the folder DATELINE_RULES; ``problems``: of the file as it is now."""

    name: str
    rule: Rule | None
    own: bool
    problems: tuple[Problem, ...]

    @property
    def is_broken(self) -> bool:
        """Whether what runs, if anything, is not what the file says."""
        return bool(self.problems)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        rule = self.rule
        return {
            "name": self.name,
            "title": rule.title if rule else None,
            "description": rule.description if rule else "",
            "enabled": bool(rule and rule.enabled),
            "own": self.own,
            "channels": list(rule.channels) if rule else [],
            "problems": [it._asdict() for it in self.problems],
        }


class RuleShelf:
    """The rule files of one desk process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._known: dict[str, RuleFile] = {}

    def files(self) -> dict[str, RuleFile]:
        """The files as they are now."""
        with self._lock:
            self._known = rule_files(self._settings, self._known)
            return self._known

    def rules(self) -> list[ShelvedRule]:
        """All rules by their title, the broken ones first."""
        channels = channel_names(self._settings)
        shelved = [
            ShelvedRule(file.name, file.rule, self._path(file.name) is not None, tuple(problems_of(file, channels)))
            for file in self.files().values()
        ]
        return sorted(shelved, key=lambda it: (not it.is_broken, it.rule.title.casefold() if it.rule else it.name))

    def find(self, name: str) -> ShelvedRule | None:
        """The rule of that name."""
        return next((it for it in self.rules() if it.name == name), None)

    def text(self, name: str) -> str:
        """What the file says; only of a name that `files` knows."""
        path = self._path(name) or SHIPPED / f"{name}.yaml"
        try:
            return path.read_bytes().decode("utf-8", "replace")
        except OSError:
            return ""

    def check(self, name: str, text: str) -> tuple[Rule | None, list[Problem]]:
        """A draft: its rule, or what is wrong with it."""
        try:
            rule = parse_rule(name, text)
        except RuleError as error:
            return None, [Problem(error.line, error.message, error.remedy)]
        return rule, problems_of(RuleFile(name, rule, None, ""), channel_names(self._settings))

    def _path(self, name: str) -> Path | None:
        """The user's own file of that name."""
        folder = self._settings.rules
        if folder is None or name not in self._known:
            return None
        paths = (folder / f"{name}{ending}" for ending in (".yaml", ".yml"))
        return next((path for path in paths if path.is_file()), None)


def way_of(rule: Rule) -> list[str]:
    """How and when the rule tells people, in words."""
    said = [f"about each new {rule.unit}" if rule.unit == "event" else "about each story"]
    if rule.burst:
        said.append(f"once {rule.burst.stories} stories match within {show_duration(rule.burst.within)}")
    if rule.new_term:
        said.append(f"where it names {rule.new_term.of} not seen in {rule.new_term.days} days")
    if rule.throttle:
        said.append(_throttle(rule.throttle))
    if rule.digest:
        said.append(_digest(rule.digest))
    if rule.quiet:
        said.append(_quiet(rule.quiet))
    return said


def _throttle(throttle: Throttle) -> str:
    return f"at most {throttle.at_most} in {_length(throttle.every)}"


def _digest(digest: Digest) -> str:
    if digest.every:
        return f"together, every {_length(digest.every)}"
    return f"together, daily at {digest.at:%H:%M} {_zone(digest.zone)}"


def _quiet(quiet: Quiet) -> str:
    but = f", but for urgency 1 to {quiet.unless_urgency}" if quiet.unless_urgency else ""
    return f"quiet from {quiet.start:%H:%M} to {quiet.end:%H:%M} {_zone(quiet.zone)}{but}"


def _zone(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


def _length(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            many = seconds // size
            return f"{many} {name}{'s' if many != 1 else ''}"
    return f"{seconds} seconds"
