"""What the tagger sees of a story's sentences: the words of the lexicon, which verb stands by which noun, and plain words.

Comes in: the sentences of one story, headline first, with the lexicon's words in each. Goes out: a list of features (strings) for
each sentence. The same code runs when the model is trained and when it is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, pairwise

from pipeline.enrich.folding import fold
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


def story_features(texts: Sequence[str], words: Sequence[list[Word]]) -> list[list[str]]:
    """The features of a story's sentences. ``words``: those of the lexicon in each sentence, by place, unmasked."""
    known = [_known(found) for found in words]
    plain = [_plain(text) for text in texts]
    anywhere = "noun" if any("noun" in it for it in known) else "no-noun"
    penal = sum("g:penal" in it for it in known)
    features = []
    for at, text in enumerate(texts):
        place = _place(at)
        found = [
            *known[at],
            *plain[at],
            *(f"{it}@{place}" for it in known[at] if it.startswith(("g:", "m:"))),
            f"place:{place}",
            f"length:{min(5, len(text) // 60)}",
            f"story:{anywhere}",
            f"headline:{'noun' if 'noun' in known[0] else 'no-noun'}",
            f"penal:{min(3, penal)}",
        ]
        found += ["year"] if _YEAR.search(text) else []
        found += ["quote"] if _QUOTE.search(text) else []
        found += ["question"] if text.rstrip().endswith(("?", "？", "؟")) else []
        if at:
            found += [f"h-{it}" for it in known[0] if it.startswith("g:")]
            found += [f"h-{it}" for it in plain[0] if it.startswith("w:")]
            found += [f"before-{it}" for it in known[at - 1] if it.startswith("g:")]
        elif len(texts) > 1:
            found += [f"lead-{it}" for it in plain[1] if it.startswith("w:")]
        if at + 1 < len(texts):
            found += [f"after-{it}" for it in known[at + 1] if it.startswith("g:")]
        features.append(found)
    return features


def _place(at: int) -> int:
    return next((place for place in _PLACES if at <= place), 9)


def _known(words: list[Word]) -> list[str]:
    """The groups of a sentence's words, two by two, and the verbs nearest to each noun."""
    concepts = sorted({word.measure for word in words if word.group == CONCEPTS})
    words = [word for word in words if word.group != CONCEPTS]
    groups = sorted({word.group for word in words})
    found = [f"g:{group}" for group in groups]
    found += sorted({f"m:{word.measure}" for word in words if word.measure})
    found += [f"g:c-{concept}" for concept in concepts]
    found += [f"{one}+{other}" for one, other in combinations([f"c-{it}" for it in concepts], 2)]
    found += [f"{one}&{other}" for one in groups if one in _PAIRED for other in concepts]
    found += [f"{one}+{other}" for one, other in combinations([it for it in groups if it in _PAIRED], 2)]
    nouns = [word for word in words if word.group in NOUNS][:3]
    verbs = [word for word in words if word.group in _VERBS]
    for noun in nouns:
        near = sorted(verbs, key=lambda verb: _gap(noun, verb))[:2]
        for rank, verb in enumerate(near):
            side = "<" if verb.start < noun.start else ">"
            found += [f"v{rank}:{verb.group}", f"v{rank}:{noun.group}{side}{verb.group}"]
            found.append(f"v{rank}:{verb.group}:{sum(_gap(noun, verb) >= limit for limit in _GAPS)}")
    return [*found, "noun" if nouns else "no-noun"]


def _gap(noun: Word, verb: Word) -> int:
    return max(verb.start - noun.end, noun.start - verb.end, 0)


def _plain(text: str) -> list[str]:
    """The sentence's words, cut to their first letters, and each two in a row; in Chinese and Japanese two and three characters."""
    stems = ["^"]
    found = []
    for token in _TOKEN.findall(fold(text).text):
        if _UNSPACED.match(token):
            found += [f"w:{token[at : at + 2]}" for at in range(len(token) - 1)]
            found += [f"b:{token[at : at + 3]}" for at in range(len(token) - 2)]
        else:
            stems.append("#" if token[0].isdigit() else token[:_STEM])
    found += [f"w:{stem}" for stem in stems[1:]]
    return found + [f"b:{one[:5]} {other[:5]}" for one, other in pairwise(stems)]
