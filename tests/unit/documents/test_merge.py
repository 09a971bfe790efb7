"""One document out of many arrivals, in any order and repetition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.document import make_document, state_of
from pipeline.documents.events import kill_event
from pipeline.documents.merge import MAX_SERVICES, join, merge, release
from pipeline.documents.ranking import rank, version_id
from pipeline.documents.state import State
from pipeline.story import KillTarget, Language, SanctionEvent, Service, Story, Topic

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def arrival(
    version: int,
    *,
    minute: int = 0,
    status: str = "usable",
    body: str = "text",
    dated: bool = True,
    service: int | None = None,
) -> Story:
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
        services=(Service(name="bdt", sequence=service, received=moment),) if service else (),
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
        service=st.sampled_from([None, 1, 2]),
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


def test_what_was_answered_of_an_event_stays_with_a_version_that_is_read_anew() -> None:
    plain = SanctionEvent(key="EU:IR:impose", action="impose", status="announced")
    answered = msgspec.structs.replace(plain, new=True, first_seen=NOON, added=("event",))
    other = SanctionEvent(key="US:IR:impose", action="impose", status="announced")
    stored = msgspec.structs.replace(arrival(1), sanctions=(answered,), enriched_at=NOON)
    anew = msgspec.structs.replace(stored, sanctions=(other, plain), enriched_at=NOON + timedelta(hours=1))
    text = merge(State(stored), anew).state.text
    assert text is not None
    assert text.sanctions == (other, answered)
    assert merge(State(anew), stored).state.text == text


@given(arrivals, arrivals)
def test_two_records_of_a_story_join_to_what_all_arrivals_make_of_it(here: list[Story], there: list[Story]) -> None:
    one, other = after(here)[0], after(there)[0]
    expected = document(after([*here, *there])[0])
    assert document(join(one, other)) == document(join(other, one)) == expected


def test_two_records_of_a_story_keep_what_both_know() -> None:
    one = State(arrival(1), told=("a", "b"), alerts=("x",))
    other = State(arrival(2), told=("b", "c"), alerts=("y",))
    joined = join(one, other)
    assert (joined.told, joined.alerts) == (("a", "b", "c"), ("x", "y"))
    killed = State(arrival(1), arrival(2, status="canceled"))
    assert join(released(killed), killed) == join(killed, released(killed)) == released(killed)


def test_version_ids_stay_within_what_elasticsearch_takes() -> None:
    long = msgspec.structs.replace(arrival(1), id="aurora:" + "ü" * 250)
    assert len(version_id(long).encode()) <= 512
    assert version_id(long) != version_id(msgspec.structs.replace(long, version=2))


def test_words_behind_an_elision_are_searchable_without_a_french_analyzer() -> None:
    story = msgspec.structs.replace(arrival(1), body="Levée de l’embargo jusqu'au 3.", language=Language(code="fr"))
    made = make_document(State(story), indexed_at=NOON)
    assert made["text"] == {"plain": "headline 1\n\nLevée de l embargo jusqu au 3."}
    assert "plain" not in make_document(State(story), indexed_at=NOON, languages=frozenset({"fr"}))["text"]


# --- services, release, what waits for a person ------------------------------------------------------------------------


def test_a_story_lists_the_services_of_all_its_arrivals_with_their_first_time() -> None:
    state, outcomes = after([arrival(1, service=1), arrival(1, minute=3, service=2), arrival(1, minute=9, service=1)])
    assert outcomes == ["created", "unchanged", "unchanged"]
    assert [(item.sequence, item.received) for item in state.services] == [(1, NOON), (2, NOON + timedelta(minutes=3))]
    made = make_document(state, indexed_at=NOON)
    assert (made["service_names"], made["service_numbers"]) == (["bdt"], ["bdt:1", "bdt:2"])


def test_a_story_that_is_sent_all_day_keeps_the_latest_transmissions() -> None:
    stories = [arrival(1, minute=number, service=number) for number in range(1, MAX_SERVICES + 20)]
    state, _ = after(stories)
    assert len(state.services) == MAX_SERVICES
    assert state.services[-1].sequence == MAX_SERVICES + 19


def released(state: State) -> State:
    found = release(state, at=NOON + timedelta(hours=1), note="by phone")
    assert found is not None
    return found


@given(arrivals, arrivals, st.randoms())
def test_after_a_release_order_and_repetition_still_do_not_matter(
    before: list[Story], later: list[Story], random: object
) -> None:
    state = after(before)[0]
    state = release(state, at=NOON) or state
    expected = state
    for story in later:
        expected = merge(expected, story).state
    again = [*later, *before, *later]
    random.shuffle(again)  # type: ignore[attr-defined]
    for story in again:
        state = merge(state, story).state
    assert document(state) == document(expected)
    assert state_of(msgspec.json.decode(document(state))) == state


def test_a_release_shows_the_newest_version_and_the_same_kill_does_not_kill_again() -> None:
    kill = arrival(4, minute=4, status="canceled")
    state, _ = after([arrival(3, minute=3), kill, arrival(5, minute=5)])
    assert state.attention == ["after-kill"]
    state = released(state)
    assert (state.visible_from, state.attention, state.shown.version) == ("1970-01-01T00:00:00Z", [], 5)
    assert make_document(state, indexed_at=NOON)["pubstatus"] == "usable"
    repeated = merge(state, kill)
    assert (repeated.outcome, repeated.state.killed) == ("unchanged", False)
    assert merge(state, arrival(6, minute=6)).outcome == "updated"


def test_a_kill_without_number_and_time_that_is_sent_again_stays_released() -> None:
    unnumbered = msgspec.structs.replace(arrival(1, status="canceled"), derived=("version", "version_created"))
    later = unnumbered.received + timedelta(hours=3)  # type: ignore[operator]
    again = msgspec.structs.replace(unnumbered, version_created=later, received=later)
    state = released(after([arrival(1), unnumbered])[0])
    assert not merge(state, again).state.killed
    first, second = (kill_event(State(kill=kill), kill) for kill in (unnumbered, again))
    assert first is not None
    assert second is not None
    assert first.id == second.id


def test_a_newer_kill_kills_a_released_story_again() -> None:
    state = released(after([arrival(1), arrival(2, minute=2, status="canceled")])[0])
    assert merge(state, arrival(3, minute=3, status="canceled")).state.killed


def test_a_released_embargo_stays_open_until_another_is_set() -> None:
    closed = msgspec.structs.replace(arrival(1), embargoed="")
    state = released(State(closed))
    assert state.visible_from == "1970-01-01T00:00:00Z"
    state = merge(state, msgspec.structs.replace(arrival(2, minute=2), embargoed="")).state
    assert state.visible_from == "1970-01-01T00:00:00Z"
    state = merge(state, msgspec.structs.replace(arrival(3, minute=3), embargoed="2026-12-01T06:00:00Z")).state
    assert state.visible_from == "2026-12-01T06:00:00Z"


def test_there_is_nothing_to_release_in_a_plain_story() -> None:
    assert release(State(arrival(1)), at=NOON) is None


def test_what_waits_for_a_person_is_told() -> None:
    notice = msgspec.structs.replace(arrival(1, status="canceled"), kill_target=KillTarget(slugline="x"))
    assert State(kill=notice).attention == ["unmatched-kill"]
    assert released(State(kill=notice)).attention == []
    assert State(msgspec.structs.replace(arrival(1), embargoed="")).attention == ["embargo"]
    assert State(msgspec.structs.replace(arrival(1), signals=("kill",))).attention == ["kill-notice"]
    assert State(arrival(1)).attention == []
    assert after([arrival(1), arrival(2, minute=2, status="canceled")])[0].attention == []


def test_a_notice_whose_story_was_found_is_done_for_good() -> None:
    notice = msgspec.structs.replace(arrival(1, status="canceled"), kill_target=KillTarget(slugline="x"))
    done = msgspec.structs.replace(notice, kill_target=None, notes=("killed aurora:2",))
    state, outcomes = after([notice, done, notice])
    assert outcomes == ["created", "updated", "unchanged"]
    assert state.attention == []
    assert state.kill is not None
    assert state.kill.notes == ("killed aurora:2",)
