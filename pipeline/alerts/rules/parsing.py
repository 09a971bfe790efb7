"""From a rule file to a rule.

Comes in: the file's name without ending, and its text. Goes out: the rule, or a `RuleError` with line and remedy. `schemas/rule.json`
describes the same for editors; a test compares the two.
"""

from __future__ import annotations

import re
from typing import get_args

from pipeline.alerts.rules import conditions
from pipeline.alerts.rules.clock import read_duration, read_time, read_zone
from pipeline.alerts.rules.conditions import All, Condition, read_conditions
from pipeline.alerts.rules.conditions.tags import Topics
from pipeline.alerts.rules.given import Given, read_yaml
from pipeline.alerts.rules.names import read_topic
from pipeline.alerts.rules.problem import RuleError
from pipeline.alerts.rules.rule import Burst, Digest, NewTerm, Quiet, Rule, TermKind, Throttle

KEYS = ("title", "description", "enabled", "when", "channels", "throttle", "digest", "quiet")
TERM_KINDS: tuple[TermKind, ...] = get_args(TermKind)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_CHANNEL = re.compile(r"[a-z0-9-]{1,60}")
_MOST = 10_000
_MOST_DAYS = 365
_DAYS = 30


def parse_rule(name: str, text: str) -> Rule:
    """The rule of a file."""
    if not _NAME.fullmatch(name):
        raise RuleError(
            f"{name!r} can't name a rule",
            remedy="name the file with small letters, digits and -, as in new-sanctions.yaml",
        )
    keys = read_yaml(text).keys(KEYS, required=("title", "when"))
    when = keys["when"].keys(conditions.KEYS)
    new_term = _new_term(when["new_term"]) if "new_term" in when else None
    return Rule(
        name=name,
        title=keys["title"].text(),
        description=keys["description"].text() if "description" in keys else "",
        enabled=keys["enabled"].flag() if "enabled" in keys else True,
        when=_condition(keys["when"], new_term),
        channels=tuple(dict.fromkeys(map(_channel, keys["channels"].each(empty=True)))) if "channels" in keys else (),
        throttle=_throttle(keys["throttle"]) if "throttle" in keys else None,
        digest=_digest(keys["digest"]) if "digest" in keys else None,
        quiet=_quiet(keys["quiet"]) if "quiet" in keys else None,
        burst=_burst(when["burst"]) if "burst" in when else None,
        new_term=new_term,
    )


def _condition(when: Given, new_term: NewTerm | None) -> Condition:
    found = read_conditions(when)
    if new_term is not None and new_term.with_topic is not None:
        found.append(Topics(frozenset([new_term.with_topic])))
    return found[0] if len(found) == 1 else All(tuple(found))


def _channel(given: Given) -> str:
    text = given.text("the name of a channel")
    if not _CHANNEL.fullmatch(text):
        raise given.problem(f"{text!r} can't name a channel", "write small letters, digits and -, as in desk-mail")
    return text


def _throttle(given: Given) -> Throttle:
    keys = given.keys(["at_most", "every"], required=["at_most", "every"])
    return Throttle(at_most=keys["at_most"].whole(1, _MOST), every=read_duration(keys["every"]))


def _digest(given: Given) -> Digest:
    keys = given.keys(["every", "at", "zone"])
    if ("every" in keys) == ("at" in keys):
        raise given.problem(
            "expected `every` or `at`, one of them", 'write {every: 1h}, or {at: "07:30", zone: Europe/Berlin}'
        )
    if "every" in keys:
        if "zone" in keys:
            raise keys["zone"].problem("a zone says nothing beside `every`", "take it out")
        return Digest(every=read_duration(keys["every"]))
    return Digest(at=read_time(keys["at"]), zone=read_zone(keys.get("zone")))


def _quiet(given: Given) -> Quiet:
    keys = given.keys(["from", "to", "zone", "unless_urgency"], required=["from", "to"])
    return Quiet(
        start=read_time(keys["from"]),
        end=read_time(keys["to"]),
        zone=read_zone(keys.get("zone")),
        unless_urgency=keys["unless_urgency"].whole(1, 9) if "unless_urgency" in keys else None,
    )


def _burst(given: Given) -> Burst:
    keys = given.keys(["stories", "within"], required=["stories", "within"])
    return Burst(stories=keys["stories"].whole(2, _MOST), within=read_duration(keys["within"]))


def _new_term(given: Given) -> NewTerm:
    keys = given.keys(["of", "with", "days"], required=["of"])
    return NewTerm(
        of=next(kind for kind in TERM_KINDS if kind == keys["of"].one_of(TERM_KINDS)),
        with_topic=read_topic(keys["with"]) if "with" in keys else None,
        days=keys["days"].whole(1, _MOST_DAYS) if "days" in keys else _DAYS,
    )
