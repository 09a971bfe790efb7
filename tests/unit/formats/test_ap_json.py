"""The AP Media API's items."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.formats import Item
from pipeline.story import Skipped, Story

from .reading import items, story

CORPUS = Path(__file__).parent.parent.parent / "corpus" / "ap-json"
FEED = (CORPUS / "feed.en.json").read_bytes()
NITF = "<nitf><body><body.content><p>The text of it.</p></body.content></body></nitf>"


def item(**fields: Any) -> Item:
    given = {
        "altids": {"itemid": "0" * 32},
        "version": 1,
        "type": "text",
        "headline": "Head",
        "renditions": {"nitf": {}},
    }
    (found,) = items(json.dumps({"api_version": "2.2", "data": {"item": given | fields}}))
    return found


def test_a_feed_gives_a_story_a_link_a_kill_and_a_picture() -> None:
    text, link, kill, picture = items(FEED)
    assert isinstance(text, Story)
    assert (text.id, text.version, text.urgency, text.urgency_given) == (
        "ap:00aa11bb22cc33dd44ee55ff66778899",
        1,
        4,
        "r",
    )
    assert text.body.startswith("TALLINN, Estonia (AP) — The council put")
    assert (text.byline, text.located, text.dateline) == ("By JO EXAMPLE", "Tallinn", "TALLINN, Estonia")
    assert [(it.role, it.text) for it in text.headlines] == [
        ("extended", "Council puts three ferry owners on its list of sanctions")
    ]
    assert [service.name for service in text.services] == ["world wire"]
    assert [subject.code for subject in text.subjects] == ["a1312cat:i", "aabbcc"]
    assert "update" in text.signals
    assert isinstance(link, Skipped)
    assert "elsewhere" in link.reason
    assert isinstance(kill, Story)
    assert (kill.pubstatus, kill.version, kill.ed_note) == ("canceled", 2, "The story is wrong.")
    assert isinstance(picture, Skipped)
    assert {item.format for item in (text, link, kill, picture)} == {"ap-json"}


def test_a_feed_bound_to_another_provider_may_pass_on_aps_copy_as_its_own() -> None:
    first = items(FEED, providers=("aap",))[0]
    assert isinstance(first, Story)
    assert first.provider == "aap"


def test_one_item_with_its_text_fetched_beside_it() -> None:
    found = story((CORPUS / "puente.es.json").read_bytes())
    assert found.body.endswith("\n\nLa estructura mide 340 metros.")
    assert (found.dateline, found.located) == ("PUNTA ARENAS, Chile", "Punta Arenas")
    assert [(it.role, it.text[:6]) for it in found.headlines] == [("extended", "El pue"), ("seo", "Puente")]
    assert [service.name for service in found.services] == ["servicio en español"]
    assert "correction" in found.signals
    assert found.correction == "CORRIGE la longitud del puente en el segundo párrafo."


def test_a_summary_is_not_taken_for_the_text() -> None:
    found = item(description_summary="A summary of it.")
    assert isinstance(found, Skipped)
    assert "elsewhere" in found.reason


@pytest.mark.parametrize(
    ("fields", "status", "embargoed"),
    [
        ({"pubstatus": "embargoed"}, "usable", ""),
        ({"pubstatus": "embargoed", "embargoed": "2026-12-01T05:00:00Z"}, "usable", "2026-12-01T05:00:00Z"),
        ({"pubstatus": "usable", "embargoed": ""}, "usable", ""),
        ({"pubstatus": "usable", "embargoed": "soon"}, "usable", ""),
        ({"pubstatus": "usable"}, "usable", None),
        ({"pubstatus": "withheld"}, "withheld", None),
        ({"pubstatus": "usable", "editorialtypes": ["Kill"]}, "canceled", None),
        ({"pubstatus": "usable", "editorialtypes": ["Lead", "Withhold"]}, "withheld", None),
        ({"pubstatus": "canceled", "editorialtypes": ["Withhold"]}, "canceled", None),
        ({"pubstatus": "usable", "editorialtypes": ["Clarification", "Takes"]}, "usable", None),
    ],
)
def test_status_and_embargo(fields: dict[str, Any], status: str, embargoed: str | None) -> None:
    found = item(body_nitf=NITF, **fields)
    assert isinstance(found, Story)
    assert (found.pubstatus, found.embargoed) == (status, embargoed)


@pytest.mark.parametrize("fields", [{"pubstatus": "withheld"}, {"pubstatus": "usable", "editorialtypes": ["Kill"]}])
def test_what_stops_a_story_passes_also_without_its_text(fields: dict[str, Any]) -> None:
    found = item(**fields)
    assert isinstance(found, Story)
    assert found.pubstatus != "usable"


def test_an_answer_without_items_is_no_dead_letter() -> None:
    (found,) = items('{"api_version": "2.2", "data": {"current_item_count": 0, "items": []}}')
    assert isinstance(found, Skipped)
    assert found.format == "ap-json"


def test_ids_of_others_under_aps_name_are_not_aps() -> None:
    value = {"uri": "tag:a.example,2026:1", "altids": {"itemid": "A-1"}, "headline": "x", "body_text": "Text."}
    assert story(json.dumps(value)).format == "ninjs"
