"""Plain text: encodings, headline, dateline, crossheads."""

from __future__ import annotations

import pytest

from pipeline.story import Skipped

from .reading import crossheads, items, reject, story

LEAD = "Die Minister von vier Staaten haben am Montag in Oslo über Fischfang beraten."


def test_an_undeclared_code_page_is_read_with_a_note() -> None:
    found = story("Наводнение на Рейне достигло города.".encode("cp1251"))
    assert found.body == "Наводнение на Рейне достигло города."
    assert found.notes == ("not UTF-8; read as Windows-1251",)


def test_bytes_in_no_character_set_are_refused_rather_than_garbled() -> None:
    error = reject(bytes(range(128, 256)) * 3)
    assert error.kind == "unreadable"
    assert "charset" in error.reason


def test_one_broken_byte_does_not_garble_the_other_letters() -> None:
    found = story("Überschwemmung überall für Köln, größte Gefahr".encode() + b"\xfc vorbei.")
    assert found.body.startswith("Überschwemmung überall für Köln, größte Gefahr")
    assert found.notes == ("bytes that are not UTF-8 stand as \ufffd",)


def test_latin_1_is_read_as_the_windows_set_that_its_senders_mean() -> None:
    assert "“no”" in story(b"He said \x93no\x94 on Monday.", content_type="text/plain; charset=iso-8859-1").body


def test_utf_16_without_its_mark_is_read() -> None:
    assert story("Flood in Bonn was over.".encode("utf-16-le")).body == "Flood in Bonn was over."


@pytest.mark.parametrize("charset", ["x-unheard-of", "punycode", "unicode_escape", "zlib"])
def test_a_character_set_that_is_none_is_ignored_with_a_note(charset: str) -> None:
    found = story(b"Plain text on Monday.", content_type=f"text/plain; charset={charset}")
    assert found.body == "Plain text on Monday."
    assert charset in found.notes[0]


def test_piled_combining_marks_are_cut_and_cost_no_time() -> None:
    assert len(story("a" + "\u0301\u0323" * 300_000).body) < 100


@pytest.mark.parametrize(
    ("opening", "expected"),
    [
        ("BERLIN (aurora) - ", "BERLIN"),
        ("WASHINGTON (AP) _ ", "WASHINGTON"),
        ("PARIS, 12 nov (Agence) - ", "PARIS, 12 nov"),
        ("MADRID, 12 nov. (Agencia).- ", "MADRID, 12 nov"),
        ("New York/London, Nov 12 (Aurora) -- ", "New York/London, Nov 12"),
        ("(Agenzia) - ROMA, 12 NOV - ", "ROMA, 12 NOV"),
        ("Москва. 12 ноября. АГЕНТСТВО - ", "Москва. 12 ноября"),
        ("КИЇВ, 12 листопада (агенція) — ", "КИЇВ, 12 листопада"),
        ("القاهرة 12 نوفمبر (وكالة) - ", "القاهرة 12 نوفمبر"),
        ("تهران (خبرگزاری) - ", "تهران"),
        ("ANKARA, 12 Kasım (Ajans) - ", "ANKARA, 12 Kasım"),
        ("Der Kanzler - ", None),
        ("BREAKING - ", None),
    ],
)
def test_a_dateline_is_taken_where_it_is_clear(opening: str, expected: str | None) -> None:
    found = story(opening + LEAD)
    assert found.dateline == expected
    assert found.body.startswith(opening)
    if expected:
        assert found.headline.startswith("Die Minister")


def test_chinese_and_japanese_datelines() -> None:
    assert (
        story("北京11月12日电　外交部发言人周四表示，中方反对单边制裁，并将采取必要措施。").dateline == "北京11月12日"
    )
    assert story("[ワシントン 12日 ロイター] - 米政府は木曜日に新たな制裁を発表した。").dateline == "ワシントン 12日"


def test_a_line_above_the_text_is_the_headline_and_the_byline_is_none_of_the_body() -> None:
    found = story(f"Minister treffen sich in Oslo\n\nVon Anna Weber\n\n{LEAD}\n\n{LEAD}")
    assert (found.headline, found.byline) == ("Minister treffen sich in Oslo", "Von Anna Weber")
    assert found.body == f"{LEAD}\n\n{LEAD}"
    assert "headline" not in found.derived


def test_abbreviations_end_no_sentence() -> None:
    found = story("U.S. Gen. Mark Lee met Dr. Ann Roe on Nov. 12 in Paris. Then he left for home.")
    assert found.headline == "U.S. Gen. Mark Lee met Dr. Ann Roe on Nov. 12 in Paris"


def test_crossheads_stand_between_paragraphs_and_lists_are_none() -> None:
    found = story(
        f"{LEAD}\n\nSCHARFE KRITIK\n\n{LEAD}\n\nOslo\n\nBergen\n\nWas nun folgt\n\n{LEAD}\n\nWie es weitergeht\n\n{LEAD}"
    )
    assert crossheads(found) == ["SCHARFE KRITIK", "Wie es weitergeht"]


def test_hard_wrapped_lines_do_not_cut_names() -> None:
    text = "Der amerikanische Außenminister, der gestern Antony\nBlinken in Berlin traf, ist heute weitergereist nach\nParis."
    assert "Antony Blinken" in story(f"{text}\n\n{LEAD}").body


@pytest.mark.parametrize("value", [b"%PDF-1.7 x", b"{\\rtf1 text}", b"PK\x03\x04zip"])
def test_other_files_are_no_text(value: bytes) -> None:
    assert reject(value).kind == "unreadable"


@pytest.mark.parametrize(
    "value", [b"\xff\xd8\xff\xe0\0\x10JFIF", b"\x89PNG\r\n\x1a\n", b"\0\0\0\x18ftypmp42", b"ID3\x03\0"]
)
def test_pictures_sound_and_video_are_skipped(value: bytes) -> None:
    (item,) = items(value + b"\0" * 50)
    assert isinstance(item, Skipped)
    assert "has no text" in item.reason


def test_markup_declared_as_text_is_not_stored_as_text() -> None:
    assert reject("<?xml version='1.0'?><weather/>", content_type="text/plain").kind == "unknown-format"
