"""dpa digitalwires: the JSON of dpa's web services, one entry per story.

Comes in: `RawCopy` with an entry, a list of them, or wireQ's answer. Goes out: one item each; pictures and sound without an
article are skipped. Names are those of dpa's own converters to IPTC 7901 and NewsML-G2; wires are services, notes for editors
stay out of the text, and those with people to call stay out of all.
"""

from __future__ import annotations

import re

from pipeline.formats.cleaning import clean_line
from pipeline.formats.fields import parse_pubstatus
from pipeline.formats.finishing import finish
from pipeline.formats.items import Item
from pipeline.formats.json_items import Fields, head_of, parse_each, subjects_of
from pipeline.formats.marks import CORRECTION
from pipeline.formats.markup import Block, join_blocks, read_blocks
from pipeline.formats.nitf_body import parse_html, read_text
from pipeline.formats.providers import find_provider
from pipeline.formats.raw import RawCopy
from pipeline.story import Headline, Language, Service, Skipped, Story, Subject

_ENTRY = re.compile(rb'(?<!\\)"(?:article_html|format"\s*:\s*"digitalwires@[\d.]+)"')
_NO_ENTRIES = re.compile(rb'\{\s*"entries"\s*:\s*\[\s*\]\s*\}\s*')
"""wireQ's answer when nothing new has come."""
_CONTACTS = ("contacts", "dpacontacts")
_HEADLINES = (("kicker", "kicker"), ("subhead", "sub"))
_ROLES_OF_CODES = ("dnltype:subject", "dnltype:dpasubject", "dnltype:geosubject", "dnltype:desk", "dnltype:scope")


def accepts(raw: RawCopy) -> bool:
    """Whether the copy is JSON that names the format, or has its article, or is an answer of wireQ without entries."""
    head = head_of(raw)
    if len(head) < 100 and _NO_ENTRIES.fullmatch(head):
        return True
    return (b"article_html" in head or b"digitalwires" in head) and bool(_ENTRY.search(head))


def parse(raw: RawCopy) -> list[Item]:
    """One item per entry; one that can't be read costs only itself."""
    return parse_each(raw, _read_entry)


def _read_entry(item: Fields, raw: RawCopy, notes: list[str]) -> Item:
    guid = item.line("urn") or item.line("entryid") or ""
    zone = find_provider("", raw, guid=guid).zoneinfo
    text, crossheads = join_blocks(_blocks(item, notes))
    status = parse_pubstatus(item.line("pubstatus") or "usable")
    media = [each.line("type") or "medium" for each in item.each("associations")]
    if media and not text and status != "canceled":
        return Skipped(reason=f"{media[0]} has no text of its own", guid=guid or None)
    version = item.version()
    signals = [code.lower().removeprefix("sig:") for code in (*item.lines("signal"), *_codes(item, "dnltype:signal"))]
    ed_notes = [
        ((each.line("role") or "").rpartition(":")[2], each.text("ednote") or "") for each in item.each("ednotes")
    ]
    ed_notes = [(role, note) for role, note in ed_notes if note and role not in _CONTACTS]
    # An update has its notes under the same roles.
    corrects = CORRECTION in signals or not signals
    corrections = [note for role, note in ed_notes if corrects and role.startswith("correction")]
    story = Story(
        id="",
        guid=guid,
        provider="",
        version=1 if version is None else version,
        derived=("version",) if version is None else (),
        pubstatus=status,
        headline=item.line("headline") or "",
        headlines=tuple(Headline(text=it, role=role) for name, role in _HEADLINES for it in item.lines(name)),
        body=text,
        crossheads=crossheads,
        byline=item.line("byline"),
        dateline=item.line("dateline"),
        located=item.line("located"),
        slugline="/".join(item.lines("keywordnames")) or None,
        urgency=item.number("urgency", 1, 9),
        ed_note="\n".join(_unlike([note for _, note in ed_notes] or _notepad(item, notes))) or None,
        correction="\n".join(dict.fromkeys(corrections)) or None,
        usage_terms=item.text("usageterms"),
        copyright=item.line("copyrightnotice"),
        genre=item.line("genrenames"),
        keywords=item.lines("keywordnames"),
        signals=tuple(dict.fromkeys(signals)),
        subjects=_subjects(item),
        services=tuple(Service(name=code.rpartition(":")[2].lower()) for code in _codes(item, "dnltype:wire")),
        embargoed=item.embargo(zone, "embargoed"),
        first_created=item.time(zone, "contentcreated", "firstcreated"),
        version_created=item.time(zone, "versioncreated", "updated"),
        language=Language(code="und", declared=item.line("language")),
    )
    return finish(story, raw, format="dpa-json", notes=notes, codes=_codes(item, "dnltype:genre"))


def _blocks(item: Fields, notes: list[str]) -> list[Block]:
    """The article and its info box; the teaser where there is no article."""
    found: list[Block] = []
    for name in ("articlehtml", "infoboxhtml"):
        if isinstance(value := item.get(name), str):
            found += read_text(value, "text/html", notes).blocks
    if not found and (teaser := item.line("teaser")):
        found.append(Block(teaser, "text"))
    return found


def _codes(item: Fields, type_: str) -> list[str]:
    return [each.line("qcode", "name") or "" for each in item.each("categories") if each.line("type") == type_]


def _subjects(item: Fields) -> tuple[Subject, ...]:
    coded = [each for each in item.each("categories") if each.line("type") in _ROLES_OF_CODES]
    named = [Subject(code=name, name=name) for name in item.lines("dpasubjectnames")]
    found = subjects_of(coded)
    names = {subject.name for subject in found}
    return (*found, *(subject for subject in named if subject.name not in names))


def _notepad(item: Fields, notes: list[str]) -> list[str]:
    """The public part of the notepad, line by line: the notes once more, as they are set out for readers."""
    for notepad in item.each("notepad"):
        if isinstance(value := notepad.get("publichtml"), str) and (root := parse_html(value)) is not None:
            return [clean_line(block.text, notes) for block in read_blocks(root, notes, for_editors=True)]
    return []


def _unlike(lines: list[str]) -> list[str]:
    """Each line once, without those that another one holds."""
    unique = [line for line in dict.fromkeys(lines) if line]
    return [line for line in unique if not any(line in other and line != other for other in unique)]
