"""What editors mark in slugline and headline, and what only looks like a mark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats.marks import read_marks


@pytest.mark.parametrize(
    ("headline", "signals", "bare"),
    [
        ("CORRECTED-Storm hits coast", ("correction",), "Storm hits coast"),
        ("Correction: Quake story", ("correction",), "Quake story"),
        ("(Korrektur) Ministerin sagt ab", ("correction",), "Ministerin sagt ab"),
        ("KORR: Ministerin sagt ab", ("correction",), "Ministerin sagt ab"),
        ("RECTIFICATIF - Le ministre démissionne", ("correction",), "Le ministre démissionne"),
        ("ANNULE ET REMPLACE: Le ministre démissionne", ("correction",), "Le ministre démissionne"),
        ("CORRECCIÓN: El ministro dimite", ("correction",), "El ministro dimite"),
        ("ИСПРАВЛЕНИЕ: Министр ушел", ("correction",), "Министр ушел"),
        ("更正：部长辞职", ("correction",), "部长辞职"),
        ("تصحيح: استقالة الوزير", ("correction",), "استقالة الوزير"),
        ("UPDATE 2-Oil rises", ("update",), "Oil rises"),
        ("RPT-UPDATE 1-Oil rises", ("repeat", "update"), "Oil rises"),
        ("2ND LEAD: Storm hits coast", ("update",), "Storm hits coast"),
        ("KILL: Storm hits coast", ("kill",), "Storm hits coast"),
        ("MANDATORY KILL", ("kill",), ""),
        ("KILL KILL KILL", ("kill",), ""),
        ("Storm hits coast (WITHDRAWN)", ("kill",), "Storm hits coast"),
        ("WITHDRAWN", ("kill",), ""),
        ("Korekta: Minister odszedł", ("correction",), "Minister odszedł"),
        ("REFILE-Oil rises", ("repeat",), "Oil rises"),
        ("Story withdrawn: Storm hits coast", ("kill",), "Storm hits coast"),
    ],
)
def test_marks_of_a_headline(headline: str, signals: tuple[str, ...], bare: str) -> None:
    marks = read_marks(None, headline)
    assert (marks.signals, marks.headline) == (signals, bare)


@pytest.mark.parametrize(
    "headline",
    [
        "Rebels kill twelve in raid",
        "KILL BILL RETURNS TO CINEMAS",
        "Kill - a film that divides critics",
        "Lead poisoning: a city suffers",
        "LEAD POISONING: A CITY SUFFERS",
        "Update on talks: nothing new",
        "Achtung: Glatteis in Bayern",
        "RÜCKZUG: TRUPPEN VERLASSEN STADT",
        "WITHDRAWAL: TROOPS LEAVE TOWN",
        "Withdrawal of troops begins",
        "WITHDRAWN: THE LAST SOLDIERS LEAVE",
        "KORR-Bericht: Leben am Hafen",
        "Repeat offenders to be jailed",
        "Neu: Zugverbindung nach Wien",
        "New kill list: who is on it",
    ],
)
def test_news_that_only_looks_like_a_mark(headline: str) -> None:
    assert read_marks(None, headline) == ((), None, "", headline)


@pytest.mark.parametrize(
    ("slugline", "signals", "lead", "bare"),
    [
        ("USA-WEATHER/ (UPDATE 1, PIX, CORRECTED)", ("update", "correction"), 1, "USA-WEATHER"),
        ("BC-EU--Russia, 1st Ld-Writethru", ("update",), 1, "BC-EU--Russia"),
        ("BC-EU--Russia, 3rd Ld", ("update",), 3, "BC-EU--Russia"),
        ("BC-US--Fire, Bulletin Kill", ("kill",), None, "BC-US--Fire"),
        ("Krieg (2. Zusammenfassung)", ("update",), 2, "Krieg"),
        ("Ukraine/Krieg", (), None, "Ukraine/Krieg"),
        ("police-kill", (), None, "police-kill"),
    ],
)
def test_marks_of_a_slugline(slugline: str, signals: tuple[str, ...], lead: int | None, bare: str) -> None:
    marks = read_marks(slugline, "Some headline")
    assert (marks.signals, marks.lead, marks.slugline) == (signals, lead, bare)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_can_be_looked_at(slugline: str, headline: str) -> None:
    marks = read_marks(slugline, headline)
    assert len(marks.headline) <= len(headline)
