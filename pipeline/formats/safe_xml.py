"""XML from strangers: parsed without DTDs, entities or network, repaired where the damage is plain.

Comes in: bytes. Goes out: the root element. Never follows a reference, never expands an entity; a DOCTYPE is a `Reject`.
"""

from __future__ import annotations

import re
from html.entities import html5

from lxml import etree

from pipeline.errors import Reject
from pipeline.formats.decoding import decode

# The limits of libxml2 stay on (huge_tree): depth, size of a name and of a text, growth by entities.
_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)
_DECLARATION = re.compile(r"\s{0,100}<\?xml[^>]{0,200}\?>")
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s{0,4}=\s{0,4}[\"']([\w.:-]{1,40})[\"']")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,8}));")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")


def parse_xml(value: bytes, notes: list[str]) -> etree._Element:
    """The root element; copy that is no XML as it stands is parsed once more with its plain damage repaired."""
    value = value.strip(b" \t\r\n")
    try:
        root = etree.fromstring(value, _PARSER)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        root = _parse_repaired(value, error, notes)
    if root.getroottree().docinfo.internalDTD is not None:
        raise Reject("bad-xml", "expected no DOCTYPE, got one: NewsML-G2 has none, and it may hide entities")
    return root


def _parse_repaired(value: bytes, error: Exception, notes: list[str]) -> etree._Element:
    guesses: list[str] = []
    repaired = _repair(decode(value, _declared(value), guesses))
    try:
        root = etree.fromstring(repaired.encode(), _PARSER)
    except (etree.XMLSyntaxError, ValueError) as still:
        raise Reject("bad-xml", f"expected well-formed XML, got: {error}") from still
    notes += [*guesses, "XML repaired: characters that it does not allow"]
    return root


def _declared(value: bytes) -> str | None:
    found = _ENCODING.search(value[:400])
    return found[1].decode("ascii") if found else None


def _repair(text: str) -> str:
    """Without its declaration (it is text by now), control characters, and the entities of HTML that XML does not know."""
    text = _ILLEGAL.sub("", _DECLARATION.sub("", text.lstrip("\ufeff"), count=1))
    return _NAMED.sub(_named, _REFERENCE.sub(_legal_reference, text))


def _legal_reference(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    return "" if code > 0x10FFFF or _ILLEGAL.match(chr(code)) else found[0]


def _named(found: re.Match[str]) -> str:
    known = found[1] not in ("amp", "lt", "gt", "quot", "apos") and html5.get(f"{found[1]};")
    return known or found[0]
