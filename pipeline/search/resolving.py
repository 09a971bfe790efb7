"""What names and words mean in any language: entities of the gazetteer, and topics by their names and terms.

Comes in: typed text. Goes out: the places of it that mean something, each with ids; choices where a name has several bearers; names that
begin as typed. Built once from the gazetteer and the topic rules.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

from pipeline.alerts.rules.names import country_ids, known_entities, known_names, topic_names
from pipeline.alerts.rules.view import level
from pipeline.enrich.entities.gazetteer import COUNTRIES_FILE, Entry
from pipeline.enrich.folding import Folded, fold
from pipeline.enrich.languages import LANGUAGES
from pipeline.enrich.languages.language import decline
from pipeline.enrich.matching import Pattern, PhraseMatcher
from pipeline.enrich.terms import LETTER, Term
from pipeline.enrich.topics.rules import TopicRule, load_rules
from pipeline.search.function_words import FUNCTION_WORDS

COUNTRY, TOPIC = "country", "topic"
_SURE = 0.4
"""What a term of a topic must weigh to mean the topic when it is typed alone."""
_MOST_TOPICS = 3
"""A word that more topics share means none of them."""
_BROAD = "000000"
"""How the ids of the broadest Media Topics end (sport, weather): who types "goalkeeper" wants no tennis."""
_SHORT = 3
"""Letters of a function word that no name is meant by, unless in capitals."""
_LETTER = re.compile(LETTER)
_DEMONYM = 3
"""Beside the ranks of names: "Chinese" is the last thing that a word may mean."""


@dataclass(frozen=True)
class Meaning:
    """Something that a name or word means. ``kind``: an entity's type, "country" or "topic"; ``country``: the code of a country."""

    id: str
    name: str
    kind: str
    description: str = ""
    country: str = ""

    @property
    def filter(self) -> str:
        """What to type to search for it and nothing else."""
        return f"{TOPIC if self.kind == TOPIC else 'entity'}:{self.id}"


@dataclass(frozen=True)
class Resolved:
    """A place of a text and what it means; ``others`` are those who bear the name too, the likeliest first."""

    start: int
    end: int
    meanings: tuple[Meaning, ...]
    others: tuple[Meaning, ...] = ()


@dataclass(frozen=True)
class _Bearer:
    meaning: Meaning
    rank: int
    exact: bool = False


class Resolver:
    """Knows all names. Make it once (`resolver`): it takes about a second."""

    def __init__(self, names: Mapping[str, Mapping[Entry, int]], rules: Iterable[TopicRule]) -> None:
        self._names = {name: _bearers(found) for name, found in names.items()}
        for form, entry in _demonyms(known_entities().values()):
            if form not in self._names:
                self._names[form] = (_Bearer(_meaning(entry), _DEMONYM),)
        rules = tuple(rules)
        self._topics = {id_: Meaning(id_, name, TOPIC, "topic") for id_, name in topic_names().items()}
        self._topic_names: dict[str, list[Meaning]] = defaultdict(list)
        for meaning in self._topics.values():
            self._topic_names[level(meaning.name)].append(meaning)
        self._own_topics = {level(self._topics[rule.id].name): self._topics[rule.id] for rule in rules}
        self._name_matcher = PhraseMatcher([Pattern(name, name) for name in (*self._names, *self._own_topics)])
        self._term_matcher = PhraseMatcher(_sure_terms(rules))
        self._entities = {id_: _meaning(entry) for id_, entry in known_entities().items() if not entry.is_office}
        self._sorted = sorted({name for name, found in self._names.items() if found[0].rank < _DEMONYM})

    def find(self, text: str) -> list[Resolved]:
        """What stands in a text that means something, in order, none within another; names come before words."""
        folded = fold(text)
        places = _apart(
            [it for hit in self._name_matcher.find(folded) if (it := self._name_at(text, hit.start, hit.end))]
        )
        terms = [it for it in self._terms(folded) if not any(it.start < at.end and at.start < it.end for at in places)]
        return sorted([*places, *_apart(terms)], key=lambda it: it.start)

    def entities(self, text: str) -> tuple[Meaning, ...]:
        """The entities of an id or of exactly this name, the likeliest first."""
        if text in self._entities:
            return (self._entities[text],)
        return tuple(bearer.meaning for bearer in self._names.get(level(text), ()))

    def topics(self, text: str) -> tuple[Meaning, ...]:
        """The topics of an id, an English name, or a term in any language."""
        if text in self._topics:
            return (self._topics[text],)
        if found := self._topic_names.get(level(text)):
            return tuple(found)
        whole = [it for it in self._terms(fold(text)) if (it.start, it.end) == (0, len(text))]
        return whole[0].meanings if whole else ()

    def country(self, text: str) -> Meaning | None:
        """The country of a code, or of a name or demonym in any language."""
        if id_ := country_ids().get(text.upper()):
            return self._entities[id_]
        return next((it for it in self.entities(text) if it.kind == COUNTRY), None)

    def complete(self, prefix: str, limit: int = 10) -> list[Meaning]:
        """Entities and topics with a name that begins so, the likeliest and shortest first."""
        start = level(prefix)
        if not start:
            return []
        found: dict[str, tuple[tuple[int, int, str], Meaning]] = {}

        def offer(order: tuple[int, int, str], meaning: Meaning) -> None:
            if meaning.id not in found or order < found[meaning.id][0]:
                found[meaning.id] = order, meaning

        for name in self._from(start):
            for bearer in self._names[name]:
                offer((bearer.rank, len(name), name), bearer.meaning)
        for name, topic in self._own_topics.items():
            if name.startswith(start) or f" {start}" in name:
                offer((0 if name.startswith(start) else 1, len(name), name), topic)
        return [meaning for _, meaning in sorted(found.values(), key=lambda it: it[0])[:limit]]

    def _from(self, start: str) -> Iterable[str]:
        first = bisect_left(self._sorted, start)
        for name in islice(self._sorted, first, None):
            if not name.startswith(start):
                return
            yield name

    def _name_at(self, text: str, start: int, end: int) -> Resolved | None:
        written = text[start:end]
        bearers = self._names.get(level(written), ())
        if written in FUNCTION_WORDS and (len(written) <= _SHORT or all(it.exact for it in bearers)):
            return None
        own = self._own_topics.get(level(written))
        topics = (own,) if own else ()
        everyone = tuple(bearer.meaning for bearer in bearers)
        best = [bearer.meaning for bearer in bearers if bearer.rank == bearers[0].rank]
        if not best and not topics:
            return None
        return Resolved(start, end, (*best, *topics), everyone if len(everyone) > 1 else ())

    def _terms(self, folded: Folded) -> list[Resolved]:
        by_span: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
        for start, end, term in self._term_matcher.find(folded):
            weights = by_span[_whole_words(folded.original, start, end)]
            weights[term.topic] = max(term.weight, weights.get(term.topic, 0.0))
        found = []
        for (start, end), weights in by_span.items():
            best = [id_ for id_, weight in weights.items() if weight == max(weights.values())]
            meant = best if len(weights) > _MOST_TOPICS else weights
            if len(meant) <= _MOST_TOPICS:
                found.append(Resolved(start, end, tuple(self._topics[id_] for id_ in sorted(meant))))
        return found


@cache
def resolver() -> Resolver:
    """The resolver of the gazetteer and the topic rules that are installed."""
    return Resolver(known_names(), load_rules())


def _bearers(found: Mapping[Entry, int]) -> tuple[_Bearer, ...]:
    ranked = sorted(found.items(), key=lambda it: it[1])
    return tuple(_Bearer(_meaning(entry), rank) for entry, rank in ranked)


@cache
def _meaning(entry: Entry) -> Meaning:
    country = entry.source_file == COUNTRIES_FILE
    of = "" if country or not entry.countries else f", {', '.join(_country_names(entry.countries[:2]))}"
    kind = COUNTRY if country else entry.type
    return Meaning(entry.id, entry.name, kind, f"{kind}{of}", entry.countries[0] if country else "")


def _country_names(codes: Iterable[str]) -> Iterable[str]:
    return (known_entities()[country_ids()[code]].name if code in country_ids() else code for code in codes)


def _demonyms(entries: Iterable[Entry]) -> Iterable[tuple[str, Entry]]:
    """The forms of "Chinese" in all languages, declined: they mean the country."""
    for entry in entries:
        if entry.source_file == COUNTRIES_FILE:
            for code, aliases in entry.aliases.items():
                for alias in aliases:
                    if alias.demonym:
                        forms = decline(alias.text, LANGUAGES[code]) if code in LANGUAGES else {alias.text}
                        yield from ((level(form), entry) for form in forms)


def _sure_terms(rules: Iterable[TopicRule]) -> Iterable[Pattern[Term]]:
    """The terms that mean their topic also when they stand alone: weighty, and in need of no other group of their own rule.

    Forms with a gap ("freeze * assets") are left out: nobody types them, and each costs milliseconds to prepare.
    """
    for rule in rules:
        if rule.id.endswith(_BROAD):
            continue
        own = {term.group for terms in rule.terms.values() for term in terms}
        for term in dict.fromkeys(term for terms in rule.terms.values() for term in terms):
            if term.weight >= _SURE and own.isdisjoint(rule.needs.get(term.group, ())):
                for form in term.text.split("|"):
                    if "*" not in (first := form.strip("*")):
                        yield Pattern(first, term, open_left=form.startswith("*"), open_right=form.endswith("*"))


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The span out to the ends of its words."""
    while start > 0 and _LETTER.match(text, start - 1) and _LETTER.match(text, start):
        start -= 1
    while end < len(text) and _LETTER.match(text, end) and _LETTER.match(text, end - 1):
        end += 1
    return start, end


def _apart(places: list[Resolved]) -> list[Resolved]:
    """The places, the longest of those that overlap, first things first."""
    kept: list[Resolved] = []
    for place in sorted(places, key=lambda it: (it.start, -it.end)):
        if not kept or place.start >= kept[-1].end:
            kept.append(place)
    return kept
