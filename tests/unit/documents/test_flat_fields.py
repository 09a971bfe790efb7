"""The flat fields by which people filter and count: sanctions by name, and how long a story took to be searchable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.documents.document import make_document, state_of
from pipeline.documents.state import State
from pipeline.story import Entity, SanctionEvent, Story

RECEIVED = datetime(2026, 4, 25, 8, 40, tzinfo=UTC)


def document(delay: timedelta = timedelta(milliseconds=1250), **fields: Any) -> dict[str, Any]:
    story = Story(id="a:1", guid="1", provider="a", received=RECEIVED, **fields)
    return make_document(State(text=story), indexed_at=RECEIVED + delay)


def entity(id_: str, name: str) -> Entity:
    return Entity(id=id_, name=name, type="organisation", source="gazetteer")


def event(by: str, *targets: str, background: bool = False) -> SanctionEvent:
    return SanctionEvent(
        key=f"{by}:X:impose", action="impose", status="announced", by=(by,), targets=targets, background=background
    )


def test_sanctions_say_by_name_who_acts_and_who_is_hit() -> None:
    found = document(
        entities=(entity("Q458", "European Union"), entity("Q1", "Rosneft"), entity("Q2", "Sberbank")),
        sanctions=(event("Q458", "Q1", "x:unnamed"), event("Q458", "Q1"), event("Q9", "Q2", background=True)),
    )
    assert found["sanction_by"] == ["European Union"]
    assert found["sanction_targets"] == ["Rosneft", "x:unnamed"]


def test_the_delay_is_from_arrival_to_index_and_never_negative() -> None:
    assert document()["delay_ms"] == 1250
    assert document(-timedelta(seconds=3))["delay_ms"] == 0, "the producer's clock is ahead"


def test_what_is_worked_out_is_not_read_back() -> None:
    found = document(entities=(entity("Q458", "European Union"),), sanctions=(event("Q458"),))
    assert make_document(state_of(found), indexed_at=RECEIVED + timedelta(seconds=9)) == found | {
        "indexed_at": RECEIVED + timedelta(seconds=9),
        "delay_ms": 9000,
    }
