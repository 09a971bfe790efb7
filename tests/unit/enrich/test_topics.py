"""Topics: every rule file keeps its own examples, and the evidence is text of the story."""

from __future__ import annotations

import json
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pipeline.enrich.languages import LANGUAGES
from pipeline.enrich.terms import read_folder
from pipeline.enrich.topics import match_topics, rules
from pipeline.enrich.topics.judging import TopicMatcher
from pipeline.enrich.topics.rules import Example, TopicRule, load_rules, parse_rule
from pipeline.resources import resource
from pipeline.story import Language, Story, Topic

SCHEMA = json.loads((resource("schemas") / "topic.json").read_text("utf-8"))
FOLDER = files(rules.__package__ or "")
FILES = dict(read_folder(FOLDER))
WORDS = dict(read_folder(FOLDER / "words"))
RULES = dict(zip(FILES, load_rules(), strict=True))


def topics(text: str, language: str = "en", *, headline: str = "") -> dict[str, Topic]:
    story = Story(id="a:1", guid="1", provider="a", headline=headline, body=text, language=Language(code=language))
    return {topic.id: topic for topic in match_topics(story)}


@pytest.mark.parametrize("name", FILES)
def test_a_file_keeps_the_schema(name: str) -> None:
    errors = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(FILES[name])]
    assert not errors


@pytest.mark.parametrize("name", WORDS)
def test_a_word_list_has_terms_in_every_language(name: str) -> None:
    validator = Draft202012Validator({**SCHEMA["$defs"]["terms"], "$defs": SCHEMA["$defs"]})
    assert set(WORDS[name]) == set(LANGUAGES)
    assert all(validator.is_valid(terms) for terms in WORDS[name].values())


def test_ids_and_names_are_unique() -> None:
    for key in ("id", "name"):
        assert [value for value, times in Counter(data[key] for data in FILES.values()).items() if times > 1] == []


@pytest.mark.parametrize("name", FILES)
def test_a_rule_speaks_every_language(name: str) -> None:
    """Some term that counts must be there, or the topic would be silent in a language that we read."""
    speaking = {
        language
        for group in FILES[name]["terms"].values()
        if group.get("weight", 0) >= 0.3
        for language in group
        if language in LANGUAGES
    }
    assert speaking == set(LANGUAGES)


@pytest.mark.parametrize("name", FILES)
def test_the_groups_that_a_rule_asks_for_exist(name: str) -> None:
    groups: dict[str, dict[str, Any]] = FILES[name]["terms"]
    asked = {other for group in groups.values() for key in ("needs", "unless") for other in group.get(key, ())}
    assert asked <= groups.keys() | WORDS.keys()


@pytest.mark.parametrize("name", FILES)
def test_examples_show_eight_languages_and_four_traps(name: str) -> None:
    examples = RULES[name].examples
    assert len({example.language for example in examples if example.matches}) >= 8
    assert sum(not example.matches for example in examples) >= 4


@pytest.mark.parametrize(
    ("rule", "example"),
    [
        pytest.param(rule, example, id=f"{name}-{example.language}-{'yes' if example.matches else 'no'}-{number}")
        for name, rule in RULES.items()
        for number, example in enumerate(rule.examples)
    ],
)
def test_a_rule_keeps_its_examples(rule: TopicRule, example: Example) -> None:
    found = topics(example.text, example.language).get(rule.id)
    evidence = [mention.text for mention in found.evidence] if found else []
    wanted = "should get" if example.matches else "should not get"
    assert bool(found) == example.matches, f"{example.text!r} {wanted} {rule.name!r}; evidence: {evidence}"


@pytest.mark.parametrize("name", FILES)
def test_evidence_cuts_its_text_out_of_the_story(name: str) -> None:
    for example in RULES[name].examples:
        for topic in topics(example.text, example.language).values():
            assert topic.evidence
            assert all(example.text[mention.start : mention.end] == mention.text for mention in topic.evidence)


def test_evidence_is_whole_words_also_behind_marks_that_matching_skips() -> None:
    text = "Die Frie\u00addensgespräche gehen weiter."
    (mention,) = topics(text, "de")["medtop:20000076"].evidence
    assert mention.text == "Frie\u00addensgespräche"
    (mention,) = topics("وافق على القـرار بحظر الأسلحـة.", "ar")["medtop:20000642"].evidence
    assert mention.text == "بحظر الأسلحـة"


def test_an_unknown_language_has_no_topics() -> None:
    for language in ("und", "xx"):
        assert not topics(
            "The EU imposed sanctions on two Russian banks; the US wants ByteDance to sell TikTok.", language
        )


def test_a_text_without_words_has_no_topics() -> None:
    assert not topics("")
    assert not topics("12 345 — 67", headline="***")


def test_a_headline_counts_more() -> None:
    words = "Sanctions on Minsk"
    assert "medtop:20000642" in topics("The council met.", headline=words)
    assert topics("The council met.", headline=f"{words} announced")["medtop:20000642"].score > (
        topics(f"{words} announced.")["medtop:20000642"].score
    )


def test_one_phrase_far_down_is_no_subject() -> None:
    long = "The town has a new bridge, and people are glad about it. " * 9
    assert "medtop:20000062" in topics("The civil war ended long ago.")
    assert "medtop:20000062" not in topics(f"{long}The civil war ended long ago.")


RULE: dict[str, Any] = {
    "id": "own",
    "name": "own",
    "within": 40,
    "terms": {
        "word": {"weight": 0.6, "needs": ["place"], "unless": ["game"], "en": ["siege|sieges", "block* of the *port"]},
        "place": {"en": ["city"]},
        "game": {"en": ["board"]},
        "weak": {"weight": 0.3, "en": ["wall|walls", "gate", "SDN", "iron gate"]},
        "not": {"en": ["siege mentalit*"]},
    },
    "examples": {"matches": [], "misses": []},
}


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("The siege of the city goes on.", 0.6),
        ("The city under siege: two sieges in a year.", 0.6),
        ("The siege goes on.", 0.0),
        ("The siege goes on, and nobody knows when food will reach the city.", 0.0),
        ("The city has a siege on a board.", 0.0),
        ("A siege mentality took the city.", 0.0),
        ("A city with siege mentalities.", 0.0),
        ("A siege mentality took the city in the siege.", 0.6),
        ("The city saw the blockade of the seaport.", 0.6),
        ("The city saw the blockade of a port.", 0.0),
        ("The city saw the blockade of the portal.", 0.0),
        ("The wall has a gate.", 0.51),
        ("The wall, the walls.", 0.0),
        ("The iron gate.", 0.0),
        ("The wall is on the SDN list.", 0.51),
        ("The wall is on the sdn list.", 0.0),
    ],
)
def test_a_rule_weighs_its_terms(text: str, score: float) -> None:
    story = Story(id="a:1", guid="1", provider="a", body=text, language=Language(code="en"))
    assert [topic.score for topic in TopicMatcher([parse_rule(RULE)], {}).match(story)] == [score] * bool(score)
