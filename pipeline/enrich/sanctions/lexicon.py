"""The words by which a language speaks of sanctions, from `words/<language>.yaml`.

Comes in: the files, one a language. Goes out: `words_for(language)`, which finds in a text every word that matters here.
Terms are written as `pipeline.enrich.terms` says.

A file's groups:

- what a sanction is called: ``sanction`` (general words), ``measures`` (by measure; each says "sanction" by itself), ``self``
  (verbs that hold the noun: "blacklisted"), ``relief`` (nouns that say it is eased: "general license"), ``ban`` (counts beside an app or a maker: "ban on TikTok"), ``steps`` (words
  that may mean sanctions where they are threatened: "steps against Chinese firms");
- what is done with it: ``impose extend tighten ease lift threaten call evade``; ``new`` ("fresh sanctions") is a weak ``impose``;
- how sure: ``proposed signed in-force deny fail``; ``old`` (already there), ``now`` (the time peg of news);
- whom: ``against`` (stands before a target), ``group`` ("banks", "firms"), ``facts`` (measures in a sentence that goes on with the facts);
- ``concepts`` (what sentences about sanctions, and those that only look so, are about: "entry", "assets", "court", "sport");
- ``not`` (phrases in which a word means something else) and ``penal`` (courts, sport, traffic: other people's sanctions).
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from pipeline.enrich.folding import Folded
from pipeline.enrich.loading import undisturbed
from pipeline.enrich.matching import PhraseMatcher, new_tuple
from pipeline.enrich.terms import Form, Term, patterns_of, read_yaml, span_of

MEASURES = "measures"
CONCEPTS = "concepts"
NOUNS = frozenset(("sanction", MEASURES, "self", "relief", "ban", "steps"))
ACTIONS = frozenset(("impose", "extend", "tighten", "ease", "lift", "threaten", "call", "evade", "new"))

_SISTERS = {"be": "ru", "bg": "ru", "mk": "ru"}
"""Languages without a file that are read with another's words: a flash in Russian is easily taken for one of them."""

Groups = dict[str, list[str] | dict[str, list[str]]]
"""A file: groups of terms, those of ``measures``, ``facts``, ``bodies`` and ``concepts`` by what they stand for."""


class Word(NamedTuple):
    """A word of the lexicon where it stands; ``group`` as in the file, ``measure`` for those of ``measures``."""

    start: int
    end: int
    group: str
    measure: str


class Lexicon:
    """The words of one language."""

    def __init__(self, language: str, groups: Groups) -> None:
        terms = [
            Term(topic=measure, group=group, text=text)
            for group, content in groups.items()
            for measure, texts in (content.items() if isinstance(content, dict) else (("", content),))
            for text in texts
        ]
        self._triggers = _matcher([term for term in terms if term.group in NOUNS], language)
        self._others = _matcher([term for term in terms if term.group not in NOUNS], language)

    def triggers(self, folded: Folded) -> list[Word]:
        """Where the text may speak of sanctions, by start."""
        return _words(self._triggers, folded, 0)

    def others(self, folded: Folded, offset: int = 0) -> list[Word]:
        """All other words of the lexicon; ``offset``: where the text begins in what the places are told of."""
        return _words(self._others, folded, offset)


def _matcher(terms: list[Term], language: str) -> PhraseMatcher[Form]:
    return PhraseMatcher(patterns_of({language: tuple(terms)}, language))


def _words(matcher: PhraseMatcher[Form], folded: Folded, offset: int) -> list[Word]:
    found: list[Word] = []
    for start, end, form in matcher.find(folded):
        if form.rest or form.opens_left:
            span = span_of(start, end, form, folded)
            if span is None:
                continue
            start, end = span
        term = form.term
        found.append(new_tuple(Word, (start + offset, end + offset, term.group, term.topic)))
    return found


def _file(language: str) -> Traversable:
    return files(__package__) / "words" / f"{language}.yaml"


@cache
@undisturbed()
def words_for(language: str) -> Lexicon | None:
    """The lexicon of a language; None for one without a file."""
    language = _SISTERS.get(language, language)
    return Lexicon(language, read_yaml(_file(language))) if _file(language).is_file() else None


def within(words: list[Word], start: int, end: int) -> list[Word]:
    """Those of the words, which ascend by start, that begin within the span."""
    first = bisect_left(words, (start,))
    return words[first : bisect_left(words, (end,))]
