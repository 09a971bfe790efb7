"""The sample wire: every story gets the language, entities, countries and topics that a person would give it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.errors import Reject
from pipeline.feeds.samples import fresh_samples
from pipeline.reading import read_copy
from pipeline.story import Story

LABELS = yaml.safe_load((Path(__file__).parent.parent / "corpus" / "samples.yaml").read_text("utf-8"))
NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


def samples(*, again: bool = False) -> list[Any]:
    copies = fresh_samples(NOON, again=again)
    return [item for copy in copies for item in read_copy(copy.raw(NOON), now=lambda: NOON)]


STORIES: dict[str, Story] = {}
for _story in samples():
    if isinstance(_story, Story) and _story.pubstatus == "usable":
        _key = _story.source if _story.format == "text" else _story.guid
        if _key not in STORIES or _story.version > STORIES[_key].version:
            STORIES[str(_key)] = _story


@pytest.mark.parametrize("label", LABELS, ids=lambda label: Path(label["file"]).stem)
def test_a_sample_is_understood(label: dict[str, Any]) -> None:
    story = STORIES[label["guid"] or label["file"]]
    assert story.language.code == label["language"]
    assert {entity.name for entity in story.entities} >= set(label["entities"])
    assert set(story.countries) >= set(label["countries"])
    topics = {topic.id for topic in story.topics}
    assert topics >= set(label["topics"])
    assert not topics & set(label.get("topics_absent", ()))


def test_nothing_of_the_sample_wire_is_refused() -> None:
    assert [item for item in samples() if isinstance(item, Reject)] == []


def test_every_label_has_its_story_and_every_language_is_there() -> None:
    assert len(STORIES) == len(LABELS)
    assert {label["language"] for label in LABELS} == {
        *("de", "en", "fr", "es", "it", "pt"),
        *("ru", "uk", "ar", "zh", "fa", "tr", "ja"),
    }


def test_every_mention_cuts_its_text_out_of_the_field() -> None:
    for story in STORIES.values():
        mentions = [mention for tag in (*story.entities,) for mention in tag.mentions]
        mentions += [mention for topic in story.topics for mention in topic.evidence] + list(story.crossheads)
        for mention in mentions:
            assert getattr(story, mention.field)[mention.start : mention.end] == mention.text


def test_samples_are_dated_to_end_now_and_keep_their_distances() -> None:
    times = [item.version_created for item in samples() if isinstance(item, Story) and item.format != "text"]
    assert NOON - timedelta(minutes=5) <= max(times) <= NOON  # the message around some of them was sent last
    assert len(set(times)) > 30


def test_samples_fed_again_are_new_stories() -> None:
    first = {item.id for item in samples() if isinstance(item, Story)}
    second = {item.id for item in samples(again=True) if isinstance(item, Story)}
    assert len(first) == len(second)
    assert not first & second
