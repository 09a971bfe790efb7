"""NITF (IPTC, 2.x and 3.x): one document as a file of its own, with or without namespace and DOCTYPE.

Comes in: `RawCopy`. Goes out: the document's story, and the kill of another one where its docdata says so. An id that ends in
the number of its version loses it, so that versions stay one story. Names of ``meta`` are agencies' own: those that say what
the standard has no place for are read. What a document does not say is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import NamedTuple

from lxml import etree

from pipeline.errors import Reject
from pipeline.formats.cleaning import clean_line, clean_text
from pipeline.formats.fields import MAX_VERSION, bad_field, parse_pubstatus, parse_time
from pipeline.formats.finishing import finish
from pipeline.formats.items import Item, attempt
from pipeline.formats.marks import read_marks
from pipeline.formats.markup import join_blocks, local_name, plain
from pipeline.formats.nitf_body import Body, read_nitf
from pipeline.formats.providers import Provider, find_provider, provider_named
from pipeline.formats.raw import RawCopy
from pipeline.formats.safe_xml import parse_xml, root_name
from pipeline.story import EntityType, Headline, Language, PubStatus, Service, Story, Subject

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SLUGS = ("anpa-keyword", "ntbstikkord", "slugline", "slug")
_KEYWORDS = ("keywords", "news_keywords")
_SERVICES = ("ntbtjeneste", "service")
_SUBJECTS = ("category_iptc",)
_CANCELED = ("canceled", "cancelled")
_NUMBERED_ID = re.compile(r"(.+)[._-]v(\d{1,6})", re.IGNORECASE)
_NUMBERED_UUID = re.compile(r"(.*[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_(\d{1,4})", re.IGNORECASE)
"""Ids that end in a version: item-41-v2, and NTB's NTB5df9281a-…-618869bbc3bb_00, which counts from 0."""
_EDS = re.compile(r"\s*(?:eds|editors)\s?[.:,-]\s?", re.IGNORECASE)
_WORD_END = re.compile(r"[\s:,;]")
_OPAQUE = re.compile(
    r"[\W_]*|(?=\D{0,40}\d)[\d\W_]{0,40}[A-Z]{0,2}[\d\W_]{0,40}|(?=\D*\d)[0-9a-f-]{12,}", re.IGNORECASE
)
"""Keys that no person would read: numbers, hashes."""


def accepts(raw: RawCopy) -> bool:
    """Whether the copy is XML whose first element is nitf."""
    return root_name(raw.value) == "nitf"


def parse(raw: RawCopy) -> list[Item]:
    """The story, and the kill of another document where this one is one."""
    notes: list[str] = []
    root = parse_xml(raw.value, notes, doctype=True)
    if local_name(root) != "nitf":
        raise Reject("bad-xml", f"expected nitf, got <{root.tag}>")
    head, body = read_head(root), read_nitf(root, notes)
    kill = _kill_of_another(head, body, raw)
    own = attempt(lambda: _read_story(root, head, body, raw, notes))
    if isinstance(own, Reject) and own.kind == "no-text" and kill is not None:
        return [kill]
    return [own] if kill is None else [own, kill]


class Head(NamedTuple):
    """The head of a document: the elements of docdata and around it by their names, its attributes, its meta values."""

    elements: dict[str, list[etree._Element]]
    status: dict[str, str]
    meta: dict[str, str]

    def value(self, element: str, attribute: str) -> str:
        """The first such attribute that says something."""
        return next(filter(None, self.values(element, attribute)), "")

    def values(self, element: str, attribute: str) -> Iterator[str]:
        """The attribute of all elements of this name."""
        return (clean_line(it.get(attribute, ""), []) for it in self.elements.get(element, []))


def read_head(nitf: etree._Element) -> Head:
    """What stands in the head, wherever in it: agencies put some elements a level too high."""
    elements: dict[str, list[etree._Element]] = {}
    for head in nitf.iterchildren("{*}head"):
        for element in head.iter("{*}*"):
            elements.setdefault(local_name(element), []).append(element)
    docdata = next(iter(elements.get("docdata", [])), None)
    status = (
        {str(name): clean_line(str(value), []) for name, value in docdata.attrib.items()} if docdata is not None else {}
    )
    meta = {it.get("name", "").lower(): clean_line(it.get("content", ""), []) for it in elements.get("meta", [])}
    return Head(elements, status, meta)


def read_subjects(head: Head, notes: list[str]) -> Iterator[Subject]:
    """Subjects: codes of eight digits are the IPTC's, others keep whose they are; what the text is about by name."""
    for element in head.elements.get("tobject.subject", []):
        code = clean_line(element.get("tobject.subject.refnum") or "", notes)
        names = (element.get(f"tobject.subject.{part}") for part in ("detail", "matter", "type"))
        name = clean_line(next(filter(None, names), ""), notes)
        owner = clean_line(element.get("tobject.subject.ipr") or "", notes)
        if code or name:
            yield Subject(code=_subject_code(code, owner) or name, name=name or None)
    for name in _SUBJECTS:
        if code := head.meta.get(name, ""):
            yield Subject(code=_subject_code(code, ""))
    for content in head.elements.get("identified-content", []):
        for element in content:
            name = clean_line(element.get("value") or "", notes) if local_name(element) == "classifier" else ""
            name = name or clean_line(plain(element), notes)
            if name:
                yield Subject(
                    code=_identified(element) or name, name=name, type=_ENTITIES.get(local_name(element).lower())
                )


_ENTITIES: dict[str, EntityType] = {
    "person": "person",
    "org": "organisation",
    "location": "place",
    "event": "event",
    "function": "other",
}


def read_signals(note: str) -> tuple[str, ...]:
    """What the first word of a note to editors says, where it is written as a mark: "CORRECTS …", "Eds: UPDATES …"."""
    return read_marks(None, f"{_WORD_END.split(_EDS.sub('', note[:100]), maxsplit=1)[0]}: x").signals


def unique_subjects(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """Each code once, with its name where any of them has it."""
    found: dict[str, Subject] = {}
    for subject in subjects:
        if subject.code not in found or not found[subject.code].name:
            found[subject.code] = subject
    return tuple(found.values())


def _subject_code(code: str, owner: str) -> str:
    if re.fullmatch(r"[0-9]{8}", code) and owner.upper() in ("", "IPTC"):
        return f"subj:{code}"
    return f"{owner}:{code}" if code and owner and owner.upper() != "IPTC" else code


def _identified(element: etree._Element) -> str:
    """The code of something identified: the register and its number in it."""
    source = element.get("idsrc") or element.get("code-source") or element.get("type") or ""
    code = element.get("value") or element.get("location-code") or ""
    return clean_line(f"{source}:{code}", []) if source and code else ""


def read_keywords(head: Head, notes: list[str]) -> tuple[str, ...]:
    """The keywords of key-list, also where they stand as text, and of meta."""
    given = [it.get("key") or plain(it) for it in head.elements.get("keyword", [])]
    given += [word for name in _KEYWORDS for word in re.split("[,;]", head.meta.get(name, ""))]
    return tuple(dict.fromkeys(word for text in given if (word := clean_line(text, notes))))


# --- the story ---------------------------------------------------------------------------------------------------------


def _read_story(nitf: etree._Element, head: Head, body: Body, raw: RawCopy, notes: list[str]) -> Story:
    guid, numbered = _without_version(head.value("doc-id", "id-string"))
    version = _version(head, notes) or numbered
    text, crossheads = join_blocks(body.blocks)
    name = _provider(head, body)
    provider = find_provider(name, raw, guid=guid)
    issued = _time(head, "date.issue", provider.zoneinfo, notes)
    status, embargoed = _status(head, provider.zoneinfo, issued or raw.received, notes)
    urgency, urgency_given = _urgency(head, provider, notes)
    correction = _correction(head, notes)
    said = () if correction is None else ("correction",)
    ed_notes = (*(clean_text(text, notes) for text in head.values("ed-msg", "info")), *body.notes)
    story = Story(
        id="",
        guid=guid,
        provider=name,
        version=version or 1,
        derived=() if version else ("version",),
        pubstatus=status,
        embargoed=embargoed,
        version_created=issued,
        urgency=urgency,
        urgency_given=urgency_given,
        headline=clean_line(body.headline, notes) or _title(head),
        headlines=tuple(Headline(text=line, role="sub") for line in body.others if line != body.headline),
        slugline=_slugline(head),
        byline=clean_line(body.byline, notes) or None,
        dateline=clean_line(body.dateline, notes) or None,
        dateline_date=_day(body.date),
        located=clean_line(body.city, notes) or None,
        body=text,
        crossheads=crossheads,
        ed_note="\n".join(dict.fromkeys(filter(None, ed_notes))) or None,
        correction=correction,
        signals=tuple(
            dict.fromkeys((*said, *(signal for note in ed_notes for signal in read_signals(note)))),
        ),
        genre=head.value("tobject.property", "tobject.property.type") or None,
        keywords=read_keywords(head, notes),
        subjects=unique_subjects(read_subjects(head, notes)),
        services=_services(head),
        usage_terms=_usage_terms(head),
        copyright=_copyright(nitf, head),
        language=Language(code="und", declared=clean_line(nitf.get(_LANG) or nitf.get("baselang") or "", []) or None),
    )
    return finish(story, raw, format="nitf", notes=notes)


def _kill_of_another(head: Head, body: Body, raw: RawCopy) -> Item | None:
    """The kill of another document, where docdata says that it is canceled."""
    other, _ = _without_version(head.status.get("management-doc-idref", ""))
    own, _ = _without_version(head.value("doc-id", "id-string"))
    if other in ("", own) or head.status.get("management-idref-status", "").lower() not in _CANCELED:
        return None
    notes: list[str] = []

    def read() -> Story:
        name = _provider(head, body)
        provider = find_provider(name, raw, guid=other)
        story = Story(
            id="",
            guid=other,
            provider=name,
            derived=("version",),
            pubstatus="canceled",
            version_created=_time(head, "date.issue", provider.zoneinfo, notes),
        )
        return finish(story, raw, format="nitf", notes=notes)

    return attempt(read)


def _version(head: Head, notes: list[str]) -> int | None:
    given = head.value("du-key", "version")
    if re.fullmatch(r"[0-9]{1,19}", given) and 1 <= int(given) <= MAX_VERSION:
        return int(given)
    if given and given.strip("0"):
        notes.append(bad_field("version", "a positive whole number", given).reason)
    return None


def _without_version(given: str) -> tuple[str, int | None]:
    """The id that all versions share, and the version that it ended in. Numbers at its end may be anything else."""
    if found := _NUMBERED_ID.fullmatch(given):
        return found[1], int(found[2]) or None
    if found := _NUMBERED_UUID.fullmatch(given):
        return found[1], int(found[2]) + 1
    return given, None


def _provider(head: Head, body: Body) -> str:
    """Who the document is from: who registered its id, who distributes it, from whose desk it came, who has the rights."""
    sources = sorted(head.elements.get("from-src", []), key=lambda it: it.get("level-number", "1") != "1")
    candidates = (
        head.value("doc-id", "regsrc"),
        body.distributor,
        *(it.get("src-name") or "" for it in sources),
        head.value("doc.rights", "agent"),
        head.value("doc.copyright", "holder"),
    )
    return next((name for name in candidates if _is_name(name)), "")


def _is_name(name: str) -> bool:
    """Whether it can be a provider's name: holders of copyrights are sometimes whole sentences."""
    try:
        return bool(provider_named(clean_line(name, [])))
    except Reject:
        return False


def _time(head: Head, element: str, zone: tzinfo, notes: list[str]) -> datetime | None:
    for given in head.values(element, "norm"):
        try:
            return parse_time(element, given, zone) if given else None
        except Reject as error:
            notes.append(error.reason)
    return None


def _status(head: Head, zone: tzinfo, issued: datetime, notes: list[str]) -> tuple[PubStatus, str | None]:
    """Status and embargo. What is released later than it is issued is embargoed until then, whatever its status says."""
    word = head.status.get("management-status", "").lower()
    release = _time(head, "date.release", zone, notes)
    until = release.isoformat().replace("+00:00", "Z") if release else ""
    if word == "embargoed":
        return "usable", until
    status = parse_pubstatus(word) if word else "usable"
    return status, until if release and release > issued else None


def _urgency(head: Head, provider: Provider, notes: list[str]) -> tuple[int | None, str | None]:
    """IPTC's urgency, and what was given where the provider's scale is another."""
    given = head.value("urgency", "ed-urg")
    own = provider.dialect.urgency.get(given.lower())
    if own is not None:
        return own, given if given != str(own) else None
    if re.fullmatch("[1-9]", given):
        return int(given), None
    if given:
        notes.append(bad_field("urgency", "1 to 8", given).reason)
    return None, None


def _correction(head: Head, notes: list[str]) -> str | None:
    """What the document corrects; the empty string where it only says that it does."""
    found = head.elements.get("correction", [])
    if not found:
        return None
    info = clean_text(found[0].get("info") or "", notes)
    other = clean_line(found[0].get("id-string") or "", notes)
    if other and _without_version(other)[0] != _without_version(head.value("doc-id", "id-string"))[0]:
        return "\n".join(filter(None, (info, f"corrects {other}")))
    return info


def _title(head: Head) -> str:
    return next(filter(None, (clean_line(plain(it), []) for it in head.elements.get("title", []))), "")


def _slugline(head: Head) -> str | None:
    """The slugline: as agencies' meta says it, else a key that people can read."""
    meta = (head.meta.get(name, "") for name in _SLUGS)
    keywords = [key for key in head.values("keyword", "key") if key]
    keys = (head.value("du-key", "key"), head.value("fixture", "fix-id"), *(keywords if len(keywords) == 1 else ()))
    return next(filter(None, (*meta, *(key for key in keys if not _OPAQUE.fullmatch(key)))), None)


def _day(date: str) -> str | None:
    """The day of the dateline, as it stands in its own zone."""
    found = re.match(r"(\d{4})-?(\d{2})-?(\d{2})", date)
    try:
        return datetime(*map(int, found.groups())).date().isoformat() if found else None  # type: ignore[arg-type]
    except ValueError:
        return None


def _services(head: Head) -> tuple[Service, ...]:
    """The services that carry it, as agencies' meta names them; ANPA's with its number."""
    sequence = head.meta.get("anpa-sequence", "")
    name = head.meta.get("anpa-service", "").lower()
    numbered = [Service(name=name, sequence=int(sequence))] if name and re.fullmatch("[0-9]{1,6}", sequence) else []
    named = [Service(name=head.meta[it].lower()) for it in _SERVICES if head.meta.get(it)]
    return (*numbered, *named)


def _usage_terms(head: Head) -> str | None:
    terms = [value for name in ("limitations", "type") for value in head.values("doc.rights", name)]
    return "\n".join(dict.fromkeys(filter(None, terms))) or None


def _copyright(nitf: etree._Element, head: Head) -> str | None:
    year, holder = head.value("doc.copyright", "year"), head.value("doc.copyright", "holder")
    if holder:
        return " ".join(filter(None, ("©", year, holder)))
    owners: Iterable[str] = (clean_line(plain(it), []) for it in nitf.iter("{*}rights.owner"))
    return head.value("doc.rights", "owner") or next(filter(None, owners), None)
