"""Trains the taggers of `tagger`: ``python -m pipeline.enrich.entities.models.training [LANGUAGE …]``.

Comes in: the stories of `tests/training/<language>.txt`, written for the project, their names marked ``[[surface|P]]`` (person),
``O`` (organisation), ``L`` (place) or ``X`` (another name), stories parted by ``---`` lines, the first paragraph the headline.
Goes out: `data/<language>.crfsuite`. Each story is read several times, with its names swapped for others of the corpus, so
that the model learns where names stand and not which; what it learns is the same at every run.
"""

from __future__ import annotations

import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pycrfsuite

from pipeline.enrich.entities.linking import match_entities
from pipeline.enrich.entities.models.features import UNSPACED, read_features, read_words
from pipeline.enrich.entities.models.refining import hints
from pipeline.enrich.entities.names import FIELDS, find_names
from pipeline.story import Language, Story

CORPUS = Path("tests/training")
MODELS = Path(__file__).parent / "data"
_MARK = re.compile(r"\[\[([^\[\]|]+)\|([POLX])\]\]")
_TYPES = {"P": "person", "O": "organisation", "L": "place", "X": "O"}
_VARIANTS = 2
"""How often each story is read with other names, beside once as it stands."""
_PLACE_LIKE_NAMES = (
    "Jordan Chad Georgia Sydney Paris Florence Austin Israel Milan Chelsea Brooklyn Dakota Carolina Virginia India Kenya Asia "
    "Savannah Charlotte Victoria Santiago Salvador Trinidad Valencia Vienna London Lincoln Jackson Madison Houston Alexandria"
)
_PLACE_LIKE_SURNAMES = (
    "Washington Berlin London Holland England Ireland France Kent York Lancaster Moscow Hamburg Roma Luxemburg"
)
_PLACE_LIKE = 0.25
"""How often a person gets a first name or surname that is a place elsewhere."""
_PLACE_LIKE_NAMES_IN = frozenset(["de", "en", "es", "fr", "it", "nl", "pt"])
_SISTERS = ("de en es fr it nl pl pt tr", "ru uk", "ar fa", "ja zh")
"""Languages of one script: each also learns from the others' stories, whose names look the same."""
_SETTINGS = {"c1": 0.1, "c2": 0.01, "max_iterations": 100, "feature.possible_transitions": True}
"""CRFsuite's: a little L1 keeps the model small; chosen on the development stories."""

Marked = list[tuple[str, str]]
"""A text in pieces: (what it says, P, O, L, X or nothing for the text between names)."""


class Example(NamedTuple):
    """A text with the features and the right tag of each word."""

    features: list[list[str]]
    tags: list[str]


def read_corpus(text: str) -> list[tuple[Marked, Marked]]:
    """Headline and body of each story; raises `ValueError` for a mark that is none."""
    stories = []
    for story in re.split(r"^---\s*$", text, flags=re.MULTILINE):
        headline, _, body = story.strip().partition("\n")
        if headline:
            stories.append((_pieces(headline), _pieces(body.strip())))
    return stories


def _pieces(text: str) -> Marked:
    pieces: Marked = []
    end = 0
    for mark in _MARK.finditer(text):
        pieces += [(text[end : mark.start()], ""), (mark[1], mark[2])]
        end = mark.end()
    pieces.append((text[end:], ""))
    plain = "".join(piece for piece, _ in pieces)
    if "[[" in plain or "]]" in plain:
        raise ValueError(f"expected [[surface|P]], O, L or X, got {plain[max(0, plain.find('[[')) :][:60]!r}")
    return pieces


def examples(stories: Iterable[tuple[Marked, Marked]], language: str) -> Iterator[Example]:
    """What the model learns from: headline and body of each story, as hints and words see them."""
    for marked in stories:
        headline, body = ("".join(piece for piece, _ in part) for part in marked)
        story = Story(
            id="training",
            guid="training",
            provider="training",
            language=Language(code=language),
            headline=headline,
            body=body,
        )
        linked = match_entities(story)
        names = find_names(story, linked.entities)
        for field, pieces in zip(FIELDS, marked, strict=True):
            text = getattr(story, field)
            words = read_words(text, language)
            features = read_features(words, hints(field, linked, names), text, language)
            yield Example(features, _tags([(word.start, word.end) for word in words], pieces))


def _tags(words: list[tuple[int, int]], pieces: Marked) -> list[str]:
    tags = ["O"] * len(words)
    start = 0
    for text, kind in pieces:
        end = start + len(text)
        if kind and _TYPES[kind] != "O":
            inside = [at for at, word in enumerate(words) if word[0] < end and start < word[1]]
            for at in inside:
                tags[at] = ("B-" if at == inside[0] else "I-") + _TYPES[kind]
        start = end
    return tags


def swapped(stories: list[tuple[Marked, Marked]], language: str, chance: random.Random) -> list[tuple[Marked, Marked]]:
    """The stories with each name swapped for another of its kind and form; the same name for the same one in a story."""
    pool: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for marked in stories:
        for text, kind in (*marked[0], *marked[1]):
            if kind:
                pool[_form(text, kind, language)].append(text)
    return [_swap(marked, pool, language, chance) for marked in stories]


def _swap(
    marked: tuple[Marked, Marked], pool: dict[tuple[str, ...], list[str]], language: str, chance: random.Random
) -> tuple[Marked, Marked]:
    chosen: dict[str, str] = {}
    parts = []
    for part in marked:
        pieces: Marked = []
        for text, kind in part:
            if kind and text not in chosen:
                chosen[text] = chance.choice(pool[_form(text, kind, language)])
                if kind == "P" and language in _PLACE_LIKE_NAMES_IN and chance.random() < _PLACE_LIKE:
                    chosen[text] = _place_like(chosen[text], chance)
            pieces.append((chosen[text] if kind else text, kind))
        parts.append(pieces)
    return parts[0], parts[1]


def _place_like(name: str, chance: random.Random) -> str:
    """The name of a person with a first name or a surname that is also a place; a single word stays."""
    words = name.split()
    if len(words) != 2 or name.isupper():
        return name
    if chance.random() < 0.7:
        return f"{chance.choice(_PLACE_LIKE_NAMES.split())} {words[1]}"
    return f"{words[0]} {chance.choice(_PLACE_LIKE_SURNAMES.split())}"


def _form(text: str, kind: str, language: str) -> tuple[str, ...]:
    """What a name must share with another to stand in its place: kind, number of words and, where words decline, the end."""
    ending = "" if language in UNSPACED else text[-2:]
    return kind, str(min(3, len(text.split()))), ending, "upper" if text.isupper() else ""


def train(language: str, *, corpus: Path = CORPUS, models: Path = MODELS) -> Path:
    """Trains the model of a language and gives its path."""
    stories = read_corpus((corpus / f"{language}.txt").read_text("utf-8"))
    chance = random.Random(language)  # noqa: S311 - reproducible, not secret
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=_SETTINGS, verbose=False)
    for read in (stories, *(swapped(stories, language, chance) for _ in range(_VARIANTS))):
        for example in examples(read, language):
            trainer.append(example.features, example.tags)
    for sister in _sisters(language):
        if (file := corpus / f"{sister}.txt").exists():
            for example in examples(read_corpus(file.read_text("utf-8")), sister):
                trainer.append(example.features, example.tags)
    models.mkdir(exist_ok=True)
    path = models / f"{language}.crfsuite"
    trainer.train(str(path))
    return path


def _sisters(language: str) -> list[str]:
    return [one for group in _SISTERS if language in group.split() for one in group.split() if one != language]


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(file.stem for file in CORPUS.glob("*.txt")):
        written = train(name)
        print(f"{name}: {written.stat().st_size // 1024} KB")  # noqa: T201 - a script
