"""`dateline prune`: what goes, when, and what stays."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from elasticsearch import Elasticsearch

from pipeline.alerts.alert import Alert, encode_alert
from pipeline.alerts.delivery import Delivery
from pipeline.alerts.event_documents import make_event_document
from pipeline.alerts.memory import COPIES_WITHIN, Memory, count_burst, memory_id, next_step, see_term
from pipeline.alerts.novelty import EventState, event_id, tell
from pipeline.alerts.rules import Burst, NewTerm
from pipeline.documents.document import make_document
from pipeline.documents.indices import index_names
from pipeline.documents.ranking import version_id
from pipeline.documents.state import State
from pipeline.retention import remove_expired
from pipeline.settings import Settings
from pipeline.story import Language, SanctionEvent, Story

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=31)


class Desk:
    """Puts into the indices what the pipeline would have."""

    def __init__(self, settings: Settings, client: Elasticsearch) -> None:
        self.names, self.client = index_names(settings), client

    def put(self, index: str, id_: str, document: Any) -> None:
        body = json.loads(msgspec.json.encode(document))
        self.client.index(index=index, id=id_, document=body, refresh=True)

    def story(self, id_: str, *, received: datetime = NOW, kill: Story | None = None) -> Story:
        story = Story(id=id_, guid=id_, provider=id_.partition(":")[0], received=received, headline="Banks are listed")
        self.put(self.names.everything, id_, make_document(State(story, kill), indexed_at=received))
        self.put(self.names.all_versions, version_id(story), story)
        return story

    def alert(self, story: Story) -> None:
        """An alert of the story that went to one channel, and what its rule remembers."""
        fields: dict[str, Any] = {
            "type": "alert",
            "rule": "banks",
            "title": "Banks",
            "version": 1,
            "at": story.received,
        }
        language = Language(code="en", confidence=1.0)
        id_ = f"{story.id}-alert"
        alert = Alert(
            id=id_, unit=story.id, origin=story.id, provider="a", headline="Banks", language=language, **fields
        )
        self.put(self.names.alerts, id_, json.loads(encode_alert(alert)))
        delivery = Delivery(alert=id_, channel="log", rule="banks", type="alert", at=alert.at, status="sent")
        self.put(self.names.deliveries, delivery.id, delivery)
        step, _ = next_step(None, memory_id("story", "banks", story.id), ["topic:banks"], story, "1", id_)
        self.put(self.names.memory, step.id, step)

    def event(self, key: str, *, at: datetime | None) -> None:
        """An event that a story told of at a time, or only one that gave it back."""
        story = Story(id="aurora:e", guid="e", provider="aurora")
        event = SanctionEvent(key=key, action="impose", status="announced")
        state = tell(None, story, event, version="1", at=at)[0] if at else EventState(key=key, told=())
        self.put(self.names.events, event_id(key), make_event_document(state))

    def memories(self) -> None:
        """A burst, a term and a near-copy of now."""
        story = Story(id="aurora:m", guid="m", provider="aurora")
        burst, _ = count_burst(None, "burst|banks", Burst(stories=3, within=timedelta(hours=1)), story, "1", NOW)
        term, _ = see_term(None, "term|banks|x", NewTerm(of="people", days=30), story, NOW)
        copy = Memory(id="copy|banks|0-1", kind="copy", story=story.id, at=NOW, until=NOW + COPIES_WITHIN)
        throttle = {"id": "throttle|banks|log", "kind": "throttle", "sent": {"x": NOW.isoformat()}}
        for it in (burst, term, copy):
            self.put(self.names.memory, it.id, it)
        self.put(self.names.memory, "throttle|banks|log", throttle)

    def ids(self, index: str) -> list[str]:
        self.client.indices.refresh(index=index)
        return sorted(hit["_id"] for hit in self.client.search(index=index, size=100)["hits"]["hits"])


def pruned(settings: Settings, now: datetime) -> dict[str, int]:
    """How much of what went."""
    return {kind: count for kind, count in remove_expired(settings, now=now).counts.items() if count}


def test_a_story_goes_with_its_versions_its_alerts_and_what_rules_remember_of_it(
    settings: Settings, elastic: Elasticsearch
) -> None:
    desk = Desk(settings, elastic)
    names = desk.names
    desk.alert(desk.story("aurora:old"))
    desk.alert(desk.story("aurora:young", received=NOW + timedelta(days=20)))
    late_kill = Story(id="aurora:k", guid="k", provider="aurora", pubstatus="canceled", received=LATER)
    desk.story("aurora:k", kill=late_kill)

    assert pruned(settings, LATER) == {}  # there is no limit
    settings = replace(settings, retention_days=30)
    assert pruned(settings, NOW + timedelta(days=29)) == {}

    tried = remove_expired(settings, now=LATER, dry_run=True)
    assert (tried.stories, tried.others["alerts"]) == ({"aurora": 1}, 1)
    assert desk.ids(names.everything) == ["aurora:k", "aurora:old", "aurora:young"]

    assert pruned(settings, LATER) == {"stories": 1, "versions": 1, "alerts": 1, "memory": 1, "deliveries": 1}
    assert pruned(settings, LATER) == {}
    assert desk.ids(names.everything) == ["aurora:k", "aurora:young"]
    assert desk.ids(names.all_versions) == ["aurora:k|1", "aurora:young|1"]
    assert desk.ids(names.alerts) == ["aurora:young-alert"]
    assert desk.ids(names.memory) == ["story|banks|aurora:young"]

    # the stream of alerts may be read again: what became of one is known as long
    settings = replace(settings, retention_days=7)
    assert pruned(settings, LATER) == {"stories": 1, "versions": 1, "alerts": 1, "memory": 1}
    assert desk.ids(names.deliveries) == ["aurora:young-alert|log"]
    assert pruned(settings, NOW + timedelta(days=51)) == {"stories": 1, "versions": 1, "deliveries": 1}


def test_what_alerting_remembers_goes_when_it_cannot_matter_any_more(
    settings: Settings, elastic: Elasticsearch
) -> None:
    desk = Desk(settings, elastic)
    names = desk.names
    desk.memories()
    desk.event("EU:IR:impose", at=NOW)
    desk.event("EU:RU:impose", at=NOW + timedelta(days=10))
    desk.event("US:IR:impose", at=None)
    assert pruned(settings, NOW + timedelta(days=13)) == {"events": 1}
    assert pruned(settings, NOW + timedelta(days=16)) == {"memory": 2}
    assert desk.ids(names.memory) == ["term|banks|x", "throttle|banks|log"]
    assert pruned(settings, NOW + timedelta(days=43)) == {}
    assert pruned(settings, NOW + timedelta(days=45)) == {"memory": 1, "events": 1}
    assert desk.ids(names.events) == ["EU:RU:impose"]
    assert desk.ids(names.memory) == ["throttle|banks|log"]
