"""The generated wire: like the samples, and its tags fit its text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.bench.wire import Wire
from pipeline.enrich import enrich
from pipeline.feeds.samples import sample_stories
from pipeline.story import Story

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    wire = Wire([enrich(story, thorough=False) for story in sample_stories()[::8]])
    return [*wire.stories(0, 200, start=START, step=timedelta(minutes=1))]


def test_what_is_tagged_stands_where_the_tags_say(stories: list[Story]) -> None:
    for story in stories:
        mentions = [mention for entity in story.entities for mention in entity.mentions]
        for mention in (*mentions, *(place for topic in story.topics for place in topic.evidence)):
            assert getattr(story, mention.field)[mention.start : mention.end] == mention.text


def test_stories_differ_and_come_in_order(stories: list[Story]) -> None:
    assert len({story.id for story in stories}) == len(stories)
    assert len({story.body for story in stories}) > 0.95 * len(stories)
    assert len({entity.id for story in stories for entity in story.entities}) > 100
    assert [story.received for story in stories] == sorted(story.received for story in stories if story.received)


def test_the_same_numbers_give_the_same_stories(stories: list[Story]) -> None:
    wire = Wire([enrich(story, thorough=False) for story in sample_stories()[::8]])
    assert [*wire.stories(0, 20, start=START, step=timedelta(minutes=1))] == stories[:20]
