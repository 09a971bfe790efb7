"""What alerting remembers between stories, as documents read by id: what a rule said of a story, bursts, terms seen, near-copies. Pure.

Comes in: a document as it was (or nothing) and one more story. Goes out: the document as it is now and the answer. The answer for a
version that was asked before is the same again, so that a redelivery changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
import numpy as np

from pipeline.alerts.rules import Burst, NewTerm
from pipeline.enrich.folding import fold
from pipeline.story import Story

COPIES_WITHIN = timedelta(hours=24)
"""How long a near-copy by another agency is the same news."""
_BANDS, _ROWS = 5, 5
"""Two texts meet in one of 5 bands of 5 hashes, for sure at 0.9 in common, one time in two at 0.7 (MinHash)."""
_ALIKE = 0.6
_GRAM = 3
_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LEAST_WORDS = 12
"""Shorter texts are alike by chance."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a story that a rule spoke of: the alert's id, and what was added."""

    story: str
    version: str
    alert: str
    added: tuple[str, ...]


class Memory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One document. ``kind`` says which of the fields are used; ``id`` is the document's own.

    ``until``: when it stops to matter to what arrives then; what is remembered of a story has none, it matters as long as the story.
    """

    id: str
    kind: str
    steps: tuple[Step, ...] = ()
    keys: tuple[str, ...] = ()
    times: tuple[tuple[str, datetime], ...] = ()
    fired: datetime | None = None
    by: str = ""
    before: datetime | None = None
    at: datetime | None = None
    alert: str = ""
    hashes: tuple[int, ...] = ()
    story: str = ""
    provider: str = ""
    until: datetime | None = None


def memory_id(kind: str, *parts: str) -> str:
    """The id of a document: readable where it fits into Elasticsearch's 512 bytes."""
    whole = "|".join((kind, *parts))
    return whole if len(whole.encode()) <= 400 else f"{kind}|sha256-{hashlib.sha256(whole.encode()).hexdigest()}"


def alert_id(*parts: str) -> str:
    """The id of an alert: 32 hex digits, the same for the same rule, unit and step."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]


def next_step(
    memory: Memory | None, id_: str, keys: Iterable[str], story: Story, version: str, alert: str
) -> tuple[Memory, Step | None]:
    """What a rule says of a version of a story: the first time all it cares about, then only what was added."""
    memory = memory or Memory(id=id_, kind="story", story=story.id)
    if known := next((step for step in memory.steps if (step.story, step.version) == (story.id, version)), None):
        return memory, known
    added = tuple(sorted(key for key in keys if key not in memory.keys and not _is_lower_urgency(key, memory.keys)))
    if not added and memory.steps:
        return memory, None
    step = Step(story=story.id, version=version, alert=alert, added=added)
    seen = tuple(sorted({*memory.keys, *added}))
    return msgspec.structs.replace(memory, keys=seen, steps=(*memory.steps, step)), step


def _is_lower_urgency(key: str, seen: tuple[str, ...]) -> bool:
    """Whether the key is an urgency that is no higher than one before (1 is the highest)."""
    name, _, value = key.partition(":")
    before = [int(it.partition(":")[2]) for it in seen if it.startswith("urgency:")]
    return name == "urgency" and value.isdigit() and bool(before) and int(value) >= min(before)


def count_burst(
    memory: Memory | None, id_: str, burst: Burst, story: Story, version: str, at: datetime
) -> tuple[Memory, bool]:
    """Whether the story makes a burst full: as many matching stories within the time, and none told of it since."""
    memory = memory or Memory(id=id_, kind="burst")
    this = f"{story.id}|{version}"
    if memory.by == this:
        return memory, True
    times = {name: time for name, time in memory.times if time > at - burst.within}
    times.setdefault(story.id, at)
    fires = len(times) >= burst.stories and (memory.fired is None or memory.fired <= at - burst.within)
    kept = tuple(sorted(times.items(), key=lambda item: item[1])[-1000:])
    return msgspec.structs.replace(
        memory,
        times=kept,
        fired=at if fires else memory.fired,
        by=this if fires else memory.by,
        until=kept[-1][1] + burst.within,
    ), fires


def see_term(memory: Memory | None, id_: str, rule: NewTerm, story: Story, at: datetime) -> tuple[Memory, bool]:
    """Whether a term was not seen for so many days before this story."""
    if memory is not None and memory.story == story.id:
        return memory, memory.before is None or memory.before <= at - timedelta(days=rule.days)
    before, span = memory.at if memory else None, timedelta(days=rule.days)
    seen = Memory(id=id_, kind="term", story=story.id, before=before, at=at, until=at + span)
    return seen, before is None or before <= at - span


@lru_cache(maxsize=64)  # every rule that a story matches asks for the same
def minhashes(text: str) -> tuple[int, ...]:
    """What two texts have in common, in 25 numbers; none for a text that is too short to tell."""
    words = _WORD.findall(fold(text).text)
    if len(words) < 4 and _UNSPACED.search(text):
        words = list(text)
    elif _UNSPACED.search(text):
        words = [letter for word in words for letter in (word if _UNSPACED.match(word) else [word])]
    if len(words) < _LEAST_WORDS:
        return ()
    grams = {" ".join(words[at : at + _GRAM]) for at in range(len(words) - _GRAM + 1)}
    digests = b"".join(hashlib.blake2b(gram.encode(), digest_size=8).digest() for gram in sorted(grams))
    values = np.frombuffer(digests, dtype="<u8")
    return tuple(((values[:, None] * _FACTORS).min(axis=0) >> np.uint64(1)).tolist())


_FACTORS = np.array(
    [int.from_bytes(hashlib.blake2b(bytes([n]), digest_size=8).digest(), "big") | 1 for n in range(_BANDS * _ROWS)],
    dtype="u8",
)
"""Odd, so that each times a hash, modulo 2^64, is another order of all hashes; what is kept of it fits Elasticsearch's long."""


def bands(hashes: tuple[int, ...]) -> list[str]:
    """The names under which near-copies meet."""
    return [
        f"{band}-" + hashlib.sha256(repr(hashes[band * _ROWS : (band + 1) * _ROWS]).encode()).hexdigest()[:24]
        for band in range(_BANDS if hashes else 0)
    ]


def is_copy(memory: Memory | None, story: Story, hashes: tuple[int, ...], at: datetime) -> bool:
    """Whether another agency's story that was told within a day says nearly the same."""
    if memory is None or memory.story == story.id or memory.provider == story.provider or memory.at is None:
        return False
    same = sum(one == other for one, other in zip(memory.hashes, hashes, strict=False)) / max(len(hashes), 1)
    return abs(at - memory.at) <= COPIES_WITHIN and same >= _ALIKE
