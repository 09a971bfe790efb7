"""Drafts of rules: checked and rehearsed, never kept.

Comes in: a name and YAML that somebody typed. Goes out: what is wrong with it, or what it would have alerted on, within bounds of size and
time, and few at once, since a rehearsal reads many stories.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.alerts.alert import Alert
from pipeline.alerts.rules import Rule
from pipeline.desk.formatting import language_name
from pipeline.desk.plots import Plot, bars
from pipeline.desk.state import Desk
from pipeline.errors import WrongUse
from pipeline.rehearsing import count_by_day
from pipeline.rule_checks import Problem, Rehearsed, rehearse_index

MOST_LETTERS = 65_536
SPANS = (1, 7, 30)
"""Days over which a draft can be tried."""
SHOWN_ALERTS = 50
_PATIENCE_S = 15.0
_PLOTTED_LANGUAGES = 6


class Busy(Exception):
    """Too many rehearsals are running."""


@dataclass(frozen=True)
class Draft:
    """A draft and what was found out about it. ``done``: its rehearsal."""

    name: str
    text: str
    rule: Rule | None = None
    problems: tuple[Problem, ...] = ()
    done: Rehearsed | None = None
    days: int = 0

    @property
    def alerts(self) -> list[Alert]:
        """The newest alerts of the rehearsal, the newest first."""
        return self.done.alerts[-SHOWN_ALERTS:][::-1] if self.done else []

    def plot(self, now: datetime) -> Plot | None:
        """The rehearsal's alerts by day and language."""
        return _plot(self.done, now) if self.done and self.done.alerts else None


def check(desk: Desk, name: str, text: str) -> Draft:
    """The draft with what is wrong with it."""
    if len(text) > MOST_LETTERS:
        raise WrongUse(f"expected a rule of {MOST_LETTERS:,} characters at most, got {len(text):,}")
    rule, problems = desk.rules.check(name, text)
    return Draft(name, text, rule, tuple(problems))


def rehearse(desk: Desk, name: str, text: str, days: int) -> Draft:
    """The draft with what it would have alerted on; only checked where it is broken. Raises `Busy`."""
    draft = check(desk, name, text)
    if draft.rule is None:
        return draft
    since = datetime.now(UTC) - timedelta(days=days if days in SPANS else SPANS[0])
    if not desk.rehearsing.acquire(timeout=1):
        raise Busy
    try:
        done = rehearse_index(desk.client, desk.names, draft.rule, since, patience_s=_PATIENCE_S)
    finally:
        desk.rehearsing.release()
    return Draft(name, text, draft.rule, draft.problems, done, days)


def _plot(done: Rehearsed, now: datetime) -> Plot:
    first = done.since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [f"{first + timedelta(days=n):%Y-%m-%d}" for n in range((now - first).days + 1)]
    found = count_by_day(done.alerts)
    languages: dict[str, int] = {}
    for counts in found.values():
        for code, number in counts.items():
            languages[code] = languages.get(code, 0) + number
    named = sorted(languages, key=lambda code: (-languages[code], code))[:_PLOTTED_LANGUAGES]
    series = {code: [found[day][code] if day in found else 0 for day in days] for code in named}
    others = [
        sum(number for code, number in found[day].items() if code not in named) if day in found else 0 for day in days
    ]
    if any(others):
        series["others"] = others
    names = {code: language_name(code) for code in named}
    return bars("rehearsed", "Alerts a day, by language", series, start=first, step=timedelta(days=1), names=names)
