"""Topics of a story, by the rule files beside this module: one topic a file, the folder is the list.

Comes in: a story whose language is known. Goes out: topics with a score and the phrases that say so. `schemas/topic.json`
describes a rule file; a walk: docs/adding/topic.md.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pipeline.enrich.folding import Folded, fold
from pipeline.enrich.matching import Hit, PhraseMatcher
from pipeline.enrich.topics.rules import SHARED, Form, Term, TopicRule, forms_of, load_rules, load_words
from pipeline.story import Mention, Story
from pipeline.story import Topic as TopicTag

SOURCE = "rules"
Field = Literal["headline", "body"]
FIELDS: tuple[Field, ...] = ("headline", "body")
THRESHOLD = 0.5
"""A topic below this is not given: one weak word in passing is no subject."""
HEADLINE_BOOST = 1.5
_MAX_EVIDENCE = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """A term of a rule where it stands in the story."""

    field: Field
    start: int
    end: int
    term: Term

    def lies_in(self, other: Evidence) -> bool:
        return self.field == other.field and other.start <= self.start and self.end <= other.end


@cache
def _rules() -> tuple[TopicRule, ...]:
    return load_rules()


@cache
def _forms_for(language: str) -> PhraseMatcher[Form]:
    sources = (load_words(), *(rule.terms for rule in _rules()))
    return PhraseMatcher(form.pattern for terms in sources for form in forms_of(terms, language))


def match_topics(story: Story) -> tuple[TopicTag, ...]:
    """The story's topics, best first; none where the language is unknown."""
    found: dict[str, list[Evidence]] = defaultdict(list)
    for field in FIELDS:
        folded = fold(getattr(story, field))
        for hit in _forms_for(story.language.code).find(folded):
            if (end := _end_of(hit, folded)) is not None:
                found[hit.value.term.topic].append(Evidence(field, hit.start, end, hit.value.term))
    shared = found.get(SHARED, [])
    tags = [tag for rule in _rules() if rule.id in found and (tag := _judge(rule, found[rule.id], shared, story))]
    return tuple(sorted(tags, key=lambda tag: -tag.score))


def _end_of(hit: Hit[Form], folded: Folded) -> int | None:
    """Where the whole form ends; None if what follows its first piece is something else."""
    if hit.value.rest is None:
        return hit.end
    begin = hit.end if folded.origins is None else bisect_left(folded.origins, hit.end)
    rest = hit.value.rest.match(folded.text, begin)
    return folded.span(begin, rest.end())[1] if rest else None


def _judge(rule: TopicRule, found: list[Evidence], shared: list[Evidence], story: Story) -> TopicTag | None:
    """The topic if the evidence is enough: each distinct term counts once, independent of the others."""
    seen = _unmasked(found)
    around = seen + shared
    counted = _outermost([one for one in seen if one.term.weight > 0 and _is_in_place(one, around, rule)])
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
    return TopicTag(id=rule.id, name=rule.name, score=score, source=SOURCE, evidence=evidence)


def _unmasked(found: list[Evidence]) -> list[Evidence]:
    """What stands outside every phrase that the rule excludes ("sanctions" within "FIFA sanctions")."""
    masks = [one for one in found if one.term.group == "not"]
    return [one for one in found if one.term.group != "not" and not any(one.lies_in(mask) for mask in masks)]


def _is_in_place(one: Evidence, around: list[Evidence], rule: TopicRule) -> bool:
    """Whether every group that the term's group needs is nearby, and none that it must not stand beside."""
    needs, unless = rule.needs[one.term.group], rule.unless[one.term.group]
    if not needs and not unless:
        return True
    nearby = {
        other.term.group
        for other in around
        if other.field == one.field and other is not one and abs(other.start - one.start) <= rule.within
    }
    return nearby.issuperset(needs) and nearby.isdisjoint(unless)


def _outermost(found: list[Evidence]) -> list[Evidence]:
    """Without what lies in a longer term: "economic sanctions" says no more than once that it is about sanctions."""
    return [one for one in found if not any(one.lies_in(other) and not other.lies_in(one) for other in found)]


def _weights(found: list[Evidence]) -> dict[str, float]:
    """The weight of each distinct term, higher where it stands in the headline."""
    weights: dict[str, float] = {}
    for one in found:
        weight = min(0.95, one.term.weight * (HEADLINE_BOOST if one.field == "headline" else 1.0))
        weights[one.term.text] = max(weight, weights.get(one.term.text, 0.0))
    return weights
