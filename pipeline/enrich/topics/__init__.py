"""Topics of a story, by the rule files beside this module: one topic a file, the folder is the list.

Comes in: a story whose language is known. Goes out: topics with a score and the phrases that say so. `schemas/topic.json`
describes a rule file; a walk: docs/adding/topic.md.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from pipeline.enrich.folding import fold
from pipeline.enrich.matching import Hit, PhraseMatcher
from pipeline.enrich.topics.rules import Term, TopicRule, load_rules, patterns_of
from pipeline.story import Mention, Story
from pipeline.story import Topic as TopicTag

SOURCE = "rules"
FIELDS = ("headline", "body")
THRESHOLD = 0.5
"""A topic below this is not given: one weak word in passing is no subject."""
HEADLINE_BOOST = 1.5
_MAX_EVIDENCE = 5


@cache
def _rules() -> tuple[TopicRule, ...]:
    return load_rules()


@cache
def _terms_for(language: str) -> PhraseMatcher[Term]:
    return PhraseMatcher(pattern for rule in _rules() for pattern in patterns_of(rule, language))


def match_topics(story: Story) -> tuple[TopicTag, ...]:
    """The story's topics, best first; none where the language is unknown."""
    hits: dict[str, list[tuple[str, Hit[Term]]]] = defaultdict(list)
    for field in FIELDS:
        for hit in _terms_for(story.language.code).find(fold(getattr(story, field))):
            hits[hit.value.topic].append((field, hit))
    tags = [tag for rule in _rules() if rule.id in hits and (tag := _judge(rule, hits[rule.id], story))]
    return tuple(sorted(tags, key=lambda tag: -tag.score))


def _judge(rule: TopicRule, hits: list[tuple[str, Hit[Term]]], story: Story) -> TopicTag | None:
    """The topic if the evidence is enough: each distinct term counts once, independent of the others."""
    counted = [(field, hit) for field, hit in _unmasked(hits) if _needs_met(rule, field, hit, hits)]
    doubt = 1.0
    for weight in _weights(counted).values():
        doubt *= 1.0 - weight
    score = round(1.0 - doubt, 3)
    if score < THRESHOLD:
        return None
    evidence = tuple(
        Mention(field=field, start=hit.start, end=hit.end, text=getattr(story, field)[hit.start : hit.end])  # type: ignore[arg-type]
        for field, hit in counted[:_MAX_EVIDENCE]
    )
    return TopicTag(id=rule.id, name=rule.name, score=score, source=SOURCE, evidence=evidence)


def _unmasked(hits: list[tuple[str, Hit[Term]]]) -> list[tuple[str, Hit[Term]]]:
    """The hits outside every phrase that the rule excludes ("sanctions" within "FIFA sanctions")."""
    masks = [(field, hit) for field, hit in hits if hit.value.group == "not"]
    return [
        (field, hit)
        for field, hit in hits
        if hit.value.weight > 0
        and not any(field == other and mask.start <= hit.start and hit.end <= mask.end for other, mask in masks)
    ]


def _needs_met(rule: TopicRule, field: str, hit: Hit[Term], hits: list[tuple[str, Hit[Term]]]) -> bool:
    """Whether each group that the term's group needs has a term near it, in the same field."""
    return all(
        any(
            other_field == field and other.value.group == group and abs(other.start - hit.start) <= rule.within
            for other_field, other in hits
        )
        for group in rule.needs.get(hit.value.group, ())
    )


def _weights(hits: list[tuple[str, Hit[Term]]]) -> dict[str, float]:
    """The weight of each distinct term, higher where it stands in the headline."""
    weights: dict[str, float] = {}
    for field, hit in hits:
        weight = min(0.95, hit.value.weight * (HEADLINE_BOOST if field == "headline" else 1.0))
        weights[hit.value.text] = max(weight, weights.get(hit.value.text, 0.0))
    return weights
