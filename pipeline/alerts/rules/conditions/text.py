"""The condition on words of the text: a query in Lucene's syntax.

Comes in: a query. Goes out: a condition made of `Word` and the groups. Words side by side must all be there, as in ``dateline search``; a word is
looked for in the headline and in the body unless a field says where. What Lucene has beyond words, phrases, AND, OR, NOT, +, -,
parentheses, ``prefix*`` and the two fields is an error, since it would quietly match something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import InvalidOperation
from typing import ClassVar

from luqum import tree
from luqum.exceptions import ParseError
from luqum.thread import parse

from pipeline.alerts.rules.conditions.base import Condition, Found, said
from pipeline.alerts.rules.conditions.groups import All, AnyOf, NoneOf
from pipeline.alerts.rules.given import Given, nearest
from pipeline.alerts.rules.keys import KeySets
from pipeline.alerts.rules.problem import RuleError
from pipeline.alerts.rules.reason import Reason
from pipeline.alerts.rules.view import FIELDS, Sought, View, level
from pipeline.enrich.terms import LETTER

_MAX_LETTERS = 4000
_DEEPEST = 30
_ESCAPED = re.compile(r"\\(.)")
_WILD = re.compile(r"(?<!\\)(?:\\\\)*[*?]")
_OPEN_END = re.compile(r"(?<!\\)(?:\\\\)*\*$")
_ODD_QUOTES = re.compile(r'[“”„«»]|(?<!\\)"')
_SYMBOLS = {"&&": "AND", "||": "OR", "!": "NOT"}
_HELP = 'use words, "phrases", AND, OR, NOT, +, -, parentheses, prefix*, headline: and body:'


@dataclass(frozen=True)
class Word(Condition):
    """A word or phrase of a query. ``field``: where alone it counts; empty for both."""

    name: ClassVar[str] = "word"
    sought: Sought
    field: str = ""

    def holds(self, view: View) -> bool:
        places = view.places.get(self.sought)
        return places is not None and (not self.field or any(place.field == self.field for place in places))

    def evidence(self, view: View) -> Found:
        place = next(place for place in view.places[self.sought] if self.field in ("", place.field))
        mention = view.mention(place)
        return Found((Reason(Text.name, mention.text, mention, f"text:{self}"),))

    def why(self, view: View, found: Found | None) -> str:
        return (
            f"{self} in the {found.reasons[0].mention.field}"
            if found and found.reasons[0].mention
            else f"{self} is not there"
        )

    @property
    def keys(self) -> KeySets:
        return (frozenset([("word", self.sought)]),)

    def __str__(self) -> str:
        return (f"{self.field}:" if self.field else "") + self.sought.text + "*" * self.sought.is_open


@dataclass(frozen=True)
class Text(Condition):
    """The text fits the query."""

    name: ClassVar[str] = "text"
    query: str
    condition: Condition

    def holds(self, view: View) -> bool:
        return self.condition.holds(view)

    def evidence(self, view: View) -> Found:
        return self.condition.evidence(view)

    def why(self, view: View, found: Found | None) -> str:
        if found:
            return said(found) if found.reasons else f"nothing of {self.query}"
        return f"the text does not fit {self.query}"

    @property
    def keys(self) -> KeySets:
        return self.condition.keys

    @property
    def parts(self) -> tuple[Condition, ...]:
        return (self.condition,)


def read_text(given: Given) -> Text:
    """A query."""
    query = given.text("a query")
    try:
        return Text(query, read_query(query))
    except RuleError as error:
        raise given.problem(error.message, error.remedy) from error


def read_query(query: str) -> Condition:
    """The condition that a query means; `RuleError` for what it can't mean here."""
    if len(query) > _MAX_LETTERS:
        raise RuleError(f"expected a query, got {len(query)} letters", remedy="split it into several under `any`")
    try:
        parsed = parse(query)
    except ParseError as error:
        raise RuleError(
            f"expected a query: {str(error).rstrip('!')}", remedy=f"check quotes and parentheses; {_HELP}"
        ) from error
    except (InvalidOperation, ValueError, AssertionError, RecursionError) as error:  # of odd numbers behind ~ and ^
        raise RuleError("expected a query, got numbers that none can have", remedy=_HELP) from error
    return _condition(parsed, "", 0)


def _condition(item: tree.Item, field: str, depth: int) -> Condition:
    if depth > _DEEPEST:
        raise RuleError("the parentheses go too deep", remedy="split the query into several under `all` or `any`")
    match item:
        case tree.Word():
            return _word(item.value, field)
        case tree.Phrase():
            return _phrase(item.value, field)
        case tree.SearchField():
            return _condition(item.expr, _field(item.name, field), depth + 1)
        case tree.Group() | tree.FieldGroup():
            return _condition(item.expr, field, depth + 1)
        case tree.OrOperation():
            return AnyOf(tuple(_condition(it, field, depth + 1) for it in item.operands))
        case tree.UnknownOperation() if any(isinstance(it, tree.OrOperation) for it in item.operands):
            # The parser would take `asset freeze OR ban` as `asset AND (freeze OR ban)`, which nobody means.
            raise RuleError(
                f"in `{item}` it is open what OR parts", remedy="put parentheses there, or quotes around phrases"
            )
        case tree.AndOperation() | tree.UnknownOperation():
            return All(tuple(_condition(it, field, depth + 1) for it in item.operands))
        case tree.Plus():
            return _condition(item.a, field, depth + 1)
        case tree.Not() | tree.Prohibit():
            return NoneOf((_condition(item.a, field, depth + 1),))
    raise RuleError(f"{type(item).__name__.lower()} ({str(item).strip()}) can't stand in a query here", remedy=_HELP)


def _field(name: str, outer: str) -> str:
    if name not in FIELDS:
        raise RuleError(
            f"there is no field {name!r} to search",
            remedy=f"{nearest(name, FIELDS)}write headline: or body:, or {name}\\: for the text itself",
        )
    if outer:
        raise RuleError(f"{name}: stands within {outer}:", remedy="a word has one field")
    return name


def _word(value: str, field: str) -> Word:
    if value in ("and", "or", "not"):
        raise RuleError(
            f"{value!r} is a word here", remedy=f'write {value.upper()}, or "{value}" in quotes for the word itself'
        )
    for symbol, meant in _SYMBOLS.items():
        if value.startswith(symbol):
            raise RuleError(f"{symbol} means nothing here", remedy=f"write {meant}")
    if _ODD_QUOTES.search(value):
        raise RuleError(
            f"a quote stands within {value}", remedy='put phrases into straight quotes, as in "asset freeze"'
        )
    is_open = bool(_OPEN_END.search(value))
    if _WILD.search(value[:-1] if is_open else value):
        raise RuleError(
            f"{value} has a * or ? that is not the end of a word", remedy="a * may end a word, as in sanction*"
        )
    sought = _sought(value[:-1] if is_open else value, is_open)
    if is_open and len(sought.text) == 1 and re.match(LETTER, sought.text):
        raise RuleError(f"{value} would fit nearly every text", remedy="write at least two letters before the *")
    return Word(sought, field)


def _phrase(value: str, field: str) -> Word:
    text = value[1:-1]
    if _WILD.search(text):
        raise RuleError(f"{value} has a * or ? in quotes", remedy="a * may end a word outside of quotes")
    return Word(_sought(text, False), field)


def _sought(value: str, is_open: bool) -> Sought:
    text = level(_ESCAPED.sub(r"\1", value))
    if not any(letter.isalnum() for letter in text):
        raise RuleError(f"expected a word, got {value!r}", remedy="a word has a letter or digit")
    return Sought(text, is_open)
