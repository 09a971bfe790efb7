"""dpa's digitalwires."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.story import Skipped, Story

from .reading import crossheads, items, story

CORPUS = Path(__file__).parent.parent.parent / "corpus" / "dpa-json"
ENTRY = (CORPUS / "faehren.de.json").read_bytes()
WIREQ = (CORPUS / "wireq.en.json").read_bytes()


def test_an_entry_is_read_with_all_it_says() -> None:
    found = story(ENTRY)
    assert found.id == "dpa:urn:newsml:dpa.com:20090101:261112-930-240001"
    assert (found.version, found.urgency, found.located, found.dateline) == (2, 3, "Tallinn", "Tallinn (dpa) -"[:7])
    assert found.signals == ("correction",)
    assert found.correction == "Im zweiten Absatz muss es elf (statt: zwölf) heißen."
    assert [service.name for service in found.services] == ["bdt", "wir"]
    assert [(it.role, it.text) for it in found.headlines] == [("kicker", "Sanktionen")]
    assert "medtop:20000642" in [subject.code for subject in found.subjects]
    assert crossheads(found) == ["Elf Fähren"]
    assert found.body.endswith("Die Liste umfasst nun 40 Namen.")
    assert found.ed_note is not None
    assert "030" not in found.ed_note + found.body, "contacts are not for publication"


def entry(**fields: object) -> Story:
    return story(json.dumps(json.loads(ENTRY) | fields))


def test_status_and_embargo() -> None:
    assert entry(pubstatus="canceled").pubstatus == "canceled"
    assert entry(embargoed="2026-12-01T06:00:00+01:00").embargoed == "2026-12-01T05:00:00Z"
    assert entry().embargoed is None


def test_an_entry_without_article_has_its_teaser() -> None:
    assert entry(article_html=None, infobox_html=None).body == "Elf Fähren dürfen nicht mehr in die Häfen."


def test_an_entry_under_a_partners_urn_is_the_partners() -> None:
    assert entry(urn="urn:newsml:europapress.example:1").provider == "europapress.example"


def test_an_answer_of_wireq_gives_an_update_a_picture_and_a_kill() -> None:
    update, picture, kill = items(WIREQ)
    assert isinstance(update, Story)
    assert (update.signals, update.correction) == (("update",), None), "an update corrects nothing"
    assert update.ed_note == "Adds the islands.", "people to call are not for any reader"
    assert isinstance(picture, Skipped)
    assert (picture.reason, picture.guid) == (
        "image has no text of its own",
        "urn:newsml:dpa.com:20090101:261112-99-100002",
    )
    assert isinstance(kill, Story)
    assert kill.pubstatus == "canceled"


def test_an_empty_answer_of_wireq_is_no_dead_letter() -> None:
    (found,) = items('{"entries": []}')
    assert isinstance(found, Skipped)
    assert found.format == "dpa-json"


def test_notes_are_not_told_twice() -> None:
    note = entry().ed_note or ""
    assert note.count("Im zweiten Absatz") == 1
    assert "Berichtigung" not in note, "a heading of the notepad"
    assert "Berichtigung" in (entry(ednotes=[]).ed_note or "")
