"""What the story page shows of a story."""

from __future__ import annotations

from datetime import UTC, datetime

from pipeline.desk.story import versions_of
from pipeline.desk.story_view import StoryView, view_of
from pipeline.documents.state import State
from pipeline.story import Entity, ListHit, Mention, SanctionEvent, Story, TargetGroup, Topic

NOW = datetime(2026, 4, 25, 9, 0, tzinfo=UTC)
BODY = "EU sanctions Rosneft Bank. Xi Jinping spoke."


def at(text: str, field: str = "body") -> Mention:
    start = BODY.index(text)
    return Mention(field="body" if field == "body" else "headline", start=start, end=start + len(text), text=text)


STORY = Story(
    id="a:1",
    guid="1",
    provider="a",
    headline="EU sanctions Rosneft Bank",
    body=BODY,
    received=datetime(2026, 4, 25, 8, 0, 0, tzinfo=UTC),
    read_at=datetime(2026, 4, 25, 8, 0, 0, 250_000, tzinfo=UTC),
    enriched_at=datetime(2026, 4, 25, 8, 0, 0, 300_000, tzinfo=UTC),
    entities=(
        Entity(id="Q458", name="European Union", type="organisation", source="gazetteer", mentions=(at("EU"),)),
        Entity(id="Q15031", name="Xi Jinping", type="person", source="names", salience=1.0, mentions=(at("Xi Jinping"),)),
        Entity(id="x:rb", name="Rosneft Bank", type="organisation", source="names", mentions=(at("Rosneft Bank"),)),
    ),
    topics=(Topic(id="medtop:20000642", name="economic sanction", score=0.9, source="rules", evidence=(at("sanctions"),)),),
    sanctions=(
        SanctionEvent(
            key="EU:RU:impose",
            action="impose",
            status="announced",
            by=("Q458",),
            targets=("x:rb",),
            target_groups=(TargetGroup(text="Russian banks"),),
            new=True,
            evidence=(at("EU sanctions Rosneft Bank."),),
        ),
    ),
    listed=(
        ListHit(list="eu", list_id="7", name="ROSNEFT BANK JSC", score=0.97, mention=at("Rosneft Bank")),
        ListHit(list="un", list_id="8", name="SPOKE, Ltd", score=0.9, mention=at("spoke")),
    ),
)  # fmt: skip


def view() -> StoryView:
    names = {"Q458": "European Union", "x:rb": "Rosneft Bank"}
    return view_of(State(STORY), datetime(2026, 4, 25, 8, 0, 1, tzinfo=UTC), lambda id_: names.get(id_, id_), now=NOW)


def test_names_come_in_the_order_of_what_the_story_is_about() -> None:
    assert [card.entity.name for card in view().entities] == ["Xi Jinping", "European Union", "Rosneft Bank"]


def test_a_list_entry_stands_with_the_entity_it_fits_and_else_alone() -> None:
    assert [hit.name for hit in view().entities[2].hits] == ["ROSNEFT BANK JSC"]
    assert [hit.name for hit in view().loose_hits] == ["SPOKE, Ltd"]


def test_a_sanction_names_who_and_whom() -> None:
    (card,) = view().sanctions
    assert card.by == ("European Union",)
    assert card.targets == ("Rosneft Bank", "Russian banks")
    assert card.title == "European Union · impose · Rosneft Bank, Russian banks"


def test_each_mark_says_what_it_is_and_who_says_so() -> None:
    labels = {span.kind: span.label for span in view().spans["body"]}
    assert labels["entity person"] == "Xi Jinping · person — rules for names"
    assert labels["topic"] == "Topic: economic sanction 0.90 — topic rules"
    assert labels["sanction"].startswith("Sanctions: European Union · impose")
    assert "new, announced" in labels["sanction"]
    assert "97% alike" in next(span.label for span in view().spans["body"] if span.kind == "listed")


def test_the_trace_tells_how_long_each_step_took() -> None:
    assert [(step.name, step.took) for step in view().trace] == [
        ("Received", None),
        ("Read", 0.25),
        ("Enriched", 0.05),
        ("Indexed", 0.7),
    ]


def test_versions_are_newest_first_with_what_each_changed() -> None:
    later = Story(id="a:1", guid="1", provider="a", version=2, headline="EU sanctions banks", body=BODY)
    newest, first = versions_of([STORY, later])
    assert newest.changes[0].field == "headline"
    assert ("Rosneft Bank", "banks") in newest.changes[0].parts
    assert first.is_first
