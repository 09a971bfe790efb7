"""ninjs of all three major versions, and what stands around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.formats import RawCopy, sniff
from pipeline.story import Skipped, Story

from .reading import NOON, crossheads, items, people, reject, story

CORPUS = Path(__file__).parent.parent.parent / "corpus" / "ninjs"


def read(name: str) -> Story:
    return story((CORPUS / name).read_bytes())


def ninjs(**fields: Any) -> Story:
    return story(json.dumps({"uri": "tag:aurora.example,2026:1", "versioncreated": "2026-11-12T08:00:00Z"} | fields))


def test_version_1_is_read_with_all_it_says() -> None:
    found = read("ferry.en.1.x.json")
    assert found.id == "halcyon.example:tag:halcyon.example,2026:ferry-0117"
    assert (found.version, found.urgency, found.pubstatus, found.genre) == (3, 3, "usable", "Article (news)")
    assert (found.slugline, found.located, found.byline) == (
        "sanctions-ferries",
        "Tallinn",
        "By Jo Example and Mia Muster",
    )
    assert found.correction == "Corrects number of ferries in paragraph 2."
    assert crossheads(found) == ["Eleven ferries"]
    assert "& two tugs" in found.body
    assert people(found) == ["reporter Jo Example", "editor Mia Muster"]
    assert [service.name for service in found.services] == ["i", "b"]
    codes = [subject.code for subject in found.subjects]
    assert codes == ["medtop:20000642", "subj:11002000", "halcyon:shipping", "tallinn", "medtop:20000639"]
    assert (found.copyright, found.usage_terms) == ("© 2026 Halcyon News", "Subscribers only")


def test_what_is_associated_is_no_part_of_the_text() -> None:
    assert "A ferry" not in read("ferry.en.1.x.json").body


def test_version_2_has_lists_and_numbers_in_other_ids() -> None:
    found, picture, unnumbered = items((CORPUS / "bro.nb.2.x.json").read_bytes())
    assert isinstance(found, Story)
    assert (found.headline, found.provider, found.version) == ("Ny bru over fjorden åpner i mai", "nordbyra", 6)
    assert [(it.role, it.text) for it in found.headlines] == [("short", "Ny bru i mai")]
    assert found.body.endswith("Det opplyste fylket onsdag."), "what is marked up goes before what is plain"
    assert [(service.name, service.sequence) for service in found.services] == [("bdt", 31)]
    assert isinstance(picture, Skipped)
    assert isinstance(unnumbered, Story)
    assert "version" in unnumbered.derived
    assert "zwei" in unnumbered.notes[0]


def test_version_3_writes_names_in_another_way() -> None:
    found = read("kill.de.3.x.json")
    assert (found.pubstatus, found.version, found.format) == ("canceled", 4, "ninjs")
    assert found.ed_note == "Die Quelle hat ihre Angaben zurückgezogen. Bitte nicht verwenden."
    assert found.version_created is not None
    assert found.version_created.isoformat() == "2026-11-12T10:02:28+00:00"


@pytest.mark.parametrize("type_", ["picture", "video", "audio", "graphic", "composite", "event", "planning"])
def test_what_has_no_text_is_skipped_with_its_type(type_: str) -> None:
    (item,) = items(json.dumps({"uri": "tag:a.example,2026:1", "type": type_, "pubstatus": "usable", "headline": "x"}))
    assert isinstance(item, Skipped | Story)
    (item,) = items(json.dumps({"uri": "u", "type": type_, "versioncreated": "2026-11-12T08:00:00Z", "headline": "x"}))
    assert isinstance(item, Skipped)
    assert type_ in item.reason
    assert item.format == "ninjs"


@pytest.mark.parametrize(
    ("fields", "embargoed"),
    [
        ({"embargoed": "2026-12-01T06:00:00+01:00"}, "2026-12-01T05:00:00Z"),
        ({"embargoedUntil": "2026-12-01T06:00:00Z"}, "2026-12-01T06:00:00Z"),
        ({"embargoed": None}, None),
        ({"embargoed": ""}, ""),
        ({"embargoed": "soon"}, ""),
        ({}, None),
    ],
)
def test_embargoes(fields: dict[str, Any], embargoed: str | None) -> None:
    assert ninjs(headline="x", body_text="Text.", **fields).embargoed == embargoed


def test_bodies_named_by_role_as_in_1_6() -> None:
    found = ninjs(headline_main="Main line", headline_short="Short", body_main="<p>One.</p><p>Two.</p>")
    assert (found.headline, found.body) == ("Main line", "One.\n\nTwo.")
    assert [(it.role, it.text) for it in found.headlines] == [("main", "Main line"), ("short", "Short")][1:]


def test_a_search_answer_and_json_lines_are_read_item_by_item() -> None:
    one = {
        "uri": "tag:a.example,2026:1",
        "versioncreated": "2026-11-12T08:00:00Z",
        "headline": "One",
        "body_text": "A.",
    }
    two = one | {"uri": "tag:a.example,2026:2"}
    broken = one | {"pubstatus": "gone"}
    for value in (
        json.dumps({"_items": [one, two, broken], "_meta": {"total": 3}}),
        "\n".join(map(json.dumps, (one, two, broken))),
        json.dumps([one, two, broken]),
    ):
        first, second, third = items(value)
        assert isinstance(first, Story)
        assert isinstance(second, Story)
        assert getattr(third, "kind", "") == "bad-field"


def test_a_bound_feed_is_not_refused_for_a_holder_of_rights() -> None:
    value = {
        "uri": "urn:uuid:1",
        "versioncreated": "2026-11-12T08:00:00Z",
        "headline": "x",
        "copyrightholder": "Somebody",
    }
    assert story(json.dumps(value), providers=("ntb",)).provider == "ntb"
    assert story(json.dumps(value)).provider == "somebody"


def test_our_own_json_is_not_taken_for_ninjs() -> None:
    for value in (
        {"guid": "1", "body": "Text.", "headlines": []},
        {"guid": "1", "headline": "x", "version_created": ""},
    ):
        known = sniff(RawCopy(value=json.dumps(value).encode(), received=NOON))
        assert known is not None
        assert known.name == "json"


def test_half_a_surrogate_does_not_cost_the_story() -> None:
    value = '{"uri": "u", "versioncreated": "2026-11-12T08:00:00Z", "headline": "A \\ud800 b", "body_text": "Text."}'
    assert story(value).headline == "A b"


def test_a_status_that_is_none_is_refused() -> None:
    value = {"uri": "u", "versioncreated": "2026-11-12T08:00:00Z", "pubstatus": "gone", "headline": "x"}
    assert reject(json.dumps(value)).kind == "bad-field"


@pytest.mark.parametrize("status", ["replaced", "commissioned"])
def test_tts_own_statuses_are_not_for_use(status: str) -> None:
    found = ninjs(headline="x", body_text="Text.", pubstatus=status)
    assert found.pubstatus == "withheld"
    assert any(status in note for note in found.notes)


def test_html_goes_before_plain_text_under_other_names_too() -> None:
    found = ninjs(headline="x", body_text="One. Two.", body_html5="<p>One.</p><h2>Later</h2><p>Two.</p>")
    assert found.body == "One.\n\nLater\n\nTwo."
    assert crossheads(found) == ["Later"]


def test_the_end_of_a_line_says_nothing_in_html_without_paragraphs() -> None:
    found = ninjs(headline="x", body_xhtml='\n    The <a href="#">new\n        bridge</a> opens\n    in May.\n')
    assert found.body == "The new bridge opens in May."
    assert ninjs(headline="x", body_html="One is here.\n\nTwo is here.").body == "One is here.\n\nTwo is here."


def test_an_answer_without_items_is_skipped() -> None:
    for value in ('{"_items": [], "_meta": {"total": 0}}', "[]"):
        (item,) = items(value, format="ninjs")
        assert isinstance(item, Skipped)


def test_names_that_are_only_alike_are_known() -> None:
    value = {
        "$standard": {"name": "ninjs", "version": "1.4"},
        "uri": "u",
        "headline": "x",
        "description_caption_xhtml": "y",
    }
    assert story(json.dumps(value)).format == "ninjs"
