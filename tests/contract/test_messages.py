"""The schemas of the messages and the types that write them say the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from pipeline.alerts.alert import Alert, Source, encode_alert
from pipeline.alerts.rules import Reason
from pipeline.documents.events import LifeEvent, encode_event, kill_event
from pipeline.documents.state import State
from pipeline.resources import resource
from pipeline.story import Language, Mention, Story, encode_story

DESIGN_FIELDS = {
    *("id", "guid", "version", "provider", "pubstatus", "headline", "body", "language", "entities", "topics"),
    *("countries", "credits", "sanctions", "listed"),
}


def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((resource("schemas") / "messages" / "story.json").read_text("utf-8"))
    return loaded


def written(story: Story) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(encode_story(story))
    return loaded


def test_story_schema_describes_every_field_of_the_type() -> None:
    described = schema()
    generated = msgspec.json.schema(Story)["$defs"]
    for name, definition in generated.items():
        assert described["$defs"][name]["properties"].keys() == definition["properties"].keys(), name


def test_story_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_least_story_is_valid_and_carries_what_readers_rely_on() -> None:
    story = written(Story(id="p:1", guid="1", provider="p"))
    jsonschema.validate(story, schema())
    assert story.keys() >= DESIGN_FIELDS


@pytest.mark.parametrize(
    "broken",
    [{"version": "2"}, {"pubstatus": "killed"}, {"id": None}, {"entities": [{"name": "x"}]}, {"language": "de"}],
)
def test_story_schema_refuses(broken: dict[str, Any]) -> None:
    story = written(Story(id="p:1", guid="1", provider="p")) | broken
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(story, schema())


def event_schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((resource("schemas") / "messages" / "alert.json").read_text("utf-8"))
    return loaded


def test_event_schema_describes_what_is_sent() -> None:
    jsonschema.Draft202012Validator.check_schema(event_schema())
    fields = msgspec.json.schema(LifeEvent)["$defs"]["LifeEvent"]["properties"].keys()
    assert event_schema()["$defs"]["LifeEvent"]["properties"].keys() == fields
    kill = Story(id="p:1", guid="1", provider="p", pubstatus="canceled", ed_note="Wrong.")
    event = kill_event(State(kill=kill), kill)
    assert event is not None
    jsonschema.validate(json.loads(encode_event(event)), event_schema())
    assert event == kill_event(State(kill=kill), kill), "the id is the same each time"


def test_alert_schema_describes_what_is_sent() -> None:
    for name, definition in msgspec.json.schema(Alert)["$defs"].items():
        assert event_schema()["$defs"][name]["properties"].keys() == definition["properties"].keys(), name
    alert = Alert(
        id="0" * 32,
        type="alert",
        rule="tiktok",
        title="TikTok",
        unit="p:1",
        origin="p:1",
        version=1,
        provider="p",
        headline="h",
        language=Language(code="de"),
        at=datetime(2026, 11, 12, tzinfo=UTC),
        reasons=(Reason("topics", "TikTok", Mention(field="body", start=0, end=6, text="TikTok"), "topic:tiktok"),),
        sources=(Source(story_id="q:1", provider="q", headline="h", language="ru", version=1),),
    )
    jsonschema.validate(json.loads(encode_alert(alert)), event_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(encode_alert(alert)) | {"type": "alarm"}, event_schema())


def test_checkout_and_wheel_find_the_same_folders() -> None:
    assert (resource("samples") / "README.md").is_file()
    assert isinstance(resource("schemas"), Path)
