"""Conditions on what a story carries as a word: topics, countries, language, provider, genre, keywords. One of the values must be there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from babel import Locale

from pipeline.alerts.rules.conditions.base import Condition, Found, said, wanted
from pipeline.alerts.rules.given import Given
from pipeline.alerts.rules.keys import KeySets, Kind
from pipeline.alerts.rules.names import read_country, read_topic, topic_names
from pipeline.alerts.rules.reason import Reason
from pipeline.alerts.rules.view import View, level
from pipeline.enrich.language import UNKNOWN
from pipeline.errors import Reject
from pipeline.formats.providers import provider_named

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_LANGUAGES = {name.lower(): code for code, name in Locale("en").languages.items()}


@dataclass(frozen=True)
class _Tag(Condition):
    """``values``: what the file names, as stories carry it."""

    kind: ClassVar[Kind]
    values: frozenset[str]

    @property
    def keys(self) -> KeySets:
        return (frozenset((self.kind, value) for value in self.values),)

    def why(self, view: View, found: Found | None) -> str:
        return said(found) if found else wanted(sorted(self.values), self._has(view))

    def _has(self, view: View) -> list[str]:
        raise NotImplementedError


@dataclass(frozen=True)
class Topics(_Tag):
    """A topic."""

    name: ClassVar[str] = "topics"
    kind: ClassVar[Kind] = "topic"

    def holds(self, view: View) -> bool:
        return not self.values.isdisjoint(view.topics)

    def evidence(self, view: View) -> Found:
        reasons = [
            Reason(self.name, topic.name, topic.evidence[0] if topic.evidence else None, f"topic:{topic.id}")
            for topic in view.story.topics
            if topic.id in self.values
        ]
        return Found(tuple(reasons))

    def why(self, view: View, found: Found | None) -> str:
        names = topic_names()
        return said(found) if found else wanted((names[it] for it in sorted(self.values)), self._has(view))

    def _has(self, view: View) -> list[str]:
        return [topic.name for topic in view.story.topics]


@dataclass(frozen=True)
class Countries(_Tag):
    """A country that the story is about."""

    name: ClassVar[str] = "countries"
    kind: ClassVar[Kind] = "country"

    def holds(self, view: View) -> bool:
        return not self.values.isdisjoint(view.countries)

    def evidence(self, view: View) -> Found:
        return Found(
            tuple(
                Reason(self.name, country, view.mention_of_country(country), f"country:{country}")
                for country in view.story.countries
                if country in self.values
            )
        )

    def _has(self, view: View) -> list[str]:
        return [*view.story.countries]


@dataclass(frozen=True)
class _Single(_Tag):
    """A tag of which a story has one."""

    def holds(self, view: View) -> bool:
        return self._value(view) in self.values

    def evidence(self, view: View) -> Found:
        return Found((Reason(self.name, self._shown(view), None, f"{self.kind}:{self._value(view)}"),))

    def _has(self, view: View) -> list[str]:
        return [shown] if (shown := self._shown(view)) else []

    def _value(self, view: View) -> str:
        raise NotImplementedError

    def _shown(self, view: View) -> str:
        return self._value(view)


@dataclass(frozen=True)
class Languages(_Single):
    """The detected language."""

    name: ClassVar[str] = "languages"
    kind: ClassVar[Kind] = "language"

    def _value(self, view: View) -> str:
        return view.story.language.code


@dataclass(frozen=True)
class Providers(_Single):
    """Who sent the story."""

    name: ClassVar[str] = "providers"
    kind: ClassVar[Kind] = "provider"

    def _value(self, view: View) -> str:
        return view.story.provider


@dataclass(frozen=True)
class Genre(_Single):
    """The provider's genre, in any case."""

    name: ClassVar[str] = "genre"
    kind: ClassVar[Kind] = "genre"

    def _value(self, view: View) -> str:
        return view.genre

    def _shown(self, view: View) -> str:
        return view.story.genre or ""


@dataclass(frozen=True)
class Keywords(_Tag):
    """A keyword of the provider, in any case."""

    name: ClassVar[str] = "keywords"
    kind: ClassVar[Kind] = "keyword"

    def holds(self, view: View) -> bool:
        return not self.values.isdisjoint(view.keywords)

    def evidence(self, view: View) -> Found:
        reasons = [
            Reason(self.name, shown, None, f"keyword:{keyword}")
            for keyword, shown in view.keywords.items()
            if keyword in self.values
        ]
        return Found(tuple(reasons))

    def _has(self, view: View) -> list[str]:
        return [*view.story.keywords]


def read_topics(given: Given) -> Topics:
    """Topics by id or English name."""
    return Topics(frozenset(read_topic(value) for value in given.each()))


def read_countries(given: Given) -> Countries:
    """Countries by code."""
    return Countries(frozenset(read_country(value) for value in given.each()))


def read_languages(given: Given) -> Languages:
    """Languages by code."""
    return Languages(frozenset(_language(value) for value in given.each()))


def read_providers(given: Given) -> Providers:
    """Providers by id."""
    return Providers(frozenset(_provider(value) for value in given.each()))


def read_genre(given: Given) -> Genre:
    """Genres as the provider writes them."""
    return Genre(frozenset(level(value.text()) for value in given.each()))


def read_keywords(given: Given) -> Keywords:
    """Keywords as the provider writes them."""
    return Keywords(frozenset(level(value.text()) for value in given.each()))


def _language(given: Given) -> str:
    text = given.text("a language code such as de")
    if not _LANGUAGE.fullmatch(text) or (text != UNKNOWN and text not in _LANGUAGES.values()):
        meant = _LANGUAGES.get(text.lower()) or (text.lower() if text.lower() in _LANGUAGES.values() else None)
        hint = f"did you mean {meant!r}? " if meant else ""
        raise given.problem(
            f"{text!r} is no language code", f"{hint}write two small letters as in de (ISO 639-1), or und for unknown"
        )
    return text


def _provider(given: Given) -> str:
    text = given.text("the id of a provider")
    try:
        known = provider_named(text).id
    except Reject as error:
        raise given.problem(f"{text!r} is no provider: {error.reason}", "write its id, as in dpa") from error
    if known != text:
        raise given.problem(f"{text!r} is a name of the provider {known}", f"write its id, {known}")
    return text
