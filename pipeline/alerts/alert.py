"""What leaves the house: an alert about a story, as JSON for programs and as text for people. Pure.

Comes in: an `Alert`. Goes out: a line of JSON and the alert back from it, a line for a subject (`subject`), a few lines for mail and
chat (`plain_text`). Text of agencies is shown on one line, without control and bidi characters and within bounds, so that no story
can forge a line, turn one round or flood a channel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from pipeline.alerts.rules.reason import Reason
from pipeline.errors import NOT_JSON, Reject, Retry
from pipeline.screening.listing import LISTS
from pipeline.story import SCHEMA_VERSION, Language, ListHit, SanctionEvent

AlertType = Literal["alert", "correction", "recall", "test"]

MAX_TEXT = 2000
"""Characters that a person is sent; Discord, the narrowest of the usual chats, refuses longer messages."""
_MAX_SUBJECT = 200
_MAX_FOOT = 1200
"""Of them at most for sources, times and links, which come last and must not be what is cut off."""
_HEADLINE, _PHRASE, _NOTE, _NAME, _LINK = 300, 200, 300, 80, 300
_FEW, _SOME, _MANY = 3, 5, 12
_UNSURE = 0.9
_HEADS: dict[AlertType, str] = {"alert": "ALERT", "correction": "CORRECTION", "recall": "RECALL", "test": "TEST"}
_DOES = {"correction": "Corrects", "recall": "Recalls"}
_HIDDEN = {
    **dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029), " "),  # control characters and line ends
    **dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), ""),  # bidi
    **dict.fromkeys((0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080)), ""),  # invisible text
}


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A story that tells the same. ``language`` is its code."""

    story_id: str
    provider: str
    headline: str
    language: str
    version: int
    received: datetime | None = None


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule has to say of a story, once it was seen.

    ``id``: 32 hex digits, the same for each delivery; ``unit``: what is told once, an event's key or a story's id; ``origin``: the story
    that set it off, whose ``version``, ``provider``, ``headline`` and ``language`` these are; ``names`` and ``topics``: what it names, in
    English; ``new``: what is new, for people; ``entities``: English names by id of those that ``sanctions`` name; ``of``: the alert that
    this one corrects or recalls, with the ``note`` of the correction or kill; ``received``: when the story arrived.
    """

    id: str
    type: AlertType
    rule: str
    title: str
    unit: str
    origin: str
    version: int
    provider: str
    headline: str
    language: Language
    at: datetime
    urgency: int | None = None
    names: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    sanctions: tuple[SanctionEvent, ...] = ()
    entities: dict[str, str] = msgspec.field(default_factory=dict)
    listed: tuple[ListHit, ...] = ()
    sources: tuple[Source, ...] = ()
    of: str | None = None
    note: str = ""
    channels: tuple[str, ...] = ()
    received: datetime | None = None
    links: dict[str, str] = msgspec.field(default_factory=dict)
    schema_version: int = msgspec.field(default_factory=lambda: SCHEMA_VERSION)
    """Always in the JSON: a reader must see that it is too old for it."""


class _Versioned(msgspec.Struct):
    schema_version: int = 0


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Alert)
_version_decoder = msgspec.json.Decoder(_Versioned)


def encode_alert(alert: Alert) -> bytes:
    """The alert as UTF-8 JSON, one line."""
    return _encoder.encode(alert)


def decode_alert(value: bytes) -> Alert:
    """An alert from what `encode_alert` wrote; raises `Retry` for one of a newer Dateline and `Reject` for what is none."""
    with _errors():
        _check_version(_version_decoder.decode(value))
        return _decoder.decode(value)


def alert_of(document: Mapping[str, Any]) -> Alert:
    """The alert of its document in the index; raises as `decode_alert` does."""
    with _errors():
        _check_version(msgspec.convert(document, _Versioned))
        return msgspec.convert(document, Alert)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except NOT_JSON as error:
        raise Reject("bad-alert", f"expected an alert as pipeline/alerts/alert.py has it: {error}") from error


def _check_version(found: _Versioned) -> None:
    if found.schema_version > SCHEMA_VERSION:
        raise Retry(
            f"schema_version {found.schema_version} is newer than our {SCHEMA_VERSION}: finish the deploy, the message waits"
        )


def subject(alert: Alert) -> str:
    """The alert on one line: "ALERT New sanctions: US imposes sanctions on tanker network"."""
    return clean(f"{_HEADS[alert.type]} {alert.title}: {alert.headline}", _MAX_SUBJECT)


def plain_text(alert: Alert) -> str:
    """The alert as a person reads it in mail or chat, at most 2,000 characters; what does not fit is left out of the middle."""
    foot = _fitted(_foot(alert), _MAX_FOOT)
    return f"{_fitted(_message(alert), MAX_TEXT - len(foot) - 1)}\n{foot}"


def clean(text: str, limit: int) -> str:
    """A text from the wire as one harmless line of at most so many characters."""
    line = " ".join(text[: 4 * limit].translate(_HIDDEN).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _message(alert: Alert) -> Iterator[str]:
    """What happened and why it is told."""
    yield clean(alert.headline, _HEADLINE)
    if alert.language.code != "en":
        tags = (_some(alert.names, _MANY), _some(alert.topics, _SOME))
        yield f"[{alert.language.code}] {' · '.join(filter(None, tags))}".rstrip()
    if alert.type in _DOES:
        note = f": {clean(alert.note, _NOTE)}" if alert.note else ""
        yield f"{_DOES[alert.type]} alert {alert.of or 'unknown'}{note}"
    if alert.new:
        yield f"New: {_some(alert.new, _MANY, divider='; ')}"
    for event in alert.sanctions[:_SOME]:
        yield _event(event, alert.entities)
    yield from _matched(alert.reasons)
    for hit in alert.listed[:_SOME]:
        yield f"On a list: {clean(hit.name, _NAME)}, {hit.score:.2f}, {LISTS.get(hit.list, hit.list)}"


def _event(event: SanctionEvent, names: dict[str, str]) -> str:
    """Such as "impose, announced: European Union → Bank X, Russian banks: asset-freeze"; codes where no name is known."""
    authority, _, rest = event.key.partition(":")
    target = rest.rpartition(":")[0]
    by = [names[it] for it in event.by if it in names]
    targets = [names[it] for it in event.targets if it in names] + [group.text for group in event.target_groups]
    measures = f": {', '.join(event.measures)}" if event.measures else ""
    state = f"{event.status}, background" if event.background else event.status
    return f"{event.action}, {state}: {_some(by or [authority], _SOME)} → {_some(targets or [target], _MANY)}{measures}"


def _matched(reasons: Iterable[Reason]) -> Iterator[str]:
    """The phrases that matched as they stand in the story, each once; then what matched without one."""
    quoted: dict[tuple[str, int, int], str] = {}
    unquoted: dict[str, None] = {}
    for it in reasons:
        what = clean(it.what, _PHRASE)
        if it.mention is None:
            unquoted[what] = None
        else:
            place = (it.mention.field, it.mention.start, it.mention.end)
            quoted.setdefault(place, f"Matched {what}: “{clean(it.mention.text, _PHRASE)}” ({it.mention.field})")
    yield from list(quoted.values())[:_SOME]
    if unquoted:
        yield f"Matched {_some(unquoted, _MANY)}"


def _foot(alert: Alert) -> Iterator[str]:
    """Where it comes from, when it came, and where to read on."""
    yield f"Source: {clean(alert.provider, _NAME)}, {clean(alert.origin, _NAME)}, version {alert.version}"
    others = [it for it in alert.sources if it.story_id != alert.origin]
    for it in others[:_FEW]:
        yield f"Also: {clean(it.story_id, _NAME)}, version {it.version} [{it.language}] {clean(it.headline, _NAME)}"
    if len(others) > _FEW:
        yield f"Also: {len(others) - _FEW} more"
    if alert.language.confidence < _UNSURE:
        yield f"Language: {alert.language.code}, {alert.language.confidence:.0%} sure"
    arrived = f"Arrived {_time(alert.received)}, alert" if alert.received else "Alert"
    yield f"{arrived} {_time(alert.at)}"
    for name, link in alert.links.items():
        yield f"{clean(name, _NAME)}: {clean(link, _LINK)}"


def _some(texts: Iterable[str], most: int, *, divider: str = ", ") -> str:
    """The first of the texts, and how many are left out."""
    cleaned = list(filter(None, (clean(text, _NAME) for text in texts)))
    more = [f"{len(cleaned) - most} more"] if len(cleaned) > most else []
    return divider.join(cleaned[:most] + more)


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _fitted(lines: Iterable[str], limit: int) -> str:
    """The lines as far as they fit; the first that does not is cut and ends them."""
    text = ""
    for line in filter(None, lines):
        longer = f"{text}\n{line}" if text else line
        if len(longer) > limit:
            return longer[: limit - 1].rstrip() + "…"
        text = longer
    return text
