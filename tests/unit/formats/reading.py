"""What the tests of the formats share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pipeline.errors import Reject
from pipeline.formats import Item, RawCopy, parse
from pipeline.story import Story

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def items(value: bytes | str, **fields: Any) -> list[Item]:
    return parse(RawCopy(value=value.encode() if isinstance(value, str) else value, received=NOON, **fields))


def story(value: bytes | str, **fields: Any) -> Story:
    (item,) = items(value, **fields)
    assert isinstance(item, Story), item
    return item


def reject(value: bytes | str, **fields: Any) -> Reject:
    (item,) = items(value, **fields)
    assert isinstance(item, Reject), item
    return item


def people(story: Story) -> list[str]:
    return [f"{credit.role} {credit.name}" for credit in story.credits]


def crossheads(story: Story) -> list[str]:
    for mention in story.crossheads:
        assert story.body[mention.start : mention.end] == mention.text
    return [mention.text for mention in story.crossheads]
