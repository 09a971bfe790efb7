"""Terms as the files of topics and sanctions write them: words in, search patterns out.

A term matches whole words in any case; one in capitals (``SDN``) must be written so. ``*`` lets a word go on there, at the
ends (``*sanktion*``) and within (``экономическ* санкци*``). Forms parted by ``|`` are one term.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from pipeline.enrich.folding import Folded, fold
from pipeline.enrich.languages import LANGUAGES
from pipeline.enrich.matching import Pattern

ANY_LANGUAGE = "*"
LETTER = r"[^\W\u3040-\u30ff\u3400-\u9fff]"
"""What a ``*`` may run over: letters of scripts that part words by spaces."""
_IS_LETTER = re.compile(LETTER).match
_LETTERS = re.compile(f"{LETTER}*").match


@dataclass(frozen=True)
class Term:
    """One term. ``topic`` and ``group`` say whose it is, ``weight`` what it is worth there."""

    topic: str
    group: str
    text: str
    weight: float = 0.0


Terms = dict[str, tuple[Term, ...]]
"""Terms by language."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a term, and where its ``*`` let words go on."""

    term: Term
    opens_left: bool
    rest: tuple[str, ...]
    """What must follow the part that is searched for, each behind more letters of the word; ``""`` for no more than these."""


def read_folder(folder: Traversable) -> list[tuple[str, dict[str, Any]]]:
    """Name without ending and content of every YAML file that lies there, by name."""
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".yaml"))
    return [(name.removesuffix(".yaml"), read_yaml(folder / name)) for name in names]


def read_yaml(file: Traversable) -> Any:
    """The content of a YAML file, read by libyaml where PyYAML has it: ten times as fast."""
    return yaml.load(file.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


def patterns_of(terms: Terms, language: str) -> Iterator[Pattern[Form]]:
    """What to look for in a text of the language; nothing, where the rule has no words of the language itself."""
    own = terms.get(language, ())
    for term in (*(terms.get(ANY_LANGUAGE, ()) if own else ()), *own):
        for form in term.text.split("|"):
            yield from (_pattern(term, written) for written in _openings(form, language))


def _openings(form: str, language: str) -> Iterator[str]:
    """The form, and as it stands behind what melts with its opening: "of the" turns القانون into للقانون."""
    yield form
    mark = "*" if form.startswith("*") else ""
    for opening, melted in LANGUAGES[language].openings if language in LANGUAGES else ():
        if form.startswith(mark + opening):
            yield mark + melted + form.removeprefix(mark + opening)


def _pattern(term: Term, form: str) -> Pattern[Form]:
    """The search for a form: the part before the first ``*`` that does not open it."""
    opens_left = form.startswith("*")
    first, *pieces = form.lstrip("*").split("*")
    return Pattern(
        first,
        Form(term, opens_left, tuple(piece and fold(piece).text for piece in pieces)),
        case="exact" if form.isupper() and form.isascii() else "any",
        open_left=opens_left,
        open_right=bool(pieces),
    )


def _end(text: str, start: int, rest: Sequence[str]) -> int | None:
    """Where the word ends in which the rest follows, as far right as it can; None where it does not follow.

    Not by a regular expression: a language has thousands of them, whose making takes a second.
    """
    piece, *others = rest
    letters = _LETTERS(text, start).end()  # type: ignore[union-attr]  # matches no letters too
    if not (piece or others):
        return letters
    place = text.rfind(piece, start, letters + len(piece))
    while place >= 0:
        end = place + len(piece)
        if others:
            found = _end(text, end, others)
            if found is not None:
                return found
        elif not _IS_LETTER(text, end):
            return end
        place = text.rfind(piece, start, end - 1)
    return None


def span_of(start: int, end: int, form: Form, folded: Folded) -> tuple[int, int] | None:
    """Where the whole form stands, to the ends of its words; None if something else follows what was searched for."""
    if folded.origins is not None:
        start, end = bisect_left(folded.origins, start), bisect_left(folded.origins, end)
    if form.rest:
        rest = _end(folded.text, end, form.rest)
        if rest is None:
            return None
        end = rest
    if form.opens_left:
        while start > 0 and _IS_LETTER(folded.text, start - 1):
            start -= 1
    return (start, end) if folded.origins is None else folded.span(start, end)
