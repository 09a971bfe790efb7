"""AP Media API: the JSON in which The Associated Press offers its items.

Comes in: `RawCopy` with one item or a feed of them. Goes out: one item each. AP leaves the text behind a link; where nobody
fetched it into the item (``nitf``, ``body_nitf``), the item is skipped with that reason, but not where it stops a story. The guid is
``altids.itemid``; versions count from 0. Fields: AP's "Content metadata fields" (developer.ap.org).
"""

from __future__ import annotations

import re

from pipeline.formats.fields import parse_pubstatus
from pipeline.formats.finishing import finish
from pipeline.formats.items import Item
from pipeline.formats.json_items import Fields, entities_of, head_of, parse_each, subjects_of
from pipeline.formats.markup import join_blocks
from pipeline.formats.ninjs import WITHOUT_TEXT, Text, read_body
from pipeline.formats.nitf_body import read_text
from pipeline.formats.providers import find_provider
from pipeline.formats.raw import RawCopy
from pipeline.story import Headline, Language, PubStatus, Service, Skipped, Story, Subject

_AP = "ap"
_ITEM = re.compile(rb'(?<!\\)"altids"\s*:\s*\{[^{}]{0,2000}?(?<!\\)"itemid"\s*:\s*"[0-9a-f]{32}"')
_TYPES = {
    "kill": "kill", "elimination": "kill", "withhold": "withhold", "holdforrelease": "withhold", "correction": "correction",
    "corrective": "correction", "writethru": "update", "lead": "update", "advisory": "advisory",
}  # fmt: skip
"""AP's editorial types that say what becomes of a story; others (Add, Takes, Clarification, Disregard) leave it as it is."""
_STATUS_OF_TYPES: dict[str, PubStatus] = {"kill": "canceled", "withhold": "withheld"}


def accepts(raw: RawCopy) -> bool:
    """Whether the copy is JSON with AP's item ids, or an answer of its API without items."""
    head = head_of(raw)
    if b'"altids"' in head:
        return bool(_ITEM.search(head))
    return b'"api_version"' in head and b'"current_item_count"' in head


def parse(raw: RawCopy) -> list[Item]:
    """One item per item; one that can't be read costs only itself."""
    return parse_each(raw, _read_item)


def _read_item(item: Fields, raw: RawCopy, notes: list[str]) -> Item:
    ids = next(item.each("altids"), Fields({}, notes))
    guid, kind = ids.line("itemid") or "", (item.line("type") or "text").lower()
    types = tuple(dict.fromkeys(_TYPES.get(word.lower(), "") for word in item.lines("editorialtypes")))
    status, is_embargoed = _status(item, types, notes)
    body = _body(item, notes)
    if kind in WITHOUT_TEXT and status != "canceled":
        return Skipped(reason=f"{kind} has no text of its own", guid=guid or None)
    if not body.blocks and status == "usable" and "renditions" in item:
        return Skipped(reason="the text is elsewhere (renditions)", guid=guid or None)
    provider = find_provider(_AP if not raw.providers else "", raw)
    text, crossheads = join_blocks(body.blocks)
    headline = item.line("headline", "title") or body.headline
    version = item.version()
    embargoed = item.embargo(provider.zoneinfo, "embargoed")
    location = next(item.each("datelinelocation"), Fields({}, notes))
    story = Story(
        id="",
        guid=guid,
        provider=provider.id,
        version=1 if version is None else version,
        derived=("version",) if version is None else (),
        pubstatus=status,
        headline=headline,
        headlines=tuple(
            Headline(text=text, role=role)
            for role in ("extended", "seo")
            for text in item.lines(f"headline{role}")
            if text != headline
        ),
        body=text,
        crossheads=crossheads,
        slugline=item.line("slugline") or ids.line("referenceid"),
        byline=", ".join(by for each in item.each("bylines") if (by := each.line("by", "name"))) or None,
        dateline=item.line("dateline", "located"),  # AP's "located" is the dateline as it is written
        located=location.line("city", "name"),
        urgency=item.number("urgency", 1, 9),
        urgency_given=item.line("editorialpriority"),
        ed_note=item.text("ednote"),
        usage_terms=item.text("usageterms"),
        copyright=item.line("copyrightnotice"),
        genre=item.line("genre", "contenttype"),
        keywords=item.lines("keywords"),
        signals=tuple(dict.fromkeys(filter(None, (*map(str.lower, item.lines("signals")), *types)))),
        subjects=_subjects(item),
        services=tuple(Service(name=name.lower()) for name in item.lines("products", "channels")),
        embargoed="" if embargoed is None and is_embargoed else embargoed,
        first_created=item.time(provider.zoneinfo, "firstcreated"),
        version_created=item.time(provider.zoneinfo, "versioncreated"),
        language=Language(code="und", declared=item.line("language")),
    )
    return finish(story, raw, format="ap-json", notes=notes, codes=item.lines("signals"))


def _status(item: Fields, types: tuple[str, ...], notes: list[str]) -> tuple[PubStatus, bool]:
    """The status, and whether it is AP's "embargoed"; an editorial type that stops a story goes before "usable"."""
    given = (item.line("pubstatus") or "usable").lower()
    is_embargoed = given == "embargoed"
    status = "usable" if is_embargoed else parse_pubstatus(given)
    stopped = next((_STATUS_OF_TYPES[type_] for type_ in _STATUS_OF_TYPES if type_ in types), None)
    if status == "usable" and stopped:
        notes.append(f"pubstatus {given}, {stopped} by its editorial type")
        return stopped, is_embargoed
    return status, is_embargoed


def _body(item: Fields, notes: list[str]) -> Text:
    """The text that was fetched into the item: NITF, or under ninjs' names."""
    for name in ("nitf", "bodynitf", "content"):
        value = item.get(name)
        if isinstance(value, str):
            found = read_text(value, "", notes)
            if found.blocks:
                return Text(found.blocks, found.headline)
        for inner in item.each(name):
            if (found_inner := read_body(inner, notes, described=False)).blocks:
                return found_inner
    return read_body(item, notes, described=False)


def _subjects(item: Fields) -> tuple[Subject, ...]:
    """AP's subjects under their scheme, its category letters as ANPA's."""
    found = []
    for each in item.each("subject", "subjects"):
        code = each.line("code") or ""
        if "category" in each.lines("rels") and len(code) == 1:
            found.append(Subject(code=f"a1312cat:{code}"))
        else:
            found += subjects_of([each])
    return tuple(dict.fromkeys((*found, *entities_of(item))))
