"""dpa's digitalwires."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.story import Story

from .reading import crossheads, story

ENTRY = (Path(__file__).parent.parent.parent / "corpus" / "dpa-json" / "faehren.de.json").read_bytes()


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
