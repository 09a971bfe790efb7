"""Who acts and who is hit: the states and bodies that a sentence names, and which part each plays.

Comes in: a story's entities with demonyms; then a sentence's words. Goes out: actors, told apart by what stands beside them
("against", the verb, the noun) and, where that leaves it open, by who usually imposes sanctions on others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pipeline.enrich.sanctions.lexicon import Word
from pipeline.story import Entity, Mention

BODIES = {
    **dict.fromkeys(("Q458", "Q8880", "Q8886", "Q8896", "Q8889", "Q239", "Q60772", "Q11869065", "Q312901"), "EU"),
    **dict.fromkeys(("Q1065", "Q37470"), "UN"),
    "Q1764511": "G7",
    "Q193272": "ECOWAS",
    "Q7159": "AU-UNION",
    "Q7172": "ARAB-LEAGUE",
}
"""Bodies of states by entity, with those that speak for them; any other actor stands for its country."""
CODES = {"EU": "Q458", "UN": "Q1065", "G7": "Q1764511"}
"""The entity of a body that a text names only by a part of it ("the 27", "Security Council")."""
_USUAL = {
    "EU": 1.5,
    "UN": 1.5,
    "G7": 1.5,
    "US": 1.5,
    "ECOWAS": 1.5,
    "GB": 1.2,
    "CA": 0.9,
    "AU": 0.9,
    "NZ": 0.9,
    "CH": 0.9,
}
_USUAL |= dict.fromkeys(("JP", "NO", "UA"), 0.5) | dict.fromkeys(("FR", "DE", "KR", "TW", "BE", "PL", "CZ", "LT"), 0.3)
_USUAL |= dict.fromkeys(
    ("IR", "KP", "SY", "BY", "CU", "VE", "MM", "AF", "SD", "HT", "ZW", "YE", "ML", "SS", "PS"), -1.5
)
_USUAL |= {"RU": -1.2, "CN": -0.4, "GE": -0.6, "HK": -0.8, "NI": -1.0, "IQ": -0.6, "LB": -0.6}
"""Who usually imposes sanctions (above 0) or bears them, in units of the scores below: a guess that decides only ties."""
_MARKED, _BESIDE, _SUBJECT, _OBJECT = 4.0, 2.0, 1.5, 1.0
_REACH = 34
"""Letters between "against" and the actor it points to: "against a number of Iranian"."""
_CHAIN = 22
"""Letters between two actors that are named together: "Russia, Belarus and"."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A state or body where it is named; ``code``: ISO country code or the body's; ``named``: false for a demonym."""

    field: str
    start: int
    end: int
    code: str
    id: str
    type: str
    named: bool


class Parts(NamedTuple):
    """Who does it and whom it hits."""

    by: tuple[Actor, ...]
    targets: tuple[Actor, ...]


def actors_of(entities: tuple[Entity, ...], demonyms: dict[str, tuple[Mention, ...]]) -> dict[str, list[Actor]]:
    """All actors of a story by field, in the order of the text."""
    found: dict[str, list[Actor]] = {"headline": [], "body": []}
    for entity in entities:
        code = BODIES.get(entity.id) or (entity.countries[0] if entity.countries else "")
        if not code and entity.type not in ("organisation", "person", "product"):
            continue
        for named, mentions in ((True, entity.mentions), (False, demonyms.get(entity.id, ()))):
            for it in mentions:
                found[it.field].append(Actor(it.field, it.start, it.end, code, entity.id, entity.type, named))
    for actors in found.values():
        actors.sort(key=lambda actor: actor.start)
    return found


def parts(
    actors: list[Actor], noun: Word, verb: Word | None, words: list[Word], *, scale: float, verb_last: bool
) -> Parts:
    """Tells the actors of a sentence apart.

    Whom "against" points to is hit; where it points to nobody, the nearest who is not likelier to act himself.
    """
    marked = _marked(actors, words, scale)
    head = min(noun.start, verb.start) if verb else noun.start
    scores: dict[Actor, float] = {}
    for actor in actors:
        score = _USUAL.get(actor.code, 0.0 if actor.code else -1.0)
        if actor in marked:
            score -= _MARKED
        elif -1 <= noun.start - actor.end <= 2 and noun.group == "sanction":
            score += _BESIDE if score > 0 else -_BESIDE
        elif actor.start < head and not any(earlier > 0 for earlier in scores.values()):
            score += _SUBJECT
        elif actor.start > head and not verb_last:
            score -= _OBJECT
        scores[actor] = score
    by = [actor for actor in actors if scores[actor] > 0 and actor.code]
    codes = {actor.code for actor in by}
    hit = [actor for actor in actors if scores[actor] < 0 and (actor.code not in codes or not actor.code)]
    hit = [actor for actor in hit if actor in marked] or _nearest(hit, noun, scale)
    return Parts(_distinct(by), _distinct(hit))


def _marked(actors: list[Actor], words: list[Word], scale: float) -> list[Actor]:
    """Those to whom a word as "against" points, and those named with them: "against Russia, Belarus and Iran"."""
    marked: list[Actor] = []
    for actor in actors:
        if _is_marked(actor, actors, words, scale) or (marked and 0 <= actor.start - marked[-1].end <= _CHAIN * scale):
            marked.append(actor)
    return marked


def _nearest(hit: list[Actor], noun: Word, scale: float) -> list[Actor]:
    """The nearest to the noun, with those named together with it."""
    if not hit:
        return []
    first = min(range(len(hit)), key=lambda it: max(hit[it].start - noun.end, noun.start - hit[it].end))
    kept = [hit[first]]
    for actor in hit[first + 1 :]:
        if actor.start - kept[-1].end > _CHAIN * scale:
            break
        kept.append(actor)
    return kept


def _is_marked(actor: Actor, actors: list[Actor], words: list[Word], scale: float) -> bool:
    """Whether a word beside the actor, with no other actor between, says that it is the one who is hit."""
    for word in words:
        if word.group == "against" and 0 <= actor.start - word.end <= _REACH * scale:
            first, last = word.end, actor.start
        elif word.group == "toward" and 0 <= word.start - actor.end <= _REACH * scale / 3:
            first, last = actor.end, word.start
        else:
            continue
        if not any(first <= other.start < last and other.code != actor.code for other in actors):
            return True
    return False


def _distinct(actors: list[Actor]) -> tuple[Actor, ...]:
    return tuple({(actor.id or actor.code): actor for actor in reversed(actors)}.values())[::-1]
