"""What is new about a sanction event, as a desk would have it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerts.event_documents import event_state_of, make_event_document
from pipeline.alerts.novelty import MAX_STORIES, EventState, event_id, keys_of, take_part
from pipeline.documents.document import make_document, state_of
from pipeline.documents.merge import release
from pipeline.documents.state import State
from pipeline.story import Entity, Language, SanctionEvent, Story

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
EU_RU = "EU:RU:impose"
HALVES = ("EU:-:impose", "-:RU:impose")


def entity(id_: str, name: str, type_: str = "organisation") -> Entity:
    return Entity(id=id_, name=name, type=type_, source="gazetteer")  # type: ignore[arg-type]


def story(
    id_: str = "aurora:1",
    *,
    key: str = EU_RU,
    version: int = 1,
    hours: float = 0,
    targets: tuple[Entity, ...] = (),
    measures: tuple[str, ...] = (),
    status: str = "announced",
    background: bool = False,
    language: str = "en",
    embargoed: str | None = None,
) -> Story:
    return Story(
        id=id_,
        guid=id_,
        provider="aurora",
        version=version,
        body=f"text {version}",
        received=NOON + timedelta(hours=hours),
        language=Language(code=language),
        entities=targets,
        embargoed=embargoed,
        sanctions=(
            SanctionEvent(
                key=key,
                action="impose",
                status=status,  # type: ignore[arg-type]
                by=("Q458",),
                targets=tuple(it.id for it in targets),
                measures=measures,
                background=background,
            ),
        ),
    )


class World:
    """The events as they are stored, and stories told one after the other."""

    def __init__(self) -> None:
        self.events: dict[str, EventState] = {}

    def tell(self, state: State | Story, *, hours: float = 1000) -> State:
        state = State(text=state) if isinstance(state, Story) else state
        told, changed = take_part(state, self.events, NOON + timedelta(hours=hours))
        for key, event in changed.items():  # as the index keeps them
            self.events[key] = event_state_of(msgspec.json.decode(msgspec.json.encode(make_event_document(event))))
        return told

    def added(self, told: Story | State, *, hours: float = 1000) -> tuple[str, ...]:
        return self.tell(told, hours=hours).shown.sanctions[0].added


def test_the_first_story_is_new_and_repeats_are_not() -> None:
    world = World()
    first = world.tell(story()).shown.sanctions[0]
    assert (first.new, first.added, first.first_seen) == (True, ("event",), NOON)
    other = world.tell(story("halcyon:1", hours=2, language="ru")).shown.sanctions[0]
    assert (other.new, other.added, other.first_seen) == (False, (), NOON)
    assert world.added(story(version=2, hours=3)) == ()


def test_a_redelivery_gets_the_same_answer_whatever_came_between() -> None:
    world = World()
    first = world.tell(story())
    world.tell(story("halcyon:1", hours=1))
    second = world.tell(story(version=2, hours=2, measures=("travel-ban",)))
    assert second.shown.sanctions[0].added == ("measure:travel-ban",)
    events = dict(world.events)
    assert world.tell(story()).shown == first.shown
    assert world.tell(story(version=2, hours=2, measures=("travel-ban",))).shown == second.shown
    assert world.events == events


def test_an_old_story_that_is_read_anew_keeps_the_answer_of_its_time() -> None:
    world = World()
    first = world.tell(story(), hours=1)
    world.tell(story("halcyon:1", hours=24 * 20), hours=24 * 20)
    events = dict(world.events)
    anew = replace(first, text=msgspec.structs.replace(first.shown, enriched_at=NOON))
    assert world.tell(anew, hours=24 * 60).shown.sanctions == first.shown.sanctions
    assert world.events == events


def test_targets_measures_and_status_that_nobody_told_are_new() -> None:
    world = World()
    bank, ship = entity("Q1", "Bank"), entity("Q2", "Ship", "product")
    world.tell(story(targets=(bank,), measures=("asset-freeze",), status="proposed"))
    assert world.added(story("b:1", hours=1, targets=(bank, ship))) == ("target:Q2", "status:announced")
    assert world.added(story("c:1", hours=2, targets=(ship,), measures=("vessels", "designation"))) == (
        "measure:vessels",
    )
    assert world.added(story("d:1", hours=3, status="in-force")) == ("status:in-force",)
    assert world.added(story("e:1", hours=4, targets=(ship, bank), measures=("vessels",), status="proposed")) == ()


def test_a_country_and_its_capital_are_no_new_targets() -> None:
    world = World()
    world.tell(story(targets=(entity("Q649", "Moscow", "place"),)))
    assert world.added(story("b:1", hours=1, targets=(entity("Q159", "Russia", "place"),))) == ()


def test_a_name_in_another_script_is_the_same_target() -> None:
    world = World()
    world.tell(story(targets=(entity("x:ivan-petrov", "Ivan Petrov", "person"),)))
    same, other = entity("x:иван-петров", "Иван Петров", "person"), entity("x:anna-belova", "Anna Belova", "person")
    world.tell(story("b:0", hours=1, language="ru"))
    assert world.added(story("b:1", hours=2, language="ru", targets=(same,))) == ()
    assert world.added(story("c:1", hours=3, targets=(other,))) != ()


def test_a_name_without_a_link_in_a_new_language_may_be_a_translation() -> None:
    world = World()
    world.tell(story(targets=(entity("x:northern-shipyard", "Northern Shipyard"),)))
    translated = (entity("x:nordwerft", "Nordwerft"),)
    assert world.added(story("b:1", hours=1, language="de", targets=translated)) == ()
    later = (entity("x:suedwerft", "Südwerft"),)
    assert world.added(story("c:1", hours=2, language="de", targets=later)) != ()


def test_another_authority_or_another_country_is_another_event() -> None:
    world = World()
    world.tell(story())
    assert world.added(story("b:1", key="GB:RU:impose", hours=1)) == ("event",)
    assert world.added(story("c:1", key="EU:BY:impose", hours=1)) == ("event",)


def test_who_leaves_open_who_acts_or_who_is_hit_repeats_what_was_told_in_full() -> None:
    world = World()
    world.tell(story())
    assert world.added(story("b:1", key="-:RU:impose", hours=5)) == ()
    assert world.added(story("c:1", key="EU:-:impose", hours=6)) == ()
    assert world.added(story("d:1", key="EU:-:impose", hours=90)) == ("event",)
    assert world.added(story("e:1", hours=91)) == ()


def test_background_is_never_new_and_makes_nothing_known() -> None:
    world = World()
    assert world.tell(story(background=True)).shown.sanctions[0].new is False
    assert world.events == {}
    assert world.added(story("b:1", hours=1)) == ("event",)


def test_after_a_month_of_silence_it_is_news_again() -> None:
    world = World()
    world.tell(story())
    assert world.added(story("b:1", hours=29 * 24)) == ()
    assert world.added(story("c:1", hours=58 * 24), hours=2000) == ()
    assert world.added(story("d:1", hours=89 * 24), hours=3000) == ("event",)


def test_a_killed_story_gives_back_what_it_told() -> None:
    world = World()
    told = world.tell(story())
    assert told.told == (EU_RU, *HALVES)
    kill = msgspec.structs.replace(told.shown, pubstatus="canceled", version=2)
    killed = world.tell(replace(told, kill=kill))
    assert killed.told == ()
    assert killed.text is not None
    assert killed.text.sanctions[0].new is None
    again = world.tell(story("halcyon:1", hours=5)).shown.sanctions[0]
    assert (again.new, again.first_seen) == (True, NOON + timedelta(hours=5))
    released = release(killed, at=NOON)
    assert released is not None
    assert world.tell(released).shown.sanctions[0].added == ()  # another agency told it meanwhile


def test_a_kill_leaves_what_others_told() -> None:
    world = World()
    told = world.tell(story())
    world.tell(story("halcyon:1", hours=1))
    world.tell(replace(told, kill=msgspec.structs.replace(told.shown, pubstatus="canceled")))
    third = world.tell(story("corvus:1", hours=2)).shown.sanctions[0]
    assert (third.new, third.first_seen) == (False, NOON + timedelta(hours=1))


def test_an_embargoed_story_tells_nothing_before_the_lift() -> None:
    world = World()
    lift = NOON + timedelta(hours=6)
    embargoed = story(embargoed=lift.isoformat())
    waiting = world.tell(embargoed, hours=5)
    assert waiting.shown.sanctions[0].new is None
    assert (waiting.told, world.events) == ((), {})
    lifted = world.tell(waiting, hours=6).shown.sanctions[0]
    assert (lifted.new, lifted.first_seen) == (True, lift)


def test_the_events_of_a_story_outlive_its_document() -> None:
    told = World().tell(story())
    document = make_document(told, indexed_at=NOON)
    assert document["event_keys"] == (EU_RU, *HALVES)
    assert document["sanction_news"] == [EU_RU]
    assert state_of(msgspec.json.decode(msgspec.json.encode(document))) == told


def test_an_event_document_can_be_read_by_people_too() -> None:
    world = World()
    world.tell(story(targets=(entity("Q1", "Bank"),), measures=("asset-freeze",)))
    world.tell(story("halcyon:1", hours=2, language="ru"))
    document = make_event_document(world.events[EU_RU])
    assert (document["authority"], document["target"], document["family"]) == ("EU", "RU", "impose")
    assert (document["stories"], document["targets"], document["languages"]) == (2, ["Q1"], ["en", "ru"])


def test_an_event_remembers_a_bounded_number_of_stories_the_telling_ones_first() -> None:
    world = World()
    for number in range(MAX_STORIES + 20):
        world.tell(story(f"a:{number}", hours=number / 60))
    told = world.events[EU_RU].told
    assert len(told) == MAX_STORIES
    assert told[0].story == "a:0"


def test_the_id_of_an_event_is_its_key_or_fits_anyway() -> None:
    assert event_id(EU_RU) == EU_RU
    assert len(event_id("EU:" + "x" * 600).encode()) < 512


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.sampled_from(["vessels", "secondary"])), max_size=12
    )
)
def test_each_thing_is_new_once(stories: list[tuple[str, int, str]]) -> None:
    world = World()
    new = []
    for hour, (id_, version, measure) in enumerate(stories):
        text = story(f"{id_}:1", version=version, measures=(measure,), hours=hour)
        new += [(f"{id_}:1", version, it) for it in world.added(text)]
    answers = {(id_, version) for id_, version, _ in new}
    assert sum(it == "event" for *_, it in set(new)) <= 1
    for id_, version in answers:
        assert len({it for one, other, it in new if (one, other) == (id_, version)}) <= 2


@pytest.mark.parametrize("hours", [0, 5])
def test_what_a_story_has_to_do_with_is_asked_for(hours: int) -> None:
    state = State(text=story(embargoed=(NOON + timedelta(hours=3)).isoformat()), told=("GB:RU:impose",))
    expected = ("GB:RU:impose", EU_RU, *HALVES) if hours else ("GB:RU:impose",)
    assert keys_of(state, NOON + timedelta(hours=hours)) == expected
