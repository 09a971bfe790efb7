"""What every format gets: times that can be true, dateline in parts, corrections with their note, kills in text."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from pipeline.story import Story
from tests.unit.formats.reading import NOON, story


def json_story(**fields: Any) -> Story:
    return story(json.dumps({"guid": "1", "provider": "aurora", "body": "A text of one sentence."} | fields))


@pytest.mark.parametrize(
    ("dateline", "located", "date"),
    [
        ("SHANGHAI, April 25", "SHANGHAI", "2026-04-25"),
        ("BERLIN, 3. Mai (aurora) -", "BERLIN", "2026-05-03"),
        ("Москва. 12 ноября", "Москва", "2026-11-12"),
        ("北京11月11日", "北京", "2026-11-11"),
        ("PARIS, 31 déc", "PARIS", "2025-12-31"),
        ("Gaza City, May 16, 2021 (AFP) -", "Gaza City", "2021-05-16"),
        ("Oslo", "Oslo", None),
    ],
)
def test_a_dateline_is_place_and_date(dateline: str, located: str, date: str | None) -> None:
    found = json_story(dateline=dateline, version_created=NOON.isoformat())
    assert (found.located, found.dateline_date) == (located, date)
    assert "located" in found.derived
    assert found.dateline == dateline.partition(" (")[0]


def test_a_dateline_says_no_date_after_its_story() -> None:
    assert json_story(dateline="PARIS, Dec 31", version_created="2026-01-01T08:00:00Z").dateline_date == "2025-12-31"


def test_a_place_that_is_given_is_not_worked_out() -> None:
    found = json_story(dateline="SHANGHAI, April 25", located="Pudong")
    assert found.located == "Pudong"
    assert "located" not in found.derived


def test_a_time_in_the_future_is_left_out_with_a_note() -> None:
    ahead = (NOON + timedelta(days=2)).isoformat()
    found = json_story(version_created=ahead, first_created=ahead)
    assert (found.first_created, found.version_created) == (None, NOON)
    assert "version_created" in found.derived
    assert sum("lies in the future" in note for note in found.notes) == 2
    assert json_story(version_created=(NOON + timedelta(minutes=5)).isoformat()).notes == ()


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"headline": "CORRECTED-Storm", "ed_note": "Corrects paragraph 2."}, "Corrects paragraph 2."),
        ({"headline": "Korrektur: Sturm", "body": "(Berichtigt: Zahl im zweiten Absatz)\n\nEin Text."}, "Berichtigt: Zahl im zweiten Absatz"),
        ({"headline": "Storm", "signals": ["correction"]}, ""),
        ({"headline": "Storm"}, None),
    ],
)  # fmt: skip
def test_a_correction_carries_its_note(fields: dict[str, Any], note: str | None) -> None:
    found = json_story(**fields)
    assert found.correction == note
    assert ("correction" in found.signals) == (note is not None)


def text(value: str) -> Story:
    return story(value, source="in/1.txt", providers=("aurora",))


def test_a_kill_in_text_names_its_target() -> None:
    kill = text(
        'KILL: Harbour banks face sanctions\n\nThe story "Harbour banks face sanctions" is wrong, do not use it.'
    )
    assert kill.pubstatus == "canceled"
    assert "pubstatus" in kill.derived
    assert kill.kill_target is not None
    assert kill.kill_target.headline == "Harbour banks face sanctions"


def test_a_kill_in_text_may_name_a_slugline_in_its_words() -> None:
    kill = text("MANDATORY KILL\n\nEditors: Kill the story slugged BC-EU--Harbour. The source has withdrawn its claim.")
    assert kill.kill_target is not None
    assert kill.kill_target.slugline == "BC-EU--Harbour"


def test_a_kill_mark_in_a_format_with_a_status_is_only_a_signal() -> None:
    found = json_story(headline="KILL: Storm hits coast")
    assert found.pubstatus == "usable"
    assert "kill" in found.signals
