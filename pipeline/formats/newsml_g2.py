"""NewsML-G2: news items alone or in a `newsMessage`, matched by namespace, never by prefix.

Field names in the standard (2.x) stand beside what they become. Packages, pictures and other items without text are skipped
with the reason. XML is parsed without DTDs, entities or network; copy with a DOCTYPE is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from pipeline.errors import Reject
from pipeline.formats.decoding import clean, clean_body, clean_line
from pipeline.formats.items import URGENCIES, Item, make_story, parse_time, parse_version
from pipeline.formats.markup import text_of
from pipeline.formats.prose import derive_headline, find_crossheads, split_credits
from pipeline.formats.raw import RawCopy
from pipeline.story import Skipped, Subject

NAME = "newsml-g2"
NAR = "{http://iptc.org/std/nar/2006-10-01/}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_OTHER_ITEMS = ("packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem", "hopItem")
_HEAD = re.compile(rb"<(?:\w+:)?(newsItem|newsMessage|packageItem|conceptItem|knowledgeItem|planningItem)[\s>]")


def accepts(raw: RawCopy) -> bool:
    """Whether this is XML in the NewsML-G2 namespace; also what claims to be and is broken, for a better reason."""
    head = raw.value[:4096].replace(b"\x00", b"")
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<") and (
        b"iptc.org/std/nar" in head or _HEAD.search(head) is not None
    )


def parse(raw: RawCopy) -> list[Item]:
    """The items; a bad one costs itself alone. Raises `Reject` for XML that is broken as a whole."""
    root = _parse_xml(raw.value)
    return [_item(element, raw) for element in _items(root)]


def _parse_xml(value: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(value.lstrip(b" \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Reject("bad-xml", f"not well-formed: {str(error)[:300]}") from error
    if b"<!DOCTYPE" in value[:4096]:
        raise Reject("bad-xml", "a DOCTYPE: NewsML-G2 has none, and entities are not resolved")
    return root


def _items(root: etree._Element) -> Iterator[etree._Element]:
    """The items of a message in order, or the root itself."""
    if root.tag != NAR + "newsMessage":
        yield root
        return
    for item_set in root.findall(NAR + "itemSet"):
        yield from item_set


def _item(item: etree._Element, raw: RawCopy) -> Item:
    name = etree.QName(item).localname
    if not str(item.tag).startswith(NAR) or name not in ("newsItem", *_OTHER_ITEMS):
        return Reject("bad-item", f"expected a newsItem of NewsML-G2, got {item.tag!r}"[:300])
    if name != "newsItem":
        return Skipped(reason=f"a {name} carries no text of its own", guid=item.get("guid"))
    try:
        return _news_item(item, raw)
    except Reject as error:
        return error


def _news_item(item: etree._Element, raw: RawCopy) -> Item:
    meta, content = item.find(NAR + "itemMeta"), item.find(NAR + "contentMeta")
    if meta is None:
        raise Reject("bad-item", "a newsItem without itemMeta")
    kind = _code(meta.find(NAR + "itemClass"))
    body, crossheads = _body(item)
    status = _status(meta)
    if not body and status != "canceled" and kind not in ("", "text"):
        return Skipped(reason=f"an item of class {kind} without text", guid=item.get("guid"))
    headline = _headline(content)
    derived: tuple[str, ...] = ()
    if body and not headline:
        headline, derived = clean_line(derive_headline(body)), ("headline",)
    body, credits = split_credits(body)
    fields = _meta_fields(item, meta) | _content_fields(content)
    fields |= {
        "headline": headline,
        "body": body,
        "pubstatus": status,
        "credits": credits,
        "crossheads": tuple(mention for mention in find_crossheads(body) if mention.text in crossheads),
        "derived": derived,
    }
    return make_story(fields, raw, NAME, declared=_language(item, content))


def _meta_fields(item: etree._Element, meta: etree._Element) -> dict[str, Any]:
    """What itemMeta and the item itself say: identity, version, times, notes, rights."""
    embargoed = meta.find(NAR + "embargoed")
    rights = item.find(NAR + "rightsInfo")
    return {
        "guid": item.get("guid"),
        "version": parse_version(item.get("version")),
        "provider": _provider(meta.find(NAR + "provider")),
        "first_created": _time(meta, "firstCreated"),
        "version_created": _time(meta, "versionCreated"),
        "embargoed": None if embargoed is None else _embargo(_text(embargoed)),
        "ed_note": "\n".join(_texts(meta.findall(NAR + "edNote"))),
        "signals": tuple(filter(None, (_code(signal) for signal in meta.findall(NAR + "signal")))),
        "usage_terms": "\n".join(_texts(rights.findall(NAR + "usageTerms"))) if rights is not None else None,
        "copyright": "\n".join(_texts(rights.findall(NAR + "copyrightNotice"))) if rights is not None else None,
    }


def _content_fields(content: etree._Element | None) -> dict[str, Any]:
    """What contentMeta says: urgency, lines, subjects."""
    if content is None:
        return {}
    slugline = content.find(NAR + "slugline")
    return {
        "urgency": _urgency(_text(content.find(NAR + "urgency"))),
        "slugline": _text(slugline),
        "byline": "; ".join(_texts(content.findall(NAR + "by"))),
        "dateline": _text(content.find(NAR + "dateline")),
        "located": _name(content.find(NAR + "located")),
        "genre": _code(content.find(NAR + "genre")),
        "keywords": tuple(_texts(content.findall(NAR + "keyword"))),
        "subjects": tuple(_subjects(content)),
    }


def _headline(content: etree._Element | None) -> str:
    """The main headline: without a role or with one that says main, else the first."""
    found = content.findall(NAR + "headline") if content is not None else []
    main = [line for line in found if not line.get("role") or "main" in (line.get("role") or "")]
    return next((text for line in (*main, *found) if (text := _text(line))), "")


def _body(item: etree._Element) -> tuple[str, set[str]]:
    """The text of the first content that has any, and which of its paragraphs were marked as crossheads."""
    content_set = item.find(NAR + "contentSet")
    for part in content_set if content_set is not None else ():
        name = etree.QName(part).localname
        if name == "inlineXML" and len(part):
            text, headings = text_of(part)
        elif name == "inlineData":
            text, headings = "".join(str(piece) for piece in part.itertext()), []
        else:
            continue
        if body := clean_body(text):
            return body, {clean_line(heading) for heading in headings}
    return "", set()


def _subjects(content: etree._Element) -> Iterator[Subject]:
    for subject in content.findall(NAR + "subject"):
        if code := subject.get("qcode") or subject.get("literal") or subject.get("uri"):
            yield Subject(code=clean_line(code), name=_text(subject.find(NAR + "name")) or None)


def _status(meta: etree._Element) -> str:
    code = _code(meta.find(NAR + "pubStatus")) or "usable"
    if code not in ("usable", "withheld", "canceled"):
        raise Reject("bad-field", f"pubStatus: expected usable, withheld or canceled, got {code[:60]!r}")
    return code


def _urgency(text: str) -> int | None:
    return int(text) if text.isdigit() and int(text) in URGENCIES else None


def _embargo(text: str) -> str:
    return parse_time(text, "embargoed").isoformat() if text else ""


def _time(meta: etree._Element, name: str) -> Any:
    text = _text(meta.find(NAR + name))
    return parse_time(text, name) if text else None


def _language(item: etree._Element, content: etree._Element | None) -> str | None:
    found = content.find(NAR + "language") if content is not None else None
    return (found.get("tag") if found is not None else None) or item.get(XML_LANG)


def _code(element: etree._Element | None) -> str:
    """The code of a qcode, URI or literal, without its scheme."""
    if element is None:
        return ""
    code = element.get("qcode") or element.get("literal") or element.get("uri") or ""
    return clean_line(code.rstrip("/").replace("/", ":").rpartition(":")[2])


def _provider(element: etree._Element | None) -> str:
    """The provider's code, the host of its URI ("https://www.acmenews.com/about/" is acmenews.com), or its name."""
    if element is not None and not (element.get("qcode") or element.get("literal")) and element.get("uri"):
        return (urlsplit(element.get("uri") or "").hostname or "").removeprefix("www.")
    return _code(element) or _name(element)


def _name(element: etree._Element | None) -> str:
    """The readable name of a concept, else its code."""
    if element is None:
        return ""
    return _text(element.find(NAR + "name")) or _code(element)


def _text(element: etree._Element | None) -> str:
    return clean_line("".join(str(piece) for piece in element.itertext())) if element is not None else ""


def _texts(elements: Iterable[etree._Element]) -> list[str]:
    return [text for element in elements if (text := clean("".join(str(p) for p in element.itertext())).strip())]
