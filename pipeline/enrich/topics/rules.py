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

Terms are written as `pipeline.enrich.terms` says; forms parted by ``|`` count once. Groups that ``needs`` and ``unless`` name
and the file lacks are the word lists of several topics in ``words/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from pipeline.enrich.terms import Term, Terms, read_folder

SHARED = ""
"""The topic of the terms in ``words/``: every rule may ask for them."""
_SETTINGS = ("weight", "needs", "unless")


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
