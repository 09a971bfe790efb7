"""Many stories that look like a wire's, for measuring with: sentences of the sample wire mixed, other names put in.

Comes in: enriched samples and a seed. Goes out: stories whose tags, offsets included, fit their text. Names are drawn from the gazetteer as
news draws them: a few again and again, most rarely. Pure; the same seed gives the same stories.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

import msgspec

from pipeline.enrich.entities.gazetteer import ANY_LANGUAGE, COUNTRIES_FILE, Entry, entries
from pipeline.enrich.entities.salience import rank_entities
from pipeline.story import Entity, Language, Mention, Story, Topic

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n\n")
_NUMBER = re.compile(r"\d+")
_RENAMED, _OTHER_COUNTRY = 0.7, 0.4
"""How many of the names, and of the countries, are put for others."""
_SKEW = 0.9
"""How much more often the first name comes than the tenth, the hundredth …: Zipf's exponent."""
_OPENING = 3
"""Sentences with which a story goes on about what its headline says."""


@dataclass(frozen=True)
class _Slot:
    """A name in a sentence."""

    entity: Entity
    text: str


@dataclass(frozen=True)
class _Sentence:
    """Text and names in turn; ``topics`` with the number of the piece that speaks for each, and where in it."""

    pieces: tuple[str | _Slot, ...]
    topics: tuple[tuple[Topic, int, int, int], ...]


@dataclass(frozen=True)
class _Sample:
    story: Story
    headline: _Sentence
    sentences: tuple[_Sentence, ...]


@dataclass
class _Text:
    """A field that is being written."""

    name: str
    parts: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, text: str) -> tuple[int, int]:
        """Appends; where it stands."""
        self.parts.append(text)
        start, self.length = self.length, self.length + len(text)
        return start, self.length


class Wire:
    """Makes stories of samples, which are enriched."""

    def __init__(self, samples: Sequence[Story]) -> None:
        self._samples = [_take_apart(story) for story in samples]
        self._sentences: dict[str, list[_Sentence]] = defaultdict(list)
        for sample in self._samples:
            self._sentences[sample.story.language.code] += sample.sentences
        self._names = _drawn_names()

    def stories(self, first: int, count: int, *, start: datetime, step: timedelta) -> Iterator[Story]:
        """The stories of these numbers; number n is received ``n * step`` after the start."""
        random = Random(first)  # noqa: S311 - no secret
        for number in range(first, first + count):
            yield self._story(number, random, start + number * step)

    def _story(self, number: int, random: Random, received: datetime) -> Story:
        sample, size = random.choice(self._samples), len(random.choice(self._samples).story.body)
        pool = self._sentences[sample.story.language.code]
        writing = _Writing(sample.story.language.code, self._names, random)
        writing.write(writing.headline, sample.headline)
        for index in range(len(pool)):
            sentence = sample.sentences[index] if index < min(_OPENING, len(sample.sentences)) else random.choice(pool)
            writing.write(writing.body, sentence)
            writing.body.add("\n\n" if index % 3 == 2 else " ")
            if writing.body.length >= size:
                break
        return writing.story(sample.story, number, received)


class _Writing:
    """One story while it is written: its text, and whom and what it names where."""

    def __init__(self, language: str, names: dict[str, _Drawn], random: Random) -> None:
        self.headline, self.body = _Text("headline"), _Text("body")
        self._language = language
        self._names = names
        self._random = random
        self._others: dict[str, tuple[Entity, str] | None] = {}
        self._entities: dict[str, tuple[Entity, list[Mention]]] = {}
        self._topics: dict[str, tuple[Topic, list[Mention]]] = {}

    def write(self, text: _Text, sentence: _Sentence) -> None:
        """Appends the sentence to a field, with other names and numbers."""
        starts = []
        for piece in sentence.pieces:
            if isinstance(piece, str):
                starts.append(text.add(_NUMBER.sub(self._number, piece))[0])
                continue
            entity, written = self._other(piece.entity) or (piece.entity, piece.text)
            start, end = text.add(written)
            starts.append(start)
            mention = Mention(field=text.name, start=start, end=end, text=written)  # type: ignore[arg-type]  # one of the two
            self._entities.setdefault(entity.id, (entity, []))[1].append(mention)
        for topic, index, first, last in sentence.topics:
            said = sentence.pieces[index]
            if isinstance(said, str):
                start = starts[index]
                place = Mention(field=text.name, start=start + first, end=start + last, text=said[first:last])  # type: ignore[arg-type]
                self._topics.setdefault(topic.id, (topic, []))[1].append(place)

    def story(self, sample: Story, number: int, received: datetime) -> Story:
        """The story, tagged."""
        replace = msgspec.structs.replace
        story = replace(
            sample,
            id=f"bench:{number}",
            guid=str(number),
            provider=self._random.choice(("bench-one", "bench-two", "bench-three", "bench-four")),
            headline="".join(self.headline.parts),
            body="".join(self.body.parts).rstrip(),
            urgency=self._random.choice((None, 1, 2, 3, 4, 4, 4, 5, 5)),
            received=received,
            version_created=received,
            crossheads=(),
            listed=(),
            services=(),
            headlines=(),
            sanctions=tuple(
                replace(event, evidence=(), new=self._random.random() < 0.05) for event in sample.sanctions
            ),
            language=Language(code=sample.language.code, confidence=sample.language.confidence),
            topics=tuple(replace(topic, evidence=tuple(places)) for topic, places in self._topics.values()),
        )
        entities = tuple(replace(it, mentions=tuple(mentions)) for it, mentions in self._entities.values())
        countries = dict.fromkeys(code for entity in entities for code in entity.countries)
        return replace(story, entities=rank_entities(entities, {}, story), countries=tuple(countries)[:20])

    def _other(self, entity: Entity) -> tuple[Entity, str] | None:
        """Whom the story names instead, always the same; None for nobody else."""
        if entity.id not in self._others:
            drawn = self._names.get("country" if entity.id in self._names["country"].ids else entity.type)
            keeps = drawn is None or self._random.random() > drawn.share
            self._others[entity.id] = None if keeps or drawn is None else drawn.draw(self._random, self._language)
        return self._others[entity.id]

    def _number(self, found: re.Match[str]) -> str:
        """Another number of as many digits."""
        return "".join(str(self._random.randrange(10)) for _ in found[0])


@dataclass(frozen=True)
class _Drawn:
    """Entities of a kind, to draw from."""

    entries: tuple[Entry, ...]
    weights: tuple[float, ...]
    share: float
    ids: frozenset[str]

    def draw(self, random: Random, language: str) -> tuple[Entity, str]:
        """An entity and its name in a text of the language."""
        entry = random.choices(self.entries, cum_weights=self.weights)[0]
        aliases = (*entry.aliases.get(language, ()), *entry.aliases.get(ANY_LANGUAGE, ()))
        name = next((alias.text for alias in aliases if not (alias.demonym or alias.weak)), entry.name)
        return Entity(
            id=entry.id, name=entry.name, type=entry.type, source="gazetteer", countries=entry.countries
        ), name


def _drawn_names() -> dict[str, _Drawn]:
    kinds: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries():
        if not entry.is_office:
            kinds["country" if entry.source_file == COUNTRIES_FILE else entry.type].append(entry)
    return {
        kind: _Drawn(
            entries=tuple(found),
            weights=tuple(accumulate(1 / (rank + 1) ** _SKEW for rank in range(len(found)))),
            share=_OTHER_COUNTRY if kind == "country" else _RENAMED,
            ids=frozenset(entry.id for entry in found),
        )
        for kind, found in kinds.items()
        if not Random(kind).shuffle(found)  # type: ignore[func-returns-value]  # noqa: S311 - the files begin with the letter A
    }


def _take_apart(story: Story) -> _Sample:
    spans, start = [], 0
    for end in _SENTENCE_END.finditer(story.body):
        spans.append((start, end.start()))
        start = end.end()
    spans.append((start, len(story.body)))
    sentences = tuple(_sentence(story, "body", *span) for span in spans if span[0] < span[1])
    return _Sample(story, _sentence(story, "headline", 0, len(story.headline)), sentences)


def _sentence(story: Story, name: str, first: int, last: int) -> _Sentence:
    """A span of a field, with the names and the evidence that lie within it."""
    text: str = getattr(story, name)
    mentions = sorted(
        ((it, entity) for entity in story.entities for it in entity.mentions if _lies_in(it, name, first, last)),
        key=lambda pair: pair[0].start,
    )
    pieces: list[str | _Slot] = []
    begins: list[int] = []
    end = first
    for mention, entity in mentions:
        if mention.start < end:
            continue
        pieces += [text[end : mention.start], _Slot(entity, mention.text)]
        begins += [end, mention.start]
        end = mention.end
    pieces.append(text[end:last])
    begins.append(end)
    topics = []
    for topic in story.topics:
        for place in topic.evidence:
            if _lies_in(place, name, first, last):
                index = max(at for at, begin in enumerate(begins) if begin <= place.start)
                if isinstance(pieces[index], str) and place.end <= begins[index] + len(pieces[index]):  # type: ignore[arg-type]
                    topics.append((topic, index, place.start - begins[index], place.end - begins[index]))
    return _Sentence(tuple(pieces), tuple(topics))


def _lies_in(mention: Mention, name: str, first: int, last: int) -> bool:
    return mention.field == name and first <= mention.start and mention.end <= last
