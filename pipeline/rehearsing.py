"""What a rule would have alerted on: its alerts over stories that came, while nothing is written or sent. Pure.

Comes in: a rule, and stories as they are kept. Goes out: alerts in the order in which the stories came, and for whoever reads the stories a
query that leaves out those that cannot match. What is new of an event is what is stored with the story.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

import msgspec

from pipeline.alerts.alert import Alert
from pipeline.alerts.alerting import tell, with_source
from pipeline.alerts.memory import Memory
from pipeline.alerts.rules import Rule, RuleBook
from pipeline.alerts.rules.keys import SOME, Keys, Kind
from pipeline.search.fields import SEEN, Clause
from pipeline.story import Story

_FIELDS: dict[Kind, str] = {
    "topic": "topics",
    "entity": "entity_ids",
    "country": "countries",
    "provider": "provider",
    "language": "language.code",
    "listed": "listed_on",
}
"""Where a story's document has the keys of a kind; other kinds it keeps differently or not at all."""


def rehearse(rule: Rule, stories: Iterable[Story]) -> list[Alert]:
    """The alerts of the rule, enabled or not, the oldest first, before throttle, digest and quiet hours.

    Only stories that match are held, so that ``stories`` may be many, in any order.
    """
    book = RuleBook([msgspec.structs.replace(rule, enabled=True)])
    matches = []
    for story in stories:
        matches += [(_arrival(story), story.id, story, match) for match in book.match(story)]
    memories: dict[str, Memory] = {}
    alerts: dict[str, Alert] = {}
    for at, _, story, match in sorted(matches, key=lambda it: it[:2]):
        told = tell(match, story, memories, now=at, links={})
        memories |= told.memories
        alerts |= {alert.id: alert for alert in told.alerts}
        for id_, source in told.joins.items():
            if id_ in alerts:
                alerts[id_] = with_source(alerts[id_], source)
    return [*alerts.values()]


def narrowing(rule: Rule) -> list[Clause]:
    """Filters that every story passes which the rule matches; none where its conditions are not in the index."""
    needed = [_clause(keys) for keys in rule.when.keys]
    if rule.when.needs_new_event:
        needed.append(SEEN["new"])
    return [clause for clause in needed if clause is not None]


def count_by_day(alerts: Iterable[Alert], zone: tzinfo | None = UTC) -> dict[str, Counter[str]]:
    """How many alerts there are by day and language; ``zone`` says when a day begins, None is this machine's."""
    days: dict[str, Counter[str]] = {}
    for alert in alerts:
        days.setdefault(f"{alert.at.astimezone(zone):%Y-%m-%d}", Counter())[alert.language.code] += 1
    return days


def _arrival(story: Story) -> datetime:
    return story.received or story.version_created or datetime.fromtimestamp(0, UTC)


def _clause(keys: Keys) -> Clause | None:
    """A filter that one of the keys is there; None if a key may stand elsewhere in the document."""
    if any(kind not in _FIELDS for kind, _ in keys):
        return None
    values: dict[str, set[str]] = {}
    for kind, value in keys:
        values.setdefault(_FIELDS[kind], set()).add(str(value))
    clauses: list[Clause] = [
        {"exists": {"field": field}} if SOME in wanted else {"terms": {field: sorted(wanted)}}
        for field, wanted in values.items()
    ]
    return clauses[0] if len(clauses) == 1 else {"bool": {"should": clauses, "minimum_should_match": 1}}
