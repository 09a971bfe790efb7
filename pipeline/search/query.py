"""A search: what a person typed and chose, read, with the names in it understood. Pure, and never fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.search.clauses import is_hidden, is_scored
from pipeline.search.fields import IS, SINCE, UNTIL, Clause, filter_of, values_of
from pipeline.search.function_words import FUNCTION_WORDS
from pipeline.search.reading import read
from pipeline.search.resolving import Meaning, Resolved, Resolver
from pipeline.search.tree import EVERYTHING, And, Filter, Named, Node, Not, Or, Word, leaves

Option = Meaning
"""One of those whom an ambiguous name may mean; ``filter`` is what to type for it alone."""


@dataclass(frozen=True)
class Choice:
    """A name that several bear. All that are as likely were searched."""

    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Understood:
    """What was typed, and the entity or topic that it was taken for; ``kind`` as in `Meaning`."""

    text: str
    id: str
    name: str
    kind: str


@dataclass(frozen=True)
class Query:
    """What to search for.

    ``text`` as typed; ``hidden``: among all stories, since what is asked for can't be seen (killed, embargoed, waiting); ``hints``: what was
    odd and how it was taken; ``choices``: ambiguous names; ``understood``: what names and words were taken for; ``tree`` and ``bounds``: what
    was typed, and what was chosen beside it.
    """

    text: str = ""
    hidden: bool = False
    hints: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    understood: tuple[Understood, ...] = ()
    tree: Node = EVERYTHING
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_scored(self) -> bool:
        """Whether the best come first; else the newest do."""
        return is_scored(self.tree)

    @property
    def bounds(self) -> tuple[Clause, ...]:
        """The filter of the times chosen beside the text."""
        given = {"gte": self.since, "lte": self.until}
        chosen = {key: at.isoformat() for key, at in given.items() if at}
        return ({"range": {"received": chosen}},) if chosen else ()


def parse_query(
    text: str,
    *,
    filters: dict[str, tuple[str, ...]] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    killed: bool = False,
    resolver: Resolver | None = None,
) -> Query:
    """The search that a text and options mean. ``filters``: values by field; several of one field are or-ed. Without ``resolver``
    names are words.
    """
    typed = read(text)
    chosen = [
        Or(tuple(Filter(name, value) for value in values)) if len(values) > 1 else Filter(name, values[0])
        for name, values in (filters or {}).items()
        if values
    ]
    parts = [typed.tree, *chosen, *([Filter(IS, "killed")] if killed else [])]
    tree = _joined(parts)
    reading = _Understanding(resolver)
    tree = reading.understand(tree)
    return Query(
        text=text,
        hidden=any(wanted and is_hidden(leaf) for leaf, wanted in leaves(tree)),
        hints=(*typed.hints, *reading.hints),
        choices=tuple(reading.choices.values()),
        understood=tuple(reading.understood.values()),
        tree=tree,
        since=since and since.astimezone(UTC),
        until=until and until.astimezone(UTC),
    )


def _joined(parts: list[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, And) else [part]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


class _Understanding:
    """Puts meanings to the names of a tree."""

    def __init__(self, resolver: Resolver | None) -> None:
        self._resolver = resolver
        self.hints: list[str] = []
        self.choices: dict[str, Choice] = {}
        self.understood: dict[tuple[str, str], Understood] = {}

    def understand(self, node: Node, *, wanted: bool = True) -> Node:
        """The node with names for words and ids for values."""
        match node:
            case Word(_, False, ""):
                return _joined([*self._words([node], wanted)])
            case Filter():
                return self._filter(node, wanted)
            case And(parts):
                return _joined([*self._side_by_side(parts, wanted)])
            case Or(parts):
                return Or(tuple(self.understand(part, wanted=wanted) for part in parts))
            case Not(part):
                return Not(self.understand(part, wanted=not wanted))
        return node

    def _side_by_side(self, parts: tuple[Node, ...], wanted: bool) -> Iterator[Node]:
        """Runs of words, in which names may stand, and what is between them."""
        run: list[Word] = []
        for part in parts:
            if isinstance(part, Word) and not part.is_open and not part.field:
                run.append(part)
                continue
            yield from self._words(run, wanted)
            run = []
            yield self.understand(part, wanted=wanted)
        yield from self._words(run, wanted)

    def _words(self, run: list[Word], wanted: bool) -> Iterator[Node]:
        if not run:
            return
        text = " ".join(word.text for word in run)
        found = self._resolver.find(text) if self._resolver else []
        rest: list[Node] = []
        nodes: list[Node] = []
        end = 0
        for place in found:
            rest += map(Word, text[end : place.start].split())
            nodes += self._content(rest)
            rest = []
            nodes.append(self._name(text[place.start : place.end], place, wanted))
            end = place.end
        nodes += self._content([*map(Word, text[end:].split())])
        # A search for nothing but "in" is one for "in".
        yield from nodes or run

    def _content(self, words: list[Node]) -> list[Node]:
        """The words without those that every text has, and without signs."""
        return [
            word
            for word in words
            if isinstance(word, Word)
            and any(map(str.isalnum, word.text))
            and not (self._resolver and word.text in FUNCTION_WORDS)
        ]

    def _name(self, text: str, place: Resolved, wanted: bool) -> Named:
        if wanted:
            self._note(text, place.meanings, place.others)
        return Named(text, place.meanings)

    def _note(self, text: str, meanings: tuple[Meaning, ...], others: tuple[Meaning, ...]) -> None:
        for meaning in meanings:
            self.understood[text, meaning.id] = Understood(text, meaning.id, meaning.name, meaning.kind)
        if others:
            self.choices[text] = Choice(text, others)

    def _filter(self, node: Filter, wanted: bool) -> Node:
        meanings = self._meanings(node)
        if filter_of(node.name, node.value, meanings) is None:
            self.hints.append(
                f"{node.name}:{node.value} means nothing here and was searched as text; {_expected(node.name)}."
            )
            return Word(f"{node.name}:{node.value}")
        if wanted and node.name in ("entity", "topic", "country"):
            many = len({it.id for it in meanings}) > 1 and node.name == "entity"
            self._note(node.value, meanings, meanings if many else ())
        return Filter(node.name, node.value, meanings)

    def _meanings(self, node: Filter) -> tuple[Meaning, ...]:
        if self._resolver is None:
            return ()
        match node.name:
            case "entity":
                return self._resolver.entities(node.value)
            case "topic":
                if not (found := self._resolver.topics(node.value)):
                    self.hints.append(f"No topic is known as {node.value!r}.")
                return found
            case "country":
                country = self._resolver.country(node.value)
                if country is None:
                    self.hints.append(
                        f"No country is known as {node.value!r}; write a code as in country:DE, or a name."
                    )
                return (country,) if country else ()
        return ()


def _expected(name: str) -> str:
    known = values_of(name)
    if name in (SINCE, UNTIL):
        return f"write how long ago as in {name}:3h, or a time as in {name}:2026-04-25T08:00"
    return f"it takes {', '.join(known)}" if known else "write a value"
