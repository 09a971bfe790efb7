"""Alert rules: which stories the desk must hear of, as YAML files. Pure.

Comes in: rule files and enriched stories. Goes out: matches with reasons, and for people what is wrong with a file and why a rule
matches a story or not. `conditions` knows what rules can ask for, `parsing` reads a file, `matching` tries many rules at once, `files`
reads folders. Sends nothing and remembers nothing. docs/rules.md is the reference, docs/adding/rule.md the walk.
"""

from __future__ import annotations

from pipeline.alerts.rules.conditions.base import Condition
from pipeline.alerts.rules.explaining import Verdict, explain
from pipeline.alerts.rules.files import RuleFile, load, read_folder
from pipeline.alerts.rules.matching import Match, RuleBook, match
from pipeline.alerts.rules.parsing import parse_rule
from pipeline.alerts.rules.problem import RuleError
from pipeline.alerts.rules.reason import Reason
from pipeline.alerts.rules.rule import Burst, Digest, NewTerm, Quiet, Rule, Throttle

__all__ = [
    "Burst",
    "Condition",
    "Digest",
    "Match",
    "NewTerm",
    "Quiet",
    "Reason",
    "Rule",
    "RuleBook",
    "RuleError",
    "RuleFile",
    "Throttle",
    "Verdict",
    "explain",
    "load",
    "match",
    "parse_rule",
    "read_folder",
]
