"""Bytes on our own streams and at the door that no program of ours wrote: refused or let through, and never a crash."""

from __future__ import annotations

import pytest

from pipeline.alerts.alert import decode_alert
from pipeline.alerts.holding import is_life_event
from pipeline.errors import Reject
from pipeline.feeds.files import Copy
from pipeline.feeds.producer import _key
from pipeline.story import decode_story

DEEP = 100_000
POISON = {
    "nothing": b"",
    "cut short": b'{"id": "a:1", "guid": ',
    "no object": b"[1, 2]",
    "no UTF-8": b'{"id": "\xff", "guid": "1", "provider": "a"}',
    "nested deep": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "lists nested deep": b"[" * DEEP + b"]" * DEEP,
    "wrong types": b'{"id": 1, "guid": [], "provider": {}, "schema_version": "x", "type": 7}',
}
each = pytest.mark.parametrize("value", POISON.values(), ids=POISON.keys())


@each
def test_what_is_no_story_is_refused(value: bytes) -> None:
    with pytest.raises(Reject):
        decode_story(value)


@each
def test_what_is_no_alert_is_refused(value: bytes) -> None:
    assert not is_life_event(value)
    with pytest.raises(Reject):
        decode_alert(value)


@each
def test_the_door_takes_it_for_the_reader_to_judge(value: bytes) -> None:
    assert _key(Copy(value, content_type="application/json")) in (None, b"a:1")
