"""Takes typed text apart and never fails: what can't be meant as it stands is searched as text, with a hint.

Comes in: text. Goes out: a tree of `tree`, and hints. The syntax is what people know from mail and search engines: words, ``"phrases"``,
AND OR NOT in capitals, ``| + - !``, parentheses, ``field:value``, ``field:(a OR b)``, ``word*``. Beside one another things must all hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.search.fields import FIELDS, TEXTS
from pipeline.search.tree import And, Filter, Leaf, Node, Not, Or, Phrase, Word

MOST_LETTERS = 2000
_MOST_LEAVES = 60
"""Each word is looked for in several fields; Elasticsearch bounds how much one search may ask."""
_DEEPEST = 20
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』"}
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\))
    | (?P<or>\|\|? | OR(?![^\s()])) | (?P<and>&&? | AND(?![^\s()])) | (?P<not>(?:NOT(?![^\s()]) | [-!](?=[^\s\-!)]) ))
    | (?P<plus>\+(?=\S))
    | (?P<field>[A-Za-z_]+):(?=[^\s)])
    | (?P<quote>["“„«»「『])
    | (?P<word>[^\s()"“”„«»「」『』|]+)
    | (?P<odd>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_VALUE = re.compile(r"[^\s()\"]+")
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class Read(NamedTuple):
    """What a text asks for, and what was odd about it."""

    tree: Node
    hints: tuple[str, ...]


def read(text: str) -> Read:
    """The tree of a text."""
    reader = _Reader(_CONTROL.sub(" ", text))
    if len(reader.text) > MOST_LETTERS:
        reader.text = reader.text[:MOST_LETTERS]
        reader.hint(f"Only the first {MOST_LETTERS} letters were read.")
    node = reader.either(0)
    while reader.at < len(reader.text):  # a parenthesis that nothing opened
        if reader.take("close"):
            reader.hint("A ) without its ( was left out.")
        node = _and([node, reader.either(0)])
    return Read(node, tuple(reader.hints))


def _and(parts: list[Node]) -> Node:
    """All parts, none of them an And or empty."""
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, And) else [part]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


@dataclass
class _Reader:
    """Goes through the text once, from left to right."""

    text: str
    at: int = 0
    leaves: int = 0
    hints: dict[str, None] = field(default_factory=dict)

    def hint(self, text: str) -> None:
        self.hints[text] = None

    def peek(self) -> re.Match[str] | None:
        """The next token; None at the end."""
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            self.at = len(self.text)
        return found

    def take(self, kind: str) -> bool:
        """Whether the next token is of that kind; goes behind it if so."""
        found = self.peek()
        if found is None or found.lastgroup != kind:
            return False
        self.at = found.end()
        return True

    def either(self, depth: int) -> Node:
        """``a b OR c d``: AND binds closer."""
        parts = [self.both(depth)]
        while self.take("or"):
            parts.append(self.both(depth))
        filled = [part for part in parts if part != And()]
        if len(filled) < len(parts) > 1:
            self.hint("An OR with nothing on one side was left out.")
        if len(filled) > 1 and any(isinstance(part, And) for part in filled):
            self.hint("AND binds closer than OR; write parentheses to mean something else: a (b OR c).")
        if not filled:
            return And()
        return filled[0] if len(filled) == 1 else Or(tuple(filled))

    def both(self, depth: int) -> Node:
        """What stands side by side, up to OR, a closing parenthesis or the end."""
        parts: list[Node] = []
        while (found := self.peek()) and found.lastgroup not in ("or", "close"):
            if found.lastgroup == "and":
                self.at = found.end()
                continue
            if (part := self.one(depth)) is not None:
                parts.append(part)
        return _and(parts)

    def one(self, depth: int) -> Node | None:
        """The next part."""
        found = self.peek()
        if found is None:
            return None
        kind = found.lastgroup
        self.at = found.end()
        match kind:
            case "plus":
                return self.one(depth)
            case "not":
                part = self.one(depth) if depth < _DEEPEST else None
                return None if part is None or part == And() else Not(part)
            case "open":
                return self.group(depth)
            case "field":
                return self.behind_colon(found["field"], depth)
            case "quote":
                return self.phrase(found["quote"])
            case "word":
                return self.word(found["word"])
            case "odd" if found["odd"] not in ' "”」』':
                return self.word(found["odd"])
        return None

    def group(self, depth: int) -> Node | None:
        """What stands in parentheses."""
        if depth >= _DEEPEST:
            self.hint("Parentheses that go too deep were left out.")
            return None
        node = self.either(depth + 1)
        if not self.take("close"):
            self.hint("A ( without its ) ends where the text ends.")
        return None if node == And() else node

    def phrase(self, quote: str, field_: str = "") -> Node | None:
        """What stands in quotes; a quote without its partner means nothing."""
        ends = [at for end in _QUOTES[quote] if (at := self.text.find(end, self.at)) >= 0]
        if not ends:
            self.hint(f"A {quote} without its partner was left out.")
            return None
        words, self.at = self.text[self.at : min(ends)], min(ends) + 1
        return self.leaf(Phrase(" ".join(words.split()), field_)) if any(map(str.isalnum, words)) else None

    def behind_colon(self, name: str, depth: int) -> Node | None:
        """``name:`` with its value, if the name is a field; else it is text."""
        known = name.lower()
        if known not in FIELDS:
            value = _VALUE.match(self.text, self.at)
            if value is None:
                return self.word(name)
            self.at = value.end()
            if value[0].isalnum() and len(name) > 1:
                self.hint(f"There is no field {name}: it was searched as text.")
            return self.word(f"{name}:{value[0]}")
        if self.take("open"):
            return self.values(known, depth)
        if (found := self.peek()) and found.lastgroup == "quote" and found.start("quote") == self.at:
            self.at = found.end()
            if known in TEXTS:
                return self.phrase(found["quote"], known)
            phrase = self.phrase(found["quote"])
            return Filter(known, phrase.text) if isinstance(phrase, Phrase) else None
        value = _VALUE.match(self.text, self.at)
        if value is None:
            return self.word(name)
        self.at = value.end()
        return self.word(value[0], known) if known in TEXTS else self.leaf(Filter(known, value[0]))

    def values(self, name: str, depth: int) -> Node | None:
        """``name:(a OR b)``: the field counts for each value in the parentheses."""
        node = self.group(depth)
        return None if node is None else _within(node, name)

    def word(self, text: str, field_: str = "") -> Node | None:
        """A word, with its star."""
        stem = text.rstrip("*")
        if not any(map(str.isalnum, stem)):
            return None
        is_open = stem != text
        if is_open and len(stem) < 2:
            self.hint(f"{text} would find nearly everything: write at least two letters before the *.")
            is_open = False
        return self.leaf(Word(stem, is_open, field_))

    def leaf(self, leaf: Leaf) -> Node | None:
        """The leaf, if there are not too many yet."""
        self.leaves += 1
        if self.leaves > _MOST_LEAVES:
            self.hint(f"Only the first {_MOST_LEAVES} words were read.")
            return None
        return leaf


def _within(node: Node, name: str) -> Node:
    """The tree with its words as values of the field."""
    match node:
        case Word(text, is_open):
            return Word(text, is_open, name) if name in TEXTS else Filter(name, text)
        case Phrase(text):
            return Phrase(text, name) if name in TEXTS else Filter(name, text)
        case And(parts):
            return And(tuple(_within(part, name) for part in parts))
        case Or(parts):
            return Or(tuple(_within(part, name) for part in parts))
        case Not(part):
            return Not(_within(part, name))
    return node
