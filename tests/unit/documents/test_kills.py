"""Which story a kill means that names it only in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from pipeline.documents.kills import candidates_query, find_target, kill_of, matched
from pipeline.story import KillTarget, Story

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def stored(number: int, slugline: str, headline: str) -> Story:
    return Story(id=f"aurora:{number}", guid=str(number), provider="aurora", slugline=slugline, headline=headline)


def notice(**target: object) -> Story:
    return Story(
        id="aurora:kill", guid="kill", provider="aurora", pubstatus="canceled", received=NOON, body="Wrong.",
        kill_target=KillTarget(**target),  # type: ignore[arg-type]
    )  # fmt: skip


STORIES = [
    stored(1, "BC-EU--Banks, 1st Ld-Writethru", "Banks face sanctions"),
    stored(2, "BC-EU--Banks", "CORRECTED-Six banks face sanctions"),
    stored(3, "BC-US--Storm", "Storm hits coast"),
]


def ids(**target: object) -> list[str]:
    return [story.id for story in find_target(notice(**target), STORIES)]


def test_marks_and_punctuation_do_not_matter() -> None:
    assert ids(slugline="bc-us storm") == ["aurora:3"]
    assert ids(headline="six banks face sanctions") == ["aurora:2"]


def test_both_lines_together_decide_where_one_fits_several() -> None:
    assert ids(slugline="BC-EU--Banks") == ["aurora:1", "aurora:2"]
    assert ids(slugline="BC-EU--Banks", headline="Banks face sanctions") == ["aurora:1"]


def test_lines_that_contradict_each_other_are_left_to_a_person() -> None:
    assert len(ids(slugline="BC-US--Storm", headline="Banks face sanctions")) == 2


def test_the_cycle_before_a_slugline_does_not_matter() -> None:
    assert ids(slugline="US--Storm") == ids(slugline="am-US--Storm") == ["aurora:3"]


def test_of_several_with_the_number_the_latest_is_meant() -> None:
    dated = [
        msgspec.structs.replace(story, received=NOON - timedelta(hours=hours))
        for story, hours in zip(STORIES, (30, 2, 50), strict=True)
    ]
    assert [story.id for story in find_target(notice(service="bdt", sequence=626), dated)] == ["aurora:2"]


def test_what_fits_nothing_finds_nothing() -> None:
    assert ids(slugline="BC-US--Fire") == []
    assert ids() == []


def test_the_kill_of_a_story_is_that_storys_and_says_whose_word_it_is() -> None:
    kill = kill_of(notice(slugline="BC-US--Storm"), STORIES[2])
    assert (kill.id, kill.guid, kill.pubstatus, kill.kill_target) == ("aurora:3", "3", "canceled", None)
    assert kill.notes == ("killed by the notice aurora:kill, which names the story by slugline",)
    assert matched(notice(slugline="x"), "aurora:3").kill_target is None


def test_only_stories_of_the_provider_from_before_the_kill_are_looked_at() -> None:
    query = candidates_query(notice(slugline="BC-US--Storm"))["query"]["bool"]
    assert {"term": {"provider": "aurora"}} in query["filter"]
    (window,) = [clause["range"]["received"] for clause in query["filter"] if "range" in clause]
    assert window["lte"] == NOON.isoformat()
