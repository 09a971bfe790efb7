"""Reading what a person types: the syntax, and that nothing typed fails."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.search.reading import read
from pipeline.search.tree import And, Filter, Node, Not, Or, Phrase, Word

A, B, C = Word("a"), Word("b"), Word("c")


@pytest.mark.parametrize(
    ("typed", "tree"),
    [
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a && b", And((A, B))),
        ("a OR b", Or((A, B))),
        ("a | b || c", Or((A, B, C))),
        ("a b OR c", Or((And((A, B)), C))),
        ("a (b OR c)", And((A, Or((B, C))))),
        ("a -b", And((A, Not(B)))),
        ("a NOT b", And((A, Not(B)))),
        ("a -(b c)", And((A, Not(And((B, C)))))),
        ("+a !b", And((A, Not(B)))),
        ('"a b" c', And((Phrase("a b"), C))),
        ("„a b“", Phrase("a b")),
        ("«a b»", Phrase("a b")),
        ("sanction*", Word("sanction", is_open=True)),
        ("lang:de", Filter("lang", "de")),
        ("LANG:de", Filter("lang", "de")),
        ('entity:"a b"', Filter("entity", "a b")),
        ("sequence:bdt:626", Filter("sequence", "bdt:626")),
        ("lang:(de OR fr)", Or((Filter("lang", "de"), Filter("lang", "fr")))),
        ("-lang:de", Not(Filter("lang", "de"))),
        ("urgency:<=3", Filter("urgency", "<=3")),
        ("headline:a", Word("a", field="headline")),
        ('headline:(a "b c")', And((Word("a", field="headline"), Phrase("b c", "headline")))),
        ("US-China", Word("US-China")),
        ("10:30 http://x.y/z", And((Word("10:30"), Word("http://x.y/z")))),
        ("ORDER NOTHING ANDY", And((Word("ORDER"), Word("NOTHING"), Word("ANDY")))),
        ("", And()),
        ('- ( ) " *', And()),
    ],
)
def test_what_is_typed_is_taken_apart(typed: str, tree: Node) -> None:
    assert read(typed).tree == tree


@pytest.mark.parametrize(
    ("typed", "tree", "hint"),
    [
        ('"a b', And((A, B)), "without its partner"),
        ("(a b", And((A, B)), "( without its )"),
        ("a) b", And((A, B)), ") without its ("),
        ("a OR", A, "nothing on one side"),
        ("OR a", A, "nothing on one side"),
        ("fieldd:x", Word("fieldd:x"), "no field fieldd"),
        ("a b OR c", Or((And((A, B)), C)), "closer than OR"),
        ("a*", A, "at least two letters"),
        ("(" * 50 + "a", A, "too deep"),
    ],
)
def test_what_is_odd_is_searched_all_the_same_and_said(typed: str, tree: Node, hint: str) -> None:
    found = read(typed)
    assert found.tree == tree
    assert any(hint in it for it in found.hints)


def test_a_long_text_is_read_up_to_a_bound() -> None:
    assert any("first 60 words" in hint for hint in read("word " * 100).hints)
    assert any("first 2000 letters" in hint for hint in read("x" * 5000).hints)


_PIECES = st.sampled_from(
    [
        "a",
        "Xi",
        '"',
        "“",
        "(",
        ")",
        "OR",
        "AND",
        "NOT",
        "-",
        "+",
        "!",
        "|",
        "&&",
        "*",
        "lang:",
        "is:killed",
        ":",
        "\x00",
        "\ud800",
        "制裁",
        " ",
    ]
)


@settings(max_examples=300)
@given(st.text() | st.lists(_PIECES).map("".join) | st.lists(_PIECES).map(" ".join))
def test_nothing_that_is_typed_fails(typed: str) -> None:
    read(typed)
