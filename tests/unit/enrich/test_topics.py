"""Topic rule files: their form, and their own examples."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from pipeline.enrich.topics import match_topics
from pipeline.enrich.topics.rules import TopicRule, load_rules
from pipeline.resources import resource
from pipeline.story import Language, Story

FOLDER = Path(__file__).parent.parent.parent.parent / "pipeline" / "enrich" / "topics"
FILES = sorted(FOLDER.glob("*.yaml"))
SCHEMA = json.loads((resource("schemas") / "topic.json").read_text("utf-8"))
RULES = load_rules()


def read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return loaded


def topics_of(text: str, language: str) -> dict[str, tuple[str, ...]]:
    story = Story(id="a:1", guid="1", provider="a", body=text, language=Language(code=language))
    for topic in match_topics(story):
        for mention in topic.evidence:
            assert story.body[mention.start : mention.end] == mention.text
    return {topic.id: tuple(mention.text for mention in topic.evidence) for topic in match_topics(story)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_file_has_the_form_that_the_schema_says(path: Path) -> None:
    jsonschema.validate(read(path), SCHEMA)


def test_ids_stand_once() -> None:
    assert [id_ for id_, times in Counter(rule.id for rule in RULES).items() if times > 1] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_gets_its_own_examples_right(rule: TopicRule) -> None:
    assert len(rule.examples) > 3
    wrong = [one for one in rule.examples if (rule.id in topics_of(one.text, one.language)) != one.matches]
    assert wrong == []


def test_a_story_in_an_unknown_language_gets_no_topic_from_words() -> None:
    assert topics_of("The Treasury imposed economic sanctions on Iran.", "und") == {}


def test_a_topic_says_which_words_speak_for_it() -> None:
    (evidence,) = [
        words
        for id_, words in topics_of("Die EU verhängt Wirtschaftssanktionen gegen Russland.", "de").items()
        if id_ == "medtop:20000642"
    ]
    assert any("anktion" in word for word in evidence)
