"""One document out of many arrivals, in any order and repetition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.document import make_document, state_of
from pipeline.documents.merge import merge
from pipeline.documents.ranking import rank, version_id
from pipeline.documents.state import State
from pipeline.story import Language, Story, Topic

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def arrival(version: int, *, minute: int = 0, status: str = "usable", body: str = "text", dated: bool = True) -> Story:
    moment = NOON + timedelta(minutes=minute)
    return Story(
        id="aurora:1",
        guid="1",
        provider="aurora",
        version=version,
        pubstatus=status,  # type: ignore[arg-type]
        headline=f"headline {version}",
        body=body,
        version_created=moment if dated else None,
        received=moment,
    )


def after(arrivals: list[Story]) -> tuple[State, list[str]]:
    state: State | None = None
    outcomes = []
    for story in arrivals:
        decision = merge(state, story)
        state = decision.state
        outcomes.append(decision.outcome)
    assert state is not None
    return state, outcomes


def document(state: State) -> bytes:
    return msgspec.json.encode(make_document(state, indexed_at=NOON))


arrivals = st.lists(
    st.builds(
        arrival,
        st.integers(1, 4),
        minute=st.integers(0, 5),
        status=st.sampled_from(["usable", "usable", "withheld", "canceled"]),
        body=st.sampled_from(["one", "two"]),
        dated=st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@given(arrivals, st.randoms())
def test_any_order_and_repetition_gives_the_same_document(stories: list[Story], random: object) -> None:
    expected = document(after(stories)[0])
    shuffled = stories + stories[: len(stories) // 2]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert document(after(shuffled)[0]) == expected


@given(arrivals)
def test_a_document_gives_back_the_state_it_was_made_from(stories: list[Story]) -> None:
    state = after(stories)[0]
    stored = msgspec.json.decode(document(state))
    assert state_of(stored) == state
    assert document(state_of(stored)) == document(state)


@given(arrivals)
def test_a_repeat_of_everything_writes_nothing(stories: list[Story]) -> None:
    state, _ = after(stories)
    assert not any(merge(state, story).write for story in stories)


def test_outcomes_tell_what_happened() -> None:
    v1, v2, v3 = (arrival(n, minute=n) for n in (1, 2, 3))
    kill, late = arrival(4, minute=4, status="canceled"), arrival(5, minute=5)
    _, outcomes = after([v1, v3, v2, v3, kill, kill, late])
    assert outcomes == ["created", "updated", "stale", "unchanged", "updated", "unchanged", "after_kill"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_kill_wins_whatever_its_version_and_order(order: tuple[int, ...]) -> None:
    stories = [arrival(2, minute=2), arrival(1, minute=1, status="canceled"), arrival(3, minute=3)]
    state, _ = after([stories[number] for number in order])
    made = make_document(state, indexed_at=NOON)
    assert made["pubstatus"] == "canceled"
    assert "visible_from" not in made
    assert made["headline"] == "headline 3"


def test_a_kill_that_comes_alone_is_a_killed_document() -> None:
    state, outcomes = after([arrival(1, status="canceled")])
    assert outcomes == ["created"]
    assert make_document(state, indexed_at=NOON)["pubstatus"] == "canceled"


def test_withheld_ends_with_the_next_usable_version() -> None:
    state, _ = after([arrival(1), arrival(2, minute=1, status="withheld")])
    assert "visible_from" not in make_document(state, indexed_at=NOON)
    state = merge(state, arrival(3, minute=2)).state
    assert make_document(state, indexed_at=NOON)["visible_from"] == "1970-01-01T00:00:00Z"


def test_an_embargo_hides_until_its_time_and_without_a_time_for_good() -> None:
    lifted = msgspec.structs.replace(arrival(1), embargoed="2026-12-01T06:00:00+00:00")
    closed = msgspec.structs.replace(arrival(1), embargoed="")
    assert make_document(State(lifted), indexed_at=NOON)["visible_from"] == "2026-12-01T06:00:00+00:00"
    assert "visible_from" not in make_document(State(closed), indexed_at=NOON)


def test_a_resend_of_an_unnumbered_story_changes_nothing_but_a_new_text_does() -> None:
    first = msgspec.structs.replace(arrival(1), derived=("version", "version_created"))
    again = msgspec.structs.replace(
        first, version_created=NOON + timedelta(hours=1), received=NOON + timedelta(hours=1)
    )
    edited = msgspec.structs.replace(again, body="edited", version_created=NOON + timedelta(hours=2))
    assert after([first, again, edited])[1] == ["created", "unchanged", "updated"]
    assert version_id(first) == version_id(again) != version_id(edited)


def test_a_numbered_resend_with_a_later_arrival_is_the_same_version() -> None:
    first = msgspec.structs.replace(arrival(2), derived=("version_created",))
    again = msgspec.structs.replace(first, version_created=NOON + timedelta(hours=1))
    assert rank(first) == rank(again)


def test_new_tags_for_the_same_version_replace_the_old_ones() -> None:
    plain = msgspec.structs.replace(arrival(1), enriched_at=NOON)
    topics = (Topic(id="tiktok", name="TikTok", score=0.9, source="rules"),)
    tagged = msgspec.structs.replace(plain, topics=topics, enriched_at=NOON + timedelta(hours=1))
    state, outcomes = after([plain, tagged])
    assert outcomes == ["created", "updated"]
    assert make_document(state, indexed_at=NOON)["topics"] == ["tiktok"]
    assert after([tagged, plain])[0] == state


def test_version_ids_stay_within_what_elasticsearch_takes() -> None:
    long = msgspec.structs.replace(arrival(1), id="aurora:" + "ü" * 250)
    assert len(version_id(long).encode()) <= 512
    assert version_id(long) != version_id(msgspec.structs.replace(long, version=2))


def test_words_behind_an_elision_are_searchable_without_a_french_analyzer() -> None:
    story = msgspec.structs.replace(arrival(1), body="Levée de l’embargo jusqu'au 3.", language=Language(code="fr"))
    made = make_document(State(story), indexed_at=NOON)
    assert made["text"] == {"plain": "headline 1\n\nLevée de l embargo jusqu au 3."}
    assert "plain" not in make_document(State(story), indexed_at=NOON, languages=frozenset({"fr"}))["text"]
