"""What one sentence says of sanctions.

Comes in: a sentence's words and actors. Goes out: readings, one for each noun that means a sanction: what is done, how sure it
is, by whom, against whom, and whether it is news or something that was there before. Words at hand decide; no story is
looked at, but for where in it the sentence stands.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

from pipeline.enrich.sanctions.actors import CODES, Actor, parts
from pipeline.enrich.sanctions.lexicon import ACTIONS, MEASURES, Word
from pipeline.story import SanctionAction, SanctionStatus, TargetGroup

_CLAUSE = re.compile(r"[,;:،؛，；：、—–(]|\s-\s")
_SUBORDINATE = frozenset(("de", "pl", "ru", "uk"))
"""Languages in which a comma stands between "threatened" and "to impose"."""
_VERB_LAST = frozenset(("ja", "tr", "fa"))
_SCALE = {"zh": 0.4, "ja": 0.5, "ar": 0.9}
"""How much shorter a text is in letters than the same in English."""
_REACH = 110
"""Letters between a noun and the verb that goes with it."""
_COMMA = 25
"""What a comma between a noun and a verb counts, in letters."""
_INSERTED = 24
"""Letters of what is only put in between two commas."""
_OLD_REACH, _AFTER = 32, 3
_FAILS = 120
_BAN_REACH = 70
"""Letters between "ban" and the app that it means."""
_FAR = 60
"""Letters within which a word as "may" or "not" bears on the verb or the noun."""
_HEDGED = {"impose": "threaten", "tighten": "threaten", "self": "threaten", "new": "threaten", "extend": "other"}
_HEDGED |= {"ease": "other", "lift": "other"}
_YEAR_REACH = 70
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_SOLAR_HIJRI = 621
"""What an Iranian year lacks to ours, but for its last weeks."""


@dataclass(frozen=True)
class Sentence:
    """A sentence with all that matters in it; ``order`` is 0 for the headline, then counts the body's sentences."""

    field: str
    start: int
    end: int
    order: int
    text: str
    words: list[Word]
    actors: list[Actor]


@dataclass
class Reading:
    """One thing that a sentence says."""

    sentence: Sentence
    action: SanctionAction | Literal["detail"]
    """``detail``: it names a measure, but does nothing with it."""
    status: SanctionStatus
    by: tuple[Actor, ...]
    targets: tuple[Actor, ...]
    groups: tuple[TargetGroup, ...]
    measures: tuple[str, ...]
    background: bool
    sure: bool
    """Whether the noun says by itself that states are at work."""


def read(sentence: Sentence, *, language: str, year: int | None, lead: bool) -> list[Reading]:
    """The readings of a sentence. ``year`` is the story's own; ``lead``: whether it stands where news stands."""
    scale = _SCALE.get(language, 1.0)
    words = _unmasked(sentence.words)
    clauses = _clauses(sentence, scale)
    nouns = [word for word in words if _is_noun(word, words, sentence, scale)]
    nouns = _outermost(nouns)
    if not nouns:
        return []
    verbs = [word for word in words if word.group in ACTIONS or word.group == "old"]
    found: list[Reading] = []
    for noun in nouns:
        verb = noun if noun.group in ("self", "ban", "relief") else _verb_of(noun, verbs, clauses, scale)
        reading = _reading(noun, verb, words, sentence, clauses, language=language, scale=scale, year=year, lead=lead)
        if reading is not None:
            found.append(reading)
    return found


def _clauses(sentence: Sentence, scale: float) -> list[int]:
    """Where clauses begin. What stands between two commas, if it is short ("on Monday"), parts nothing."""
    commas = [match.start() + sentence.start for match in _CLAUSE.finditer(sentence.text)]
    kept: list[int] = []
    place = 0
    while place < len(commas):
        if place + 1 < len(commas) and commas[place + 1] - commas[place] <= _INSERTED * scale:
            place += 2
            continue
        kept.append(commas[place])
        place += 1
    return kept


def _is_noun(word: Word, words: list[Word], sentence: Sentence, scale: float) -> bool:
    """Whether the word means a sanction here: "ban" only beside an app or a maker, "steps" only where they hit somebody."""
    if word.group == "ban":
        return bool(_banned(word, sentence, scale))
    if word.group == "steps":
        return any(
            0 <= actor.start - word.end <= 30 * scale or 0 <= word.start - actor.end <= 20 for actor in sentence.actors
        )
    return word.group in ("sanction", "self", "relief", MEASURES)


def _banned(word: Word, sentence: Sentence, scale: float) -> tuple[Actor, ...]:
    """The apps and makers beside a "ban", each once."""
    near = {
        actor.id: actor
        for actor in sentence.actors
        if actor.named
        and (actor.type == "product" or actor.id in GEAR)
        and max(actor.start - word.end, word.start - actor.end) <= _BAN_REACH * scale
    }
    return tuple(near.values())


GEAR = frozenset(
    ("Q160120", "x:zte", "Q55606242", "x:kaspersky", "x:hikvision", "x:dahua", "x:deepseek", "x:smic", "x:dji")
)
"""Makers whose gear or apps states ban."""


def _outermost(nouns: list[Word]) -> list[Word]:
    """Without those that lie in a longer one."""
    kept: list[Word] = []
    for noun in sorted(nouns, key=lambda word: (word.start, -word.end, word.group != MEASURES)):
        if not kept or kept[-1].end <= noun.start:
            kept.append(noun)
    return kept


def _unmasked(words: list[Word]) -> list[Word]:
    masks = [word for word in words if word.group == "not"]
    if not masks:
        return words
    return [
        word
        for word in words
        if word.group != "not" and not any(mask.start <= word.start and word.end <= mask.end for mask in masks)
    ]


def _verb_of(noun: Word, verbs: list[Word], clauses: list[int], scale: float) -> Word | None:
    """The verb that goes with the noun: the nearest, commas between counted, a plain one rather than one that only hints."""
    best, cheapest = None, _REACH * scale
    for verb in verbs:
        if verb.group == "old" and not verb.start <= noun.start < verb.end:
            continue
        gap = max(verb.start - noun.end, noun.start - verb.end, 0)
        cost = gap + _COMMA * scale * _between(clauses, noun, verb)
        cost += {"new": 30, "old": 40, "threaten": 15, "call": 15}.get(verb.group, 0) * scale
        if cost < cheapest:
            best, cheapest = verb, cost
    return best


def _between(clauses: list[int], one: Word, other: Word) -> int:
    """How many commas stand between two words."""
    first, last = sorted((one.start, other.start))
    return bisect_left(clauses, last) - bisect_left(clauses, first)


def _bears(word: Word, noun: Word, verb: Word | None, clauses: list[int], language: str, scale: float) -> bool:
    """Whether a word as "may", "urged" or "not" is about this noun and verb: near, and in the same clause."""
    for it in (noun, verb):
        if it is None or it is word:
            continue
        before = word.end <= it.start
        gap = it.start - word.end if before else word.start - it.end
        commas = _between(clauses, word, it)
        allowed = 1 if before and language in _SUBORDINATE else 0
        if gap <= _FAR * scale and commas <= allowed:
            return True
    return False


def _reading(
    noun: Word,
    verb: Word | None,
    words: list[Word],
    sentence: Sentence,
    clauses: list[int],
    *,
    language: str,
    scale: float,
    year: int | None,
    lead: bool,
) -> Reading | None:
    def bearing(group: str) -> Word | None:
        near = [word for word in words if word.group == group and _bears(word, noun, verb, clauses, language, scale)]
        return min(near, key=lambda word: max(word.start - noun.end, noun.start - word.end), default=None)

    headline = sentence.field == "headline"
    action = verb.group if verb else ""
    action = {"self": "impose", "ban": "impose", "new": "impose", "relief": "ease"}.get(action, action)
    call, threat, evade = bearing("call"), bearing("threaten"), bearing("evade")
    if action in ("impose", "tighten", "extend", "ease", "lift"):
        hedge = min(
            (word for word in (call, threat) if word),
            key=lambda it: min(abs(it.start - noun.start), abs(it.start - (verb or noun).start)),
            default=None,
        )
        if hedge is not None:
            action = "call" if hedge is call else _HEDGED[action]
    elif not action and noun.group == "steps":
        return None
    if evade and action not in ("call",) and verb is not None and verb.group == "evade":
        action = "evade"
    old = _is_old(noun, verb, words, sentence, clauses, scale, year)
    if not action or action == "old":
        action = "detail" if not old and not headline else "impose"
    news = headline or lead or any(word.group in ("now", "new") for word in words)
    background = action in ("impose", "tighten", "extend", "ease", "lift") and (old or not news)
    status: SanctionStatus = "announced"
    if action in ("threaten", "call", "other"):
        status = "proposed"
    elif bearing("in-force"):
        status = "in-force"
    elif bearing("proposed") and not any(word.group == "signed" for word in words):
        status = "proposed"
    if action != "evade":
        if noun.group != "ban" and _fails(noun, words, clauses, scale):
            status = "failed"
        elif bearing("deny"):
            status = "denied"
    roles = parts(sentence.actors, noun, verb, words, scale=scale, verb_last=language in _VERB_LAST)
    bodies = [
        Actor(sentence.field, word.start, word.end, word.measure, CODES.get(word.measure, ""), "organisation", False)
        for word in words
        if word.group == "bodies"
    ]
    by = roles.by or tuple({body.code: body for body in bodies}.values())
    targets = tuple(it for it in roles.targets if it.code not in {actor.code for actor in by} or not it.code)
    measures = _measures(words)
    if noun.group == "ban":
        measures = ("app-ban",)
        targets = _banned(noun, sentence, scale)
    sure = noun.group == MEASURES and noun.measure not in (
        "import-ban",
        "investment-ban",
        "financial",
        "aviation-ban",
        "vessels",
    )
    penal = any(word.group == "penal" for word in words)
    if penal and not (sure or (by and targets)):
        return None
    if not by and not targets and not sure:
        return None
    if noun.group == "steps" and action != "threaten" and not (by and targets):
        return None
    return Reading(
        sentence=sentence,
        action="call-for" if action == "call" else action,  # type: ignore[arg-type]  # ACTIONS
        status=status,
        by=by,
        targets=targets,
        groups=_groups(targets, words, sentence, scale),
        measures=measures,
        background=background,
        sure=sure,
    )


def detail(sentence: Sentence) -> Reading:
    """A sentence that only goes on with the facts of the one before: "It lists 27 vessels"."""
    targets = tuple(actor for actor in sentence.actors if not actor.named)
    return Reading(
        sentence=sentence,
        action="detail",
        status="announced",
        by=(),
        targets=(),
        groups=_groups(targets, sentence.words, sentence, 1.0),
        measures=_measures(sentence.words),
        background=False,
        sure=False,
    )


def _measures(words: list[Word]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.measure for word in words if word.group in (MEASURES, "facts")))


def _fails(noun: Word, words: list[Word], clauses: list[int], scale: float) -> bool:
    """Whether a veto or a failure is told of: it may stand further from the noun than other words do."""
    return any(
        word.group == "fail"
        and max(word.start - noun.end, noun.start - word.end) <= _FAILS * scale
        and _between(clauses, word, noun) <= 1
        for word in words
    )


def _is_old(
    noun: Word,
    verb: Word | None,
    words: list[Word],
    sentence: Sentence,
    clauses: list[int],
    scale: float,
    year: int | None,
) -> bool:
    """Whether a word beside the noun says that the sanction was there before: "despite sanctions", "imposed in 2014"."""
    for word in words:
        if word.group == "old" and (
            (word.start < noun.end and noun.start < word.end)
            or (0 <= noun.start - word.end <= _OLD_REACH * scale and not _between(clauses, word, noun))
            or (verb is not None and word.start < verb.end and verb.start < word.end)
            or (verb is not None and 0 <= word.start - verb.end <= _AFTER * scale)  # "imposed since 2014"
        ):
            return True
    if verb is None or verb.group not in ("impose", "self", "ban"):
        return False
    for match in _YEAR.finditer(sentence.text):
        place = sentence.start + match.start()
        near = min(abs(place - noun.start), abs(place - verb.start))
        named = int(match[0])
        named += _SOLAR_HIJRI if 1300 <= named < 1430 else 0
        if year is not None and 1950 <= named < year and near <= _YEAR_REACH * max(scale, 0.6):
            return True
    return False


def _groups(targets: tuple[Actor, ...], words: list[Word], sentence: Sentence, scale: float) -> tuple[TargetGroup, ...]:
    """Those who are hit but only described: "Russian banks", "chinesische Firmen"."""
    found = []
    for actor in targets:
        if actor.code and actor.type == "place":
            group = next(
                (
                    word
                    for word in words
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
