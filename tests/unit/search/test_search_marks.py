"""Snippets: marks as offsets, never as letters in the text."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.enrich import enrich
from pipeline.search.marks import Marker, Snippet
from pipeline.search.query import parse_query
from pipeline.search.resolving import resolver
from pipeline.story import Story


def test_parts_give_the_text_back() -> None:
    assert list(Snippet("body", "an asset freeze", ((3, 8),)).parts()) == [
        ("an ", False),
        ("asset", True),
        (" freeze", False),
    ]


def marked(snippets: Iterable[Snippet]) -> list[str]:
    return [text for snippet in snippets for text, is_marked in snippet.parts() if is_marked]


def snippets(typed: str, story: Story) -> tuple[Snippet, ...]:
    return Marker(parse_query(typed, resolver=resolver()).tree).snippets(story)


def test_words_phrases_and_beginnings_are_marked() -> None:
    story = Story(
        id="a:1", guid="1", provider="a", headline="Tanker seized", body="The tanker, a TANKER of Insurers, was seized."
    )
    assert marked(snippets('tanker "was seized" insur* -fish', story)) == [
        "Tanker",
        "tanker",
        "TANKER",
        "Insurers",
        "was seized",
    ]
    assert marked(snippets("headline:tanker", story)) == ["Tanker"]
    assert snippets("lang:en", story) == ()


def test_of_a_long_body_the_pieces_with_most_marks_are_shown() -> None:
    filler = "Nothing of it is said in this sentence. " * 20
    body = f"{filler}\n\nOil once. {filler}\n\nThe oil price and the oil tanker. {filler}"
    story = Story(id="a:1", guid="1", provider="a", headline="x", body=body)
    first, second = snippets("oil OR price", story)
    assert first.text.startswith("Oil once.")
    assert second.text.startswith("The oil price and the oil tanker.")
    assert max(len(first.text), len(second.text)) < 200


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from(["a", "b", " ", "\n", "<", "制", "ß", "İ", "\u0640", "\u200f"]), max_size=600))
def test_no_text_from_the_wire_breaks_marks(body: str) -> None:
    story = Story(id="a:1", guid="1", provider="a", headline=body[:50], body=body)
    for snippet in snippets("a* 制 ß", story):
        assert snippet.text in getattr(story, snippet.field)
        assert "".join(text for text, _ in snippet.parts()) == snippet.text


def test_in_another_language_the_names_are_shown() -> None:
    body = (
        "Первый абзац без имён.\n\n"
        + "Много слов до этого. " * 20
        + "Владимир Путин заявил о санкциях в понедельник. "
        + "И ещё слова. " * 30
    )
    story = enrich(Story(id="a:1", guid="1", provider="a", headline="Путин ответил", body=body), thorough=False)
    headline, piece = snippets("Putin", story)
    assert [text for text, is_marked in headline.parts() if is_marked] == ["Путин"]
    assert [text for text, is_marked in piece.parts() if is_marked] == ["Владимир Путин"]
    assert piece.text in body
    assert len(piece.text) < 250
