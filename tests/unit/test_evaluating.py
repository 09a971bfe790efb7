"""Measuring enrichment: what counts as right, and what a labelled file looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.enrich.provider import media_topic_names
from pipeline.enrich.topics.rules import load_rules
from pipeline.errors import WrongUse
from pipeline.evaluating import ALL, Label, evaluate, read_gold, read_marks

STORY = """
- id: en-01
  language: en
  part: development
  headline: "[[EU|organisation|Q458]] sanctions [[Russia|place|Q159]]n banks"
  body: |-
    The [[European Union|organisation|Q458]] imposed economic sanctions on three [[Russia|place|Q159]]n banks on Thursday,
    [[Mia Muster|person]] of the council said.
  countries: [RU]
  topics: ["medtop:20000642"]
  not_topics: [sport]
"""


def written(folder: Path, text: str) -> Path:
    (folder / "en.yaml").write_text(text, "utf-8")
    return folder


def test_marks_become_mentions_with_offsets() -> None:
    text, labels = read_marks("[[Blinken|person]] in [[Oslo|place|Q585]].", "body")
    assert text == "Blinken in Oslo."
    assert labels == (Label("body", 0, 7, "person"), Label("body", 11, 15, "place", "Q585"))
    assert [text[label.start : label.end] for label in labels] == ["Blinken", "Oslo"]


@pytest.mark.parametrize("text", ["[[Oslo|town]]", "[[Oslo]]", "[[Oslo|place|585]]", "[[Oslo|place"])
def test_a_wrong_mark_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Oslo"):
        read_marks(text, "body")


def test_a_story_is_scored_by_kind(tmp_path: Path) -> None:
    scores, mistakes = evaluate(read_gold(written(tmp_path, STORY)))
    found = scores["en"].by_kind
    assert found["language"].right == 1
    assert found["entities"].expected == 5
    assert (found["organisation"].right, found["organisation"].expected) == (2, 2)
    assert found["person"].expected == 1
    assert found["links"].precision == 1.0
    assert found["topics"].recall == 1.0
    assert found["countries"].recall == 1.0
    assert scores[ALL].to_dict() == scores["en"].to_dict()
    assert any("Mia Muster" in mistake.what for mistake in mistakes) == (found["person"].right == 0)


@pytest.mark.parametrize("text", ["", "a: b", "- {headline: x}", "- {id: 1, language: en, body: '[[x|y]]'}", "{"])
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(WrongUse):
        read_gold(written(tmp_path, text))


GOLD = Path(__file__).parent.parent / "gold"


def test_the_gold_stories_are_whole() -> None:
    stories = read_gold(GOLD)
    assert len({story.id for story in stories}) == len(stories)
    for language in {story.language for story in stories}:
        parts = [story.part for story in stories if story.language == language]
        assert (parts.count("development"), parts.count("closing")) == (10, 5), language
    for story in stories:
        assert story.id.startswith(story.language)
        assert all(len(country) == 2 and country.isupper() for country in story.countries)
        assert not story.topics & story.not_topics
    topics = {topic for story in stories for topic in (*story.topics, *story.not_topics)}
    known = {rule.id for rule in load_rules()} | media_topic_names().keys()
    assert topics <= known
