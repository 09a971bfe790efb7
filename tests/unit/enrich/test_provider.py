"""What the provider codes itself: entities and media topics beside what the text shows."""

from __future__ import annotations

import re

import pytest

from pipeline.enrich import enrich
from pipeline.enrich.provider import media_topic_names
from pipeline.enrich.topics.rules import load_rules
from pipeline.story import Story, Subject

BODY = "The council met the governor of the province on Thursday, and everybody spoke about the harvest there."
MIA = "The council met on Thursday, and spokeswoman Mia Muster spoke about the harvest there. Muster was glad."


def enriched(*subjects: Subject, body: str = BODY) -> Story:
    return enrich(Story(id="a:1", guid="1", provider="aurora", headline="Council meets", body=body, subjects=subjects))


def test_a_coded_person_is_an_entity_with_its_mentions() -> None:
    (entity,) = enriched(Subject(code="aur:17", name="Mia Muster", type="person"), body=MIA).entities
    assert (entity.id, entity.name, entity.type, entity.source) == (
        "x:aurora:aur:17",
        "Mia Muster",
        "person",
        "provider",
    )
    assert [mention.text for mention in entity.mentions] == ["Mia Muster", "Muster"]


def test_a_coded_place_that_we_know_is_linked_and_gives_its_country() -> None:
    found = enriched(Subject(code="aur:fr", name="France", type="place"))
    (entity,) = found.entities
    assert (entity.id, entity.source) == ("Q142", "provider")
    assert found.countries == ("FR",)


@pytest.mark.parametrize("code", ["http://www.wikidata.org/entity/Q142", "wd:Q142"])
def test_a_wikidata_code_is_the_id(code: str) -> None:
    (entity,) = enriched(Subject(code=code, name="la France", type="place")).entities
    assert entity.id == "Q142"


def test_what_the_text_shows_stays_the_gazetteers() -> None:
    found = enriched(
        Subject(code="x", name="France", type="place"), body="Ministers of France met in Paris on Thursday."
    )
    (france,) = [entity for entity in found.entities if entity.id == "Q142"]
    assert france.source == "gazetteer"


def test_a_coded_media_topic_is_a_topic_and_other_codes_are_none() -> None:
    found = enriched(Subject(code="medtop:20000642"), Subject(code="medtop:99999999"), Subject(code="aur:politics"))
    assert [(topic.id, topic.name, topic.source) for topic in found.topics] == [
        ("medtop:20000642", "economic sanction", "provider")
    ]


def test_a_topic_that_the_rules_found_is_told_once() -> None:
    body = "The council imposed economic sanctions on three banks, and more sanctions will follow, ministers said."
    found = enriched(Subject(code="medtop:20000642"), body=body)
    (topic,) = [topic for topic in found.topics if topic.id == "medtop:20000642"]
    assert topic.source == "rules"


def test_media_topics_have_their_form_and_the_rules_their_names() -> None:
    names = media_topic_names()
    assert len(names) > 1000
    assert [code for code in names if not re.fullmatch(r"medtop:\d{8}", code)] == []
    assert list(names) == sorted(names)
    rules = {rule.id: rule.name for rule in load_rules() if rule.id.startswith("medtop:")}
    assert {id_: name for id_, name in rules.items() if names.get(id_) != name} == {}
