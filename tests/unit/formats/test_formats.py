"""What each format's parser makes of copy, good and bad."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import Fatal, Reject
from pipeline.formats import MAX_RAW_BYTES, Item, RawCopy, parse, sniff
from pipeline.story import Mention, Skipped, Story

CORPUS = Path(__file__).parent.parent.parent / "corpus"
NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def raw(value: bytes | str, **fields: Any) -> RawCopy:
    return RawCopy(value=value.encode() if isinstance(value, str) else value, received=NOON, **fields)


def story(value: bytes | str, **fields: Any) -> Story:
    (item,) = parse(raw(value, **fields))
    assert isinstance(item, Story), item
    return item


def reject(value: bytes | str, **fields: Any) -> Reject:
    (item,) = parse(raw(value, **fields))
    assert isinstance(item, Reject), item
    return item


def json_story(**fields: Any) -> Item:
    (item,) = parse(raw(json.dumps(fields)))
    return item


def cut(story: Story, mention: Mention) -> str:
    text: str = getattr(story, mention.field)
    return text[mention.start : mention.end]


# --- plain text --------------------------------------------------------------------------------------------------------


def test_text_gives_body_dateline_crosshead_credits_and_a_derived_headline() -> None:
    found = story((CORPUS / "text" / "flood.de.txt").read_bytes(), source="in/flood.de.txt")
    assert found.headline == "Nach dem Hochwasser am Rhein haben die Aufräumarbeiten begonnen"
    assert "headline" in found.derived
    assert found.dateline == "BONN"
    assert [(credit.role, credit.name) for credit in found.credits] == [
        ("reporter", "Petra Lang"),
        ("editor", "Jan Olm"),
        ("editor", "Uwe Ries"),
    ]
    assert found.body.endswith("sagte eine Frau.")
    assert [cut(found, mention) for mention in found.crossheads] == ["KRITIK AN DER WARNUNG"]
    assert found.id == "unknown:in/flood.de.txt"
    assert {"guid", "provider", "version", "version_created"} <= set(found.derived)


def test_text_with_a_line_above_it_has_that_as_headline() -> None:
    found = story("Ministers meet in Oslo\n\nThe ministers of four countries met in Oslo on Monday to talk about fish.")
    assert (found.headline, found.body[:13]) == ("Ministers meet in Oslo", "The ministers")
    assert "headline" not in found.derived


def test_a_long_first_sentence_is_cut_between_words() -> None:
    headline = story("word " * 100 + ".").headline
    assert len(headline) <= 121
    assert headline.endswith("word…")


def test_an_edited_file_is_a_newer_version_of_the_same_story() -> None:
    first = story("One text here.", source="a.txt", modified=NOON)
    second = story("Another text.", source="a.txt", modified=NOON.replace(hour=13))
    assert first.id == second.id
    assert (first.version_created, second.version_created) == (NOON, NOON.replace(hour=13))


def test_text_without_a_name_is_known_by_its_content() -> None:
    assert story("The same text.").id == story("The same text.").id != story("Another text.").id


@pytest.mark.parametrize(
    ("value", "fields", "expected"),
    [
        ("Überschwemmung am Rhein.".encode("utf-16"), {}, "Überschwemmung am Rhein."),
        ("Überschwemmung.".encode("cp1252"), {}, "Überschwemmung."),
        (
            "Наводнение на Рейне.".encode("cp1251"),
            {"content_type": "text/plain; charset=windows-1251"},
            "Наводнение на Рейне.",
        ),
        (b"\xef\xbb\xbfText.", {}, "Text."),
        ("One\r\n\r\n\r\nTwo\x00\x07.", {}, "One\n\nTwo."),
        ("Zu\u0308rich.", {}, "Zürich."),
    ],
)
def test_encodings_come_out_as_clean_text(value: bytes | str, fields: dict[str, Any], expected: str) -> None:
    found = story(value, **{"content_type": "text/plain"} | fields)
    assert found.body in (expected, expected.partition("\n\n")[2])


def test_a_guessed_encoding_is_noted() -> None:
    assert story("Überschwemmung.".encode("cp1252")).notes == ("not UTF-8; read as Windows-1252",)


# --- JSON --------------------------------------------------------------------------------------------------------------


def test_json_keeps_what_it_is_given() -> None:
    found = json_story(
        guid="42",
        provider="Aurora",
        version=7,
        headline="Head",
        body="Body.",
        language="de-AT",
        urgency=2,
        pubstatus="withheld",
        version_created="2026-11-12T09:00:00+01:00",
        ed_note="Note",
        credits=[{"role": "editor", "name": "Jan Olm"}],
        keywords=["a", "b"],
    )
    assert isinstance(found, Story)
    assert (found.id, found.version, found.pubstatus, found.urgency) == ("aurora:42", 7, "withheld", 2)
    assert found.version_created == datetime(2026, 11, 12, 8, tzinfo=UTC)
    assert found.language.declared == "de-AT"
    assert (found.ed_note, found.credits[0].name, found.keywords) == ("Note", "Jan Olm", ("a", "b"))
    assert found.derived == ()


def test_json_cannot_set_what_dateline_works_out() -> None:
    found = json_story(
        guid="1",
        provider="a",
        body="Text.",
        id="b:2",
        entities=[{"id": "Q1"}],
        topics="x",
        received="2000",
        countries=["US"],
    )
    assert isinstance(found, Story)
    assert (found.id, found.entities, found.topics, found.countries, found.received) == ("a:1", (), (), (), NOON)


def test_json_lines_lose_only_the_bad_line() -> None:
    items = parse(raw('{"guid":"1","body":"One."}\n{"guid":"2"}\n{broken\n{"guid":"3","body":"Three."}\n'))
    assert [type(item) for item in items] == [Story, Reject, Reject, Story]


def test_json_over_several_lines_is_one_story() -> None:
    assert story(json.dumps({"guid": "1", "body": "One."}, indent=2)).guid == "1"


def test_a_kill_needs_no_text() -> None:
    found = json_story(guid="1", provider="a", version=2, pubstatus="canceled")
    assert isinstance(found, Story)
    assert found.pubstatus == "canceled"


@pytest.mark.parametrize(
    ("fields", "kind", "named"),
    [
        ({"guid": "1"}, "no-text", "headline"),
        ({"body": 7}, "bad-field", "body"),
        ({"body": "x", "version": "two"}, "bad-field", "version"),
        ({"body": "x", "version": True}, "bad-field", "version"),
        ({"body": "x", "version": 2**70}, "bad-field", "version"),
        ({"body": "x", "urgency": 12}, "bad-field", "urgency"),
        ({"body": "x", "version_created": "yesterday"}, "bad-field", "version_created"),
        ({"body": "x", "pubstatus": "killed"}, "bad-field", "pubstatus"),
    ],
)
def test_json_that_cannot_be_a_story_says_why(fields: dict[str, Any], kind: str, named: str) -> None:
    error = reject(json.dumps(fields))
    assert error.kind == kind
    assert named in error.reason


# --- NewsML-G2 ---------------------------------------------------------------------------------------------------------


def test_newsml_g2_message_gives_every_item_its_own_fate() -> None:
    items = parse(raw((CORPUS / "newsml-g2" / "message.xml").read_bytes()))
    assert [type(item) for item in items] == [Story, Skipped, Skipped, Story, Reject]


def test_newsml_g2_item_is_read_whole() -> None:
    found = parse(raw((CORPUS / "newsml-g2" / "message.xml").read_bytes()))[0]
    assert isinstance(found, Story)
    assert found.id == "aurora:urn:newsml:aurora.example:20261112:0042"
    assert (found.version, found.pubstatus, found.urgency, found.provider) == (3, "usable", 3, "aurora")
    assert found.version_created == datetime(2026, 11, 12, 7, 40, 11, tzinfo=UTC)
    assert found.headline == "Minister treffen sich in Bonn"
    assert found.slugline == "Konferenz/Bonn"
    assert found.ed_note == "Berichtigt wird die Zahl im zweiten Absatz.\nFolgt Hintergrund."
    assert found.signals == ("correction",)
    assert (found.byline, found.dateline, found.located) == ("Von Petra Lang", "Bonn", "Bonn")
    assert found.language.declared == "de-DE"
    assert [(subject.code, subject.name) for subject in found.subjects] == [
        ("medtop:20000639", "Diplomatie"),
        ("medtop:20000642", None),
    ]
    assert found.body == (
        "Die Minister haben am Donnerstag in Bonn beraten.\n\nHINTERGRUND\n\n"
        "Drei Staaten nahmen teil & zwei fehlten.\n\nJa | 3\nNein | 2"
    )
    assert [cut(found, mention) for mention in found.crossheads] == ["HINTERGRUND"]


def test_newsml_g2_kill_with_an_embargo_without_a_time() -> None:
    found = parse(raw((CORPUS / "newsml-g2" / "message.xml").read_bytes()))[3]
    assert isinstance(found, Story)
    assert (found.pubstatus, found.embargoed, found.provider) == ("canceled", "", "aurora")


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9)
)
NEWS_ITEM = '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="1"><itemMeta/>{}</newsItem>'


@pytest.mark.parametrize(
    "value",
    [
        BOMB + "]>" + NEWS_ITEM.format("&j;"),
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>' + NEWS_ITEM.format("&f;"),
        NEWS_ITEM.format("")[:-5],
        NEWS_ITEM.format("<a>" * 5000 + "</a>" * 5000),
        NEWS_ITEM.format("\x00"),
    ],
    ids=["entity bomb", "external entity", "truncated", "too deep", "NUL"],
)
def test_hostile_or_broken_xml_is_refused(value: str) -> None:
    assert reject(value).kind in ("bad-xml", "no-text", "too-deep", "bad-item")


# --- all formats -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"x" * (MAX_RAW_BYTES + 1), "too-large"),
        (b"<html><body>x</body></html>", "unknown-format"),
        (b"%PDF-1.7\r\n" + bytes(range(256)) * 8, "unreadable"),
        (b"{" * 100_000, "bad-json"),
        (b"\xff\xfe\x00", "no-text"),
        (b"+++ --- ***", "no-text"),
    ],
)
def test_what_is_no_story_is_refused_with_a_word(value: bytes, kind: str) -> None:
    assert reject(value).kind == kind


def test_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(Fatal, match=r"newsml-1\.2, nitf, newsml-g2, .*json, .*text"):
        parse(raw("x"), format_="morse")


def test_a_forced_format_is_used() -> None:
    (item,) = parse(raw('{"a": 1} is how JSON begins, said the author of the manual.'), format_="text")
    assert isinstance(item, Story)


def test_markup_is_not_taken_for_text() -> None:
    assert sniff(raw("<?xml version='1.0'?><weather/>")) is None


@pytest.mark.parametrize("guid", ["x" * 600, "ü" * 300, " a b\n"])
def test_ids_stay_within_what_elasticsearch_takes(guid: str) -> None:
    found = json_story(guid=guid, provider="a", body="Text.")
    assert isinstance(found, Story)
    assert len(found.id.encode()) <= 512
    assert not set(found.id) & set(" \n")
