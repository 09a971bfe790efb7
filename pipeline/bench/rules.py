"""The alert rules of a busy desk, for measuring with: a hundred beside those that come with Dateline."""

from __future__ import annotations

from pathlib import Path

import yaml

COUNT = 100
_COUNTRIES = ("US", "CN", "RU", "IR", "UA", "DE", "TR", "SD", "JP", "VE")
_TOPICS = ("tiktok", "export-controls", "critical-minerals", "tech-war")


def write_rules(folder: Path, count: int = COUNT) -> Path:
    """Writes so many rules, each about a country, a topic or a phrase of its own, and returns the folder; few stories match one."""
    folder.mkdir(parents=True)
    for number in range(count):
        country, topic = _COUNTRIES[number % len(_COUNTRIES)], _TOPICS[number % len(_TOPICS)]
        asked = (
            {"countries": [country], "topics": [topic], "text": f'"consignment {number}"'},
            {"countries": [country], "urgency": "<=1"},
            {"text": f"zeppelin AND (port OR harbour) AND number{number}"},
        )[number % 3]
        rule = {"title": f"Rule {number}", "when": asked}
        (folder / f"rule-{number}.yaml").write_text(yaml.safe_dump(rule), "utf-8")
    return folder
