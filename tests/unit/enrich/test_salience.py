"""What a story is most about."""

from __future__ import annotations

from pipeline.enrich import enrich
from pipeline.story import Story


def test_headline_then_lead_then_frequency_decide() -> None:
    body = (
        "Ministers of Norway met on Monday in the capital to speak about fish and about the sea.\n\n"
        "Later Sweden was named once more, as Sweden often is; Sweden and Denmark said nothing at all.\n\n"
        "The meeting ended late in the evening with a dinner, officials said."
    )
    story = enrich(Story(id="a:1", guid="1", provider="a", headline="Talks on fish in Iceland", body=body))
    names = [entity.name for entity in story.entities]
    assert names == ["Iceland", "Norway", "Sweden", "Denmark"]
    scores = [entity.salience for entity in story.entities]
    assert scores[0] == 1.0
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0


def test_a_story_without_entities_has_none() -> None:
    assert (
        enrich(Story(id="a:1", guid="1", provider="a", body="It rained all day long and nobody came.")).entities == ()
    )
