"""A story's document: made from what is known of the story, and read back from it.

Comes in: a `State` (the best text and the kill, if any). Goes out: the JSON object that Elasticsearch stores, flat keyword
fields for Kibana included; and back. Never talks to Elasticsearch.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from pipeline.story import Story

MAX_ID_BYTES = 512
"""Elasticsearch's limit; one longer id fails the whole bulk request."""

ALWAYS = "1970-01-01T00:00:00Z"
"""``visible_from`` of a story without embargo: the alias `stories` shows what is visible from now or earlier."""

PLAIN_TEXT = "plain"
_ELIDING = frozenset(("ca", "fr", "it"))
_ELISION = re.compile(r"\b(\w{1,7})['’](?=\w)")
"""l'embargo, dell'Unione, jusqu'au: the standard analyzer keeps each as one word, which nobody searches for."""

FLAT_BY_TYPE = {
    "person": "people",
    "organisation": "organisations",
    "place": "places",
    "product": "products",
    "event": "events",
}
_RENAMED = {"topics": "topic_tags"}
"""Where the story's field name is taken by a flat keyword field of the document."""


@dataclass(frozen=True)
class State:
    """What is known of a story: its best text, and the kill that hides it. At least one is there."""

    text: Story | None = None
    kill: Story | None = None

    @property
    def shown(self) -> Story:
        """The story that the document shows: the text, or the kill where no text ever came."""
        shown = self.text or self.kill
        assert shown is not None, "a state holds a text or a kill"  # noqa: S101 - an invariant, not input
        return shown


def make_document(state: State, *, indexed_at: datetime, languages: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The document of a story. ``languages`` are those with an analyzer of their own in the cluster."""
    story = state.shown
    fields = story.to_dict()
    for name, renamed in _RENAMED.items():
        fields[renamed] = fields.pop(name)
    fields |= _flat_fields(story)
    fields["indexed_at"] = indexed_at
    if (text := _analyzed_text(story, languages)) is not None:
        fields["text"] = text
    if state.kill is not None:
        fields["pubstatus"] = "canceled"
        fields["text_status"] = state.text.pubstatus if state.text else None
        fields["kill"] = state.kill.to_dict()
    elif (visible := _visible_from(story)) is not None:
        fields["visible_from"] = visible
    return fields


def _flat_fields(story: Story) -> dict[str, Any]:
    """The keyword lists that people filter by."""
    flat: dict[str, list[str]] = {}
    for entity in story.entities:
        if name := FLAT_BY_TYPE.get(entity.type):
            flat.setdefault(name, []).append(entity.name)
    return flat | {
        "entity_ids": [entity.id for entity in story.entities],
        "names": [entity.name for entity in story.entities] + [topic.name for topic in story.topics],
        "topics": [topic.id for topic in story.topics],
        "topic_names": [topic.name for topic in story.topics],
        "languages": [story.language.code],
    }


def _analyzed_text(story: Story, languages: frozenset[str]) -> dict[str, str] | None:
    """The text for the language's own analyzer; without one, French and Italian words freed of what elides into them."""
    text = f"{story.headline}\n\n{story.body}"
    if story.language.code in languages:
        return {story.language.code: text}
    if story.language.code in _ELIDING:
        return {PLAIN_TEXT: _ELISION.sub(r"\1 ", text)}
    return None


def _visible_from(story: Story) -> str | None:
    """When the story may be seen; None for not at all: withheld, or an embargo without a time."""
    if story.pubstatus != "usable" or story.embargoed == "":
        return None
    return story.embargoed or ALWAYS


def state_of(document: Mapping[str, Any]) -> State:
    """The state that a document was made from."""
    kill = msgspec.convert(document["kill"], Story) if document.get("kill") else None
    if kill is not None and document.get("text_status") is None:
        return State(kill=kill)
    text = story_of(document)
    if kill is not None:
        text = msgspec.structs.replace(text, pubstatus=document["text_status"])
    return State(text=text, kill=kill)


def story_of(document: Mapping[str, Any]) -> Story:
    """The story as a document shows it; what only the document has is left out."""
    fields = dict(document)
    for name, renamed in _RENAMED.items():
        fields[name] = fields.pop(renamed, ())
    return msgspec.convert(fields, Story)


def bounded_id(scope: str, rest: str) -> str:
    """``scope`` and ``rest`` joined, or with the rest hashed where the whole would be too long for an id."""
    whole = scope + rest
    if len(whole.encode()) <= MAX_ID_BYTES:
        return whole
    return f"{scope[: MAX_ID_BYTES - 80]}sha256-{hashlib.sha256(whole.encode()).hexdigest()}"
