"""A story's document: made from what is known of the story, and read back from it.

Comes in: a `State`. Goes out: the JSON object that Elasticsearch stores, flat keyword
fields for Kibana included; and back. Never talks to Elasticsearch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from pipeline.documents.state import Release, State
from pipeline.story import Service, Story

PLAIN_TEXT = "plain"
_ELIDING = frozenset(("ca", "fr", "it"))
_ELISION = re.compile(r"\b(\w{1,7})['’](?=\w)")
"""l'embargo, dell'Unione, jusqu'au: the standard analyzer keeps each as one word, which nobody searches for."""

_LEADING = 0.8
"""The salience from which an entity is what a story is about."""

FLAT_BY_TYPE = {
    "person": "people",
    "organisation": "organisations",
    "place": "places",
    "product": "products",
    "event": "events",
}
_RENAMED = {"topics": "topic_tags"}
"""Where the story's field name is taken by a flat keyword field of the document."""


def make_document(state: State, *, indexed_at: datetime, languages: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The document of a story. ``languages`` are those with an analyzer of their own in the cluster."""
    story = state.shown
    fields = story.to_dict()
    for name, renamed in _RENAMED.items():
        fields[renamed] = fields.pop(name)
    fields |= _flat_fields(story) | _services(state.services)
    fields["indexed_at"] = indexed_at
    if story.received is not None:
        fields["delay_ms"] = max(0, round((indexed_at - story.received).total_seconds() * 1000))
    if (text := _analyzed_text(story, languages)) is not None:
        fields["text"] = text
    if state.kill is not None:
        fields["kill"] = state.kill.to_dict()
        fields["text_status"] = state.text.pubstatus if state.text else None
        fields["pubstatus"] = "canceled" if state.killed else story.pubstatus
    if state.release is not None:
        fields["release"] = msgspec.to_builtins(state.release)
    if state.told:
        fields["event_keys"] = state.told
    if state.alerts:
        fields["alert_ids"] = state.alerts
    if state.visible_from is not None:
        fields["visible_from"] = state.visible_from
    if state.attention:
        fields["attention"] = state.attention
    return fields


def _services(services: tuple[Service, ...]) -> dict[str, Any]:
    """The services that carried the story, and flat, as people look for them: ``bdt`` and ``bdt:626``."""
    if not services:
        return {}
    return {
        "services": msgspec.to_builtins(services),
        "service_names": list(dict.fromkeys(service.name for service in services)),
        "service_numbers": [f"{item.name}:{item.sequence}" for item in services if item.sequence is not None],
    }


def _flat_fields(story: Story) -> dict[str, Any]:
    """The keyword lists that people filter by."""
    flat: dict[str, list[str]] = {}
    names = {entity.id: entity.name for entity in story.entities}
    news = [event for event in story.sanctions if not event.background]
    for entity in story.entities:
        if name := FLAT_BY_TYPE.get(entity.type):
            flat.setdefault(name, []).append(entity.name)
    return flat | {
        "entity_ids": [entity.id for entity in story.entities],
        "about": _about(story),
        "names": [entity.name for entity in story.entities] + [topic.name for topic in story.topics],
        "topics": [topic.id for topic in story.topics],
        "topic_names": [topic.name for topic in story.topics],
        "sanction_keys": [event.key for event in news],
        "sanction_actions": list(dict.fromkeys(event.action for event in news)),
        "sanction_by": list(dict.fromkeys(names.get(it, it) for event in news for it in event.by)),
        "sanction_targets": list(dict.fromkeys(names.get(it, it) for event in news for it in event.targets)),
        "sanction_news": [event.key for event in story.sanctions if event.new],
        "sanction_measures": list(dict.fromkeys(it for event in story.sanctions for it in event.measures)),
        "listed_names": list(dict.fromkeys(hit.name for hit in story.listed)),
        "listed_on": list(dict.fromkeys(hit.list for hit in story.listed)),
        "languages": [story.language.code, *story.language.others],
        "subject_codes": [subject.code for subject in story.subjects],
    }


def _about(story: Story) -> list[str]:
    """The ids of the entities and topics that the story is most about: what the headline says, and who else leads in the text."""
    return [
        *(
            entity.id
            for entity in story.entities
            if entity.salience >= _LEADING or any(mention.field == "headline" for mention in entity.mentions)
        ),
        *(topic.id for topic in story.topics if any(place.field == "headline" for place in topic.evidence)),
    ]


def _analyzed_text(story: Story, languages: frozenset[str]) -> dict[str, str] | None:
    """The text for the language's own analyzer; without one, French and Italian words freed of what elides into them."""
    text = f"{story.headline}\n\n{story.body}"
    if story.language.code in languages:
        return {story.language.code: text}
    if story.language.code in _ELIDING:
        return {PLAIN_TEXT: _ELISION.sub(r"\1 ", text)}
    return None


def state_of(document: Mapping[str, Any]) -> State:
    """The state that a document was made from."""
    kill = msgspec.convert(document["kill"], Story) if document.get("kill") else None
    release = msgspec.convert(document["release"], Release) if document.get("release") else None
    services = msgspec.convert(document.get("services", ()), tuple[Service, ...])
    told, alerts = tuple(document.get("event_keys", ())), tuple(document.get("alert_ids", ()))
    if kill is not None and document.get("text_status") is None:
        return State(kill=kill, release=release, services=services, told=told, alerts=alerts)
    text = msgspec.structs.replace(story_of(document), services=())
    if kill is not None:
        text = msgspec.structs.replace(text, pubstatus=document["text_status"])
    return State(text, kill, release, services, told, alerts)


def story_of(document: Mapping[str, Any]) -> Story:
    """The story as a document shows it; what only the document has is left out."""
    fields = dict(document)
    for name, renamed in _RENAMED.items():
        fields[name] = fields.pop(renamed, ())
    return msgspec.convert(fields, Story)
