"""Sanction events of a story: who does what to whom, by what means, and is it news.

Comes in: a story with its entities. Goes out: its sanction events, each once, the news first. `lexicon` knows the words,
`tagger` says what each sentence does, `reading` makes an event of it, `actors` says who plays which part; here the events of sentences
become those of the story.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from pipeline.enrich.folding import fold
from pipeline.enrich.sanctions.actors import Actor, actors_of
from pipeline.enrich.sanctions.events import STRENGTH, family, is_news, make_events
from pipeline.enrich.sanctions.features import unmasked
from pipeline.enrich.sanctions.lexicon import Lexicon, Word, within, words_for
from pipeline.enrich.sanctions.reading import Sentence, read
from pipeline.enrich.sanctions.sentences import sentences
from pipeline.enrich.sanctions.tagger import label_sentences
from pipeline.story import Entity, Mention, SanctionEvent, Story

__all__ = ["STRENGTH", "family", "find_sanctions", "is_news"]

_READ = 7
"""Sentences of the body that are read whatever they say; further ones only if a word of sanctions stands in them."""
_OPENING = 3
_DATELINE = re.compile(r"[^.!?\n]{2,90}?(?:\)\s*[-–—.:]*|\s[-–—]{1,2})\s")
"""Where copy still opens with one: "BRUSSELS, May 3 (Reuters) - "."""


def find_sanctions(
    story: Story, entities: tuple[Entity, ...], demonyms: dict[str, tuple[Mention, ...]]
) -> tuple[SanctionEvent, ...]:
    """The story's sanction events; none where the language has no words or the story has none of them."""
    lexicon = words_for(story.language.code)
    if lexicon is None:
        return ()
    triggers = {name: lexicon.triggers(fold(getattr(story, name))) for name in ("headline", "body")}
    actors = actors_of(entities, demonyms)
    if not any(triggers.values()) and not _opens_between_states(story, actors):
        return ()
    dateline = _DATELINE.match(story.body)
    if dateline is not None:
        actors["body"] = [actor for actor in actors["body"] if actor.start >= dateline.end()]
    read_in = list(_sentences(story, triggers, actors, lexicon))
    labels = label_sentences([it.text for it in read_in], [it.folded for it in read_in], [it.words for it in read_in])
    headline = frozenset(actor.code for actor in actors["headline"])
    readings = [
        read(it, label, language=story.language.code, headline=headline)
        for it, label in zip(read_in, labels, strict=True)
    ]
    return make_events([it for it in readings if it is not None])


def _opens_between_states(story: Story, actors: dict[str, list[Actor]]) -> bool:
    """Whether headline and opening name two states: then the story may tell of sanctions in words that no list has."""
    spans = [end for _, end in islice(sentences(story.body), _OPENING)]
    end = spans[-1] if spans else 0
    codes = {it.code for it in actors["headline"]} | {it.code for it in actors["body"] if it.start < end}
    return len(codes - {""}) > 1


def _sentences(
    story: Story, triggers: dict[str, list[Word]], actors: dict[str, list[Actor]], lexicon: Lexicon
) -> Iterator[Sentence]:
    """The headline, the body's first sentences, and all in which a word of sanctions stands."""
    for name, spans in (("headline", [(0, len(story.headline))]), ("body", list(sentences(story.body)))):
        text: str = getattr(story, name)
        folded = fold(text)
        found = [within(triggers[name], start, end) for start, end in spans]
        read_in = [at for at, words in enumerate(found) if at < _READ or words]
        further = _further(text, [spans[at] for at in read_in], lexicon)
        for at in read_in:
            start, end = spans[at]
            words = unmasked(sorted((*found[at], *(it for it in within(further, start, end) if it.end <= end))))
            acting = [actor for actor in actors[name] if start <= actor.start < end]
            order = at + 1 if name == "body" else 0
            yield Sentence(name, start, end, order, text[start:end], folded.part(start, end), words, acting)


def _further(text: str, spans: list[tuple[int, int]], lexicon: Lexicon) -> list[Word]:
    """The words beside the triggers in the spans, by start: spans that follow each other are looked through at once."""
    runs: list[tuple[int, int]] = []
    for start, end in spans:
        if runs and runs[-1][1] == start:
            start = runs.pop()[0]
        runs.append((start, end))
    return sorted(word for start, end in runs for word in lexicon.others(fold(text[start:end]), start))
