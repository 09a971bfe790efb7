"""Topic rule files: YAML in, rules and their search patterns out.

A file says ``id name``, its term groups and examples::

    id: tiktok
    name: TikTok
    terms:
      app:                     # a group; the name is free, only "not" is special
        weight: 0.6            # what one distinct term of the group is worth, 0 to 1
        needs: [policy]        # counts only with a term of each of these groups nearby
        unless: [sport]        # and with none of these nearby
        "*": [TikTok]          # terms of every language
        zh: [抖音]
      policy:
        weight: 0              # never evidence by itself
        en: [ban|bans|banned, divest*, national security *law]
        de: ["*verbot*"]
      not:                     # what stands within these phrases is no evidence
        en: ["viral on TikTok"]
    within: 300                # letters that "nearby" means
    examples:
      matches: [{lang: en, text: …}]
      misses: [{lang: en, text: …}]

A term matches whole words in any case; one in capitals (``SDN``) must be written so. ``*`` lets a word go on there, at the
ends (``*sanktion*``) and within (``экономическ* санкци*``). Forms parted by ``|`` are one term and count once. Groups that
``needs`` and ``unless`` name and the file lacks are the word lists of several topics in ``words/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from pipeline.enrich.folding import fold
from pipeline.enrich.languages import LANGUAGES
from pipeline.enrich.matching import Pattern

ANY_LANGUAGE = "*"
SHARED = ""
"""The topic of the terms in ``words/``: every rule may ask for them."""
LETTER = r"[^\W\u3040-\u30ff\u3400-\u9fff]"
"""What a ``*`` may run over: letters of scripts that part words by spaces."""
_SETTINGS = ("weight", "needs", "unless")


@dataclass(frozen=True)
class Term:
    """One term of a rule."""

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
    rest: re.Pattern[str] | None
    """What stands in the folded text after the part that is searched for, up to the end of the word; None for nothing."""


@dataclass(frozen=True)
class Example:
    """A text that must or must not get the topic."""

    language: str
    text: str
    matches: bool


@dataclass(frozen=True)
class TopicRule:
    """One topic and what speaks for it: ``needs`` and ``unless`` by group, ``within`` in letters."""

    id: str
    name: str
    terms: Terms
    needs: dict[str, tuple[str, ...]]
    unless: dict[str, tuple[str, ...]]
    within: int
    examples: tuple[Example, ...]


def load_rules() -> tuple[TopicRule, ...]:
    """All rules of the folder, by file name."""
    return tuple(parse_rule(data) for _, data in read_folder(files(__package__)))


def load_words() -> Terms:
    """The word lists that several topics ask for, by language; a list's group is its file's name."""
    words: dict[str, list[Term]] = {}
    for name, data in read_folder(files(__package__) / "words"):
        for language, texts in data.items():
            words.setdefault(language, []).extend(Term(SHARED, name, text) for text in texts)
    return {language: tuple(terms) for language, terms in words.items()}


def read_folder(folder: Traversable) -> list[tuple[str, dict[str, Any]]]:
    """Name without ending and content of every YAML file that lies there, by name."""
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".yaml"))
    return [(name.removesuffix(".yaml"), yaml.safe_load((folder / name).read_text("utf-8"))) for name in names]


def parse_rule(data: dict[str, Any]) -> TopicRule:
    """A rule from a file's content; the schema test has checked its form."""
    groups: dict[str, dict[str, Any]] = data["terms"]
    terms: dict[str, list[Term]] = {}
    for group, content in groups.items():
        weight = float(content.get("weight", 0.0))
        for language, texts in content.items():
            if language not in _SETTINGS:
                terms.setdefault(language, []).extend(Term(data["id"], group, text, weight) for text in texts)
    return TopicRule(
        id=data["id"],
        name=data["name"],
        terms={language: tuple(found) for language, found in terms.items()},
        needs={group: tuple(content.get("needs", ())) for group, content in groups.items()},
        unless={group: tuple(content.get("unless", ())) for group, content in groups.items()},
        within=int(data.get("within", 300)),
        examples=tuple(
            Example(example["lang"], example["text"], matches)
            for key, matches in (("matches", True), ("misses", False))
            for example in data["examples"][key]
        ),
    )


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
        Form(term, opens_left, _rest(pieces) if pieces else None),
        case="exact" if form.isupper() and form.isascii() else "any",
        open_left=opens_left,
        open_right=bool(pieces),
    )


def _rest(pieces: list[str]) -> re.Pattern[str]:
    follows = "".join(f"{LETTER}*{re.escape(fold(piece).text)}" for piece in pieces)
    return re.compile(follows if pieces[-1] == "" else f"{follows}(?!{LETTER})")
