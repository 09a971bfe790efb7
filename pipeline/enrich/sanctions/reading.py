"""What one sentence says: the event that its label stands for, with who acts, who is hit, by what means and how sure.

Comes in: a sentence with its words and actors, and the label that the tagger gave it. Goes out: a reading, or nothing. Words at hand
decide; no story is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipeline.enrich.sanctions.actors import Actor, distinct, with_bodies
from pipeline.enrich.sanctions.lexicon import ACTIONS, CONCEPTS, MEASURES, NOUNS, Word
from pipeline.enrich.sanctions.roles import BY, TARGET, assign_roles
from pipeline.enrich.sanctions.tagger import CHANGES, Label
from pipeline.story import SanctionAction, SanctionStatus, TargetGroup

_SCALE = {"zh": 0.4, "ja": 0.5, "ar": 0.9}
"""How much shorter a text is in letters than the same in English."""
_BAN_REACH = 70
"""Letters between "ban" and the app that it means."""
_ACTIONS: dict[str, SanctionAction] = {"threaten": "threaten", "call": "call-for", "evade": "evade"}
_TOGETHER = {"travel-ban": {"entry", "stop"}, "asset-freeze": {"assets", "freeze"}}
"""Measures that words of two concepts make: "may no longer enter", "accounts … are blocked"."""
_RELIEF = frozenset(("ease", "lift"))


class Sentence(NamedTuple):
    """A sentence with all that matters in it, its text also folded; ``order`` is 0 for the headline, then counts the body's sentences."""

    field: str
    start: int
    end: int
    order: int
    text: str
    folded: str
    words: list[Word]
    actors: list[Actor]


@dataclass
class Reading:
    """One thing that a sentence says."""

    sentence: Sentence
    action: SanctionAction | Literal["detail"]
    """``detail``: it goes on with the facts of the event before it."""
    status: SanctionStatus
    by: tuple[Actor, ...]
    targets: tuple[Actor, ...]
    groups: tuple[TargetGroup, ...]
    measures: tuple[str, ...]
    background: bool


def read(sentence: Sentence, label: Label, *, language: str, headline: frozenset[str]) -> Reading | None:
    """The reading of a sentence; None for one that says nothing of sanctions, or only that there are some.

    ``headline``: the codes of those whom the story's headline names.
    """
    if label.act == "none":
        return None
    scale = _SCALE.get(language, 1.0)
    by, targets = _parts(sentence, label, headline)
    background = label.act in ("mention", "old")
    if background and not (any(map(_is_noun, sentence.words)) and (by or targets)):
        return None
    measures = _measures(sentence.words, told=label.act in CHANGES or label.act == "detail")
    if label.act != "detail" and (banned := _banned(sentence, scale)):
        measures, targets = tuple(dict.fromkeys(("app-ban", *measures))), distinct((*banned, *targets))
    return Reading(
        sentence=sentence,
        action=_action(label, sentence),
        status=_status(label, sentence),
        by=by,
        targets=targets,
        groups=_groups(targets, sentence, scale),
        measures=measures,
        background=background,
    )


def _action(label: Label, sentence: Sentence) -> SanctionAction | Literal["detail"]:
    if label.act in CHANGES or label.act == "detail":
        return label.act  # type: ignore[return-value]  # CHANGES are actions
    if label.act == "old":
        nouns = [word.start for word in sentence.words if _is_noun(word)]
        verbs = [word for word in sentence.words if word.group in ACTIONS]
        nearest = min(verbs, key=lambda word: min(abs(word.start - place) for place in nouns), default=None)
        if nearest is not None and nearest.group in _RELIEF:
            return nearest.group  # type: ignore[return-value]  # _RELIEF are actions
    return _ACTIONS.get(label.act, "impose")


def _is_noun(word: Word) -> bool:
    return word.group in NOUNS


def _status(label: Label, sentence: Sentence) -> SanctionStatus:
    if label.status:
        return label.status  # type: ignore[return-value]  # the tagger's statuses are ours
    if label.act in ("threaten", "call"):
        return "proposed"
    if label.act not in CHANGES and label.act != "detail":
        return "announced"
    return "in-force" if any(word.group == "in-force" for word in sentence.words) else "announced"


def _parts(sentence: Sentence, label: Label, headline: frozenset[str]) -> tuple[tuple[Actor, ...], tuple[Actor, ...]]:
    """Who acts and who is hit. Somebody without a known country is hit at most, and only by what is news."""
    actors = with_bodies(sentence.actors, sentence.words, sentence.field)
    folded = sentence.folded if len(sentence.folded) == len(sentence.text) else sentence.text.lower()
    roles = assign_roles(folded, sentence.start, actors, sentence.words, act=label.act, headline=headline)
    may_be_hit = label.act in CHANGES or label.act == "detail"
    by = [actor for actor, role in zip(actors, roles, strict=True) if role == BY and actor.code]
    codes = {actor.code for actor in by}
    hit = [
        actor
        for actor, role in zip(actors, roles, strict=True)
        if role == TARGET and (actor.code not in codes if actor.code else may_be_hit)
    ]
    return distinct(by), distinct(hit)


def _banned(sentence: Sentence, scale: float) -> tuple[Actor, ...]:
    """The apps and makers beside a "ban", each once."""
    bans = [word for word in sentence.words if word.group == "ban"]
    near = {
        actor.id: actor
        for actor in sentence.actors
        if actor.named
        and (actor.type == "product" or actor.id in GEAR)
        and any(max(actor.start - word.end, word.start - actor.end) <= _BAN_REACH * scale for word in bans)
    }
    return tuple(near.values())


GEAR = frozenset(
    ("Q160120", "x:zte", "Q55606242", "x:kaspersky", "x:hikvision", "x:dahua", "x:deepseek", "x:smic", "x:dji")
)
"""Makers whose gear or apps states ban."""


def _measures(words: list[Word], *, told: bool) -> tuple[str, ...]:
    """The measures that a sentence names; in one that tells news, those too that two of its words together mean."""
    found = dict.fromkeys(word.measure for word in words if word.group in (MEASURES, "facts"))
    concepts = {word.measure for word in words if word.group == CONCEPTS}
    found |= dict.fromkeys(measure for measure, both in _TOGETHER.items() if told and both <= concepts)
    return tuple(found)


def _groups(targets: tuple[Actor, ...], sentence: Sentence, scale: float) -> tuple[TargetGroup, ...]:
    """Those who are hit but only described: "Russian banks", "chinesische Firmen"."""
    found = []
    for actor in targets:
        if actor.code and actor.type == "place":
            group = next(
                (
                    word
                    for word in sentence.words
                    if word.group == "group"
                    and (0 <= word.start - actor.end <= 14 * scale or 0 <= actor.start - word.end <= 12 * scale)
                ),
                None,
            )
            if group is not None:
                first, last = min(actor.start, group.start), max(actor.end, group.end)
                text = sentence.text[first - sentence.start : last - sentence.start]
                found.append(TargetGroup(text=" ".join(text.split()), countries=(actor.code,)))
    return tuple(found)
