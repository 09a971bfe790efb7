"""Trains the model of `tagger`: ``python -m pipeline.enrich.sanctions.training``.

Comes in: `tests/training/sanctions/<language>*.txt`, stories written for the project: ``# number``, then a sentence a line, label and
text parted by a tab, the headline first. Goes out: `data/acts.crfsuite`, the same at every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pycrfsuite

from pipeline.enrich.sanctions.features import story_features, unmasked
from pipeline.enrich.sanctions.lexicon import words_for
from pipeline.enrich.sanctions.tagger import CHANGES, MODEL, OTHERS, STATUSES

CORPUS = Path("tests/training/sanctions")
DATA = Path(__file__).parent / "data"
_SETTINGS = {
    "c1": 0.3,
    "c2": 0.05,
    "max_iterations": 100,
    "feature.minfreq": 2,
    "feature.possible_transitions": True,
}
"""CRFsuite's: L1 keeps the model small, what occurs once teaches nothing; chosen by cross-validation over stories."""


class Labelled(NamedTuple):
    """A training story: its sentences, headline first, and the label of each."""

    language: str
    number: str
    texts: list[str]
    labels: list[str]


def read_corpus(folder: Path = CORPUS) -> list[Labelled]:
    """All training stories; raises `ValueError` for a line or label that is none."""
    return [story for file in sorted(folder.glob("*.txt")) for story in _read(file)]


def _read(file: Path) -> Iterator[Labelled]:
    language = file.stem.split(".")[0]
    for block in file.read_text("utf-8").strip().split("\n\n"):
        number, *lines = block.strip().split("\n")
        rows = [line.split("\t") for line in lines]
        for row in rows:
            if len(row) != 2 or not _is_label(row[0]):
                raise ValueError(f"{file.name} {number}: expected a label, a tab and a sentence, got {row!r}")
        yield Labelled(language, number.lstrip("# "), [text for _, text in rows], [label for label, _ in rows])


def _is_label(label: str) -> bool:
    act, _, status = label.partition("/")
    return label in OTHERS or (act in CHANGES and (not status or status in STATUSES))


def features(story: Labelled) -> list[list[str]]:
    """What the model sees of a story."""
    lexicon = words_for(story.language)
    assert lexicon is not None, "the corpus has languages with words only"  # noqa: S101 - programming error
    words = [unmasked(sorted((*lexicon.triggers(text), *lexicon.others(text)))) for text in story.texts]
    return story_features(story.texts, words)


def train(stories: list[Labelled], path: Path) -> None:
    """Trains a model on the stories and writes it."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=_SETTINGS, verbose=False)
    for story in stories:
        trainer.append(features(story), story.labels)
    trainer.train(str(path))


if __name__ == "__main__":
    train(read_corpus(), DATA / MODEL)
    print(f"{(DATA / MODEL).stat().st_size // 1024} KB")  # noqa: T201 - a script
