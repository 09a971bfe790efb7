"""ANPA 1312: headers, flush lines, typesetting, what is lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import Reject
from pipeline.formats import anpa1312, iptc7901
from pipeline.formats.raw import RawCopy
from pipeline.story import KillTarget, Story

CORPUS = Path(__file__).parent.parent.parent / "corpus" / "anpa1312"
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def raw(value: bytes | str, **fields: Any) -> RawCopy:
    return RawCopy(value=value.encode() if isinstance(value, str) else value, received=NOON, **fields)


def stories(value: bytes | str, **fields: Any) -> list[Story]:
    items = anpa1312.parse(raw(value, **fields))
    assert all(isinstance(item, Story) for item in items), items
    return [item for item in items if isinstance(item, Story)]


def corpus(name: str) -> list[Story]:
    copy = raw((CORPUS / name).read_bytes())
    assert anpa1312.accepts(copy)
    assert not iptc7901.accepts(copy)
    return stories(copy.value)


def message(
    text: str = "\tBONN (AP) _ Talks ended.",
    top: str = "^Talks end<",
    *,
    second: str = "r i\x13\x11 BC-Talks   11-16 0412",
    slug: str = "BC-Talks,99<",
    end: str = "AP-NY-11-16-26 1203EST<",
) -> str:
    lines = f"\x16\x16\x01w2204\x1f_eurow\n{second}\n\x02{slug}\n{top}\n{text}\n\t   \x03{end}\n\n\x0c\n\x04"
    return lines.replace("\n", "\r\n")


def one(*args: str, **fields: str) -> Story:
    (found,) = stories(message(*args, **fields))
    return found


def test_every_field_of_a_whole_message() -> None:
    (found,) = corpus("harbor-gates.en.txt")
    assert found.headline == "Cracked gates delay Bremen sea lock by two years"
    assert found.slugline == "EU--Harbor Gates, 1st Ld-Writethru"
    assert found.byline == "By JUTTA BEISPIEL and KARL MUSTER, Aurora News"
    assert (found.urgency, found.urgency_given) == (3, "u")
    assert found.version_created == datetime(2026, 11, 16, 16, 44, tzinfo=UTC)
    assert [(service.name, service.sequence) for service in found.services] == [("w", 2204)]
    assert [subject.code for subject in found.subjects] == ["a1312cat:i"]
    assert (found.provider, found.located, found.signals) == ("aur", "BREMERHAVEN, Germany", ("update",))
    assert found.ed_note == "AUR Photo BRM101, BRM102\nEds: UPDATES with comment from shipyard. With AUR Photos."


def test_typesetting_becomes_plain_text() -> None:
    (found,) = corpus("harbor-gates.en.txt")
    assert found.body.startswith("BREMERHAVEN, Germany (AUR) — A new sea lock")
    assert "The gates — each as heavy as 20 locomotives — must be cast again." in found.body
    assert "“We lose days, not orders,” a shipyard spokesman said. “It isn't ‘the end of the port,’ as" in found.body
    assert "___" not in found.body


def test_tables_keep_their_lines_and_a_kill_names_what_it_kills() -> None:
    table, kill = corpus("results-and-kill.en.txt")
    assert table.headline == "Rowing Results"
    assert table.body.split("\n")[-3:] == ["Port City  7  3  .700", "Lockside  6  4  .600", "Old Mill  2  8  .200"]
    assert kill.pubstatus == "canceled"
    assert kill.kill_target == KillTarget(slugline="EU--Harbor Gates", headline=None, service="w", sequence=2204)


def test_other_languages_and_character_sets() -> None:
    (found,) = corpus("exclusas.es.latin-1.txt")
    assert (found.slugline, found.byline, found.located) == ("exclusas", "Por ANA EJEMPLO", "CIUDAD DE PANAMÁ")
    assert found.body.count("\n\n") == 1


@pytest.mark.parametrize(
    ("letter", "urgency"), [("f", 1), ("b", 2), ("u", 3), ("r", 4), ("d", 5), ("z", 6), ("a", 7), ("s", 8)]
)
def test_priorities(letter: str, urgency: int) -> None:
    found = one(second=f"{letter} i\x13\x11 BC-Talks   11-16 0412")
    assert (found.urgency, found.urgency_given) == (urgency, letter)


def test_a_priority_that_is_none_is_a_note_and_a_long_flash_is_no_flash() -> None:
    found = one(second="q i\x13\x11 BC-Talks   11-16 0412")
    assert found.urgency is None
    assert any("urgency" in note for note in found.notes)
    assert one("\t" + "A long feature on looks. " * 60, second="f l\x13\x11 BC-Looks  11-16 0999").urgency is None


@pytest.mark.parametrize(
    ("end", "provider", "moment"),
    [
        ("AP-NY-11-16-26 1203EST<", "ap", "2026-11-16T17:03"),
        ("AP-WF-06-29-17 2350GMT<", "ap", "2017-06-29T23:50"),
        ("AP-CH-11-16-26 1203CST<", "ap", "2026-11-16T18:03"),
        ("UPI 11-16-26 1203 PST", "upi", "2026-11-16T20:03"),
        ("NYT-02-06-98 2219EST<", "nyt", "1998-02-07T03:19"),
    ],
)
def test_trailers(end: str, provider: str, moment: str) -> None:
    found = one(end=end)
    assert found.provider == provider
    assert found.version_created is not None
    assert found.version_created.isoformat().startswith(moment)


def test_a_trailer_that_cannot_be_is_a_note() -> None:
    assert any("trailer" in note for note in one(end="AP-NY-13-40-26 1203EST<").notes)


def test_leads_are_versions_and_alerts_are_not() -> None:
    first = one()
    lead = one(slug="BC-Talks, 2nd Ld-Writethru,120<", second="r i\x13\x11 BC-Talks 2ndLd-Writethru   11-16 0412")
    assert first.id == lead.id == "ap:20261116-talks"
    assert (first.version, lead.version) == (1, 3)
    assert one(slug="BC-US--APNewsAlert,17<").id == "ap:20261116-w-2204"


def test_the_take_may_stand_in_the_header_only() -> None:
    assert (
        one(slug="", second="r i\x13\x11 am-Talks 1stLd-Writethru   11-16 0412").slugline == "Talks, 1st Ld-Writethru"
    )


def test_flush_lines_below_the_headline_are_text_where_nothing_ends_them() -> None:
    found = one("", "^News at noon<\n^First thing<\n^One story is here\n^Another story is there\n^")
    assert (found.headline, found.headlines[0].text) == ("News at noon", "First thing")
    assert found.body == "One story is here\n\nAnother story is there"


def test_indented_lines_of_old_wires_are_joined() -> None:
    text = (
        "   WASHINGTON (AP) _ The Senate voted on Monday to keep the harbor\n"
        "commission for another year, after a debate that went on into the\n"
        "night.\n   The House votes next.\n"
    )
    assert one(text).body == (
        "WASHINGTON (AP) — The Senate voted on Monday to keep the harbor commission for another year, after a debate that "
        "went on into the night.\n\nThe House votes next."
    )


@pytest.mark.parametrize(
    ("damage", "note"),
    [
        (lambda copy: copy.replace("\x16", ""), None),
        (lambda copy: copy.replace("\x01", ""), None),
        (lambda copy: copy.replace("\x02", ""), "STX is missing"),
        (lambda copy: copy.replace("\x03", ""), "ETX is missing"),
        (lambda copy: copy.split("\t   \x03")[0], "ETX is missing: the text may be cut off"),
        (lambda copy: copy.replace("\r\n", "\n"), None),
        (lambda copy: "\0\x7f" + copy.replace("\x03", "\x03\x03"), None),
    ],
)
def test_lost_doubled_and_padded_codes(damage: Any, note: str | None) -> None:
    copy = raw(damage(message()))
    assert anpa1312.accepts(copy)
    (found,) = stories(copy.value)
    assert (found.headline, found.slugline, found.body) == ("Talks end", "Talks", "BONN (AP) — Talks ended.")
    assert found.notes == ((note,) if note else ())


@pytest.mark.parametrize(
    "text", ["a1234 text\n", "w2204 is here\nr i saw\n", "bdn0626 3 wi 125 dpa 1\n", "<x/>", "", "\x01"]
)
def test_other_copy_is_left_alone(text: str) -> None:
    assert not anpa1312.accepts(raw(text))


def test_a_bad_message_costs_only_itself() -> None:
    first, bad = anpa1312.parse(raw(message() + "\x01nothing here\x02x\x03"))
    assert isinstance(first, Story)
    assert isinstance(bad, Reject)
    assert bad.kind == "bad-header"
