"""NewsML 1.x (IPTC, 1.0 to 1.2): one or several NewsItems in a NewsML, each its own item.

Comes in: `RawCopy`. Goes out: one item per NewsItem: the text of its main component, with what stands on the way to it; items
without text are skipped with their reason. The guid is ``urn:newsml:provider:date:item``, without the revision. Names are
matched without namespaces; vocabularies are the IPTC's, in any case of letters. What an item does not say is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import NamedTuple

import msgspec
from lxml import etree

from pipeline.errors import Reject
from pipeline.formats import nitf
from pipeline.formats.cleaning import clean_line, clean_text
from pipeline.formats.fields import MAX_VERSION, bad_field, parse_pubstatus, parse_time
from pipeline.formats.finishing import finish
from pipeline.formats.identity import clean_guid
from pipeline.formats.items import Item, attempt
from pipeline.formats.markup import all_text, join_blocks, local_name, plain
from pipeline.formats.nitf_body import Body, read_markup, read_text
from pipeline.formats.providers import Provider, find_provider
from pipeline.formats.raw import RawCopy
from pipeline.formats.safe_xml import parse_xml, root_name
from pipeline.story import Credit, Headline, Language, PubStatus, Service, Skipped, Story, Subject

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_URN = re.compile(
    r"urn:newsml:([^:\s]{1,100}):(\d{8}[^:\s]{0,30}(?::\d\d){0,3}):(\S{1,300}):(\d{1,19})[NUA]?", re.IGNORECASE
)


# Roles of components (IPTC's NewsML roles and agencies' own), in lower case without blanks.
_TEXT_ROLES = frozenset(["", "main", "body", "bodytext", "text", "maintext", "article", "story", "content"])
_LEAD_ROLES = frozenset(["lead", "intro", "introduction", "leadtext"])
_HEADLINE_ROLES = frozenset(["headline", "title", "mainheadline"])
_OTHER_ROLES = frozenset(
    ["subheadline", "subtitle", "subhead", "caption", "picturecaption", "photo", "picture", "image", "logo", "graphic",
     "video", "audio", "animation", "thumbnail", "preview", "quicklook", "icon", "stylesheet", "contact", "contacts",
     "metadata", "summary", "abstract", "supporting", "supplementary", "related", "relatedcontent", "keyword", "keywords",
     "script", "advertisement"]
)  # fmt: skip
_MEDIA = frozenset(["photo", "picture", "graphic", "video", "audio", "animation", "image", "binary"])
_NOTE_LINES = ("advisory", "editor", "ednote", "instruction", "note")
_SLUG_LINES = ("catchword", "slugline", "keyword")
_SUBJECTS = ("Subject", "SubjectMatter", "SubjectDetail", "SubjectQualifier")
_SPOKEN = {"update": "update", "correction": "correction", "corrective": "correction", "corrected": "correction",
           "rectify": "correction", "rectification": "correction", "repeat": "repeat", "resend": "repeat",
           "advisory": "advisory", "kill": "kill"}  # fmt: skip
"""What genres, instructions and types of items say in one word."""


def accepts(raw: RawCopy) -> bool:
    """Whether the copy is XML whose first element is NewsML (of NewsML-G2 it never is)."""
    return root_name(raw.value) == "NewsML"


def parse(raw: RawCopy) -> list[Item]:
    """One item per NewsItem; one that can't be read costs only itself."""
    notes: list[str] = []
    root = parse_xml(raw.value, notes, doctype=True)
    if local_name(root) != "NewsML":
        raise Reject("bad-xml", f"expected NewsML, got <{root.tag}>")
    found = list(root.iter("{*}NewsItem"))  # a package has its items within
    envelope = _envelope(root, alone=len(found) == 1)
    return [
        attempt(lambda item=item: _read_item(item, raw, envelope, [*notes]))  # type: ignore[misc]  # default binds
        for item in found
    ] or [Skipped(reason="NewsML without items")]


class _Envelope(NamedTuple):
    """What the envelope says for all items."""

    services: tuple[Service, ...]
    sender: str


def _envelope(root: etree._Element, *, alone: bool) -> _Envelope:
    """Services and products; the number of the transmission is that of the first, and of its item where it has only one."""
    names = [*_formal_names(root, "NewsEnvelope/NewsService"), *_formal_names(root, "NewsEnvelope/NewsProduct")]
    number = plain(_first(root, "NewsEnvelope/TransmissionId"))
    sequence = int(number) if alone and re.fullmatch("[0-9]{1,6}", number) else None
    services = [Service(name=name) for name in dict.fromkeys(name.lower() for name in names)]
    if services and sequence is not None:
        services[0] = msgspec.structs.replace(services[0], sequence=sequence)
    sender = next(iter(_formal_names(root, "NewsEnvelope/SentFrom/Party")), "")
    return _Envelope(tuple(services), sender)


# --- finding elements --------------------------------------------------------------------------------------------------


def _all(element: etree._Element, path: str) -> list[etree._Element]:
    """The elements at the path, whatever their namespace."""
    return element.findall("/".join(f"{{*}}{name}" for name in path.split("/")))


def _first(element: etree._Element, path: str) -> etree._Element | None:
    return next(iter(_all(element, path)), None)


def _formal(element: etree._Element) -> str:
    """What the element names: its FormalName, else its text."""
    return clean_line(element.get("FormalName") or plain(element), [])


def _formal_names(element: etree._Element, path: str) -> tuple[str, ...]:
    return _unique(_formal(it) for it in _all(element, path))


def _word(element: etree._Element | None) -> str:
    """What the element names, as a word to compare."""
    return re.sub(r"[\s_-]+", "", _formal(element)).lower() if element is not None else ""


# --- the text ----------------------------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """A component with text, all components around it (the outermost first), and its role."""

    chain: tuple[etree._Element, ...]
    role: str
    body: Body
    nitf: etree._Element | None


def _parts(
    component: etree._Element, above: tuple[etree._Element, ...], role: str, notes: list[str]
) -> Iterator[_Part]:
    """The components with text, in their order. A component without a role has that of the one around it."""
    chain = (*above, component)
    role = _word(_first(component, "Role")) or role
    found = _content(component, notes)
    if found is not None:
        yield _Part(chain, role, *found)
    for child in component.iterchildren("{*}NewsComponent"):
        yield from _parts(child, chain, role, notes)


def _content(component: etree._Element, notes: list[str]) -> tuple[Body, etree._Element | None] | None:
    """The first ContentItem with text: those of one component are renditions of the same."""
    for item in component.iterchildren("{*}ContentItem"):
        if _word(_first(item, "MediaType")) in _MEDIA:
            continue
        media_type = _word(_first(item, "MimeType"))
        if media_type and not media_type.startswith(
            ("text/", "application/xhtml", "application/xml", "application/nitf")
        ):
            continue
        if "css" in media_type or "javascript" in media_type:
            continue
        for data in _all(item, "DataContent"):
            media_type = media_type or ("text/html" if "html" in _word(_first(item, "Format")) else "")
            document = next(data.iter("{*}nitf"), None)
            body = read_markup(data, notes) if len(data) else read_text(all_text(data), media_type, notes)
            if body.blocks or body.headline:
                return body, document
    return None


def _main_part(parts: list[_Part]) -> _Part | None:
    """The text: of a role that means it, else of one that is not known to mean anything else."""
    for wanted in (lambda role: role in _TEXT_ROLES, lambda role: role in _LEAD_ROLES, _is_unknown):
        if found := next((part for part in parts if wanted(part.role) and part.body.blocks), None):
            return found
    return None


def _is_unknown(role: str) -> bool:
    return role not in _OTHER_ROLES and role not in _HEADLINE_ROLES


def _with_lead(part: _Part, parts: list[_Part]) -> Body:
    """The text with the lead that stands beside it as a component of its own."""
    around = part.chain[:-1]
    lead = next((it for it in parts if it.role in _LEAD_ROLES and it.chain[:-1] == around and it is not part), None)
    return part.body if lead is None else part.body._replace(blocks=[*lead.body.blocks, *part.body.blocks])


# --- the item ----------------------------------------------------------------------------------------------------------


def _read_item(item: etree._Element, raw: RawCopy, envelope: _Envelope, notes: list[str]) -> Item:
    management = _first(item, "NewsManagement")
    management = management if management is not None else etree.Element("NewsManagement")
    guid, version = _identity(item, notes)
    components = list(item.iterchildren("{*}NewsComponent"))
    parts = [part for component in components for part in _parts(component, (), "", notes)]
    main = _main_part(parts)
    name = next(filter(None, (*_provider_names(item), envelope.sender)), "")
    provider = find_provider(name, raw, guid=guid)
    status, embargoed = _status(management, provider.zoneinfo, notes)
    if main is None and status != "canceled":
        return _without_text(item, guid, status)
    if not guid:
        raw = msgspec.structs.replace(raw, value=etree.tostring(item, encoding="utf-8", with_tail=False))
    body = _with_lead(main, parts) if main else Body([])
    chain = main.chain if main else tuple(components[:1])
    text, crossheads = join_blocks(body.blocks)
    lines = _lines(chain, parts, body, notes)
    said = _said(item, management, chain, lines.notes)
    urgency, urgency_given = _urgency(management, provider, notes)
    head = nitf.read_head(main.nitf) if main and main.nitf is not None else None
    story = Story(
        id="",
        guid=guid,
        provider=name,
        version=version or 1,
        derived=() if version else ("version",),
        pubstatus=status,
        embargoed=embargoed,
        first_created=_time(management, "FirstCreated", provider.zoneinfo, notes),
        version_created=_time(management, "ThisRevisionCreated", provider.zoneinfo, notes),
        urgency=urgency,
        urgency_given=urgency_given,
        headline=lines.headline,
        headlines=lines.headlines,
        slugline=lines.slugline or clean_line(plain(_first(item, "Identification/NameLabel")), notes) or None,
        byline=lines.byline,
        dateline=lines.dateline,
        located=_located(chain) or clean_line(body.city, notes) or None,
        body=text,
        crossheads=crossheads,
        ed_note="\n".join(dict.fromkeys((*lines.notes, *_instructions(management), *body.notes))) or None,
        correction=next((note for note in lines.notes if "correction" in nitf.read_signals(note)), None),
        signals=said,
        genre=next(iter(_described(chain, "Genre")), None),
        keywords=_keywords(chain, lines, head, notes),
        subjects=nitf.unique_subjects((*_subjects(chain), *(nitf.read_subjects(head, notes) if head else ()))),
        credits=tuple(_credits(chain, name)),
        usage_terms="\n".join(_unique((*lines.rights, *_usage(chain)))) or None,
        copyright=lines.copyright or _copyright(chain),
        services=envelope.services,
        language=Language(code="und", declared=_language(item, chain)),
    )
    codes = (*_described(chain, "Genre"), *_formal_names(management, "Instruction"))
    return finish(story, raw, format="newsml-1.2", notes=notes, codes=codes)


def _without_text(item: etree._Element, guid: str, status: str) -> Item:
    """Why there is no text; what would change a story that was sent before can't be left out in silence."""
    revision = _first(item, "Identification/NewsIdentifier/RevisionId")
    update = revision.get("Update", "N") if revision is not None else "N"
    if update == "A" or status == "withheld":
        raise Reject(
            "no-text", f"expected the story as it is now, got only that it is {status}: ask for whole revisions"
        )
    if update == "U" or _first(item, "Update") is not None:
        raise Reject("no-text", "expected a whole story, got changes to an earlier revision: ask for whole revisions")
    if _first(item, "TopicSet") is not None:
        return Skipped(reason="a topic set has no text", guid=guid or None)
    roles = ", ".join(sorted({_word(role) for role in item.iter("{*}Role", "{*}MediaType")} - {""})[:8])
    return Skipped(reason=f"no text among its components ({roles or 'none'})", guid=guid or None)


def _identity(item: etree._Element, notes: list[str]) -> tuple[str, int | None]:
    """The guid that all revisions share, and the revision.

    The public identifier says it best, where it is whole and ends in the revision; agencies send it cut, or a constant.
    """
    identifier = "Identification/NewsIdentifier"
    parts = [
        clean_line(plain(_first(item, f"{identifier}/{name}")), []) for name in ("ProviderId", "DateId", "NewsItemId")
    ]
    given = clean_line(plain(_first(item, f"{identifier}/RevisionId")), [])
    version = _revision(given)
    if given and version is None and given.strip("0"):
        notes.append(bad_field("RevisionId", "a positive whole number", given).reason)
    public = _URN.fullmatch(clean_line(plain(_first(item, f"{identifier}/PublicIdentifier")), []))
    if public and (not given or public[4].lstrip("0") == given.lstrip("0")):
        return clean_guid(f"urn:newsml:{public[1]}:{public[2]}:{public[3]}"), version or _revision(public[4])
    if all(parts) and parts[2].strip("0"):
        return clean_guid(f"urn:newsml:{':'.join(parts)}"), version
    return "", version


def _revision(given: str) -> int | None:
    """The revision, where it is a number that orders: 0 stands for none with those who don't count."""
    return int(given) if re.fullmatch("[0-9]{1,19}", given) and 1 <= int(given) <= MAX_VERSION else None


def _provider_names(item: etree._Element) -> Iterator[str]:
    """Who the item is from: whom its identity names, which a kill has too, else its components."""
    yield clean_line(plain(_first(item, "Identification/NewsIdentifier/ProviderId")), [])
    for metadata in item.iter("{*}AdministrativeMetadata"):
        yield from _formal_names(metadata, "Provider/Party")


def _status(management: etree._Element, zone: tzinfo, notes: list[str]) -> tuple[PubStatus, str | None]:
    """The status, and the embargo: until the time from which the item will be usable, where it says one."""
    word = _word(_first(management, "Status"))
    if not word.endswith("embargoed"):
        return parse_pubstatus(word) if word else "usable", None
    for change in _all(management, "StatusWillChange"):
        future = _word(_first(change, "FutureStatus"))
        if future in ("", "usable") and (until := _time(change, "DateAndTime", zone, notes)):
            return "usable", until.isoformat().replace("+00:00", "Z")
    return "usable", ""


def _time(element: etree._Element, name: str, zone: tzinfo, notes: list[str]) -> datetime | None:
    for given in filter(None, (plain(it) for it in _all(element, name))):
        try:
            return parse_time(name, given, zone)
        except Reject as error:
            notes.append(error.reason)
    return None


def _urgency(management: etree._Element, provider: Provider, notes: list[str]) -> tuple[int | None, str | None]:
    """IPTC's urgency, and what was given where the provider's scale is another."""
    element = _first(management, "Urgency")
    given = _formal(element) if element is not None else ""
    own = provider.dialect.urgency.get(given.lower())
    if own is not None:
        return own, given if given != str(own) else None
    if re.fullmatch("[1-9]", given):
        return int(given), None
    if given:
        notes.append(bad_field("urgency", "1 to 9", given).reason)
    return None, None


def _said(
    item: etree._Element, management: etree._Element, chain: tuple[etree._Element, ...], lines: Iterable[str]
) -> tuple[str, ...]:
    """What genre, type and instruction say in one word, and what opens the lines to editors (CORRECTS …, UPDATES …)."""
    words = [
        *_described(chain, "Genre"),
        *_formal_names(management, "NewsItemType"),
        *_formal_names(management, "Instruction"),
    ]
    plain_words = [_SPOKEN.get(word.lower(), "") for word in words]
    return _unique((*plain_words, *(signal for line in lines for signal in nitf.read_signals(line))))


def _instructions(management: etree._Element) -> Iterator[str]:
    """Instructions in words; those of one known word are signals."""
    for instruction in _formal_names(management, "Instruction"):
        if instruction.lower() not in _SPOKEN:
            yield instruction


# --- lines -------------------------------------------------------------------------------------------------------------


class _Lines(NamedTuple):
    """What NewsLines say, those nearest to the text first; where they don't, the head of the text."""

    headline: str
    headlines: tuple[Headline, ...]
    slugline: str
    byline: str | None
    dateline: str | None
    notes: tuple[str, ...]
    keywords: tuple[str, ...]
    copyright: str | None
    rights: tuple[str, ...]


def _lines(chain: tuple[etree._Element, ...], parts: list[_Part], body: Body, notes: list[str]) -> _Lines:
    found: dict[str, list[str]] = {}
    for component in reversed(chain):
        for line in (line for lines in component.iterchildren("{*}NewsLines") for line in lines):
            name, text = _line(line)
            if text := clean_text(text, notes):
                found.setdefault(name, []).append(text if name == "note" else clean_line(text, notes))

    def first(name: str) -> str:
        return next(iter(found.get(name, [])), "")

    titles = (" ".join(block.text for block in part.body.blocks) for part in parts if part.role in _HEADLINE_ROLES)
    headline = first("headline") or clean_line(body.headline or next(titles, ""), notes)
    others = [("headline", text) for text in found.get("headline", [])] + [
        ("sub", text) for text in found.get("subheadline", [])
    ]
    others += [("sub", text) for text in body.others]
    return _Lines(
        headline=headline,
        headlines=tuple(
            {
                text: Headline(text=text, role=None if role == "headline" else role)
                for role, text in others
                if text != headline
            }.values()
        ),
        slugline=first("slugline"),
        byline=first("byline") or clean_line(body.byline, notes) or None,
        dateline=first("dateline") or clean_line(body.dateline, notes) or None,
        notes=_unique_texts(found.get("note", [])),
        keywords=_unique(word for text in found.get("keywordline", []) for word in text.split(";")),
        copyright=first("copyrightline") or None,
        rights=_unique(found.get("rightsline", [])),
    )


def _line(line: etree._Element) -> tuple[str, str]:
    """What a line is, and its text; a NewsLine says itself what it is."""
    name = local_name(line).lower()
    if name != "newsline":
        return name, plain(line)
    kind = _word(_first(line, "NewsLineType"))
    text = "\n".join(filter(None, (plain(it) for it in _all(line, "NewsLineText"))))
    if any(word in kind for word in _NOTE_LINES):
        return "note", text
    if "headline" in kind:
        return "subheadline", text
    return ("slugline" if kind in _SLUG_LINES else kind), text


# --- metadata ----------------------------------------------------------------------------------------------------------


def _described(chain: tuple[etree._Element, ...], name: str) -> tuple[str, ...]:
    """The names in DescriptiveMetadata, nearest to the text first."""
    return _unique(
        value for component in reversed(chain) for value in _formal_names(component, f"DescriptiveMetadata/{name}")
    )


def _properties(chain: tuple[etree._Element, ...], path: str) -> Iterator[tuple[str, str]]:
    for component in reversed(chain):
        for element in _all(component, f"{path}/Property"):
            yield element.get("FormalName", "").lower(), clean_line(element.get("Value") or "", [])


def _keywords(
    chain: tuple[etree._Element, ...], lines: _Lines, head: nitf.Head | None, notes: list[str]
) -> tuple[str, ...]:
    properties = (*_properties(chain, "DescriptiveMetadata"), *_properties(chain, "Metadata"))
    named = [word for name, value in properties if name.endswith(("keyword", "keywords")) for word in value.split(";")]
    return _unique((*named, *lines.keywords, *(nitf.read_keywords(head, notes) if head else ())))


def _located(chain: tuple[etree._Element, ...]) -> str | None:
    """The city where it was written; where it happened only if the item says nothing else."""
    cities: dict[str, str] = {}
    for component in reversed(chain):
        for location in _all(component, "DescriptiveMetadata/Location"):
            for element in _all(location, "Property"):
                if element.get("FormalName", "").lower() == "city" and (
                    city := clean_line(element.get("Value") or "", [])
                ):
                    cities.setdefault(location.get("HowPresent", "").lower(), city)
    return cities.get("origin") or cities.get("") or next(iter(cities.values()), None)


def _subjects(chain: tuple[etree._Element, ...]) -> Iterator[Subject]:
    """Subjects; codes of eight digits are the IPTC's."""
    for component in reversed(chain):
        for code in _all(component, "DescriptiveMetadata/SubjectCode"):
            for element in code:
                name = _formal(element)
                if name and local_name(element) in _SUBJECTS:
                    yield Subject(code=f"subj:{name}" if re.fullmatch("[0-9]{8}", name) else name)


def _credits(chain: tuple[etree._Element, ...], provider: str) -> Iterator[Credit]:
    """Creators wrote the story, contributors edited it; agencies' own names and initials are no people."""
    for component in reversed(chain):
        own = {
            provider.lower(),
            *(name.lower() for name in _formal_names(component, "AdministrativeMetadata/Provider/Party")),
        }
        for path, role in (("Creator", "writer"), ("Contributor", "editor")):
            for name in _formal_names(component, f"AdministrativeMetadata/{path}/Party"):
                if " " in name and name.lower() not in own:
                    yield Credit(role=role, name=name)


def _usage(chain: tuple[etree._Element, ...]) -> Iterator[str]:
    for component in reversed(chain):
        for rights in _all(component, "RightsMetadata/UsageRights"):
            yield ", ".join(filter(None, (plain(element) for element in rights)))


def _copyright(chain: tuple[etree._Element, ...]) -> str | None:
    for component in reversed(chain):
        for rights in _all(component, "RightsMetadata/Copyright"):
            date, holder = plain(_first(rights, "CopyrightDate")), plain(_first(rights, "CopyrightHolder"))
            if holder:
                return clean_line(" ".join(filter(None, ("©", date, holder))), [])
    return None


def _language(item: etree._Element, chain: tuple[etree._Element, ...]) -> str | None:
    tags = (component.get(_LANG, "") for component in reversed((item, *chain)))
    return next(filter(None, (*_described(chain, "Language"), *(clean_line(tag, []) for tag in tags))), None)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for value in values if (line := clean_line(value, []))))


def _unique_texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, values)))
