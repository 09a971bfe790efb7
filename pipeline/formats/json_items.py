"""What the JSON formats of agencies have in common: bytes to objects, and values out of them whatever shape they came in.

Comes in: `RawCopy`. Goes out: `Fields`, one per item. Names are compared without case and underscores, since ninjs changed
both between its versions; a value of another type than expected is told in a note and left out, never an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from pipeline.errors import Reject
from pipeline.formats.cleaning import clean_line, clean_text
from pipeline.formats.decoding import charset_of, decode
from pipeline.formats.fields import MAX_VERSION, parse_embargo, parse_time
from pipeline.formats.items import Item, attempt
from pipeline.formats.raw import RawCopy
from pipeline.story import EntityType, Service, Skipped, Subject

MAX_ITEMS = 10_000
_LISTS = ("items", "_items", "item", "data", "results", "entries")
"""Names under which feeds and search answers keep their items."""
_OF_ITEMS = frozenset(["headline", "headlines", "pubstatus", "pubStatus", "version"])
"""Names that an item has and the answer around items has not."""
_7901_ID = re.compile(r"([a-z]{1,8}):(\d{1,6}):")
_SCHEMES = {"mediatopic": "medtop", "subjectcode": "subj"}


def head_of(raw: RawCopy) -> bytes:
    """The beginning of JSON copy, for looking at; empty for anything else."""
    head = raw.value[:65536].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head if head[:1] in (b"{", b"[") else b""


def parse_each(raw: RawCopy, read: Callable[[Fields, RawCopy, list[str]], Item]) -> list[Item]:
    """What ``read`` makes of each item of the copy; one that can't be read costs only itself."""
    notes: list[str] = []
    found = read_items(raw, notes)
    if not found:
        return [Skipped(reason="answer without items")]

    def one(given: dict[str, Any]) -> Item:
        own = [*notes]
        return read(Fields(given, own), raw, own)

    return [attempt(lambda item=item: one(item.given)) for item in found]  # type: ignore[misc]  # default binds


def read_items(raw: RawCopy, notes: list[str]) -> list[Fields]:
    """The items of the copy: one object, a list of them, JSON lines, or the answer of an API around them, which may be none."""
    text = decode(raw.value, charset_of(raw), notes).strip("\ufeff \t\r\n")
    try:
        found = _flat(_load(text))
    except ValueError as error:
        raise Reject("bad-json", f"expected one JSON object or several, got: {error}") from error
    if len(found) > MAX_ITEMS:
        raise Reject("too-many-items", f"expected at most {MAX_ITEMS} items, got {len(found)}: send them in parts")
    return [Fields(item, notes) for item in found]


def _load(text: str) -> Any:
    try:
        return _decode(text)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise
        return [_decode(line) for line in lines]


def _decode(text: str) -> Any:
    """The value; half a surrogate pair, which msgspec refuses, is taken out by the cleaning of each field."""
    return json.loads(text) if "\\ud" in text or "\\uD" in text else msgspec.json.decode(text.encode())


def _flat(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [item for entry in value for item in _flat(entry)]
    if not isinstance(value, dict):
        return []
    if {"uri", "guid", "urn"} & value.keys():
        return [value]
    around = [value[name] for name in _LISTS if isinstance(value.get(name), (list, dict))]
    for inner in around:
        if found := _flat(inner):
            return [_beside(value) | item for item in found]
    return [] if around and not (_OF_ITEMS & value.keys()) else [value]


def _beside(answer: dict[str, Any]) -> dict[str, Any]:
    """What stands beside the items of an answer and is said of them: the services that they came on, a text fetched for one."""
    meta = answer.get("meta")
    found = dict(meta) if isinstance(meta, dict) else {}
    return found | ({"nitf": answer["nitf"]} if "nitf" in answer else {})


class Fields:
    """One object, its names levelled: ``versionCreated``, ``versioncreated`` and ``version_created`` are one."""

    def __init__(self, given: dict[str, Any], notes: list[str]) -> None:
        self.given = given
        self._values = {_level(name): value for name, value in given.items() if value is not None}
        self._notes = notes

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self, beginning: str) -> list[str]:
        """The names that begin so, as ninjs 1.x names roles: ``body_main``."""
        return [name for name in self._values if name.startswith(beginning)]

    def get(self, *names: str) -> Any:
        """The first of the values that is there and not empty."""
        return next((self._values[name] for name in names if self._values.get(name) not in (None, "", [], {})), None)

    def line(self, *names: str) -> str | None:
        """The value as one line; of an object its name, of a list its first."""
        for name in names:
            if found := next((text for value in _each(self._values.get(name)) if (text := self._name(value))), None):
                return found
        return None

    def lines(self, *names: str) -> tuple[str, ...]:
        """All values as lines; a text alone is one."""
        found = (self._name(value) for name in names for value in _each(self._values.get(name)))
        return tuple(dict.fromkeys(text for text in found if text))

    def text(self, *names: str) -> str | None:
        """The value as text of several lines; a list is joined."""
        for name in names:
            parts = (clean_text(part, self._notes) for part in _each(self._values.get(name)) if isinstance(part, str))
            if found := "\n".join(part for part in parts if part):
                return found
        return None

    def each(self, *names: str) -> Iterator[Fields]:
        """The objects under the names, whether one or a list; of an object without a known field, its values."""
        for name in names:
            for value in _each(self._values.get(name)):
                if isinstance(value, dict):
                    yield Fields(value, self._notes)

    def number(self, name: str, low: int, high: int) -> int | None:
        """The whole number, also where it stands as text; one that is none is told."""
        value = self._values.get(name)
        if value is None or value == "" or isinstance(value, bool):
            return None
        if re.fullmatch(r"\d{1,19}", str(value)) and low <= int(value) <= high:
            return int(value)
        self._notes.append(f"{name}: expected a whole number from {low} to {high}, got {str(value)[:40]!r}")
        return None

    def version(self) -> int | None:
        """The version; AP counts from 0."""
        return self.number("version", 0, MAX_VERSION)

    def time(self, zone: ZoneInfo, *names: str) -> datetime | None:
        """The time; one that can't be read is told."""
        for name in names:
            value = self._values.get(name)
            if isinstance(value, str) and value.strip():
                try:
                    return parse_time(name, value, zone)
                except Reject as error:
                    self._notes.append(error.reason)
        return None

    def embargo(self, zone: ZoneInfo, *names: str) -> str | None:
        """The embargo; one that is empty or can't be read stays closed."""
        for name in names:
            value = self._values.get(name)
            if value is None or value is False:
                continue
            try:
                return parse_embargo(str(value) if value is not True else "", zone)
            except Reject as error:
                self._notes.append(error.reason)
                return ""
        return None

    def _name(self, value: Any) -> str:
        """A text as it is; of an object what names it."""
        if isinstance(value, dict):
            found = next(
                (value[key] for key in ("name", "value", "literal", "code") if isinstance(value.get(key), str)), ""
            )
            return clean_line(found, self._notes)
        return clean_line(value, self._notes) if isinstance(value, str) else ""


def subjects_of(objects: Iterable[Fields], type_: EntityType | None = None) -> tuple[Subject, ...]:
    """The subjects that the objects code: the IPTC's by their qcodes, others by scheme and code, else by name."""
    found = []
    for item in objects:
        name, code = item.line("name"), item.line("qcode", "code", "literal", "uri")
        if code or name:
            found.append(
                Subject(code=subject_code(code or name or "", item.line("scheme") or ""), name=name, type=type_)
            )
    return tuple(dict.fromkeys(found))


_ENTITIES: dict[str, EntityType] = {
    "person": "person", "people": "person", "organisation": "organisation", "organisations": "organisation",
    "company": "organisation", "place": "place", "places": "place", "event": "event", "events": "event",
}  # fmt: skip


def entities_of(item: Fields) -> tuple[Subject, ...]:
    """The people, organisations, places and events that the item names beside its subjects."""
    return tuple(subject for name, type_ in _ENTITIES.items() for subject in subjects_of(item.each(name), type_))


def subject_code(code: str, scheme: str = "") -> str:
    """The code as a qcode where it is the IPTC's, with its scheme where that is a word, else as it is."""
    if "://cv.iptc.org/newscodes/" in code:
        scheme, _, code = code.rpartition("/newscodes/")[2].rstrip("/").partition("/")
        return f"{_SCHEMES.get(scheme, scheme)}:{code}"
    if "://cv.iptc.org/newscodes/" in scheme:
        word = scheme.rpartition("/newscodes/")[2].strip("/")
        return code if ":" in code else f"{_SCHEMES.get(word, word)}:{code}"
    if re.fullmatch(r"(?:0[1-9]|1[0-7])\d{6}", code):
        return f"subj:{code}"
    if re.fullmatch(r"20\d{6}", code):
        return f"medtop:{code}"
    return f"{scheme}:{code}" if re.fullmatch(r"[\w.-]{1,30}", scheme) and ":" not in code else code


def service_of(text: str) -> Service | None:
    """The service in an id of an IPTC 7901 rendition: "bdt:0626:3:wi:…" is bdt 626."""
    found = _7901_ID.match(text)
    return Service(name=found[1], sequence=int(found[2])) if found else None


def _level(name: str) -> str:
    return name.replace("_", "").lower()


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
