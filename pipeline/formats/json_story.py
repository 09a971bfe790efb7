"""JSON stories: one object, or JSON lines, with Dateline's own field names as far as the producer knows them.

A producer cannot set what Dateline works out (entities, topics, countries, times of arrival) or the id, which always follows
from provider and guid. Names that are no field of ours are passed over.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.errors import Reject
from pipeline.formats.decoding import clean, clean_body, clean_line, decode
from pipeline.formats.items import URGENCIES, Item, make_story, parse_time, parse_version
from pipeline.formats.prose import derive_headline, find_crossheads
from pipeline.formats.raw import RawCopy
from pipeline.story import Credit, PubStatus, Subject

NAME = "json"
_SPACE = b"\xef\xbb\xbf \t\r\n"


class _Declared(msgspec.Struct):
    """A language as an enriched story has it."""

    declared: str | None = None
    code: str | None = None


class _Given(msgspec.Struct):
    """What a producer may say of a story."""

    guid: str | int | None = None
    provider: str | None = None
    version: int | str | None = None
    pubstatus: PubStatus | None = None
    headline: str | None = None
    body: str | None = None
    slugline: str | None = None
    byline: str | None = None
    dateline: str | None = None
    located: str | None = None
    urgency: int | None = None
    ed_note: str | None = None
    usage_terms: str | None = None
    copyright: str | None = None
    genre: str | None = None
    keywords: list[str] = []
    signals: list[str] = []
    subjects: list[Subject] = []
    credits: list[Credit] = []
    embargoed: str | None = None
    first_created: str | None = None
    version_created: str | None = None
    language: str | _Declared | None = None


_decoder = msgspec.json.Decoder(_Given)
_LINES = ("slugline", "byline", "dateline", "located", "genre", "copyright")
_TEXTS = ("ed_note", "usage_terms")
_TIMES = ("first_created", "version_created")


def accepts(raw: RawCopy) -> bool:
    """Whether this is a JSON object or begins with one."""
    return raw.value.lstrip(_SPACE).startswith(b"{") or b"\x00{" in raw.value[:4] or b"{\x00" in raw.value[:4]


def parse(raw: RawCopy) -> list[Item]:
    """The stories; a bad line costs itself alone."""
    text = decode(raw)[0].strip("\ufeff \t\r\n")
    if _is_one_value(text):
        return [_story(text, raw)]
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and _is_one_value(lines[0]):
        return [_story(line, raw) for line in lines]
    return [_story(text, raw)]


def _is_one_value(text: str) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeError):
        return False
    return True


def _story(text: str, raw: RawCopy) -> Item:
    try:
        return _made(_decoder.decode(text), raw)
    except msgspec.ValidationError as error:
        return Reject("bad-field", f"{error}")
    except (msgspec.DecodeError, UnicodeError) as error:
        return Reject("bad-json", f"{error}; got {text[:60]!r}")
    except Reject as error:
        return error


def _made(given: _Given, raw: RawCopy) -> Item:
    fields: dict[str, Any] = {name: clean_line(value) for name in _LINES if (value := getattr(given, name))}
    fields |= {name: clean(value).strip() for name in _TEXTS if (value := getattr(given, name))}
    fields |= {name: parse_time(value, name) for name in _TIMES if (value := getattr(given, name))}
    body = clean_body(given.body or "")
    headline = clean_line(given.headline or "")
    if body and not headline:
        fields["derived"] = ("headline",)
        headline = clean_line(derive_headline(body))
    fields |= {
        "guid": clean(str(given.guid)) if given.guid is not None else None,
        "provider": given.provider,
        "version": parse_version(given.version),
        "pubstatus": given.pubstatus,
        "headline": headline,
        "body": body,
        "urgency": _urgency(given.urgency),
        "keywords": tuple(clean_line(word) for word in given.keywords),
        "signals": tuple(clean_line(word) for word in given.signals),
        "subjects": tuple(given.subjects),
        "credits": tuple(given.credits),
        "crossheads": find_crossheads(body),
        "embargoed": _embargo(given.embargoed),
    }
    return make_story(fields, raw, NAME, declared=_declared(given.language))


def _urgency(given: int | None) -> int | None:
    if given is not None and given not in URGENCIES:
        raise Reject("bad-field", f"urgency: expected 1 to 9, got {given}")
    return given


def _embargo(given: str | None) -> str | None:
    return parse_time(given, "embargoed").isoformat() if given else given


def _declared(given: str | _Declared | None) -> str | None:
    if isinstance(given, _Declared):
        return given.declared or (given.code if given.code != "und" else None)
    return given or None
