"""A story as conditions look at it: each thing by what they ask for, worked out once and only if asked.

Comes in: a story, and the words of the rules that are tried on it. Goes out: lookups. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from pipeline.enrich.folding import fold
from pipeline.enrich.languages import LANGUAGES
from pipeline.enrich.matching import Pattern, PhraseMatcher
from pipeline.story import Entity, Mention, Story, Topic

Field = Literal["headline", "body"]
FIELDS: tuple[Field, ...] = ("headline", "body")
_PREFIXES = frozenset(prefix for language in LANGUAGES.values() for prefix in language.prefixes)
"""What some language writes joined before a word (Arabic "and", "the"); no other script has these letters."""


class Sought(NamedTuple):
    """A word or phrase to look for, folded; ``is_open``: the last word may go on."""

    text: str
    is_open: bool


class Place(NamedTuple):
    """Where something stands."""

    field: Field
    start: int
    end: int


class WordMatcher:
    """Finds all words of some rules in one pass."""

    def __init__(self, words: Iterable[Sought]) -> None:
        patterns = [Pattern(word.text, word, open_right=word.is_open) for word in dict.fromkeys(words)]
        self._matcher = PhraseMatcher(patterns, prefixes=_PREFIXES) if patterns else None

    def find(self, story: Story) -> dict[Sought, list[Place]]:
        """Where each word stands that the story has, the headline first."""
        found: dict[Sought, list[Place]] = {}
        if self._matcher is not None:
            for field in FIELDS:
                for start, end, word in self._matcher.find(fold(getattr(story, field))):
                    found.setdefault(word, []).append(Place(field, start, end))
        return found


class View:
    """A story, ready for conditions."""

    def __init__(self, story: Story, words: WordMatcher) -> None:
        self.story = story
        self._words = words

    @cached_property
    def topics(self) -> dict[str, Topic]:
        """The topics by id."""
        return {topic.id: topic for topic in self.story.topics}

    @cached_property
    def entities(self) -> dict[str, Entity]:
        """The entities by id."""
        return {entity.id: entity for entity in self.story.entities}

    @cached_property
    def names(self) -> dict[str, list[Entity]]:
        """The entities by name, folded: their own, and as the text writes it."""
        found: dict[str, list[Entity]] = {}
        for entity in self.story.entities:
            found.setdefault(level(entity.name), []).append(entity)
            for mention in entity.mentions:
                if mention.text != entity.name:
                    found.setdefault(level(mention.text), []).append(entity)
        return found

    @cached_property
    def countries(self) -> frozenset[str]:
        """The countries."""
        return frozenset(self.story.countries)

    @cached_property
    def keywords(self) -> dict[str, str]:
        """The provider's keywords as they came, by their folded form."""
        return {level(keyword): keyword for keyword in self.story.keywords}

    @cached_property
    def genre(self) -> str:
        """The genre, folded; empty for none."""
        return level(self.story.genre or "")

    @cached_property
    def places(self) -> dict[Sought, list[Place]]:
        """Where the words of the rules stand."""
        return self._words.find(self.story)

    def mention(self, place: Place) -> Mention:
        """The place with its text."""
        field, start, end = place
        return Mention(field=field, start=start, end=end, text=getattr(self.story, field)[start:end])

    def mention_of_country(self, country: str) -> Mention | None:
        """Where the story first names the country or something of it."""
        return next(
            (entity.mentions[0] for entity in self.story.entities if country in entity.countries and entity.mentions),
            None,
        )


@lru_cache(maxsize=8192)  # the news names the same people again and again
def level(text: str) -> str:
    """A short text without differences of case, blanks and spelling."""
    return " ".join(fold(text).text.split())
