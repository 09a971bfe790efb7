"""A rule file's YAML as a person wrote it: values with their lines, checked while they are taken.

Comes in: text. Goes out: `Given` values whose methods give text, numbers, lists and keys, or raise `RuleError` with the line and what
to do. Scalars are taken as they are written, never as YAML 1.1 guesses: ``NO`` is Norway and no "false", ``07:30`` a time and no
450. Knows nothing of rules.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

import yaml

from pipeline.alerts.rules.problem import RuleError
from pipeline.plain_yaml import PlainLoader

MAX_LETTERS = 65_536
"""A rule is a page; what is longer is some other file."""
_NUMBER = re.compile(r"[+-]?\d{1,9}(?:\.\d{1,9})?")
_TRUE, _FALSE = frozenset(("true", "yes", "on")), frozenset(("false", "no", "off"))
_NULL = "tag:yaml.org,2002:null"
_SHOWN = 60


class Given:
    """A value of the file. ``name`` is what messages call it: "when.sanction.action"."""

    def __init__(self, node: yaml.Node, name: str) -> None:
        self._node = node
        self.name = name

    @property
    def line(self) -> int:
        """Where it begins, from 1."""
        line: int = self._node.start_mark.line
        return line + 1

    def problem(self, message: str, remedy: str) -> RuleError:
        """The error that something is wrong with this value."""
        return RuleError(f"`{self.name}`: {message}" if self.name else message, self.line, remedy)

    def keys(self, known: Sequence[str], *, required: Iterable[str] = ()) -> dict[str, Given]:
        """The values of a mapping by key; any other key than the known ones is an error."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self._unexpected("keys", f"write keys with values below it; it takes {', '.join(known)}")
        found: dict[str, Given] = {}
        for key, value in self._node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            place = Given(key, self.name)
            if name not in known:
                raise place.problem(f"unknown key {_shown(name)}", f"{nearest(name, known)}it takes {', '.join(known)}")
            if name in found:
                raise place.problem(f"the key {name!r} stands twice", "keep one of them")
            found[name] = Given(value, f"{self.name}.{name}" if self.name else name)
        for name in required:
            if name not in found:
                raise self.problem(f"expected the key {name!r}", "add it; docs/rules.md says what it takes")
        return found

    def each(self, *, empty: bool = False) -> list[Given]:
        """The values of a list; one value stands for a list of it."""
        if isinstance(self._node, yaml.ScalarNode) and self._node.tag != _NULL:
            return [self]
        values = self.many("a list such as [a, b]")
        if not values and not empty:
            raise self.problem("expected at least one value, got an empty list", "name one, or leave the key out")
        return values

    def many(self, what: str) -> list[Given]:
        """The values of what must be a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            raise self._unexpected(what, "write the values in brackets, or one a line after a dash")
        return [Given(node, self.name) for node in self._node.value]

    def text(self, what: str = "text") -> str:
        """A text that is not empty."""
        if not isinstance(self._node, yaml.ScalarNode) or self._node.tag == _NULL or not self._node.value.strip():
            raise self._unexpected(what, "write it behind the colon, in quotes if it holds special letters")
        text = " ".join(self._node.value.split())
        if not text.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise self.problem("expected text, got half of a letter (a surrogate)", "write the letter itself")
        return text

    def flag(self) -> bool:
        """True or false."""
        text = self.text("true or false").lower()
        if text not in _TRUE | _FALSE:
            raise self._unexpected("true or false", "write one of the two")
        return text in _TRUE

    def number(self, least: float, most: float) -> float:
        """A number within bounds."""
        what = f"a number from {least:g} to {most:g}"
        text = self.text(what)
        if not _NUMBER.fullmatch(text) or not least <= float(text) <= most:
            raise self._unexpected(what, f"write {what}")
        return float(text)

    def whole(self, least: int, most: int) -> int:
        """A whole number within bounds."""
        number = self.number(least, most)
        if not number.is_integer():
            raise self._unexpected("a whole number", f"write a whole number from {least} to {most}")
        return int(number)

    def one_of(self, known: Sequence[str]) -> str:
        """One of the words that are known."""
        text = self.text(f"one of {', '.join(known)}")
        if text not in known:
            raise self._unexpected(f"one of {', '.join(known)}", f"{nearest(text, known)}write one of those")
        return text

    def words(self, known: Sequence[str]) -> frozenset[str]:
        """A list of words that are known."""
        return frozenset(value.one_of(known) for value in self.each())

    def _unexpected(self, what: str, remedy: str) -> RuleError:
        return self.problem(f"expected {what}, got {self._got()}", remedy)

    def _got(self) -> str:
        if isinstance(self._node, yaml.ScalarNode):
            return "nothing" if self._node.tag == _NULL or not self._node.value else _shown(self._node.value)
        return "keys" if isinstance(self._node, yaml.MappingNode) else "a list"


def nearest(text: str, known: Iterable[str]) -> str:
    """A hint at the known word that was probably meant: "did you mean 'topics'? "; nothing where none is near."""
    near = difflib.get_close_matches(text.lower(), [*known], 1)
    return f"did you mean {near[0]!r}? " if near else ""


def _shown(text: str) -> str:
    """A value as messages quote it, not too long."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def read_yaml(text: str) -> Given:
    """The file as one value; `RuleError` where it is no YAML."""
    if len(text) > MAX_LETTERS:
        raise RuleError(f"expected a rule, got a file of {len(text)} letters", remedy="make one rule a file")
    try:
        node = PlainLoader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise RuleError(
            f"expected YAML: {error.problem or error.context}",
            None if mark is None else mark.line + 1,
            "look for a missing quote, bracket or blank after a colon there",
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:  # such as letters that YAML forbids
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RuleError(
            f"expected YAML: {reason}", remedy="write the file as UTF-8 text without control letters"
        ) from error
    if node is None:
        raise RuleError("expected a rule, got an empty file", remedy="write at least `title` and `when`")
    return Given(node, "")
