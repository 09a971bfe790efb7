"""Why a rule matches a story or does not, condition by condition.

Comes in: a rule and a story. Goes out: a line for each condition, in the order of the file, those within another one step deeper.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.alerts.rules.clock import show_duration
from pipeline.alerts.rules.conditions.base import Condition, listed
from pipeline.alerts.rules.conditions.groups import All
from pipeline.alerts.rules.matching import view_of
from pipeline.alerts.rules.rule import Rule
from pipeline.alerts.rules.terms import terms_of
from pipeline.alerts.rules.view import View
from pipeline.story import Story


@dataclass(frozen=True)
class Verdict:
    """Whether a condition holds and why; ``depth``: how deep it stands within others."""

    condition: str
    holds: bool
    why: str
    depth: int = 0


def explain(rule: Rule, story: Story) -> list[Verdict]:
    """The verdict on each condition of the rule. `burst` is said to hold, since only other stories can tell."""
    view = view_of(rule, story)
    top = rule.when.conditions if isinstance(rule.when, All) else (rule.when,)
    return [*(verdict for condition in top for verdict in _verdicts(condition, view, 0)), *_stateful(rule, view)]


def _verdicts(condition: Condition, view: View, depth: int) -> Iterator[Verdict]:
    found = condition.find(view)
    yield Verdict(condition.name, found is not None, condition.why(view, found), depth)
    for part in condition.parts:
        yield from _verdicts(part, view, depth + 1)


def _stateful(rule: Rule, view: View) -> Iterator[Verdict]:
    if rule.burst:
        asked = f"{rule.burst.stories} matching stories within {show_duration(rule.burst.within)}"
        yield Verdict("burst", True, f"once there are {asked}")
    if rule.new_term:
        terms = terms_of(rule.new_term, view)
        asked = f"not seen with this rule in {rule.new_term.days} days"
        named = f"if one of these was {asked}: {listed(it.what for it in terms)}"
        yield Verdict("new_term", bool(terms), named if terms else f"the story names no {rule.new_term.of}")
