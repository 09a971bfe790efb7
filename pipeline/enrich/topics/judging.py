"""Topics judged by the evidence of their terms.

Comes in: rules and word lists, then stories whose language is known. Goes out: topics with a score and the phrases that
say so. Never guesses: what the rules don't say of a language, no story in it gets.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

from pipeline.enrich.folding import fold
from pipeline.enrich.loading import undisturbed
from pipeline.enrich.matching import PhraseMatcher, new_tuple
from pipeline.enrich.terms import Form, Term, Terms, patterns_of, span_of
from pipeline.enrich.topics.rules import SHARED, TopicRule
from pipeline.story import Mention, Story, Topic

SOURCE = "rules"
Field = Literal["headline", "body"]
FIELDS: tuple[Field, ...] = ("headline", "body")
THRESHOLD = 0.5
"""A topic below this is not given: one weak word in passing is no subject."""
HEADLINE_BOOST = 1.5
LEAD = 400
"""Letters of the body that say what the story is about: two paragraphs or so."""
PASSING = 0.7
"""What is left of the weight of a term that stands once and only after the lead."""
_MAX_EVIDENCE = 5


class Evidence(NamedTuple):
    """A term of a rule where it stands in the story."""

    field: Field
    start: int
    end: int
    term: Term


Places = dict[tuple[Field, str], list[int]]
"""Where the terms of a group begin in a field, ascending."""


class TopicMatcher:
    """Finds the terms of all rules in one pass over a story and judges each rule by them."""

    def __init__(self, rules: Sequence[TopicRule], words: Terms) -> None:
        self._rules = rules
        self._words = words
        self._searches: dict[str, PhraseMatcher[Form]] = {}

    def match(self, story: Story) -> tuple[Topic, ...]:
        """The story's topics, best first; none where the language is unknown."""
        found: dict[str, list[Evidence]] = defaultdict(list)
        search = self._search_for(story.language.code)
        for field in FIELDS:
            folded = fold(getattr(story, field))
            for start, end, form in search.find(folded):
                if form.rest or form.opens_left:
                    span = span_of(start, end, form, folded)
                    if span is None:
                        continue
                    start, end = span
                term = form.term
                found[term.topic].append(new_tuple(Evidence, (field, start, end, term)))
        shared = _places(found.pop(SHARED, []))
        topics = [_judge(rule, found[rule.id], shared, story) for rule in self._rules if rule.id in found]
        return tuple(sorted(filter(None, topics), key=lambda topic: -topic.score))

    def _search_for(self, language: str) -> PhraseMatcher[Form]:
        if language not in self._searches:
            sources = (self._words, *(rule.terms for rule in self._rules))
            with undisturbed():
                self._searches[language] = PhraseMatcher(
                    pattern for terms in sources for pattern in patterns_of(terms, language)
                )
        return self._searches[language]


def _judge(rule: TopicRule, found: list[Evidence], shared: Places, story: Story) -> Topic | None:
    """The topic if the evidence is enough: each distinct term counts once, independent of the others."""
    if _best_case(found) < THRESHOLD:
        return None
    seen = _unmasked(found)
    places = shared | _places(seen)
    counted = _outermost([one for one in seen if one.term.weight > 0 and _is_in_place(one, places, rule)])
    doubt = 1.0
    for weight in _weights(counted).values():
        doubt *= 1.0 - weight
    score = round(1.0 - doubt, 3)
    if score < THRESHOLD:
        return None
    evidence = tuple(
        Mention(field=one.field, start=one.start, end=one.end, text=getattr(story, one.field)[one.start : one.end])
        for one in counted[:_MAX_EVIDENCE]
    )
    return Topic(id=rule.id, name=rule.name, score=score, source=SOURCE, evidence=evidence)


def _best_case(found: list[Evidence]) -> float:
    """The score if every term counted in full; most rules that a story touches end here."""
    doubt = 1.0
    distinct = {(id(term), field): term.weight for field, _, _, term in found if term.weight > 0}
    for (_, field), weight in distinct.items():
        doubt *= 1.0 - (min(0.95, weight * HEADLINE_BOOST) if field == "headline" else weight)
    return 1.0 - doubt


def _unmasked(found: list[Evidence]) -> list[Evidence]:
    """What stands outside every phrase that the rule excludes ("sanctions" within "FIFA sanctions")."""
    masks = [one for one in found if one.term.group == "not"]
    if not masks:
        return found
    return [
        one
        for one in found
        if one.term.group != "not"
        and not any(mask.field == one.field and mask.start <= one.start and one.end <= mask.end for mask in masks)
    ]


def _places(found: list[Evidence]) -> Places:
    """Where each group stands. A search finds by start, so the places ascend."""
    places: Places = defaultdict(list)
    for one in found:
        places[one.field, one.term.group].append(one.start)
    return places


def _is_in_place(one: Evidence, places: Places, rule: TopicRule) -> bool:
    """Whether every group that the term's group needs is nearby, and none that it must not stand beside."""

    def near(group: str) -> bool:
        starts = places.get((one.field, group), [])
        first = bisect_left(starts, one.start - rule.within)
        return first < len(starts) and starts[first] <= one.start + rule.within

    group = one.term.group
    return all(map(near, rule.needs[group])) and not any(map(near, rule.unless[group]))


def _outermost(found: list[Evidence]) -> list[Evidence]:
    """Without what lies in a longer term: "economic sanctions" says no more than once that it is about sanctions."""
    kept: list[Evidence] = []
    for one in sorted(found, key=lambda one: (one.field == "body", one.start, -one.end, -one.term.weight)):
        if not kept or kept[-1].field != one.field or kept[-1].end < one.end:
            kept.append(one)
    return kept


def _weights(found: list[Evidence]) -> dict[str, float]:
    """The weight of each distinct term: more in the headline, less for one in passing."""
    weights: dict[str, float] = {}
    times = Counter(one.term.text for one in found)
    for one in found:
        weight = one.term.weight
        if one.field == "headline":
            weight = min(0.95, weight * HEADLINE_BOOST)
        elif times[one.term.text] == 1 and one.start >= LEAD:
            weight *= PASSING
        weights[one.term.text] = max(weight, weights.get(one.term.text, 0.0))
    return weights
