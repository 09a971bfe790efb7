"""What people call the values of facets: countries, languages and topics by name."""

from __future__ import annotations

from babel import Locale

from pipeline.alerts.rules.names import topic_names

_ENGLISH = Locale("en")
_LANGUAGES = {"und": "unknown"}


def label_of(facet: str, value: str) -> str:
    """The name of a facet's value; the value itself where it has none."""
    match facet:
        case "language":
            return _LANGUAGES.get(value) or _ENGLISH.languages.get(value, value)
        case "country":
            name: str = _ENGLISH.territories.get(value, value)
            return name
        case "topic":
            return topic_names().get(value, value)
    return value
