"""Numbered copy for a wire that is tried hard, and the ledger of what must come of it.

Comes in: a seed and where to send. Goes out: stories in several versions, out of order and repeated, kills, alerts and poison of every
kind, at a steady rate until told to stop; and, for each, what the pipeline owes us. The same seed gives the same copy.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.feeds.files import Copy
from pipeline.feeds.producer import Feeder, connect_producer
from pipeline.formats.identity import story_id
from pipeline.formats.raw import MAX_RAW_BYTES
from pipeline.settings import Settings
from pipeline.streams import RAW

PROVIDER = "load"
SIREN = "airraidsiren"
"""The word that the load's alert rule listens for."""
EMPTY, TOMBSTONE = "empty", "tombstone"
"""Poison that `Feeder` refuses, so that only another producer can send it."""
REFUSED = "refused by the mapping"
_JSON = "application/json"
_TEXT = "The council of the town met on Monday and talked about the roads, the school and the old bridge. "
_SANCTIONS = "The European Union imposed sanctions on Russian banks, diplomats in Brussels said on Monday. "
_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%b">' % (name + 1, b"&%c;" % name * 9) for name in range(97, 110))
    + b"]><newsItem>&n;</newsItem>"
)

Place = tuple[str, int, int]
"""Topic, partition and offset of a message."""


@dataclass
class Ledger:
    """What must be there in the end. ``versions``: those of each story, the last of them the newest; ``killed``: stories that were."""

    versions: dict[str, set[int]] = field(default_factory=dict)
    killed: set[str] = field(default_factory=set)
    loud: set[str] = field(default_factory=set)
    """Stories of which the desk must be told."""
    poison: dict[Place, str] = field(default_factory=dict)
    """Messages that must be in `wire.dead`, with the kind of poison."""
    refused: set[str] = field(default_factory=set)
    """Stories that the index refuses; their versions, which it keeps as they came, are there."""
    messages: int = 0


@dataclass(frozen=True)
class Letter:
    """One message, and what it is."""

    copy: Copy
    id: str | None = None
    version: int = 1
    is_kill: bool = False
    is_loud: bool = False
    poison: str = ""


def _copy(**fields: Any) -> Copy:
    return Copy(json.dumps({"provider": PROVIDER} | fields).encode(), source="load", content_type=_JSON)


def _story(number: int, version: int, **more: Any) -> dict[str, Any]:
    return {
        "guid": str(number),
        "version": version,
        "headline": f"Number {number} in version {version}",
        "body": (_TEXT if number % 20 else _SANCTIONS) * 6,
    } | more


def _odd(number: int, now: datetime) -> dict[str, Any]:
    """Copy that is odd and passes all the same."""
    return [
        {"body": f"{_TEXT}\0{_TEXT}"},
        {"headline": "A broken \ud800 surrogate"},
        {"version_created": (now + timedelta(days=36500)).isoformat()},
        {"version_created": (now + timedelta(hours=1)).isoformat()},
        {"version_created": "1970-01-01T00:00:00Z"},
        {"guid": f"{number}-" + "long" * 500},
    ][number % 6]


def _poison(number: int) -> tuple[str, Copy]:
    """Copy that can never pass."""
    story = _story(number, 1)
    nested = 50_000
    kinds = {
        "broken JSON": Copy(b'{"guid": "1", "headline": ', content_type=_JSON),
        "wrong types": _copy(**story | {"headline": [1], "body": {"a": 1}}),
        "impossible version": _copy(**story | {"version": 10**30}),
        "impossible date": _copy(**story | {"version_created": "0000-01-01T00:00:00Z"}),
        "NUL": Copy(b'{"guid": "\0", "headline": "x"}', content_type=_JSON),
        "nested deep": Copy(b'{"a":' * nested + b"1" + b"}" * nested, content_type=_JSON),
        EMPTY: Copy(b"", content_type=_JSON),
        TOMBSTONE: Copy(b"", content_type=_JSON),
        "XML bomb": Copy(_BOMB, content_type="application/xml"),
        "no text at all": Copy(bytes(range(256)) * 4),
        REFUSED: _copy(**story | {"usage_terms": "no date"}),
    }
    return [*kinds.items()][number % len(kinds)]


def numbered(seed: int, now: datetime) -> Iterator[list[Letter]]:
    """Stories without end, each as the messages that it comes in."""
    rng = random.Random(seed)
    number = 0
    while True:
        number += 1
        id_, kind = f"{PROVIDER}:{number}", rng.random()
        if kind < 0.03:
            name, copy = _poison(number)
            yield [Letter(copy, id_ if name == REFUSED else None, poison=name)]
        elif kind < 0.06:
            story = _story(number, 1, **_odd(number, now))
            yield [Letter(_copy(**story), story_id(PROVIDER, story["guid"]))]
        elif kind < 0.10:
            loud = _story(number, 1, headline=f"{SIREN} {number}", body=f"Number {number}.")
            yield [Letter(_copy(**loud), id_, is_loud=True)] * rng.randint(1, 2)
        elif kind < 0.13:
            yield [
                Letter(_copy(**_story(number, 1)), id_),
                Letter(_copy(**_story(number, 2, pubstatus="canceled")), id_, 2, is_kill=True),
            ]
        elif kind < 0.30:
            versions = [*range(1, rng.randint(2, 4) + 1), 1]
            rng.shuffle(versions)
            yield [Letter(_copy(**_story(number, version)), id_, version) for version in versions]
        else:
            yield [Letter(_copy(**_story(number, 1)), id_)]


class Load:
    """Feeds at a rate (messages a second) until it is stopped, and keeps the ledger."""

    def __init__(self, settings: Settings, *, seed: int, rate: float, big: int = 2) -> None:
        self.ledger = Ledger()
        self._settings, self._rate, self._big = settings, rate, big
        self._stories = numbered(seed, datetime.now(UTC))
        self._rng = random.Random(seed)
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begins to feed."""
        self._thread.start()

    def stop(self) -> Ledger:
        """Ends, once Kafka has all of it."""
        self._stop.set()
        self._thread.join(120)
        assert not self._thread.is_alive(), "the load does not end"
        self.check()
        return self.ledger

    def check(self) -> None:
        """Raises what ended the load, if anything did."""
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            with Feeder(self._settings) as feeder, closing(connect_producer(self._settings)) as producer:
                waiting = self._bigs()
                while not self._stop.wait(len(waiting) / self._rate):
                    self._send(feeder, producer, waiting)
                    waiting = [letter for _ in range(20) for letter in next(self._stories)]
                    self._rng.shuffle(waiting)  # versions and repeats far apart and out of order
        except Exception as error:  # told by `stop`
            self._error = error

    def _bigs(self) -> list[Letter]:
        """Copy of just the largest size that passes; what is larger is refused at the door."""
        letters = []
        for number in range(self._big):
            story = {"guid": f"big-{number}", "version": 1, "headline": "Big", "body": ""}
            room = MAX_RAW_BYTES - len(_copy(**story).value)
            letters.append(
                Letter(_copy(**story | {"body": ("word " * (room // 5 + 1))[:room]}), f"{PROVIDER}:big-{number}")
            )
        return letters

    def _send(self, feeder: Feeder, producer: Any, letters: list[Letter]) -> None:
        sent = []
        for letter in letters:
            if letter.poison in (EMPTY, TOMBSTONE):
                value = None if letter.poison == TOMBSTONE else letter.copy.value
                sent.append((letter, producer.send(RAW.topic(self._settings), value, key=b"load")))
            else:
                sent.append((letter, feeder.send(letter.copy)))
        for letter, future in sent:
            note(self.ledger, letter, future.get(timeout=120))


def note(ledger: Ledger, letter: Letter, place: Any) -> None:
    """Enters a message that Kafka has acknowledged. ``place``: kafka-python's record metadata."""
    ledger.messages += 1
    if letter.poison:
        ledger.poison[place.topic, place.partition, place.offset] = letter.poison
        if letter.id is not None:
            ledger.refused.add(letter.id)
        return
    assert letter.id is not None
    ledger.versions.setdefault(letter.id, set()).add(letter.version)
    if letter.is_kill:
        ledger.killed.add(letter.id)
    if letter.is_loud:
        ledger.loud.add(letter.id)
