"""Topic rule files: YAML in, rules and their search patterns out.

A file says ``id name``, its term groups and examples::

    id: tiktok
    name: TikTok
    terms:
      app:                     # a group; the name is free, only "not" is special
        weight: 0.6            # what one distinct term of the group is worth, 0 to 1
        needs: [policy]        # counts only with a term of these groups nearby
        "*": [TikTok]          # terms of every language
        zh: [抖音]
      policy:
        weight: 0              # never evidence by itself
        en: [ban, banned, divest*]
        de: ["*verbot*"]
      not:                     # what stands within these phrases is no evidence
        en: ["viral on TikTok"]
    within: 300                # letters that "nearby" means
    examples:
      matches: [{lang: en, text: …}]
      misses: [{lang: en, text: …}]

A term matches whole words in any case; ``*`` at an end lets the word go on there; a term in capitals (``SDN``) must be
written so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from pipeline.enrich.matching import Pattern

ANY_LANGUAGE = "*"
_SETTINGS = ("weight", "needs")


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a rule."""

    topic: str
    group: str
    text: str
    weight: float


@dataclass(frozen=True)
class Example:
    """A text that must or must not get the topic."""

    language: str
    text: str
    matches: bool


@dataclass(frozen=True)
class TopicRule:
    """One topic and what speaks for it: ``terms`` by language, ``needs`` by group, ``within`` in letters."""

    id: str
    name: str
    terms: dict[str, tuple[Term, ...]]
    needs: dict[str, tuple[str, ...]]
    within: int
    examples: tuple[Example, ...]


def load_rules() -> tuple[TopicRule, ...]:
    """All rules of the folder, by file name."""
    folder = files(__package__)
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".yaml"))
    return tuple(parse_rule(yaml.safe_load((folder / name).read_text("utf-8"))) for name in names)


def parse_rule(data: dict[str, Any]) -> TopicRule:
    """A rule from a file's content; the schema test has checked its form."""
    terms: dict[str, list[Term]] = {}
    for group, content in data["terms"].items():
        weight = float(content.get("weight", 0.0))
        for language, texts in content.items():
            if language not in _SETTINGS:
                terms.setdefault(language, []).extend(Term(data["id"], group, text, weight) for text in texts)
    return TopicRule(
        id=data["id"],
        name=data["name"],
        terms={language: tuple(found) for language, found in terms.items()},
        needs={group: tuple(content.get("needs", ())) for group, content in data["terms"].items()},
        within=int(data.get("within", 300)),
        examples=tuple(
            Example(example["lang"], example["text"], matches)
            for key, matches in (("matches", True), ("misses", False))
            for example in data.get("examples", {}).get(key, ())
        ),
    )


def patterns_of(rule: TopicRule, language: str) -> Iterator[Pattern[Term]]:
    """What to look for in a text of the language."""
    for term in (*rule.terms.get(ANY_LANGUAGE, ()), *rule.terms.get(language, ())):
        text = term.text.strip("*")
        yield Pattern(
            text,
            term,
            case="exact" if text.isupper() and text.isascii() else "any",
            open_left=term.text.startswith("*"),
            open_right=term.text.endswith("*"),
        )
