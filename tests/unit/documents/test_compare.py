"""What a version changed against the one before."""

from __future__ import annotations

import msgspec

from pipeline.documents.compare import Change, compare, diff_words
from pipeline.story import Story

FIRST = Story(
    id="a:1", guid="1", provider="a", headline="Five banks listed", body="One.\n\nFive banks are listed.\n\nEnd."
)


def test_changed_words_are_marked_and_unchanged_paragraphs_left_out() -> None:
    after = msgspec.structs.replace(FIRST, headline="Six banks listed", body="One.\n\nSix banks are listed.\n\nEnd.")
    assert compare(FIRST, after) == [
        Change("headline", "[-Five-]{+Six+} banks listed"),
        Change("body", "[-Five-]{+Six+} banks are listed."),
    ]


def test_new_and_dropped_paragraphs_are_shown_whole() -> None:
    after = msgspec.structs.replace(FIRST, body="One.\n\nFive banks are listed.\n\nMore.\n\nEnd.")
    assert compare(FIRST, after) == [Change("body", "{+More.+}")]
    assert compare(after, FIRST) == [Change("body", "[-More.-]")]


def test_fields_that_came_or_went_are_told() -> None:
    after = msgspec.structs.replace(FIRST, urgency=2, pubstatus="withheld")
    assert [change.diff for change in compare(FIRST, after)] == ["[-usable-]{+withheld+}", "{+2+}"]


def test_changes_that_are_alike_only_by_blanks_are_not_chopped_up() -> None:
    assert diff_words("The list names five big banks today.", "The list names six small ports today.") == (
        "The list names [-five big banks-]{+six small ports+} today."
    )
    assert diff_words("New with voices from Madrid.", "Corrects a figure.") == (
        "[-New with voices from Madrid.-]{+Corrects a figure.+}"
    )


def test_a_version_that_says_the_same_changes_nothing() -> None:
    assert compare(FIRST, msgspec.structs.replace(FIRST, version=2)) == []


def test_a_very_long_paragraph_is_shown_before_and_after() -> None:
    assert diff_words("a " * 3000, "b " * 3000).startswith("[-a a")
