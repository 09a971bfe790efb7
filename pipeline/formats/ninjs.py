"""ninjs (IPTC, 1.x, 2.x and 3.x): news in JSON, as NTB, TT, dpa and Superdesk's newsrooms send it.

Comes in: `RawCopy` with one object, a list, JSON lines, or a search answer around them. Goes out: one item per object; what
stands beside it (associations, renditions) is never mixed into its text. Pictures, video, packages and events are skipped.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from pipeline.formats.cleaning import clean_line
from pipeline.formats.fields import parse_pubstatus
from pipeline.formats.finishing import finish
from pipeline.formats.items import Item
from pipeline.formats.json_items import Fields, entities_of, head_of, parse_each, service_of, subjects_of
from pipeline.formats.markup import Block, join_blocks
from pipeline.formats.nitf_body import read_text
from pipeline.formats.providers import find_provider, issuer_of
from pipeline.formats.raw import RawCopy
from pipeline.story import Headline, Language, PubStatus, Service, Skipped, Story

_OURS = re.compile(rb'(?<!\\)"(?:schema_version|version_created|first_created|body)"\s*:')
_NINJS = re.compile(
    rb'(?<!\\)"(?:body_?[a-z][a-z0-9_]{1,40}|headline_[a-z_]{2,40}|bodies|version[cC]reated|pub[sS]tatus|headlines|copyright[hH]older|copyright[nN]otice|'
    rb'description_?[a-z_]{2,40}|descriptions|by|rights[iI]nfo|\$?standard"\s*:\s*\{\s*"name"\s*:\s*"(?:ninjs|TTNINJS))"'
)
_NAMES = re.compile(rb'(?<!\\)"(?:uri|guid)"\s*:')
WITHOUT_TEXT = frozenset(
    [
        "picture",
        "photo",
        "graphic",
        "video",
        "audio",
        "composite",
        "package",
        "event",
        "planning",
        "animation",
        "component",
    ]
)
_BODIES = (("bodyxhtml", "text/html"), ("bodyhtml", "text/html"))
_BLOCKS = re.compile(r"<(?:p|br|div|ul|ol|li|table|h[1-6]|hl2|pre|section|article|blockquote)\b|\n\s*\n", re.IGNORECASE)
"""What parts the paragraphs of a body; in HTML without any of it a line end is a blank."""
_TT_STATUSES = frozenset(["replaced", "commissioned"])
"""TT's own (ttninjs-schema): an item in whose place stands another one, and one that is ordered only. Neither is for use."""
_MAIN = ("main", "headline", "title")


class Text(NamedTuple):
    """The blocks of a body, and the headline that stands in it."""

    blocks: list[Block]
    headline: str = ""


def accepts(raw: RawCopy) -> bool:
    """Whether the copy is JSON with an id and with names that ninjs has and our own JSON has not."""
    head = head_of(raw)
    # In this order: our own JSON, which is the most frequent, is known by its first names.
    return bool(head) and not _OURS.search(head) and bool(_NAMES.search(head) and _NINJS.search(head))


def parse(raw: RawCopy) -> list[Item]:
    """One item per object; one that can't be read costs only itself."""
    return parse_each(raw, _read_item)


def _read_item(item: Fields, raw: RawCopy, notes: list[str]) -> Item:
    guid = item.line("uri", "guid") or ""
    kind = (item.line("type") or "").lower()
    body = read_body(item, notes)
    status = _status(item, notes)
    if kind in WITHOUT_TEXT and not (kind == "composite" and body.blocks) and status != "canceled":
        return Skipped(reason=f"{kind} has no text of its own", guid=guid or None)
    if not guid:
        raw = msgspec.structs.replace(raw, value=msgspec.json.encode(item.given))
    provider = _provider(item, guid, raw)
    zone = find_provider(provider, raw, guid=guid).zoneinfo
    text, crossheads = join_blocks(body.blocks)
    headline, headlines = read_headlines(item, notes)
    version = item.version()
    story = Story(
        id="",
        guid=guid,
        provider=provider,
        version=1 if version is None else version,
        derived=("version",) if version is None else (),
        pubstatus=status,
        headline=headline or body.headline,
        headlines=headlines,
        body=text,
        crossheads=crossheads,
        slugline=item.line("slugline"),
        byline=item.line("by", "byline"),
        dateline=item.line("dateline"),
        located=item.line("located"),
        urgency=item.number("urgency", 1, 9),
        ed_note=item.text("ednote", "ednotes"),
        usage_terms=item.text("usageterms"),
        copyright=item.line("copyrightnotice", "copyrightholder"),
        genre=item.line("genre", "genres"),
        keywords=item.lines("keywords", "keyword"),
        signals=tuple(signal.lower().removeprefix("sig:") for signal in item.lines("signals", "signal")),
        subjects=(*subjects_of(item.each("subject", "subjects", "object", "objects")), *entities_of(item)),
        services=_services(item),
        embargoed=item.embargo(zone, "embargoed", "embargoeduntil"),
        first_created=item.time(zone, "firstcreated"),
        version_created=item.time(zone, "versioncreated"),
        language=Language(code="und", declared=item.line("language")),
    )
    return finish(story, raw, format="ninjs", notes=notes, codes=item.lines("signals", "signal"))


def _status(item: Fields, notes: list[str]) -> PubStatus:
    given = item.line("pubstatus") or "usable"
    if given.lower() in _TT_STATUSES:
        notes.append(f"pubstatus {given} read as withheld")
        return "withheld"
    return parse_pubstatus(given)


def read_body(item: Fields, notes: list[str], *, described: bool = True) -> Text:
    """The body: marked up before plain; where there is none, the description, if it may stand for the text (``described``)."""
    bodies = sorted(item.each("bodies"), key=lambda body: "html" not in (body.line("contenttype", "role") or ""))
    texts = [(body.get("value"), body.line("contenttype") or _media_type(body.line("role"))) for body in bodies]
    texts += [(item.get(name), media_type) for name, media_type in _BODIES]
    texts += [(item.get(name), "text/html") for name in item.names("body") if "html" in name]  # TT: body_html5
    texts += [(item.get("bodytext"), "text/plain")]
    texts += [(item.get(name), "") for name in item.names("body") if name != "bodies"]
    if described:
        texts += [(each.get("value"), each.line("contenttype") or "text/plain") for each in item.each("descriptions")]
        texts += [(item.get(name), "") for name in item.names("description") if name != "descriptions"]
    for value, media_type in texts:
        if isinstance(value, str) and value.strip():
            found = read_text(_flowing(value, media_type), media_type, notes)
            if found.blocks:
                return Text(found.blocks, clean_line(found.headline, notes))
    return Text([])


def _flowing(value: str, media_type: str) -> str:
    """HTML that has no paragraphs of its own on one line: there the end of a line says nothing."""
    return value if "html" not in media_type or _BLOCKS.search(value) else " ".join(value.split())


def _media_type(role: str | None) -> str:
    return "text/html" if "html" in (role or "").lower() else ""


def read_headlines(item: Fields, notes: list[str]) -> tuple[str, tuple[Headline, ...]]:
    """The main headline, and the others with their roles."""
    read = [
        Headline(text=text, role=(each.line("role") or "").lower() or None)
        for each in item.each("headlines")
        if (text := each.line("value", "text"))
    ]
    main = next((it for it in read if it.role is None or it.role in _MAIN), read[0] if read else None)
    headline = main.text if main else item.line("headline", "headlinemain", "title") or ""
    named = {name: name.removeprefix("headline") for name in item.names("headline") if name != "headlines"}
    named |= {"subheadline": "sub", "subheadlines": "sub"}
    more = [Headline(text=text, role=role or None) for name, role in named.items() for text in item.lines(name)]
    headline = headline or next((it.text for it in more), "")
    return headline, tuple(dict.fromkeys(it for it in (*read, *more) if it.text != headline))


def _provider(item: Fields, guid: str, raw: RawCopy) -> str:
    """Who says to be the provider; who issued the guid, is the source or holds the rights counts where nobody else is known."""
    if given := item.line("provider"):
        return given
    if raw.providers or issuer_of(guid):
        return ""
    return item.line("source", "infosource", "infosources", "copyrightholder") or ""


def _services(item: Fields) -> tuple[Service, ...]:
    """The services that carry it: by their numbers in an id of another format, else by name."""
    ids = (text for name in ("altids", "altid") for text in _ids(item.get(name)))
    numbered = tuple(service for text in ids if (service := service_of(text)))
    named = (each.line("code", "name") for each in item.each("service", "services"))
    return numbered or tuple(Service(name=name.lower()) for name in dict.fromkeys(named) if name)


def _ids(value: object) -> list[str]:
    """The alternative ids: 1.x has an object of them, later versions a list."""
    if isinstance(value, dict):
        return [text for text in value.values() if isinstance(text, str)]
    entries = value if isinstance(value, list) else []
    return [text for entry in entries if isinstance(entry, dict) for text in entry.values() if isinstance(text, str)]
