"""What the tagger sees of a story's sentences: the words of the lexicon, which verb stands by which noun, and plain words.

Comes in: the sentences of one story, headline first, with the lexicon's words in each. Goes out: a list of features (strings) for
each sentence. The same code runs when the model is trained and when it is used.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from pipeline.enrich.sanctions.lexicon import ACTIONS, CONCEPTS, NOUNS, Word

_TOKEN = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_QUOTE = re.compile('["“«„「『]')
_STEM = 6
"""Letters of a word that stand for all its forms."""
_VERBS = ACTIONS | {"old", "deny", "fail"}
_PAIRED = NOUNS | _VERBS | {"penal", "proposed", "in-force", "now", "facts", "group", "signed"}
_GAPS = (3, 15, 40, 90)
"""Letters between noun and verb: touching, beside, in the same phrase, in the same sentence, further."""
_PLACES = (0, 1, 2, 3, 6)
"""Sentences up to which a story's headline, lead and opening go."""


def unmasked(words: list[Word]) -> list[Word]:
    """The words without those that stand in a phrase in which they mean something else."""
    masks = [word for word in words if word.group == "not"]
    if not masks:
        return words
    return [
        word
        for word in words
        if word.group != "not" and not any(mask.start <= word.start and word.end <= mask.end for mask in masks)
    ]


class _Known(NamedTuple):
    """What a sentence's words of the lexicon say: ``groups`` of them, what they stand for (``kinds``), and what stands with what."""

    groups: list[str]
    kinds: list[str]
    rest: list[str]
    has_noun: bool
    is_penal: bool


def story_features(texts: Sequence[str], folded: Sequence[str], words: Sequence[list[Word]]) -> list[list[str]]:
    """The features of a story's sentences.

    ``folded``: the texts as `fold` levels them; ``words``: those of the lexicon in each sentence, by place, unmasked.
    """
    known = [_known(found) for found in words]
    plain = [_plain(text) for text in folded]
    about_all = [
        f"story:{'noun' if any(it.has_noun for it in known) else 'no-noun'}",
        f"headline:{'noun' if known[0].has_noun else 'no-noun'}",
        f"penal:{min(3, sum(it.is_penal for it in known))}",
    ]
    from_headline = [f"h-{it}" for it in known[0].groups] + [f"h-{it}" for it in plain[0] if it.startswith("w:")]
    features = []
    for at, (text, (groups, kinds, rest, _, _)) in enumerate(zip(texts, known, strict=True)):
        place = _place(at)
        found = [*groups, *kinds, *rest, *plain[at]]
        found += [f"{it}@{place}" for it in groups]
        found += [f"{it}@{place}" for it in kinds]
        found += (f"place:{place}", f"length:{min(5, len(text) // 60)}")
        found += about_all
        if _YEAR.search(text):
            found.append("year")
        if _QUOTE.search(text):
            found.append("quote")
        if text.rstrip().endswith(("?", "？", "؟")):
            found.append("question")
        if at:
            found += from_headline
            found += [f"before-{it}" for it in known[at - 1].groups]
        elif len(texts) > 1:
            found += [f"lead-{it}" for it in plain[1] if it.startswith("w:")]
        if at + 1 < len(texts):
            found += [f"after-{it}" for it in known[at + 1].groups]
        features.append(found)
    return features


def _place(at: int) -> int:
    return next((place for place in _PLACES if at <= place), 9)


def _known(words: list[Word]) -> _Known:
    """The groups of a sentence's words, two by two, and the verbs nearest to each noun."""
    groups = sorted({word.group for word in words} - {CONCEPTS})
    concepts = sorted({word.measure for word in words if word.group == CONCEPTS})
    paired = [it for it in groups if it in _PAIRED]
    rest = [f"c-{one}+c-{other}" for one, other in combinations(concepts, 2)]
    rest += [f"{one}&{other}" for one in paired for other in concepts]
    rest += [f"{one}+{other}" for one, other in combinations(paired, 2)]
    nouns = [word for word in words if word.group in NOUNS][:3]
    verbs = [word for word in words if word.group in _VERBS] if nouns else []
    for noun in nouns:
        near = sorted((_gap(noun, verb), at) for at, verb in enumerate(verbs))[:2]
        for rank, (gap, at) in enumerate(near):
            verb = verbs[at]
            side = "<" if verb.start < noun.start else ">"
            rest += (f"v{rank}:{verb.group}", f"v{rank}:{noun.group}{side}{verb.group}")
            rest.append(f"v{rank}:{verb.group}:{bisect_right(_GAPS, gap)}")
    rest.append("noun" if nouns else "no-noun")
    return _Known(
        groups=[f"g:{it}" for it in groups] + [f"g:c-{it}" for it in concepts],
        kinds=[f"m:{it}" for it in sorted({word.measure for word in words if word.group != CONCEPTS} - {""})],
        rest=rest,
        has_noun=bool(nouns),
        is_penal="penal" in groups,
    )


def _gap(noun: Word, verb: Word) -> int:
    return max(verb.start - noun.end, noun.start - verb.end, 0)


def _plain(folded: str) -> list[str]:
    """The sentence's words, cut to their first letters, and each two in a row; in Chinese and Japanese two and three characters."""
    tokens = _TOKEN.findall(folded)
    found = []
    if _UNSPACED.search(folded):
        unspaced = [token for token in tokens if _UNSPACED.match(token)]
        tokens = [token for token in tokens if not _UNSPACED.match(token)]
        for token in unspaced:
            found += [f"w:{token[at : at + 2]}" for at in range(len(token) - 1)]
            found += [f"b:{token[at : at + 3]}" for at in range(len(token) - 2)]
    stems = ["#" if token[0].isdigit() else token[:_STEM] for token in tokens]
    short = [stem[:5] for stem in stems]
    found += [f"w:{stem}" for stem in stems]
    return found + [f"b:{one} {other}" for one, other in zip(["^", *short], short)]  # noqa: B905 - the last opens no pair
