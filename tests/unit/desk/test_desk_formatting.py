"""Values as pages show them; text of the wire made safe."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from markupsafe import Markup

from pipeline.desk.formatting import (
    brief,
    direction,
    duration,
    language_tag,
    marks,
    plain,
    shown,
    story_path,
    tip,
    web_address,
    when,
    wikidata,
)
from pipeline.searching import Found
from pipeline.story import Language, SanctionEvent, Story

HOSTILE = "Gold\u202e<b>evil</b>\u202c\x07 rises\u2066"


def test_plain_text_has_no_unseen_characters_and_one_line() -> None:
    assert plain("A\u202eB\u2069\x1b[31m\n  C\ufeff") == "AB[31m C"


def test_shown_text_is_escaped_and_unseen_characters_are_seen() -> None:
    text = shown(HOSTILE)
    assert isinstance(text, Markup)
    assert "<b>" not in text
    assert "&lt;b&gt;" in text
    assert ">202E</span>" in text
    assert ">2066</span>" in text
    assert "\u202e" not in text


def test_marks_that_persian_and_arabic_need_stay() -> None:
    assert plain("می\u200cخواهم") == "می\u200cخواهم"
    assert "\u200c" in shown("می\u200cخواهم")


def test_tooltips_keep_their_lines() -> None:
    assert tip("one\u202e\ntwo") == "one\ntwo"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("https:alert", None),
        ("samples/a.xml", None),
        ("http://[", None),
        (None, None),
    ],
)
def test_only_web_addresses_become_links(text: str | None, expected: str | None) -> None:
    assert web_address(text) == expected


def test_only_ids_of_wikidata_lead_there() -> None:
    assert wikidata("Q458") == "https://www.wikidata.org/wiki/Q458"
    assert wikidata("x:ofac") is None
    assert wikidata('Q1"><script>') is None


def test_a_story_with_any_id_has_a_path() -> None:
    assert story_path('a:tag:x,2026:y/z?q#"<b>') == "/story/a:tag:x,2026:y/z%3Fq%23%22%3Cb%3E"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0123, "12 ms"), (1.26, "1.3 s"), (119.0, "119.0 s"), (600.0, "10 min"), (1e6, "12 d")]
)
def test_durations_take_the_unit_that_fits(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_times_are_utc_for_programs_and_people() -> None:
    moment = datetime(2026, 4, 25, 8, 40, 11, 250_000, UTC)
    assert when(moment, "full") == (
        '<time datetime="2026-04-25T08:40:11.250Z" data-form="full">2026-04-25 08:40:11 UTC</time>'
    )
    assert when(None) == ""


@pytest.mark.parametrize(
    ("language", "tag"),
    [
        (Language(code="fa"), "fa"),
        (Language(code="sr", script="Latn"), "sr-Latn"),
        (Language(code="zh", tag="zh-Hant"), "zh-Hant"),
        (Language(code="und"), ""),
        (Language(code='"><script>'), ""),
    ],
)
def test_language_tags_are_safe_in_an_attribute(language: Language, tag: str) -> None:
    assert language_tag(language) == tag


def test_the_direction_is_that_of_the_first_letter() -> None:
    assert direction("12 — تحریم") == "rtl"
    assert direction("(1) Sanctions") == "ltr"
    assert direction(None) == "ltr"


def test_long_texts_are_cut_in_the_middle() -> None:
    cut = brief("a" * 5000 + "b" * 5000)
    assert cut.startswith("aaa")
    assert cut.endswith("bbb")
    assert len(cut) < 7000


@pytest.mark.parametrize(
    ("action", "status", "new", "mark"),
    [
        ("impose", "announced", True, [("new", "new sanction")]),
        ("impose", "proposed", True, [("new", "sanction proposed")]),
        ("lift", "in-force", True, [("new", "sanction lifted")]),
        ("call-for", "proposed", True, [("new", "call for sanction")]),
        ("impose", "announced", False, []),
    ],
)
def test_what_is_new_of_sanctions_is_called_by_its_name(
    action: str, status: str, new: bool, mark: list[tuple[str, str]]
) -> None:
    event = SanctionEvent(key="EU:RU:impose", action=action, status=status, new=new)  # type: ignore[arg-type]
    story = Story(
        id="a:1", guid="1", version=1, provider="a", pubstatus="usable", headline="", body="x", sanctions=(event,)
    )
    assert marks(Found(story, None)) == mark
