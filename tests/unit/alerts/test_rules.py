"""Rule files: what they mean, what is wrong with them, and that the schema says the same."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, time, timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pipeline.alerts.rules import (
    Burst,
    Digest,
    NewTerm,
    Quiet,
    Rule,
    RuleError,
    Throttle,
    conditions,
    load,
    parse_rule,
    parsing,
)
from pipeline.alerts.rules.conditions import sanction
from pipeline.alerts.rules.files import SHIPPED
from pipeline.alerts.rules.names import topic_names
from pipeline.enrich.terms import read_folder as read_words
from pipeline.enrich.topics.rules import load_rules
from pipeline.resources import resource
from pipeline.screening.listing import LISTS

SCHEMA = json.loads((resource("schemas") / "rule.json").read_text("utf-8"))
DOCS = resource("schemas").parent / "docs"
FULL = """
title: Everything
description: A rule that uses all keys.
enabled: false
when:
  topics: [tiktok, economic sanction]
  entities: [Q30, ByteDance, "~Acme Shipping"]
  mentions: {at_least: 2}
  countries: [NO, US]
  languages: [en, und]
  providers: [aurora]
  genre: [Analysis]
  keywords: [sanctions]
  urgency: "<=3"
  sanction: {action: [impose], status: [announced], by: [EU, OFAC], targets: [RU], measures: [vessels], new: true, background: false}
  listed: {list: [eu, un], programmes: [UKR], score: 0.85}
  text: 'headline:(sanction* OR "asset freeze") AND NOT sport'
  confidence: 0.8
  hours: {from: "08:00", to: "18:00", days: [mon, fri], zone: Europe/Berlin}
  all: [{countries: [CN]}]
  any: [{countries: [DE]}, {topics: [tariff], languages: [de]}]
  none: [{topics: [sport]}]
  burst: {stories: 5, within: 30m}
  new_term: {of: people, with: tiktok, days: 7}
channels: [log, desk-mail]
throttle: {at_most: 5, every: 1h}
digest: {at: "07:30", zone: Europe/Berlin}
quiet: {from: "22:00", to: "06:00", zone: Europe/Berlin, unless_urgency: 2}
"""


def rule_text(when: str, rest: str = "") -> str:
    return f"title: A rule\nwhen:\n  {when}\n{rest}"


def problem(text: str, name: str = "a-rule") -> RuleError:
    with pytest.raises(RuleError) as caught:
        parse_rule(name, text)
    return caught.value


def test_a_rule_says_what_its_file_says() -> None:
    rule = parse_rule("everything", FULL)
    assert (rule.name, rule.title, rule.enabled) == ("everything", "Everything", False)
    assert rule.channels == ("log", "desk-mail")
    assert rule.throttle == Throttle(at_most=5, every=timedelta(hours=1))
    assert rule.digest == Digest(at=time(7, 30), zone="Europe/Berlin")
    assert rule.quiet == Quiet(start=time(22), end=time(6), zone="Europe/Berlin", unless_urgency=2)
    assert rule.burst == Burst(stories=5, within=timedelta(minutes=30))
    assert rule.new_term == NewTerm(of="people", with_topic="tiktok", days=7)
    assert hash(rule) == hash(parse_rule("everything", FULL))


def test_what_a_file_leaves_out_has_a_default() -> None:
    rule = parse_rule("short", rule_text("topics: tiktok"))
    assert (rule.enabled, rule.channels, rule.throttle, rule.digest, rule.quiet) == (True, (), None, None, None)
    assert rule == parse_rule("short", rule_text("topics: [TikTok]"))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "empty file"),
        ("- a", 1, "expected keys, got a list"),
        ("title: [", 1, "expected YAML"),
        ("title: a\ntitle: b\nwhen: {topics: [tiktok]}", 2, "'title' stands twice"),
        ("title: a", 1, "expected the key 'when'"),
        ("title:\nwhen: {topics: [tiktok]}", 1, "expected text, got nothing"),
        ("title: a\nwhen:\n  topcs: [tiktok]", 3, "did you mean 'topics'? it takes topics, entities, countries"),
        ("title: a\nwhen: {}", 2, "expected at least one condition"),
        ("title: a\nwhen: &x [*x]", 2, "references"),
        ("title: a\nwhen: " + "[" * 60 + "]" * 60, 2, "too deep"),
        (rule_text("topics: []"), 3, "expected at least one value"),
        (rule_text("topics: [tik tok]"), 3, "no topic 'tik tok'; did you mean 'tiktok'?"),
        (rule_text("entities: [Congo]"), 3, "'Congo' may be Q974 (DR Congo, place, CD), Q971"),
        (rule_text("entities: [Vladimir Putn]"), 3, "Q7747 (Vladimir Putin, person, RU)"),
        (rule_text('entities: ["~"]'), 3, "expected a name behind the ~"),
        (rule_text("countries: [China]"), 3, "did you mean CN?"),
        (rule_text("languages: [German]"), 3, "did you mean 'de'?"),
        (rule_text("providers: ['!?']"), 3, "is no provider"),
        (rule_text("providers: [Agence-France-Presse]"), 3, "is a name of the provider afp; write its id, afp"),
        (rule_text("urgency: '<=0'"), 3, "a number from 1 (most urgent) to 9"),
        (rule_text("confidence: 80"), 3, "a number from 0 to 1"),
        (rule_text("mentions: {at_least: 3}"), 3, "expected `entities` beside it"),
        (rule_text("sanction: {action: [impsoe]}"), 3, "did you mean 'impose'?"),
        (rule_text("sanction:\n    measures: [asset freeze]"), 4, "did you mean 'asset-freeze'?"),
        (rule_text("sanction: {new: maybe}"), 3, "expected true or false"),
        (rule_text("listed: {list: [ofac]}"), 3, "ofac-sdn"),
        (rule_text("hours: {from: '8', to: '18:00'}"), 3, 'as in "07:30"'),
        (rule_text("hours: {from: '08:00', to: '18:00', zone: Europe}"), 3, "no time zone 'Europe'"),
        (rule_text("hours: {from: '08:00', to: '18:00', days: [monday]}"), 3, "mon, tue"),
        (rule_text("any: []"), 3, "at least one condition"),
        (rule_text("any: [{}]"), 3, "at least one condition"),
        (rule_text("any: [{burst: {stories: 2, within: 1m}}]"), 3, "only at the top of `when`"),
        (rule_text("burst: {stories: 1, within: 1m}"), 3, "a number from 2"),
        (rule_text("burst: {stories: 2, within: 1 week}"), 3, "30s, 15m, 1h or 7d"),
        (rule_text("new_term: {of: ships}"), 3, "people, organisations, places"),
        (rule_text("topics: [tiktok]", "channels: [Desk Mail]"), 4, "can't name a channel"),
        (rule_text("topics: [tiktok]", "digest: {}"), 4, "`every` or `at`"),
        (rule_text("topics: [tiktok]", "digest: {every: 1h, zone: UTC}"), 4, "take it out"),
        (rule_text("topics: [tiktok]", "throttle: {at_most: 0, every: 1h}"), 4, "a number from 1 to"),
        (rule_text("topics: [tiktok]", "throttle: {at_most: 1}"), 4, "expected the key 'every'"),
    ],
)
def test_a_broken_file_says_where_and_what_to_do(text: str, line: int | None, says: str) -> None:
    error = problem(text)
    assert (error.line, says in str(error)) == (line, True), str(error)
    assert error.remedy
    assert str(error) == (f"line {line}: " if line else "") + f"{error.message}; {error.remedy}"


def test_a_name_that_can_be_no_file_name_is_an_error() -> None:
    assert "can't name a rule" in str(problem(FULL, name="New Sanctions"))


@pytest.mark.parametrize(
    ("name", "id_"), [("Q30", "Q30"), ("China", "Q148"), ("中国", "Q148"), ("германия", "Q183"), ("Huawei", "Q160120")]
)
def test_a_name_in_any_language_is_one_entity(name: str, id_: str) -> None:
    assert parse_rule("a", rule_text(f"entities: ['{name}']")) == parse_rule("a", rule_text(f"entities: [{id_}]"))


@pytest.mark.parametrize(
    ("when", "unit"),
    [
        ("sanction: {new: true}", "event"),
        ("sanction: {new: false}", "story"),
        ("sanction: {action: [lift]}", "story"),
        ("{sanction: {new: true}, topics: [tiktok]}", "event"),
        ("all: [{sanction: {new: true}}, {countries: [US]}]", "event"),
        ("any: [{sanction: {new: true}}, {topics: [tiktok]}]", "story"),
        ("any: [{sanction: {new: true}}, {topics: [tiktok], sanction: {new: true}}]", "event"),
        ("none: [{sanction: {new: true}}]", "story"),
    ],
)
def test_the_unit_is_the_event_where_only_new_events_match(when: str, unit: str) -> None:
    assert parse_rule("a", rule_text(when)).unit == unit


def test_quiet_hours_end_for_urgent_stories() -> None:
    quiet = Quiet(start=time(22), end=time(6), zone="Europe/Berlin", unless_urgency=2)
    night, noon = datetime(2026, 11, 12, 22, tzinfo=UTC), datetime(2026, 11, 12, 12, tzinfo=UTC)
    assert [quiet.holds(night, urgency) for urgency in (None, 4, 2, 1)] == [True, True, False, False]
    assert not quiet.holds(noon, None)


def outcome(text: str) -> Rule | RuleError:
    try:
        return parse_rule("any", text)
    except RuleError as error:
        return error


@given(text=st.text(max_size=200))
def test_any_file_is_a_rule_or_an_error(text: str) -> None:
    query = rule_text(f"text: {json.dumps(text)}")
    for content in (text, query, rule_text(text), f"title: {text}\nwhen: {{urgency: 1}}"):
        assert str(outcome(content))


PIECES = [*'ab ()"+-:*?~^/[]{}\\<>=!&|', "AND", "OR", "NOT", "TO", "headline:", "制裁", " ", "1.2.3"]


@given(query=st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_any_query_is_a_rule_or_an_error(query: str) -> None:
    made = outcome(rule_text(f"text: {json.dumps(query)}"))
    assert isinstance(made, Rule) or (made.line == 3 and made.remedy)


def documented() -> list[str]:
    """The rules in the documentation."""
    texts = [path.read_text("utf-8") for path in (DOCS / "rules.md", DOCS / "adding" / "rule.md")]
    found = [
        match for text in texts for match in re.findall(r"^ *```yaml\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    ]
    assert found
    return found


def test_the_schema_takes_what_the_reader_takes() -> None:
    validator = Draft202012Validator(SCHEMA)
    shipped = [path.read_text("utf-8") for path in SHIPPED.iterdir() if path.name.endswith(".yaml")]
    for text in (FULL.replace("[NO, US]", '["NO", US]'), *shipped, *documented()):
        parse_rule("a", text)
        assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(
    "when",
    [
        "{}",
        "{topcs: [tiktok]}",
        "{topics: []}",
        "{mentions: {at_least: 1}}",
        "{countries: [china]}",
        "{any: [{burst: {stories: 2, within: 1m}}]}",
        "{any: [{}]}",
        "{burst: {stories: 2, within: 0m}}",
        "{urgency: 10}",
        "{hours: {from: '24:00', to: '01:00'}}",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(when: str) -> None:
    text = f"title: a\nwhen: {when}"
    problem(text)
    assert not Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text))


def test_the_schema_knows_the_same_words() -> None:
    definitions, properties = SCHEMA["$defs"], SCHEMA["properties"]
    assert properties.keys() == set(parsing.KEYS)
    assert {*definitions["condition"]["properties"], *properties["when"]["properties"]} == set(conditions.KEYS)
    assert definitions["action"]["enum"] == list(sanction.ACTIONS)
    assert definitions["status"]["enum"] == list(sanction.STATUSES)
    assert definitions["measure"]["enum"] == list(sanction.MEASURES)
    assert definitions["list"]["enum"] == list(LISTS)
    assert properties["when"]["properties"]["new_term"]["properties"]["of"]["enum"] == list(parsing.TERM_KINDS)


def test_the_documentation_names_every_key() -> None:
    text = (DOCS / "rules.md").read_text("utf-8")
    assert [key for key in (*parsing.KEYS, *conditions.KEYS) if f"`{key}" not in text] == []


def test_the_measures_are_those_that_the_words_know() -> None:
    words = resource("schemas").parent / "pipeline" / "enrich" / "sanctions" / "words"
    known = {measure for _, groups in read_words(words) for name in ("measures", "facts") for measure in groups[name]}
    assert known == set(sanction.MEASURES)


def test_the_topics_are_those_of_the_rule_files() -> None:
    names = topic_names()
    assert {rule.id: rule.name for rule in load_rules()}.items() <= names.items()


def test_shipped_rules_have_a_channel_and_no_problem() -> None:
    shipped = load(True, None, {})
    assert shipped.keys() == {"new-sanctions", "sanctions-lifted", "tiktok", "us-china", "list-additions"}
    for file in shipped.values():
        assert file.problem is None
        assert file.rule is not None
        assert file.rule.channels == ("log",)
        assert file.rule.description
