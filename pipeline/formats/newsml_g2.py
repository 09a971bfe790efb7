"""NewsML-G2 (IPTC, 2.x): a newsItem alone, or a newsMessage with several, each its own item.

Comes in: `RawCopy`. Goes out: one item per news item; packages and items without text are skipped with their reason, the items
that a package brings along are read. Matches by namespace, never by prefix; reads each element once; scheme aliases of a
catalog become the IPTC's own. What an item does not say is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from lxml import etree

from pipeline.errors import Reject
from pipeline.formats.cleaning import clean_line, clean_text
from pipeline.formats.fields import MAX_VERSION, bad_field, check_number, parse_embargo, parse_pubstatus, parse_time
from pipeline.formats.finishing import finish
from pipeline.formats.items import Item, attempt
from pipeline.formats.markup import join_blocks, local_name, plain, read_blocks
from pipeline.formats.newsml_g2_body import Body, read_body
from pipeline.formats.providers import issuer_of
from pipeline.formats.raw import RawCopy
from pipeline.formats.safe_xml import parse_xml
from pipeline.story import Credit, EntityType, Headline, Language, Service, Skipped, Story, Subject

NAMESPACE = "http://iptc.org/std/nar/2006-10-01/"
_NS = f"{{{NAMESPACE}}}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ITEMS = frozenset(["newsItem", "packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem"])
_WITHOUT_TEXT = frozenset(
    ["picture", "photo", "graphic", "video", "audio", "animation", "moving", "still", "composite-picture", "planning"]
)
_MAIN_ROLES = (None, "main")
_ROLES = {"reporter": "reporter", "correspondent": "reporter", "author": "writer", "writer": "writer", "editor": "editor",
          "translator": "translator"}  # fmt: skip

# The IPTC's NewsCodes by the last part of their URI, with the aliases of its standard catalog.
_SCHEMES = {
    "mediatopic": "medtop", "subjectcode": "subj", "pubstatusg2": "stat", "signal": "sig", "newsprovider": "nprov",
    "ninature": "ninat", "genre": "genre", "newsitemtype": "nitype", "edrole": "edrole", "hlrole": "hlrole",
}  # fmt: skip
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_ENTITIES: dict[str, EntityType] = {
    "person": "person", "organisation": "organisation", "organization": "organisation", "company": "organisation",
    "geoarea": "place", "poi": "place", "place": "place", "event": "event", "object": "product",
}  # fmt: skip
"""IPTC's natures of a concept (cpnat) that are entities."""
_7901_ID = re.compile(r"(?P<service>[a-z]{1,8}):(?P<sequence>\d{1,6}):")
"""dpa's altId of the IPTC 7901 rendition: bdt:0626:3:wi:125:dpa:3902::20170629164441MESZ."""

Elements = dict[str, list[etree._Element]]


class _Message(NamedTuple):
    """What a newsMessage says for all its items."""

    channels: tuple[Service, ...]
    aliases: dict[str, str]


def accepts(raw: RawCopy) -> bool:
    """Whether the copy is XML that names the namespace of NewsML-G2 near its beginning."""
    head = raw.value[:65536].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<") and NAMESPACE.encode() in head


def parse(raw: RawCopy) -> list[Item]:
    """One item per news item; an item that can't be read costs only itself."""
    notes: list[str] = []
    root = parse_xml(raw.value, notes)
    message = _Message(_channels(root), _aliases(root))
    return [
        attempt(lambda item=item: _read_item(item, raw, message, [*notes]))  # type: ignore[misc]  # default binds
        for item in _items(root)
    ] or [Skipped(reason="newsMessage without items")]


def _items(root: etree._Element) -> list[etree._Element]:
    if root.tag == f"{_NS}newsMessage":
        sets = root.iterchildren(f"{_NS}itemSet")
        return [item for itemset in sets for item in itemset if local_name(item) in _ITEMS]
    if root.tag.startswith(_NS) and local_name(root) in _ITEMS:
        return [root]
    raise Reject("bad-xml", f"expected newsItem or newsMessage in {NAMESPACE}, got <{root.tag}>")


def _channels(root: etree._Element) -> tuple[Service, ...]:
    """The channels that a newsMessage was sent on."""
    found = (clean_line(plain(element), []) for element in root.iterfind(f"{_NS}header/{_NS}channel"))
    return tuple(Service(name=name.lower()) for name in dict.fromkeys(found) if name)


def _aliases(root: etree._Element) -> dict[str, str]:
    """Aliases of the message's own catalogs for schemes that the IPTC gives another: "mt" for "medtop"."""
    found = {}
    for scheme in root.iter(f"{_NS}scheme"):
        alias, uri = scheme.get("alias", ""), scheme.get("uri", "")
        usual = _SCHEMES.get(uri.rstrip("/").rpartition("/newscodes/")[2])
        if usual and alias and alias != usual:
            found[alias] = usual
    return found


def _read_item(item: etree._Element, raw: RawCopy, message: _Message, notes: list[str]) -> Item:
    if message.aliases:
        _unify_codes(item, message.aliases)
    guid = item.get("guid", "")
    meta, content, rights, content_set = _sections(item)
    if reason := _why_skipped(item, meta, content_set):
        return Skipped(reason=reason, guid=guid or None)
    if not guid:
        raw = msgspec.structs.replace(raw, value=etree.tostring(item, encoding="utf-8", with_tail=False))
    body = read_body(content_set, notes)
    text, crossheads = join_blocks(body.blocks)
    story = Story(
        id="",
        guid=guid,
        body=text,
        crossheads=crossheads,
        version=_version(item),
        provider=_provider(guid, meta, content),
        services=_services(item, meta, message),
        derived=() if item.get("version") else ("version",),
        language=Language(code="und", declared=_language(item, content)),
        **_item_meta(meta, body, notes),
        **_content_meta(content, body, notes),
        **_rights(rights, notes),
    )
    codes = [_code(element) for element in (*meta.get("signal", []), *content.get("genre", []))]
    return finish(story, raw, format="newsml-g2", notes=notes, codes=codes)


def _unify_codes(item: etree._Element, aliases: dict[str, str]) -> None:
    """Rewrites qcodes to the IPTC's own aliases."""
    for element in item.iter():
        scheme, colon, code = element.get("qcode", "").partition(":")
        if colon and scheme in aliases:
            element.set("qcode", f"{aliases[scheme]}:{code}")


def _sections(item: etree._Element) -> tuple[Elements, Elements, Elements, Elements]:
    """What stands in itemMeta, contentMeta, rightsInfo and contentSet, by name."""
    found: dict[str, Elements] = {"itemMeta": {}, "contentMeta": {}, "rightsInfo": {}, "contentSet": {}}
    for section in item:
        into = found.get(local_name(section))
        if into is not None:
            for element in section:
                into.setdefault(local_name(element), []).append(element)
    return found["itemMeta"], found["contentMeta"], found["rightsInfo"], found["contentSet"]


def _why_skipped(item: etree._Element, meta: Elements, content_set: Elements) -> str | None:
    name = local_name(item)
    if name != "newsItem":
        return f"{name} has no text of its own"
    item_class = _code_word(meta.get("itemClass", []))
    if item_class in _WITHOUT_TEXT:
        return f"item of class {item_class} has no text"
    if "remoteContent" in content_set and not ({"inlineXML", "inlineData"} & content_set.keys()):
        return "the text is elsewhere (remoteContent)"
    return None


def _version(item: etree._Element) -> int:
    given = item.get("version", "").strip()
    if not given:
        return 1
    if not re.fullmatch(r"[0-9]{1,19}", given):
        raise bad_field("version", "a positive whole number", given)
    return check_number("version", int(given), 1, MAX_VERSION)


def _services(item: etree._Element, meta: Elements, message: _Message) -> tuple[Service, ...]:
    """The services that carry the item: by their numbers in an IPTC 7901 rendition, by name, else the message's channels."""
    numbered = [_7901_ID.match(element.get("id", "") or plain(element)) for element in item.iter(f"{_NS}altId")]
    found = {it["service"]: Service(name=it["service"], sequence=int(it["sequence"])) for it in numbered if it}
    for element in meta.get("service", []):
        if name := _word(_code(element)) or clean_line(_name(element), []).lower():
            found.setdefault(name, Service(name=name))
    return tuple(found.values()) or message.channels


def _provider(guid: str, meta: Elements, content: Elements) -> str:
    """The provider's code, else its name; where neither it nor the guid says, who the information is from."""
    sources = [] if issuer_of(guid) else content.get("infoSource", [])
    for element in (*meta.get("provider", []), *sources):
        if found := _code(element) or _name(element):
            return found
    return ""


def _language(item: etree._Element, content: Elements) -> str | None:
    tags = [element.get("tag") for element in content.get("language", [])]
    return clean_line(next(filter(None, tags), None) or item.get(_LANG) or "", []) or None


def _item_meta(meta: Elements, body: Body, notes: list[str]) -> dict[str, Any]:
    statuses = [_code(element) for element in meta.get("pubStatus", [])]
    ed_notes = [(_word(element.get("role", "")), _note(element, notes)) for element in meta.get("edNote", [])]
    texts = [*(text for _, text in ed_notes), *body.notes]
    return {
        "pubstatus": parse_pubstatus(statuses[0]) if statuses and statuses[0] else "usable",
        "embargoed": _embargo(meta, notes),
        "first_created": _time(meta, "firstCreated", notes),
        "version_created": _time(meta, "versionCreated", notes),
        "ed_note": "\n".join(text for text in dict.fromkeys(texts) if not _is_part(text, texts)) or None,
        "correction": "\n".join(dict.fromkeys(text for role, text in ed_notes if role.startswith("correction")))
        or None,
        "signals": _unique(_signal(element) for element in meta.get("signal", [])),
    }


def _note(element: etree._Element, notes: list[str]) -> str:
    """The note; one that is marked up keeps its lines."""
    if len(element) == 0:
        return clean_text(element.text or "", notes)
    return "\n".join(block.text for block in read_blocks(element, notes, for_editors=True))


def _is_part(text: str, texts: list[str]) -> bool:
    """Whether another note says all of it: agencies send a note whole and in its parts."""
    return any(text in other and text != other for other in texts)


def _signal(element: etree._Element) -> str:
    """The IPTC's signals by their word, others by their whole code, in lower case."""
    code = _code(element).lower()
    return code.removeprefix("sig:")


def _content_meta(content: Elements, body: Body, notes: list[str]) -> dict[str, Any]:
    headline, headlines = _headlines(content.get("headline", []), notes)
    return {
        "headline": headline or clean_line(body.headline, notes),
        "headlines": (
            *headlines,
            *(Headline(text=line, role="sub") for line in _unique(body.others) if line != headline),
        ),
        "slugline": _joined(content.get("slugline", [])[:1], notes),
        "byline": _joined(content.get("by", []), notes) or clean_line(body.byline, notes) or None,
        "dateline": _dateline(content, notes) or clean_line(body.dateline, notes) or None,
        "located": _named(content.get("located", [])[:1], notes) or clean_line(body.city, notes) or None,
        "genre": _named(content.get("genre", [])[:1], notes),
        "urgency": _urgency(content.get("urgency", []), notes),
        "keywords": _unique(clean_line(plain(element), notes) for element in content.get("keyword", [])),
        "subjects": tuple(_subjects(content.get("subject", []), notes)),
        "credits": tuple(_credits(content, notes)),
    }


def _dateline(content: Elements, notes: list[str]) -> str | None:
    """The dateline; some senders write a bare time there, which is none."""
    found = _joined(content.get("dateline", []), notes)
    return None if found is None or _TIMESTAMP.match(found) else found


def _rights(rights: Elements, notes: list[str]) -> dict[str, Any]:
    return {
        "usage_terms": _joined(rights.get("usageTerms", []), notes),
        "copyright": _joined(rights.get("copyrightNotice", [])[:1], notes)
        or _named(rights.get("copyrightHolder", [])[:1], notes),
    }


def _time(meta: Elements, name: str, notes: list[str]) -> Any:
    for element in meta.get(name, []):
        given = (element.text or "").strip()
        if not given:
            continue
        try:
            return parse_time(name, given)
        except Reject as error:
            notes.append(error.reason)
    return None


def _embargo(meta: Elements, notes: list[str]) -> str | None:
    """The embargo; one that can't be read stays closed, as one without a time does."""
    for element in meta.get("embargoed", []):
        try:
            return parse_embargo(element.text or "")
        except Reject as error:
            notes.append(error.reason)
            return ""
    return None


def _headlines(elements: list[etree._Element], notes: list[str]) -> tuple[str, tuple[Headline, ...]]:
    """The main headline (the first without a role or with the role main, else the first), and the others."""
    read = [
        Headline(text=text, role=_word(element.get("role", "")) or None)
        for element in elements
        if (text := clean_line(plain(element), notes))
    ]
    main = next((item for item in read if item.role in _MAIN_ROLES), read[0] if read else None)
    others = (item for item in read if item is not main and main is not None and item.text != main.text)
    return main.text if main else "", tuple(dict.fromkeys(others))


def _urgency(elements: list[etree._Element], notes: list[str]) -> int | None:
    for element in elements:
        given = (element.text or "").strip()
        if re.fullmatch("[1-9]", given):
            return int(given)
        if given:
            notes.append(f"urgency: expected 1 to 9, got {given[:40]!r}")
    return None


def _subjects(elements: list[etree._Element], notes: list[str]) -> Iterator[Subject]:
    for element in elements:
        name = clean_line(_name(element), notes)
        if code := _code(element) or name:
            yield Subject(code=code, name=name or None, type=_ENTITIES.get(_word(element.get("type", ""))))
        for same in element.iterfind(f"{_NS}sameAs"):
            if (code := _code(same)).startswith(("medtop:", "subj:")):
                yield Subject(code=code, name=clean_line(_name(same), notes) or None)


def _credits(content: Elements, notes: list[str]) -> Iterator[Credit]:
    """Creators wrote the story, contributors edited it, unless their role says otherwise; agencies are no people."""
    for tag, usual in (("creator", "writer"), ("contributor", "editor")):
        for element in content.get(tag, []):
            name = clean_line(_name(element), notes)
            if name and _word(element.get("type", "")) != "organisation":
                yield Credit(role=_ROLES.get(_word(element.get("role", "")), usual), name=name)


def _code(element: etree._Element) -> str:
    """The code; a URI of the IPTC's as its qcode."""
    code = clean_line(element.get("qcode") or element.get("uri") or element.get("literal") or "", [])
    if "://cv.iptc.org/newscodes/" in code:
        scheme, _, word = code.rpartition("/newscodes/")[2].rstrip("/").partition("/")
        return f"{_SCHEMES.get(scheme, scheme)}:{word}"
    return code


def _code_word(elements: list[etree._Element]) -> str:
    return _word(_code(elements[0])) if elements else ""


def _word(code: str) -> str:
    """The last part of a qcode or URI: "stat:usable" is ``usable``."""
    return code.replace("/", ":").rpartition(":")[2].strip().lower()


def _name(element: etree._Element) -> str:
    """The element's name: its first ``name``, else the words it gives as a literal or as text."""
    child = element.find(f"{_NS}name")
    if child is not None:
        return plain(child)
    return element.get("literal") or (element.text or "").strip()


def _named(elements: list[etree._Element], notes: list[str]) -> str | None:
    return next(iter(_unique(clean_line(_name(element) or _code(element), notes) for element in elements)), None)


def _joined(elements: list[etree._Element], notes: list[str]) -> str | None:
    return ", ".join(_unique(clean_line(plain(element), notes) for element in elements)) or None


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
