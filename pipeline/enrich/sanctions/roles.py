"""Who acts and who is hit in a sentence, as a model reads it: each actor's place, neighbours and kind say which part it plays.

Comes in: a sentence's words and actors and what its label says. Goes out: a part for each actor. A log-linear model (CRFsuite, one actor
at a time) for all languages; `training.py` makes it from the stories that say who acts against whom.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files

import pycrfsuite

from pipeline.enrich.sanctions.actors import Actor
from pipeline.enrich.sanctions.lexicon import ACTIONS, NOUNS, Word

MODEL = "roles.crfsuite"
BY, TARGET, NONE = "by", "target", "none"
_WORD = re.compile(r"\w+|[^\w\s]")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_STEM, _ENDING, _AROUND = 5, 2, 24
_GAPS = (2, 12, 30, 70)


def actor_features(
    folded: str, start: int, actors: Sequence[Actor], words: Sequence[Word], *, act: str, headline: frozenset[str]
) -> list[list[str]]:
    """The features of a sentence's actors.

    ``folded``: the sentence folded letter for letter; ``start``: where it stands in its field; ``act``: its label's; ``headline``: the
    codes of the headline's actors.
    """
    nouns = [word for word in words if word.group in NOUNS]
    verbs = [word for word in words if word.group in ACTIONS]
    pointers = [word for word in words if word.group == "against"]
    directions = [word for word in words if word.group == "toward"]
    codes = [actor.code for actor in actors]
    features = []
    for at, actor in enumerate(actors):
        before, after = (
            folded[max(0, actor.start - start - _AROUND) : actor.start - start],
            folded[actor.end - start :][:_AROUND],
        )
        kind = f"{actor.type}{'' if actor.named else '-demonym'}"
        found = [
            f"kind:{kind}",
            f"code:{actor.code}",
            f"code:{actor.code}:{act}",
            f"act:{act}",
            f"order:{min(at, 3)}",
            f"order:{min(at, 3)}:{act}",
            f"last:{at == len(actors) - 1}:{min(len(actors), 4)}",
            f"first-of-code:{actor.code not in codes[:at]}",
            f"in-headline:{actor.code in headline}:{bool(headline)}",
            f"ends:{folded[actor.start - start : actor.end - start][-_ENDING:]}",
            *_near("noun", actor, nouns),
            *_near("verb", actor, verbs),
            *_near("pointer", actor, pointers),
            *_near("toward", actor, directions),
            *_stems("before", _tokens(before)[::-1]),
            *_stems("after", _tokens(after)),
        ]
        if at:
            found.append(f"after-code:{codes[at - 1]}")
        if at + 1 < len(actors):
            found.append(f"before-code:{codes[at + 1]}")
        features.append(found)
    return features


def _near(name: str, actor: Actor, words: Sequence[Word]) -> list[str]:
    """Where the nearest of the words stands, seen from the actor, how far and what it is."""
    if not words:
        return [f"{name}:no"]
    _, start, end, *_ = actor
    gap, _, word = min((max(it.start - end, start - it.end), at, it) for at, it in enumerate(words))
    side = "<" if word.start < start else ">"
    far = bisect_right(_GAPS, max(gap, 0))
    return [f"{name}:{side}", f"{name}:{side}{far}", f"{name}:{side}{word.group}", f"{name}:{side}{far}{word.group}"]


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    for token in _WORD.findall(text):
        found += list(token) if _UNSPACED.match(token) else [token]
    return found


def _stems(name: str, tokens: list[str]) -> list[str]:
    """The two words next to the actor, and the letters with which the nearer one begins."""
    near = [token[:_STEM] for token in tokens[:2]]
    return [f"{name}{at}:{stem}" for at, stem in enumerate(near)] + (
        [f"{name}:{' '.join(near)}"] if len(near) > 1 else []
    )


def assign_roles(
    folded: str, start: int, actors: Sequence[Actor], words: Sequence[Word], *, act: str, headline: frozenset[str]
) -> list[str]:
    """The part that each actor plays: `BY`, `TARGET` or `NONE`; see `actor_features`."""
    if not actors:
        return []
    # The model knows nothing of sequences, so all actors can be asked for at once.
    parts: list[str] = _tagger().tag(actor_features(folded, start, actors, words, act=act, headline=headline))
    return parts


@cache
def _tagger() -> pycrfsuite.Tagger:
    tagger = pycrfsuite.Tagger()
    with as_file(files(__package__) / "data" / MODEL) as path:
        tagger.open(str(path))
    return tagger
