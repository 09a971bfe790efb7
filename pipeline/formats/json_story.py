"""The JSON story: one object, or one object a line, with any of the names of `Story` that a producer knows.

Comes in: `RawCopy`. Goes out: one item per object. Unknown names are ignored, and so is what only Dateline may say (id,
received, entities, topics, …). A name that comes twice counts the last time. Never takes one type for another: "3" is no
version.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from pipeline.errors import Reject
from pipeline.formats.cleaning import clean_line, clean_text
from pipeline.formats.decoding import charset_of, decode
from pipeline.formats.fields import MAX_VERSION, check_number, parse_embargo, parse_pubstatus, parse_time
from pipeline.formats.finishing import finish
from pipeline.formats.items import Item, attempt
from pipeline.formats.raw import RawCopy
from pipeline.story import Credit, Headline, Language, Service, Story, Subject

_OBJECT = re.compile(rb"(?:\[\s{0,100})?\{(?!\\)")  # "{\\" begins RTF; a text in Japanese may begin with "["
_MAX_LINES = 10_000
"""Lines of one message: far beyond any feed's batch, and some seconds of work."""
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_PATH = re.compile(r" - at `\$\.?([^`]*)`")


class _Declared(msgspec.Struct):
    """A language as our own output writes it; what was detected is detected anew."""

    declared: str | None = None


class _Given(msgspec.Struct):
    """What a producer may say of a story."""

    guid: str | None = None
    provider: str | None = None
    version: int | None = None
    pubstatus: str | None = None
    headline: str | None = None
    body: str | None = None
    slugline: str | None = None
    byline: str | None = None
    dateline: str | None = None
    located: str | None = None
    urgency: int | None = None
    urgency_given: str | None = None
    ed_note: str | None = None
    correction: str | None = None
    usage_terms: str | None = None
    copyright: str | None = None
    genre: str | None = None
    keywords: list[str] | None = None
    signals: list[str] | None = None
    subjects: list[Subject] | None = None
    credits: list[Credit] | None = None
    headlines: list[Headline] | None = None
    services: list[Service] | None = None
    embargoed: str | None = None
    first_created: str | None = None
    version_created: str | None = None
    language: str | _Declared | None = None


_decoder = msgspec.json.Decoder(_Given)
_LINES = ("slugline", "byline", "dateline", "located", "genre", "urgency_given")
_TEXTS = ("ed_note", "usage_terms", "copyright")


def accepts(raw: RawCopy) -> bool:
    """Whether the copy begins as a JSON object, or is declared as JSON."""
    head = raw.value[:4000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return bool(_OBJECT.match(head)) or "json" in (raw.content_type or "").lower()


def parse(raw: RawCopy) -> list[Item]:
    """One item per object; a line that can't be read costs only itself."""
    objects = _objects(raw.value)
    if len(objects) > _MAX_LINES:
        raise Reject("too-many-items", f"expected at most {_MAX_LINES} lines, got {len(objects)}: send them in parts")
    return [
        attempt(lambda value=value: _read(msgspec.structs.replace(raw, value=value)))  # type: ignore[misc]  # default binds
        for value in objects
    ]


def _objects(value: bytes) -> list[bytes]:
    """The objects of JSON lines, else the whole; lines are known by most of them being one object each."""
    if value.startswith(_WIDE_MARKS):
        value = decode(value, None, []).encode("utf-8", "surrogatepass")
    lines = [line for line in (line.strip() for line in value.split(b"\n")) if line]
    whole = sum(line.startswith(b"{") and line.endswith(b"}") for line in lines)
    return lines if whole > len(lines) / 2 else [value]


def _read(raw: RawCopy) -> Story:
    notes: list[str] = []
    text = decode(raw.value, charset_of(raw), notes)
    given = _decode(text)
    optional: dict[str, Any] = {name: clean_line(getattr(given, name) or "", notes) or None for name in _LINES}
    optional |= {name: clean_text(getattr(given, name) or "", notes) or None for name in _TEXTS}
    version = None if given.version is None else check_number("version", given.version, 1, MAX_VERSION)
    story = Story(
        id="",
        guid=given.guid or "",
        provider=given.provider or "",
        version=version or 1,
        pubstatus=parse_pubstatus(given.pubstatus) if given.pubstatus else "usable",
        headline=clean_line(given.headline or "", notes),
        body=clean_text(given.body or "", notes),
        urgency=None if given.urgency is None else check_number("urgency", given.urgency, 1, 9),
        keywords=_lines(given.keywords, notes),
        signals=_lines(given.signals, notes),
        subjects=_subjects(given.subjects, notes),
        credits=_credits(given.credits, notes),
        headlines=_headlines(given.headlines, notes),
        services=_services(given.services, notes),
        correction=None if given.correction is None else clean_text(given.correction, notes),
        embargoed=None if given.embargoed is None else parse_embargo(given.embargoed),
        first_created=parse_time("first_created", given.first_created) if given.first_created else None,
        version_created=parse_time("version_created", given.version_created) if given.version_created else None,
        language=Language(code="und", declared=_declared(given.language, notes)),
        derived=() if version else ("version",),
        **optional,
    )
    return finish(story, raw, format="json", notes=notes)


def _decode(text: str) -> _Given:
    try:
        if "\\ud" in text or "\\uD" in text:  # half a surrogate pair: msgspec refuses it, cleaning takes it out
            return msgspec.convert(json.loads(text), _Given)
        return _decoder.decode(text.strip("\ufeff"))
    except msgspec.ValidationError as error:
        raise _validation_error(str(error)) from error
    except ValueError as error:
        raise Reject("bad-json", f"expected one JSON object, or one a line, got: {error}") from error


def _validation_error(message: str) -> Reject:
    message = message.replace(" | null", "").replace("Expected", "expected", 1)
    path = _PATH.search(message)
    if not path:
        return Reject("bad-json", f"{message}: send one object, or one a line")
    return Reject("bad-field", f"{path[1]}: {_PATH.sub('', message)}")


def _lines(values: list[str] | None, notes: list[str]) -> tuple[str, ...]:
    cleaned = (clean_line(value, notes) for value in values or ())
    return tuple(dict.fromkeys(value for value in cleaned if value))


def _subjects(given: list[Subject] | None, notes: list[str]) -> tuple[Subject, ...]:
    cleaned = ((clean_line(item.code, notes), clean_line(item.name or "", notes), item.type) for item in given or ())
    return tuple(Subject(code=code, name=name or None, type=type_) for code, name, type_ in cleaned if code)


def _credits(given: list[Credit] | None, notes: list[str]) -> tuple[Credit, ...]:
    cleaned = ((clean_line(item.role, notes).lower(), clean_line(item.name, notes)) for item in given or ())
    return tuple(Credit(role=role, name=name) for role, name in cleaned if role and name)


def _headlines(given: list[Headline] | None, notes: list[str]) -> tuple[Headline, ...]:
    cleaned = ((clean_line(item.text, notes), clean_line(item.role or "", notes)) for item in given or ())
    return tuple(Headline(text=text, role=role.lower() or None) for text, role in cleaned if text)


def _services(given: list[Service] | None, notes: list[str]) -> tuple[Service, ...]:
    cleaned = ((clean_line(item.name, notes).lower(), item.sequence) for item in given or ())
    return tuple(
        Service(name=name, sequence=None if number is None else check_number("sequence", number, 0, 10**9))
        for name, number in cleaned
        if name
    )


def _declared(given: str | _Declared | None, notes: list[str]) -> str | None:
    tag = given.declared if isinstance(given, _Declared) else given
    return clean_line(tag or "", notes) or None
