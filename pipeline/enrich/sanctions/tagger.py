"""What each sentence of a story says of sanctions, as a model reads it: a linear-chain CRF (CRFsuite) over the sentences.

Comes in: the sentences of one story with the lexicon's words in them. Goes out: a label for each (see `Label`). One model reads all
languages; `training.py` makes it from `tests/training/sanctions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files
from typing import NamedTuple

import pycrfsuite

from pipeline.enrich.sanctions.features import story_features
from pipeline.enrich.sanctions.lexicon import Word

MODEL = "acts.crfsuite"
CHANGES = frozenset(("impose", "extend", "tighten", "ease", "lift"))
"""What is done with sanctions when they are new or change."""
STATUSES = frozenset(("proposed", "failed", "denied"))
OTHERS = frozenset(("threaten", "call", "evade", "detail", "mention", "old", "none"))
_SURE = 0.55
"""How probable news must be; chosen on the training stories by cross-validation."""


class Label(NamedTuple):
    """What a sentence says: ``act`` is one of `CHANGES` or `OTHERS`, ``status`` one of `STATUSES` or empty.

    ``detail`` goes on with the facts of the news before it, ``mention`` and ``old`` speak of sanctions that were there.
    """

    act: str
    status: str


def is_news(act: str, status: str) -> bool:
    """Whether a label stands for new or changed sanctions: done or formally proposed, not failed or denied."""
    return act in CHANGES and status in ("", "proposed")


def label_sentences(texts: Sequence[str], folded: Sequence[str], words: Sequence[list[Word]]) -> list[Label]:
    """The labels of a story's sentences, headline first; see `story_features`."""
    tagger, labels = _tagger()
    best = tagger.tag(story_features(texts, folded, words))
    return [_label(tagger, labels, at, chosen) for at, chosen in enumerate(best)]


def _label(tagger: pycrfsuite.Tagger, labels: dict[str, bool], at: int, chosen: str) -> Label:
    """The label that the best sequence has there, unless its other labels together make it news or none."""
    outweighed = _SURE if labels[chosen] else 1.0 - _SURE
    if tagger.marginal(chosen, at) <= outweighed:  # above it no sum of other labels is larger
        news = sum(tagger.marginal(label, at) for label, is_news in labels.items() if is_news)
        if labels[chosen] != (news > _SURE):
            fitting = [label for label, is_news in labels.items() if is_news == (news > _SURE)]
            chosen = max(fitting, key=lambda label: tagger.marginal(label, at))
    act, _, status = chosen.partition("/")
    return Label(act, status)


@cache
def _tagger() -> tuple[pycrfsuite.Tagger, dict[str, bool]]:
    tagger = pycrfsuite.Tagger()
    with as_file(files(__package__) / "data" / MODEL) as path:
        tagger.open(str(path))
    return tagger, {label: is_news(*label.partition("/")[::2]) for label in tagger.labels()}
