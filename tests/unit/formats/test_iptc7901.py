"""IPTC 7901: what the standard says, what agencies do, what is lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import Reject
from pipeline.formats import iptc7901, providers
from pipeline.formats.providers import Provider
from pipeline.formats.raw import RawCopy
from pipeline.story import KillTarget, Story

from .reading import crossheads, people

CORPUS = Path(__file__).parent.parent.parent / "corpus" / "iptc7901"
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
TEXT = "Bonn (Aurora) - Der Rat hat am Montag getagt und nichts beschlossen."


def raw(value: bytes | str, **fields: Any) -> RawCopy:
    return RawCopy(value=value.encode() if isinstance(value, str) else value, received=NOON, **fields)


def stories(value: bytes | str, **fields: Any) -> list[Story]:
    items = iptc7901.parse(raw(value, **fields))
    assert all(isinstance(item, Story) for item in items), items
    return [item for item in items if isinstance(item, Story)]


def story(value: bytes | str, **fields: Any) -> Story:
    (found,) = stories(value, **fields)
    return found


def corpus(name: str) -> list[Story]:
    copy = raw((CORPUS / name).read_bytes())
    assert iptc7901.accepts(copy)
    return stories(copy.value)


def message(
    top: str = "Rat tagt =",
    body: str = TEXT,
    *,
    header: str = "bdn0626 3 wi 125 vvvvb dpa 3902",
    end: str = "291644 MESZ Jun 26",
) -> str:
    lines = f"\x01{header}\n\nRat/Bonn/\n\x02{top}\n\n{body}\n\n\x03{end}\n\x04"
    return lines.replace("\n", "\r\n")


def test_every_field_of_a_whole_message() -> None:
    (found,) = corpus("schleuse.de.txt")
    assert (found.provider, found.id) == ("aurora", "aurora:20261116-bdn-0412")
    assert found.headline == "(Zusammenfassung) Bremens neue Schleuse geht zwei Jahre später in Betrieb"
    assert (found.slugline, found.byline) == ("Hafen/Verkehr/Bremen", "Von Jutta Beispiel, Aurora")
    assert (found.urgency, found.urgency_given) == (4, "4")
    assert found.version_created == datetime(2026, 11, 16, 15, 44, tzinfo=UTC)
    assert [(service.name, service.sequence) for service in found.services] == [("bdn", 412)]
    assert [subject.code for subject in found.subjects] == ["iptc7901cat:wi"]
    assert "update" in found.signals
    assert (found.located, found.dateline_date) == ("Bremerhaven", None)


def test_the_notepad_is_a_note_and_its_contacts_are_credits_only() -> None:
    (found,) = corpus("schleuse.de.txt")
    assert found.ed_note is not None
    assert "Neu im 4. Absatz: Reaktion der Werft" in found.ed_note
    assert people(found) == ["reporter Jutta Beispiel", "editor Karl Muster"]
    for private in ("0421", "Notizblock", "Kontakte", "Aurora jb"):
        assert private not in found.body + found.ed_note


def test_wrapped_lines_are_joined_and_tables_are_not() -> None:
    (found,) = corpus("schleuse.de.txt")
    assert "wird erst 2029 fertig. Das teilte" in found.body
    assert "Wasserstände (in Metern):\nBremerhaven      3,41    3,38    3,52\nBrake  " in found.body
    assert crossheads(found) == ["Werft hält an Terminen fest"]


def test_a_correction_says_what_it_corrects_and_a_kill_says_what_it_kills() -> None:
    correction, flash, kill = corpus("korrektur-und-kill.de.cp1252.txt")
    assert correction.correction == "Im ersten Satz muss es heißen: 2029, statt: 2028"
    assert correction.headline == "Bremens neue Schleuse geht zwei Jahre später in Betrieb"
    assert "correction" in correction.signals
    assert correction.body.count("\n\n") == 1
    assert (flash.urgency, flash.headline) == (2, "Landtag in Schwerin löst sich auf")
    assert kill.pubstatus == "canceled"
    assert kill.kill_target == KillTarget(
        slugline="Landtag/Wahl", headline="Landtag in Schwerin löst sich auf", service="bdn", sequence=420
    )


@pytest.mark.parametrize(
    "line", ["KILL KILL KILL", "АННУЛИРОВАНИЕ", "حظر حظر حظر", "*** ELIMINAR - ELIMINAR ***", "(Meldung zurückgezogen)"]
)
def test_kills_in_the_words_of_the_agencies(line: str) -> None:
    found = story(message(f"{line}\nRat tagt ="))
    assert (found.pubstatus, found.kill_target and found.kill_target.headline) == ("canceled", "Rat tagt")
    assert story(message(f"{line} =")).pubstatus == "canceled"


def test_cyrillic_that_nobody_declared_is_read_as_cyrillic() -> None:
    (found,) = corpus("peregovory.ru.koi8-r.txt")
    assert found.headline == "Стороны договорились о новом раунде в декабре"
    assert found.slugline == "Переговоры/Стамбул"
    assert "not UTF-8; read as KOI8-R" in found.notes


def test_an_id_in_the_header_is_guid_and_version() -> None:
    (found,) = corpus("dombau.de.txt")
    assert (found.id, found.version, found.derived) == ("kna:261117-89-00065", 2, ())
    assert (found.headline, found.headlines[0].text) == (
        "Dombauhütte wird Welterbe-Kandidat",
        "Land schlägt Handwerk für die Liste vor",
    )
    assert found.body.startswith("Naumburg (KNA) Die")
    assert found.body.endswith("sagte die Leiterin.")


@pytest.mark.parametrize(
    ("header", "provider", "service"),
    [
        ("bdn0626 3 wi 125 vvvvb dpa 3902", "dpa", "bdn"),
        ("eca062 4 i 211 ccccb   dpa 061", "dpa", "eca"),
        ("ecp0007 4 s 850  dpa-tns 0908", "dpa", "ecp"),
        ("bkn014 4 pl 171 vvvvb KNA 170123-89-00065#2", "kna", "bkn"),
        ("epd123 4 ki 45 epd 12", "epd", "epd"),
        ("APA0123 5 AI 0456 vvvvb APA 0123", "apa", "apa"),
    ],
)
def test_headers_as_agencies_write_them(header: str, provider: str, service: str) -> None:
    copy = raw(message(header=header))
    assert iptc7901.accepts(copy)
    found = story(copy.value)
    assert (found.provider, found.services[0].name) == (provider, service)


def test_an_agency_that_only_the_dateline_names() -> None:
    found = story(message(header="nsb0001 4 vm 71", body=TEXT.replace("Aurora", "dpa/lni")))
    assert found.provider == "dpa"
    assert story(message(header="nsb0001 4 vm 71 lni 0001"), providers=("dpa",)).provider == "dpa"


@pytest.mark.parametrize(
    ("end", "moment"),
    [
        ("291644 MESZ Jun 26", "2026-06-29T14:44"),
        ("291644 GMT Jun 26", "2026-06-29T16:44"),
        ("291644 Jun 26", "2026-06-29T14:44"),
        ("071341 GMT Okt 25", "2025-10-07T13:41"),
        ("010900 MEZ März 2026", "2026-03-01T08:00"),
        ("010900 Dez 99", "1999-12-01T08:00"),
    ],
)
def test_end_lines(end: str, moment: str) -> None:
    created = story(message(end=end)).version_created
    assert created is not None
    assert created.isoformat().startswith(moment)


def test_an_end_line_that_cannot_be_is_a_note() -> None:
    found = story(message(end="321644 MESZ Jun 26"))
    assert found.version_created == NOON
    assert any("DDhhmm" in note for note in found.notes)
    assert any("XYZ" in note for note in story(message(end="291644 XYZ Jun 26")).notes)


@pytest.mark.parametrize(
    ("top", "headline", "signals"),
    [
        ("1ST LEAD\nRat tagt =", "(1ST LEAD) Rat tagt", ("update",)),
        ("(2. Zusammenfassung)\nRat tagt =", "(2. Zusammenfassung) Rat tagt", ("update",)),
        ("(Wiederholung)\nRat tagt =", "(Wiederholung) Rat tagt", ("repeat",)),
        ("REFILE\nRat tagt =", "Rat tagt", ("repeat",)),
        ("(Achtung)\nRat tagt =", "(Achtung) Rat tagt", ("advisory",)),
        ("(KORR-Bericht)\nRat tagt =", "Rat tagt", ()),
        ("EXTRA\nRat tagt =", "Rat tagt", ()),
    ],
)
def test_marks_in_the_headline_lines(top: str, headline: str, signals: tuple[str, ...]) -> None:
    found = story(message(top))
    assert (found.headline, found.signals) == (headline, signals)


def test_a_report_by_a_correspondent_is_no_correction() -> None:
    found = story(message("(KORR-Bericht)\nRat tagt =\n"))
    assert (found.genre, found.correction) == ("KORR-Bericht", None)


def test_bylines_in_the_headline_lines() -> None:
    assert story(message("Rat tagt\nVon Anna Weber und Bo Li, dpa =")).byline == "Von Anna Weber und Bo Li, dpa"
    assert story(message("Council meets\nBy dpa correspondents =")).byline == "By dpa correspondents"
    kept = story(message("Rat tagt in Bonn und\nVon der Leyen spricht mit =")).headline
    assert kept.startswith("Rat tagt in Bonn und")


def test_an_embargo_stays_closed() -> None:
    assert story(message("(Sperrfrist 1200)\nRat tagt =")).embargoed == ""


@pytest.mark.parametrize(
    "line",
    [
        "Achtung: Foto folgt bis 1800",
        "Eds: adds quotes in third paragraph",
        "(Korrektur: Im 2. Absatz muss es richtig heißen: drei)",
    ],
)
def test_what_speaks_to_editors_is_no_text(line: str) -> None:
    found = story(message(body=f"{line}\n\n{TEXT}\n\nEin Satz folgt danach noch hier."))
    assert found.ed_note == line.strip("()")
    assert line.strip("()") not in found.body


def test_sign_offs_are_dropped_and_last_sentences_are_not() -> None:
    for line in ("dpa ab xx n1 hma", "dpa wsz jln npr", "KNA - abcde-00012", "(Schluss) abc/def", "NNNN"):
        assert story(message(body=f"{TEXT}\n\n{line}")).body == TEXT, line
    kept = f"{TEXT}\n\ndpa meldet das."
    assert story(message(body=kept)).body == kept


@pytest.mark.parametrize(
    ("damage", "note"),
    [
        (lambda copy: copy.replace("\x02", ""), "STX is missing"),
        (lambda copy: copy.replace("\x03", ""), "ETX is missing"),
        (lambda copy: copy.split("\x03")[0], "ETX is missing: the text may be cut off"),
        (lambda copy: copy.replace("\x02", "\x02\x02").replace("\x03", "\x03\x03").replace("\x01", "\x01\x01"), None),
        (lambda copy: "\x16\x16\0\0" + copy + "\x7f\x7f\0", None),
        (lambda copy: copy.replace("\r\n", "\r\r\n"), None),
        (lambda copy: copy.replace("\r\n", "\n"), None),
    ],
)
def test_lost_doubled_and_padded_codes(damage: Any, note: str | None) -> None:
    copy = raw(damage(message()))
    assert iptc7901.accepts(copy)
    found = story(copy.value)
    assert (found.headline, found.slugline, found.body) == ("Rat tagt", "Rat/Bonn", TEXT)
    assert found.notes == ((note,) if note else ())


def test_lines_ended_by_two_line_feeds_run_on() -> None:
    once = (CORPUS / "schleuse.de.txt").read_bytes()
    twice = once.replace(b"\r\n", b"\r\n\n")
    assert story(twice).body == story(once).body


def test_copy_that_lost_every_code_is_told_by_its_whole_header() -> None:
    stripped = "".join(letter for letter in message() if letter not in "\x01\x02\x03\x04")
    assert iptc7901.accepts(raw(stripped))
    found = story(stripped)
    assert (found.headline, found.body) == ("Rat tagt", TEXT)
    assert found.version_created == datetime(2026, 6, 29, 14, 44, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Der Rat tagt.\n\nBonn - Text folgt hier.",
        "abc123 4 pl was here.\n",
        "room101 3 in 2026 the council met\n\nText.",
        "B52 4 US 1 bomber landed on Monday.",
        "<xml/>",
        "{}",
        "",
        "\x01",
        "\x01w2204\x1f_eurow\r\nu i\x13\x11 BC-EU   11-16 0412\r\n\x02x",
    ],
)
def test_other_copy_is_left_alone(text: str) -> None:
    assert not iptc7901.accepts(raw(text))


def test_a_bad_message_costs_only_itself() -> None:
    first, bad, last = iptc7901.parse(raw(message() + "\x01???\x02x\x03" + message(header="bdn0627 3 wi 12 dpa 1")))
    assert isinstance(first, Story)
    assert isinstance(bad, Reject)
    assert bad.kind == "bad-header"
    assert isinstance(last, Story)


def test_the_number_0000_tells_nothing_apart() -> None:
    first, second = (
        story(message(body=f"{TEXT} {word}.", header="bdt0000 3 vm 83  dpa 0000")) for word in ("Eins", "Zwei")
    )
    assert first.id != second.id


def test_the_national_variant_that_is_declared() -> None:
    found = story(
        message("K|ln tagt =", "Die Stra~e in K|ln ist gesperrt."), content_type="text/plain; charset=DIN_66003"
    )
    assert (found.headline, found.body) == ("Köln tagt", "Die Straße in Köln ist gesperrt.")


def test_a_thousand_messages_are_enough() -> None:
    items = iptc7901.parse(raw("\x01\x02x\x03" * 3000))
    assert len(items) == 1001
    assert isinstance(items[-1], Reject)


def test_one_item_on_two_services_is_one_story_where_the_provider_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    value = (CORPUS / "schleuse.de.txt").read_bytes()
    monkeypatch.setitem(providers._BY_NAME, "aurora", Provider(id="aurora", name="Aurora", identity="content"))
    providers.provider_named.cache_clear()
    (first,), (second,) = (
        stories(value.replace(b"bdn0412", number), providers=("aurora",)) for number in (b"bdn0412", b"wir0031")
    )
    providers.provider_named.cache_clear()
    assert first.id == second.id
    assert [service.name for service in (*first.services, *second.services)] == ["bdn", "wir"]
