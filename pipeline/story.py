"""What flows between the steps: a story and its tags, as immutable values with a JSON form.

Comes in: nothing. Goes out: the types of a parsed and enriched story. Field names are IPTC's (ninjs, NewsML-G2) in
snake_case; languages are ISO 639-1 (``und`` when unknown), countries ISO 3166-1 alpha-2, times aware UTC datetimes,
offsets Unicode code points of the named field. `schemas/messages/story.json` describes the JSON; a contract test
compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from pipeline.errors import NOT_JSON, Reject, Retry

SCHEMA_VERSION = 1
"""Raised when a reader of the old form would misread the new one. Additions don't raise it."""

PubStatus = Literal["usable", "withheld", "canceled"]
EntityType = Literal["person", "organisation", "place", "product", "event", "other"]
SanctionAction = Literal["impose", "extend", "tighten", "ease", "lift", "threaten", "call-for", "evade", "other"]
SanctionStatus = Literal["announced", "in-force", "proposed", "denied", "failed"]


def _always(value: Any) -> Any:
    """A default that stands in the JSON all the same, because readers rely on the field being there."""
    return msgspec.field(default_factory=lambda: value)


class Mention(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where something stands in the text: ``text == story.<field>[start:end]``."""

    field: Literal["headline", "body"]
    start: int
    end: int
    text: str


class Credit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who worked on the story. ``role``: reporter, writer, editor or translator."""

    role: str
    name: str


class Headline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A further headline. ``role`` is the provider's word for it (short, sub, mobile …), in lower case."""

    text: str
    role: str | None = None


class Service(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A service of the provider that carried the story, the number it had there and when it first reached us."""

    name: str
    sequence: int | None = None
    received: datetime | None = None


class KillTarget(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a kill in a text format says of the story it means; formats with a guid need none of it."""

    slugline: str | None = None
    headline: str | None = None
    service: str | None = None
    sequence: int | None = None


class Language(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The detected language. ``declared`` is what the provider said, whatever was detected.

    ``script`` (ISO 15924) where a language is written in several; ``tag`` (BCP 47) says what ``code`` can't (zh-Hant, prs);
    ``others`` are further languages in which a good part of the text is written.
    """

    code: str
    confidence: float = _always(0.0)
    declared: str | None = None
    script: str | None = None
    tag: str | None = None
    others: tuple[str, ...] = ()


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody or something the story names. ``id``: a Wikidata id, else a stable ``x:…`` of our own.

    ``source`` says who tagged it (gazetteer, names, provider), so that a re-run replaces only its own tags; ``salience`` is 1
    for what the story is most about, less for the others; ``role``: "government" for a city that stands for one.
    """

    id: str
    name: str
    type: EntityType
    source: str
    countries: tuple[str, ...] = _always(())
    role: str = ""
    salience: float = 0.0
    mentions: tuple[Mention, ...] = _always(())


class Topic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A subject tag: ``medtop:…`` for IPTC Media Topics, a bare word for our own. ``score`` is 0 to 1."""

    id: str
    name: str
    score: float
    source: str
    evidence: tuple[Mention, ...] = _always(())


class TargetGroup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Those a sanction hits, as the text describes them: "Russian banks"."""

    text: str
    countries: tuple[str, ...] = _always(())


class SanctionEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the story says of sanctions: one act of one authority against one country.

    ``key`` is the same in every language: authority, target and family of the action ("EU:RU:impose", ``-`` for unknown). ``by``
    and ``targets`` are entity ids; ``background`` events were there before. ``new`` and ``first_seen`` are set when the story
    is kept: whether it tells anything of the event that no story before it did, and when the event was first told of; ``added`` says
    what that was ("event", "target:Q…", "measure:travel-ban", "status:in-force").
    """

    key: str
    action: SanctionAction
    status: SanctionStatus
    by: tuple[str, ...] = _always(())
    targets: tuple[str, ...] = _always(())
    target_groups: tuple[TargetGroup, ...] = _always(())
    measures: tuple[str, ...] = _always(())
    background: bool = _always(False)
    new: bool | None = None
    first_seen: datetime | None = None
    added: tuple[str, ...] = ()
    evidence: tuple[Mention, ...] = _always(())


class ListHit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody on a sanctions list whom the story names. ``name`` is the list's own, ``score`` 0 to 1."""

    list: str
    list_id: str
    name: str
    score: float
    mention: Mention
    programmes: tuple[str, ...] = _always(())


class Subject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A subject as the provider coded it, kept as it came; ``type`` where it is a person, a place and the like."""

    code: str
    name: str | None = None
    type: EntityType | None = None


class Story(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of one story. Parsers fill what their format says; enrichment fills the tags.

    ``derived`` names the fields that were worked out rather than given (``headline``, ``guid`` …).
    """

    id: str
    guid: str
    provider: str
    schema_version: int = _always(SCHEMA_VERSION)
    version: int = _always(1)
    pubstatus: PubStatus = _always("usable")
    headline: str = _always("")
    body: str = _always("")
    headlines: tuple[Headline, ...] = ()
    """Headlines beside `headline`, with their roles."""
    slugline: str | None = None
    byline: str | None = None
    dateline: str | None = None
    dateline_date: str | None = None
    """The date in the dateline, ISO 8601, its year taken from the story's own time."""
    located: str | None = None
    urgency: int | None = None
    """IPTC's scale, 1 (most urgent) to 9; ``urgency_given`` is what stood in the copy where its scale is another."""
    urgency_given: str | None = None
    ed_note: str | None = None
    correction: str | None = None
    """What a correction corrects; the empty string where the copy says only that it is one."""
    usage_terms: str | None = None
    copyright: str | None = None
    genre: str | None = None
    keywords: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()
    services: tuple[Service, ...] = ()
    kill_target: KillTarget | None = None
    credits: tuple[Credit, ...] = _always(())
    crossheads: tuple[Mention, ...] = ()
    embargoed: str | None = None
    """The time until which nothing may show, ISO 8601; the empty string is an embargo without a time."""
    first_created: datetime | None = None
    version_created: datetime | None = None
    received: datetime | None = None
    read_at: datetime | None = None
    enriched_at: datetime | None = None
    format: str | None = None
    source: str | None = None
    feed: str | None = None
    derived: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What was repaired or doubtful in the copy, in plain words."""
    language: Language = _always(Language(code="und"))
    entities: tuple[Entity, ...] = _always(())
    topics: tuple[Topic, ...] = _always(())
    countries: tuple[str, ...] = _always(())
    sanctions: tuple[SanctionEvent, ...] = _always(())
    listed: tuple[ListHit, ...] = _always(())

    def to_dict(self) -> dict[str, Any]:
        """The story as JSON-able builtins."""
        result: dict[str, Any] = msgspec.to_builtins(self)
        return result


class Skipped(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An item that carries no text story (a picture, a planning item): counted with its reason, not dead."""

    reason: str
    guid: str | None = None
    format: str | None = None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Story)


def encode_story(story: Story) -> bytes:
    """The story as UTF-8 JSON, one line."""
    return _encoder.encode(story)


def decode_story(value: bytes) -> Story:
    """A story from what `encode_story` wrote.

    Raises `Retry` for a newer ``schema_version`` (a rolling deploy: the next worker can read it) and `Reject` for
    anything that is not a story.
    """
    try:
        story = _decoder.decode(value)
    except NOT_JSON as error:
        if (version := _schema_version(value)) > SCHEMA_VERSION:
            raise _newer(version) from error
        raise Reject("bad-story", f"expected a story as in schemas/messages/story.json: {error}") from error
    if story.schema_version > SCHEMA_VERSION:
        raise _newer(story.schema_version)
    return story


def _newer(version: int) -> Retry:
    return Retry(
        f"schema_version {version} is newer than the {SCHEMA_VERSION} of this worker: finish the deploy, "
        "the message waits"
    )


def _schema_version(value: bytes) -> int:
    try:
        found = msgspec.json.decode(value).get("schema_version", 0)
    except (*NOT_JSON, AttributeError):
        return 0
    return found if isinstance(found, int) else 0


def utc(moment: datetime) -> datetime:
    """The moment in UTC; a time without a zone is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
