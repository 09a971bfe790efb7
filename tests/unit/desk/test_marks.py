"""Text with marks: cut at every edge, nothing lost, all that covers a place told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.desk.marks import Piece, Span, paragraphs, pieces


def span(start: int, end: int, kind: str = "entity", ref: str = "e0") -> Span:
    return Span(start, end, kind, f"{kind} {start}", ref)


def test_overlapping_places_are_cut_where_one_begins_or_ends() -> None:
    sanction, entity, topic = span(0, 12, "sanction", "s0"), span(0, 2, "entity", "e0"), span(3, 20, "topic", "t0")
    assert pieces("EU sanctions Belarus", [entity, sanction, topic]) == [
        Piece("EU", (sanction, entity)),
        Piece(" ", (sanction,)),
        Piece("sanctions", (sanction, topic)),
        Piece(" Belarus", (topic,)),
    ]


def test_offsets_count_code_points() -> None:
    text = "🇺🇦 Київ under fire"
    assert [piece.text for piece in pieces(text, [span(3, 7)])] == ["🇺🇦 ", "Київ", " under fire"]


def test_a_piece_tells_all_that_covers_it_once() -> None:
    (piece, _) = pieces("Xi said", [span(0, 2, "entity person", "e0"), span(0, 2, "listed", "e0")])
    assert piece.kinds == "entity person listed"
    assert piece.refs == "e0"
    assert piece.labels == "entity person 0\nlisted 0"


def test_paragraphs_keep_the_marks_of_their_own_and_of_what_runs_through() -> None:
    text = "One two.\n\nThree four.\n \n\nFive."
    found = paragraphs(text, [span(4, 7), span(14, 28)])
    assert ["".join(piece.text for piece in paragraph) for paragraph in found] == ["One two.", "Three four.", "Five."]
    assert [[piece.text for piece in paragraph if piece.spans] for paragraph in found] == [
        ["two"],
        ["e four."],
        ["Fiv"],
    ]


def test_a_long_text_ends_at_the_limit() -> None:
    found = paragraphs("a" * 100, [span(5, 90)], limit=10)
    assert [[piece.text for piece in paragraph] for paragraph in found] == [["aaaaa", "aaaaa"]]


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=8))
def test_no_letter_is_lost_or_doubled_whatever_the_spans(text: str, edges: list[tuple[int, int]]) -> None:
    spans = [Span(start, end, "entity", "", "") for start, end in edges]
    assert "".join(piece.text for piece in pieces(text, spans)) == text
    for piece in pieces(text, spans):
        assert set(piece.spans) <= set(spans)
