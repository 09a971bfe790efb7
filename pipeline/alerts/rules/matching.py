"""Which rules a story matches, and why.

Comes in: rules, then enriched stories. Goes out: matches with their reasons. `RuleBook` tries only rules of which the story has a key, so
that a thousand rules cost little; what asks for other stories (`Match.needs`) is left to the caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

import msgspec

from pipeline.alerts.rules.conditions.base import walk
from pipeline.alerts.rules.conditions.text import Word
from pipeline.alerts.rules.keys import VALUES, Kind, rarest
from pipeline.alerts.rules.reason import Reason
from pipeline.alerts.rules.rule import Rule
from pipeline.alerts.rules.terms import terms_of
from pipeline.alerts.rules.view import Sought, View, WordMatcher
from pipeline.story import ListHit, SanctionEvent, Story

Need = Literal["burst", "new_term"]


class Match(msgspec.Struct, frozen=True):
    """A rule that a story matches.

    ``events`` and ``hits``: those that fit its conditions; for a rule whose unit is the event, the new events alone. ``terms``:
    whom the story names of the kind that `new_term` asks for, to be compared with whom the rule has seen.
    """

    rule: Rule
    reasons: tuple[Reason, ...]
    events: tuple[SanctionEvent, ...]
    hits: tuple[ListHit, ...]
    terms: tuple[Reason, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """What the rule cares about in this story."""
        return frozenset(reason.key for reason in self.reasons)

    @property
    def needs(self) -> tuple[Need, ...]:
        """What else must hold, which only other stories can tell; empty where the match is enough."""
        asked: dict[Need, object] = {"burst": self.rule.burst, "new_term": self.rule.new_term}
        return tuple(need for need, value in asked.items() if value is not None)


def match(rule: Rule, story: Story) -> Match | None:
    """The rule's match of one story, whether it is enabled or not."""
    return match_view(rule, view_of(rule, story))


def view_of(rule: Rule, story: Story) -> View:
    """The story, ready for one rule."""
    return View(story, WordMatcher(words_of([rule])))


def match_view(rule: Rule, view: View) -> Match | None:
    """The rule's match of a story that is ready for it."""
    found = rule.when.find(view)
    if found is None:
        return None
    terms = terms_of(rule.new_term, view) if rule.new_term else ()
    if rule.new_term and not terms:
        return None
    reasons = tuple({(reason.condition, reason.key): reason for reason in found.reasons}.values())
    events = found.events if rule.unit == "story" else tuple(event for event in found.events if event.new)
    return Match(rule, reasons, events, found.hits, terms)


def words_of(rules: Iterable[Rule]) -> list[Sought]:
    """All words that the rules look for in the text."""
    return [condition.sought for rule in rules for condition in walk(rule.when) if isinstance(condition, Word)]


class RuleBook:
    """The rules that are enabled, ready for many stories; never changes."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rule for rule in rules if rule.enabled)
        self._words = WordMatcher(words_of(self._rules))
        self._always: list[int] = []
        by_kind: dict[Kind, dict[str | Sought, list[int]]] = {}
        asked = [rule.when.keys for rule in self._rules]
        uses = Counter(key for sets in asked for keys in sets for key in keys)
        for number, sets in enumerate(asked):
            if not sets:
                self._always.append(number)
            for kind, value in rarest(sets, uses) if sets else ():
                by_kind.setdefault(kind, {}).setdefault(value, []).append(number)
        self._by_kind = [(VALUES[kind], numbers) for kind, numbers in by_kind.items()]

    def __len__(self) -> int:
        """How many rules are in force."""
        return len(self._rules)

    def match(self, story: Story) -> list[Match]:
        """The rules that the story matches, in their order."""
        view = View(story, self._words)
        matches = (match_view(self._rules[number], view) for number in self._candidates(view))
        return [found for found in matches if found is not None]

    def _candidates(self, view: View) -> list[int]:
        """The rules that may match: those of which the story has a key, and those that have none."""
        found = set(self._always)
        for values_of, numbers in self._by_kind:
            for value in values_of(view):
                if value in numbers:
                    found.update(numbers[value])
        return sorted(found)
