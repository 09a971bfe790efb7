"""RSS and Atom."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest

from pipeline.story import Skipped, Story

from .reading import crossheads, items, reject, story

CORPUS = Path(__file__).parent.parent.parent / "corpus"
RSS = (CORPUS / "rss" / "halcyon.en.xml").read_bytes()
ATOM = (CORPUS / "atom" / "aurora.de.xml").read_bytes()
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'


def rss(entry: str, *, version: str = 'version="2.0"') -> str:
    return f"<rss {version}><channel><title>Aurora</title><link>https://aurora.example/</link>{entry}</channel></rss>"


def test_an_rss_item_is_a_story() -> None:
    first, second, video = items(RSS)
    assert isinstance(first, Story)
    assert first.id == "halcyon.example:halcyon-ferries-1"
    assert (first.headline, first.byline) == ("Council lists three ferry owners & a bank", "Jo Example")
    assert crossheads(first) == ["Eleven ferries"]
    assert "track()" not in first.body
    assert (first.keywords, first.copyright) == (("World", "Sanctions"), "© 2026 Halcyon News")
    assert first.language.declared == "en-GB"
    assert isinstance(second, Story)
    assert second.guid == "https://www.halcyon.example/world/storm-2"
    assert second.body == "A storm closed two ports on Thursday morning."
    assert second.version_created is not None
    assert second.version_created.isoformat() == "2026-11-12T08:30:00+00:00"
    assert isinstance(video, Skipped)


def test_an_atom_entry_is_a_story() -> None:
    first, second = items(ATOM)
    assert isinstance(first, Story)
    assert (first.id, first.format) == ("aurora.example:tag:aurora.example,2026:faehren-1", "atom")
    assert first.body.endswith("\n\nIhre elf Fähren dürfen nicht mehr in die Häfen.")
    assert first.byline == "Karla Dörfler, Jan Muster"
    assert (str(first.first_created), str(first.version_created)) == (
        "2026-11-12 07:15:00+00:00",
        "2026-11-12 08:41:00+00:00",
    )
    assert isinstance(second, Story)
    assert second.headline == "Sturm schließt zwei Häfen"


def test_the_feeds_binding_says_who_the_provider_is() -> None:
    assert {item.provider for item in items(RSS, providers=("halcyon",)) if isinstance(item, Story)} == {"halcyon"}


def test_an_edited_entry_is_a_newer_version_of_the_same_story() -> None:
    edited = ATOM.replace(b"2026-11-12T09:41:00+01:00", b"2026-11-12T10:41:00+01:00").replace(b"Elf", b"Zehn")
    before, after = items(ATOM)[0], items(edited)[0]
    assert isinstance(before, Story)
    assert isinstance(after, Story)
    assert before.id == after.id
    assert before.version_created is not None
    assert after.version_created is not None
    assert before.version_created < after.version_created


def test_an_entry_without_a_date_gets_none() -> None:
    found = story(rss("<item><title>Undated</title><guid>1</guid></item>"))
    assert found.first_created is None
    assert "version_created" in found.derived


def test_an_entry_without_an_id_is_known_by_its_text() -> None:
    first, again = (story(rss("<item><title>No id</title><description>Text.</description></item>")) for _ in "ab")
    assert first.id == again.id
    assert first.id != story(rss("<item><title>Other</title><description>Text.</description></item>")).id


def test_rss_1_0_is_read_too() -> None:
    value = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<channel rdf:about="https://aurora.example/"><title>A</title><link>https://aurora.example/</link></channel>'
        '<item rdf:about="https://aurora.example/1"><title>One</title><link>https://aurora.example/1</link></item></rdf:RDF>'
    )
    assert story(value).headline == "One"


def test_an_empty_feed_is_skipped() -> None:
    (item,) = items(rss(""))
    assert isinstance(item, Skipped)


@pytest.mark.parametrize(
    "doctype",
    ['<!DOCTYPE rss [<!ENTITY a "b">]>', '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'],
)
def test_entities_are_refused(doctype: str) -> None:
    assert reject(doctype + rss("<item><title>&a;</title></item>")).kind == "bad-xml"


def test_a_feed_with_far_too_many_entries_is_refused() -> None:
    assert reject(rss("<item><title>x</title></item>" * 5001)).kind == "too-many-items"


def test_rss_0_91_with_its_doctype_a_named_zone_and_an_address() -> None:
    found, broadcast = items((CORPUS / "rss" / "marees.fr.xml").read_bytes())
    assert isinstance(found, Story)
    assert str(found.version_created) == "2026-11-12 09:15:00+00:00"
    assert (found.byline, found.signals) == ("Claire Exemple", ("correction",))
    assert "rallumé" in found.headline
    assert isinstance(broadcast, Skipped)
    assert broadcast.reason == "audio has no text of its own"


def test_categories_are_named_for_people() -> None:
    first, picture = items((CORPUS / "atom" / "vestnik.ru.xml").read_bytes())
    assert isinstance(first, Story)
    assert (first.keywords, crossheads(first)) == (("Транспорт",), ["Четыре года работ"])
    assert isinstance(picture, Skipped)


@pytest.mark.parametrize(
    ("given", "hour"),
    [
        ("Thu, 12 Nov 2026 08:15:00 CET", "07:15"),
        ("Thu, 12 Nov 2026 08:15:00 JST", "23:15"),
        ("Thu, 12 Nov 2026 01:15:00 EST", "06:15"),
        ("Thu, 12 Nov 2026 08:15:00 GMT", "08:15"),
        ("Thu, 12 Nov 2026 08:15:00 Z", "08:15"),
        ("Do, 12 Nov 2026 08:15:00 +0100", "07:15"),
        ("2026-11-12T08:15:00+01:00", "07:15"),
        ("2026-11-12 08:15:00", "07:15"),
        ("Thu, 12 Nov 2026 08:15:00", "07:15"),
    ],
)
def test_times_are_read_in_their_zone_and_without_one_in_the_providers(given: str, hour: str) -> None:
    found = story(rss(f"<item><title>x</title><guid>1</guid><pubDate>{given}</pubDate></item>"), providers=("dpa",))
    assert found.version_created is not None
    assert f"{found.version_created:%H:%M}" == hour
    assert "version_created" not in found.derived


@pytest.mark.parametrize(
    "given", ["31 Feb 2026 08:15:00 CET", "99 99 99 99", "Thu, 12 Nov 99999999999 08:15:00 GMT", "- -"]
)
def test_a_date_that_is_none_costs_only_itself(given: str) -> None:
    found = story(rss(f"<item><title>x</title><guid>1</guid><pubDate>{given}</pubDate></item>"))
    assert found.first_created is None


@pytest.mark.parametrize(
    ("given", "byline"),
    [
        ("jo@aurora.online (Jo Example)", "Jo Example"),
        ("Jo Example &lt;jo@aurora.example&gt;", "Jo Example"),
        ("jo@aurora.example", None),
        ("Jo Example (Reuters)", "Jo Example (Reuters)"),
    ],
)
def test_a_byline_has_names_and_no_addresses(given: str, byline: str | None) -> None:
    assert story(rss(f"<item><title>x</title><guid>1</guid><author>{given}</author></item>")).byline == byline


@pytest.mark.parametrize(
    "people",
    [
        "<item><title>x</title><author>{}</author></item>",
        f"<item><title>x</title><dc:creator {DC}>{{}}</dc:creator></item>",
        f"<item><title>x</title><dc:publisher {DC}>{{}}</dc:publisher></item>",
        "<item><title>x</title><author><b>{}</b></author></item>",
        "<managingEditor>{}</managingEditor><webMaster>{}</webMaster><item><title>x</title></item>",
    ],
)
def test_a_name_without_end_does_not_hold_up_the_worker(people: str) -> None:
    begun = perf_counter()
    assert story(rss(people.replace("{}", "a" * 200_000))).byline is None
    assert perf_counter() - begun < 5, "feedparser alone takes minutes"


def test_a_headline_with_a_picture_is_a_story() -> None:
    enclosure = '<enclosure url="https://aurora.example/1.jpg" type="image/jpeg" length="1"/>'
    assert story(rss(f"<item><title>Storm closes ports</title><guid>1</guid>{enclosure}</item>")).body == ""
