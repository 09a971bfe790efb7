"""What all formats have in common once their fields are read: identity, times, and what the text itself tells.

Comes in: a `Story` whose empty fields are what its format did not say. Goes out: the whole story, what was worked out named
in ``derived``. Never touches what the copy gave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from pipeline.errors import Reject
from pipeline.formats.credits import take_credits
from pipeline.formats.datelines import date_of, find_dateline, place_of, tidy_dateline
from pipeline.formats.headlines import derive_headline
from pipeline.formats.identity import clean_guid, content_guid, dated_guid, story_id
from pipeline.formats.marks import CORRECTION, KILL, Marks, read_marks
from pipeline.formats.paragraphs import find_crossheads
from pipeline.formats.providers import Provider, find_provider
from pipeline.formats.raw import RawCopy
from pipeline.formats.subject_codes import with_media_topics
from pipeline.story import KillTarget, Story

_AHEAD = timedelta(minutes=15)
"""A clock may run ahead by minutes; what is later than this comes from a wrong date."""
_IN_BRACKETS = re.compile(r"[(\[（]([^()\[\]（）]{3,400})[)\]）]\.?")
_CORRECTS = re.compile(
    r"\b(?:correct(?:s|ed|ing|ion)|korrig|korrekt|berichtig|rectifi|corrig|corrección|rettific|correg|исправл|уточн|виправл)"
    r"|تصحيح|اصلاح|更正|訂正",
    re.IGNORECASE,
)
_SLUGGED = re.compile(
    r"\b(?:slugged|slug(?:line)?|keyword|Stichwort)\s?:?\s{0,2}[\"'„“”«]?([^\W_][\w./-]{2,60})", re.IGNORECASE
)
_QUOTED = re.compile(r"[„“\"«「《]([^„“”\"«»「」《》\n]{10,200})[“”\"»」》]")
_NUMBERED = re.compile(r"\b([a-z]{1,5})\s?-?(\d{3,5})\b", re.IGNORECASE)


def finish(
    story: Story,
    raw: RawCopy,
    *,
    format: str,
    notes: list[str],
    codes: Iterable[str] = (),
    status_in_text: bool = False,
) -> Story:
    """The story with its identity, its times, its origin and what its text tells; ``raw`` is the copy of this item.

    ``codes``: codes of signals, genres and the like as they came, for the provider's dialect; ``status_in_text``: the format
    has no field for a kill, so that one marked in the text is one. Raises `Reject` for a story without text and for a
    provider that the feed may not speak for.
    """
    story = _read_text(story, notes)
    derived = list(story.derived)
    guid = clean_guid(story.guid)
    provider = find_provider(story.provider, raw, guid=guid)
    if not story.provider and not raw.providers:
        derived.append("provider")
    marks = read_marks(story.slugline, story.headline)
    plain = [provider.dialect.signals.get(code.lower(), "") for code in codes]
    signals = tuple(dict.fromkeys(filter(None, (*story.signals, *plain, *marks.signals))))
    story = msgspec.structs.replace(story, signals=signals)
    story = _read_marks(story, marks, provider, derived, status_in_text=status_in_text)
    story = _check_times(story, raw, derived, notes)
    story = msgspec.structs.replace(story, subjects=with_media_topics(story.subjects))
    guid = guid or _make_guid(story, marks, provider, raw, derived)
    if not story.headline and story.body:
        derived.append("headline")
    return msgspec.structs.replace(
        story,
        id=story_id(provider.id, guid),
        guid=guid,
        provider=provider.id,
        headline=story.headline or derive_headline(story.body),
        dateline_date=story.dateline_date or _dateline_date(story),
        located=story.located or _located(story, derived),
        services=tuple(msgspec.structs.replace(service, received=raw.received) for service in story.services),
        received=raw.received,
        source=raw.source,
        feed=raw.feed,
        format=format,
        derived=tuple(dict.fromkeys(derived)),
        notes=tuple(dict.fromkeys(notes)),
    )


def _read_text(story: Story, notes: list[str]) -> Story:
    """Credits, crossheads and dateline from the text."""
    story = _without_byline(story)
    body, credits, note = take_credits(story.body)
    if note:
        notes.append(note)
    if not (body or story.headline or story.pubstatus == "canceled"):
        raise Reject("no-text", "expected a headline or a body, got neither; only a kill (canceled) goes without")
    return msgspec.structs.replace(
        story,
        body=body,
        credits=tuple(dict.fromkeys((*story.credits, *credits))),
        crossheads=story.crossheads or find_crossheads(body),
        dateline=tidy_dateline(story.dateline or "") or find_dateline(body),
    )


def _without_byline(story: Story) -> Story:
    """The story without a first paragraph that only repeats its byline."""
    opening, gap, rest = story.body.partition("\n\n")
    if not rest or opening != story.byline:
        return story
    moved = len(opening) + len(gap)
    crossheads = (
        msgspec.structs.replace(mention, start=mention.start - moved, end=mention.end - moved)
        for mention in story.crossheads
        if mention.start >= moved
    )
    return msgspec.structs.replace(story, body=rest, crossheads=tuple(crossheads))


# --- marks -------------------------------------------------------------------------------------------------------------


def _read_marks(story: Story, marks: Marks, provider: Provider, derived: list[str], *, status_in_text: bool) -> Story:
    """The note of a correction, the version that a lead's number gives, and a kill that only the text tells."""
    if CORRECTION in story.signals and story.correction is None:
        story = msgspec.structs.replace(story, correction=_correction(story))
    if provider.identity == "slug" and marks.lead and "version" in derived:
        story = msgspec.structs.replace(story, version=marks.lead + 1)
    if status_in_text and KILL in marks.signals:
        derived.append("pubstatus")
        story = msgspec.structs.replace(story, pubstatus="canceled", kill_target=_kill_target(story, marks))
    return story


def _correction(story: Story) -> str:
    """What the copy says of what it corrects: its note, or the remark in brackets that opens the text."""
    if story.ed_note and _CORRECTS.search(story.ed_note):
        return story.ed_note
    for paragraph in story.body[:2000].split("\n\n")[:3]:
        found = _IN_BRACKETS.match(paragraph)
        if found and _CORRECTS.search(found[1]):
            return found[1].strip()
    return story.ed_note or ""


def _kill_target(story: Story, marks: Marks) -> KillTarget:
    """What the notice says of the story that it means: its number where the text names one, slugline and headline."""
    text = story.body[:2000]
    own = {(service.name.lower(), service.sequence) for service in story.services}
    services = {name for name, _ in own}
    numbers = ((found[1].lower(), int(found[2])) for found in _NUMBERED.finditer(text))
    service, sequence = next((it for it in numbers if it[0] in services and it not in own), (None, None))
    slugged, quoted = _SLUGGED.search(text), _QUOTED.search(text)
    return KillTarget(
        slugline=slugged[1].rstrip("./-") if slugged else marks.slugline or None,
        headline=marks.headline or (quoted[1] if quoted else None),
        service=service,
        sequence=sequence,
    )


# --- identity and times ------------------------------------------------------------------------------------------------


def _make_guid(story: Story, marks: Marks, provider: Provider, raw: RawCopy, derived: list[str]) -> str:
    """The guid by the provider's rule, for copy that brings none."""
    derived.append("guid")
    at = _local(story.version_created or raw.received, provider)
    numbered = next((service for service in story.services if service.sequence is not None), None)
    if provider.identity == "slug" and marks.slugline and story.kill_target is None:
        return dated_guid(at, marks.slugline.casefold())
    if numbered is not None and provider.identity == "content":  # without its header, which differs on each service
        return dated_guid(at, content_guid(f"{story.headline}\n{story.body}".encode()))
    if numbered is not None:
        return dated_guid(at, f"{numbered.name}-{numbered.sequence:04d}")
    if story.pubstatus == "canceled" and story.kill_target is None:
        raise Reject("bad-field", "guid: expected the guid of the story to kill, got none")
    return content_guid(raw.value)


def _local(moment: datetime, provider: Provider) -> datetime:
    try:
        return moment.astimezone(provider.zoneinfo)
    except OverflowError:  # the year 1 or 9999
        return moment


def _check_times(story: Story, raw: RawCopy, derived: list[str], notes: list[str]) -> Story:
    """Times without those that lie in the future, and a ``version_created`` where something can stand in for it.

    Arrival stands in only where no version orders the arrivals: a late old version must not look new.
    """
    first, created = (_past(story, name, raw, notes) for name in ("first_created", "version_created"))
    if created is None:
        wrong = story.version_created is not None
        created = raw.modified or (raw.received if wrong or "version" in derived else None)
        if created is not None:
            derived.append("version_created")
    return msgspec.structs.replace(story, first_created=first, version_created=created)


def _past(story: Story, name: str, raw: RawCopy, notes: list[str]) -> datetime | None:
    moment: datetime | None = getattr(story, name)
    if moment is not None and moment > raw.received + _AHEAD:
        notes.append(f"{name} {moment.isoformat()} lies in the future and was left out")
        return None
    return moment


def _dateline_date(story: Story) -> str | None:
    near = story.version_created or story.first_created
    return date_of(story.dateline, near=near) if story.dateline and near else None


def _located(story: Story, derived: list[str]) -> str | None:
    place = place_of(story.dateline) if story.dateline else None
    if place:
        derived.append("located")
    return place
