"""AP Media API: the JSON in which The Associated Press offers its items.

Comes in: `RawCopy` with one item or a feed of them. Goes out: one item each. AP leaves the text behind a link; where nobody
fetched it into the item (``nitf``, ``body_nitf``), the item is skipped with that reason, a kill is not. The guid is
``altids.itemid``; versions count from 0.
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
from pipeline.story import Headline, Language, Service, Skipped, Story, Subject

_AP = "ap"
_ITEM = re.compile(rb'(?<!\\)"altids"\s*:\s*\{[^{}]{0,2000}?(?<!\\)"itemid"\s*:')


def accepts(raw: RawCopy) -> bool:
    """Whether the copy is JSON with AP's item ids."""
    head = head_of(raw)
    return b'"altids"' in head and bool(_ITEM.search(head))


def parse(raw: RawCopy) -> list[Item]:
    """One item per item; one that can't be read costs only itself."""
    return parse_each(raw, _read_item)


def _read_item(item: Fields, raw: RawCopy, notes: list[str]) -> Item:
    ids = next(item.each("altids"), Fields({}, notes))
    guid, kind = ids.line("itemid") or "", (item.line("type") or "text").lower()
    status = parse_pubstatus(item.line("pubstatus") or "usable")
    body = _body(item, notes)
    if kind in WITHOUT_TEXT and status != "canceled":
        return Skipped(reason=f"{kind} has no text of its own", guid=guid or None)
    if not body.blocks and status != "canceled" and "renditions" in item:
        return Skipped(reason="the text is elsewhere (renditions)", guid=guid or None)
    provider = find_provider(_AP if not raw.providers else "", raw)
    text, crossheads = join_blocks(body.blocks)
    headline = item.line("headline", "title") or body.headline
    version = item.version()
    location = next(item.each("datelinelocation"), Fields({}, notes))
    story = Story(
        id="",
        guid=guid,
        provider=provider.id,
        version=1 if version is None else version,
        derived=("version",) if version is None else (),
        pubstatus=status,
        headline=headline,
        headlines=tuple(Headline(text=it, role="extended") for it in item.lines("headlineextended") if it != headline),
        body=text,
        crossheads=crossheads,
        slugline=item.line("slugline") or ids.line("referenceid"),
        byline=", ".join(by for each in item.each("bylines") if (by := each.line("by", "name"))) or None,
        dateline=item.line("dateline"),
        located=location.line("city", "name"),
        urgency=item.number("urgency", 1, 9),
        urgency_given=item.line("editorialpriority"),
        ed_note=item.text("ednote"),
        usage_terms=item.text("usageterms"),
        copyright=item.line("copyrightnotice"),
        genre=item.line("genre", "contenttype"),
        keywords=item.lines("keywords"),
        signals=tuple(signal.lower() for signal in item.lines("signals")),
        subjects=_subjects(item),
        services=tuple(Service(name=name.lower()) for name in item.lines("products", "channels")),
        embargoed=item.embargo(provider.zoneinfo, "embargoed"),
        first_created=item.time(provider.zoneinfo, "firstcreated"),
        version_created=item.time(provider.zoneinfo, "versioncreated"),
        language=Language(code="und", declared=item.line("language")),
    )
    return finish(story, raw, format="ap-json", notes=notes, codes=item.lines("signals"))


def _body(item: Fields, notes: list[str]) -> Text:
    """The text that was fetched into the item: NITF, or under ninjs' names."""
    for name in ("nitf", "bodynitf", "content"):
        value = item.get(name)
        if isinstance(value, str):
            found = read_text(value, "", notes)
            if found.blocks:
                return Text(found.blocks, found.headline)
        for inner in item.each(name):
            if (found_inner := read_body(inner, notes)).blocks:
                return found_inner
    return read_body(item, notes)


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
