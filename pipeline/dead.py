"""Dead letters as a person handles them: numbered, shown, sent back. Reads `wire.dead` with kafka-python."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.errors import WrongUse
from pipeline.feeds.producer import sending
from pipeline.replaying.streams import read_end, read_stream
from pipeline.settings import Settings
from pipeline.sinks.dead_letters import PREFIX, make_replay
from pipeline.streams import DEAD

_WIDEST = 1000
"""Numbers between the first and the last that are read at once: each may have some megabytes."""


@dataclass(frozen=True)
class DeadLetter:
    """One message of `wire.dead`. ``number``: its offset there, by which a person names it."""

    number: int
    kind: str
    reason: str
    origin: str
    time: str
    source: str | None
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]

    def to_dict(self) -> dict[str, Any]:
        """For programs: without the bytes, with their number."""
        fields = asdict(self)
        for name in ("key", "value", "headers"):
            del fields[name]
        return fields | {"bytes": len(self.value or b"")}


def read_dead(settings: Settings) -> Iterator[DeadLetter]:
    """All dead letters that are there now, oldest first."""
    yield from map(_letter, read_stream(settings, DEAD))


def newest_dead(settings: Settings, *, limit: int, before: int | None = None) -> list[DeadLetter]:
    """The newest dead letters, or those before a number, newest first; reads no others, however many there are."""
    return [_letter(record) for record in read_end(settings, DEAD, limit=limit, before=before)][::-1]


def find_dead(settings: Settings, numbers: Collection[int]) -> list[DeadLetter]:
    """The dead letters of these numbers that are still there, newest first; raises `WrongUse` where they lie too far apart to be read at once."""
    if not numbers:
        return []
    first, last = max(0, min(numbers)), max(numbers)
    if last - first >= _WIDEST:
        raise WrongUse(f"expected numbers within {_WIDEST} of each other, got {first} to {last}")
    letters = newest_dead(settings, limit=last - first + 1, before=last + 1)
    return [letter for letter in letters if letter.number in numbers]


def _letter(record: Any) -> DeadLetter:
    headers = dict(record.headers or ())

    def text(name: str) -> str:
        return str(headers.get(name, b""), "utf-8", "replace")

    place = "/".join(text(f"{PREFIX}{part}") for part in ("topic", "partition", "offset", "item"))
    return DeadLetter(
        number=record.offset,
        kind=text(f"{PREFIX}class"),
        reason=text(f"{PREFIX}reason"),
        origin=place,
        time=text(f"{PREFIX}time"),
        source=text("source") or None,
        key=record.key,
        value=record.value,
        headers=headers,
    )


def replay_dead(settings: Settings, wanted: Callable[[DeadLetter], bool]) -> int:
    """Sends the wanted dead letters back to where they came from, each message once, and returns how many.

    They stay in `wire.dead` until its retention ends: a stream forgets nothing on request.
    """
    return send_back(settings, filter(wanted, read_dead(settings)))


def send_back(settings: Settings, letters: Iterable[DeadLetter]) -> int:
    """Sends these dead letters back to where they came from, each message once, and returns how many."""
    sent: set[str] = set()
    with sending(settings) as send:
        for letter in letters:
            message_origin = letter.origin.rpartition("/")[0]
            if message_origin not in sent:
                sent.add(message_origin)
                send(make_replay(letter.key, letter.value, letter.headers))
    return len(sent)
