"""Trains the models of `tagger` and `roles`: ``python -m pipeline.enrich.sanctions.training``.

Comes in: `tests/training/sanctions/<language>*.txt`, stories written for the project: ``# number``, then a sentence a line, label and
text parted by a tab, the headline first. Behind the number of some stands who acts against whom (``# 07 EU>RU,BY; US>CN old``). Goes
out: `data/acts.crfsuite` and `data/roles.crfsuite`, the same at every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import pycrfsuite

from pipeline.enrich.entities import match_entities
from pipeline.enrich.entities.governments import with_roles
from pipeline.enrich.folding import fold
from pipeline.enrich.sanctions.actors import actors_of, with_bodies
from pipeline.enrich.sanctions.features import story_features, unmasked
from pipeline.enrich.sanctions.lexicon import Word, words_for
from pipeline.enrich.sanctions.roles import BY, NONE, TARGET, actor_features
from pipeline.enrich.sanctions.roles import MODEL as ROLES
from pipeline.enrich.sanctions.tagger import CHANGES, MODEL, OTHERS, STATUSES
from pipeline.story import Language, Story

CORPUS = Path("tests/training/sanctions")
DATA = Path(__file__).parent / "data"
_SETTINGS = {
    "c1": 1.0,
    "c2": 0.3,
    "max_iterations": 100,
    "feature.minfreq": 2,
    "feature.possible_transitions": True,
}
_EVERY, _ALONE = 6, 2
_ROLE_SETTINGS = {"c1": 0.2, "c2": 0.3, "max_iterations": 100, "feature.minfreq": 2}
"""CRFsuite's: L1 keeps the model small, what occurs once teaches nothing; chosen by cross-validation over stories."""


class Act(NamedTuple):
    """Who acts against whom, by country or body; ``old``: what only history tells of."""

    by: str
    targets: frozenset[str]
    old: bool


class Labelled(NamedTuple):
    """A training story: its sentences, headline first, the label of each, and its acts where somebody said them."""

    language: str
    texts: list[str]
    labels: list[str]
    acts: list[Act]


def read_corpus(folder: Path = CORPUS) -> list[Labelled]:
    """All training stories; raises `ValueError` for a line or label that is none."""
    return [story for file in sorted(folder.rglob("*.txt")) for story in _read(file)]


def _read(file: Path) -> Iterator[Labelled]:
    language = file.stem.split(".")[0]
    for block in file.read_text("utf-8").strip().split("\n\n"):
        number, *lines = block.strip().split("\n")
        rows = [line.split("\t") for line in lines]
        for row in rows:
            if len(row) != 2 or not _is_label(row[0]):
                raise ValueError(f"{file.name} {number}: expected a label, a tab and a sentence, got {row!r}")
        yield Labelled(language, [text for _, text in rows], [label for label, _ in rows], list(_acts(number)))


def _acts(heading: str) -> Iterator[Act]:
    for act in heading.lstrip("# ").partition(" ")[2].split("; "):
        if act:
            by, _, targets = act.removesuffix(" old").partition(">")
            yield Act(by, frozenset(targets.split(",")), act.endswith(" old"))


def _is_label(label: str) -> bool:
    act, _, status = label.partition("/")
    return label in OTHERS or (act in CHANGES and (not status or status in STATUSES))


def words_in(story: Labelled) -> list[list[Word]]:
    """The lexicon's words in each sentence."""
    lexicon = words_for(story.language)
    assert lexicon is not None, "the corpus has languages with words only"  # noqa: S101 - programming error
    return [unmasked(sorted((*lexicon.triggers(it), *lexicon.others(it)))) for it in map(fold, story.texts)]


def variants(stories: list[Labelled]) -> Iterator[Labelled]:
    """Each story as it stands; its headline alone and with the lead, as flashes come; and two sentences here and there without one."""
    for number, story in enumerate(stories):
        yield story
        for end in (1, 2):
            yield story._replace(texts=story.texts[:end], labels=story.labels[:end])
        for at in range(1 + number % 2, len(story.texts), _EVERY):
            end = at + _ALONE
            yield story._replace(texts=["", *story.texts[at:end]], labels=["none", *story.labels[at:end]])


def train_acts(stories: list[Labelled], path: Path) -> None:
    """Trains the model that labels sentences and writes it."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=_SETTINGS, verbose=False)
    for story in variants(stories):
        trainer.append(
            story_features(story.texts, [fold(text).text for text in story.texts], words_in(story)), story.labels
        )
    trainer.train(str(path))


def train_roles(stories: list[Labelled], path: Path) -> None:
    """Trains the model that tells who acts from who is hit and writes it."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=_ROLE_SETTINGS, verbose=False)
    for story in stories:
        for features, role in role_samples(story) if story.acts else ():
            trainer.append([features], [role])
    trainer.train(str(path))


def role_samples(story: Labelled) -> Iterator[tuple[list[str], str]]:
    """The features and the part of each actor with a country, in sentences about sanctions; who does both is left out."""
    body = " ".join(story.texts[1:])
    starts = [0, *accumulate((len(text) + 1 for text in story.texts[1:-1]), initial=0)]
    whole = Story(
        id="training",
        guid="1",
        provider="p",
        language=Language(code=story.language),
        headline=story.texts[0],
        body=body,
    )
    entities, demonyms = match_entities(whole)
    found = actors_of(with_roles(entities, whole), demonyms)
    headline = frozenset(actor.code for actor in found["headline"])
    for at, (text, label, words) in enumerate(zip(story.texts, story.labels, words_in(story), strict=True)):
        act, start, field = label.partition("/")[0], starts[at], "body" if at else "headline"
        if act == "none":
            continue
        placed = [word._replace(start=word.start + start, end=word.end + start) for word in words]
        inside = [actor for actor in found[field] if start <= actor.start < start + len(text)]
        actors = with_bodies(inside, placed, field)
        told = [it for it in story.acts if it.old == (act in ("old", "mention"))] or story.acts
        acting, hit = {it.by for it in told}, {code for it in told for code in it.targets}
        folded = fold(text).text if fold(text).origins is None else text.lower()
        features = actor_features(folded, start, actors, placed, act=act, headline=headline)
        for actor, its in zip(actors, features, strict=True):
            if actor.code and not (actor.code in acting and actor.code in hit):
                yield its, BY if actor.code in acting else TARGET if actor.code in hit else NONE


if __name__ == "__main__":
    corpus = read_corpus()
    train_acts(corpus, DATA / MODEL)
    train_roles(corpus, DATA / ROLES)
    for model in (MODEL, ROLES):
        print(f"{model}: {(DATA / model).stat().st_size // 1024} KB")  # noqa: T201 - a script
