"""XML from strangers: parsed without DTDs, entities or network, repaired where the damage is plain.

Comes in: bytes. Goes out: the root element. Never follows a reference, never expands an entity; a DOCTYPE is a `Reject`,
but for the one that formats older than schemas have: it is taken out unread where it declares nothing itself.
"""

from __future__ import annotations

import codecs
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
_SINGLE_BYTE = re.compile(rb"iso-?8859|latin|windows-125|cp125|us-ascii|ascii", re.IGNORECASE)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,8}));")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")

# A DOCTYPE that names its DTD. In its own subset stands at most what calls the DTD of NITF into that of NewsML:
# <!DOCTYPE NewsML PUBLIC "…" "NewsML-1.2.dtd" [<!ENTITY % nitf SYSTEM "nitf-3-0.dtd"> %nitf; ]>
_QUOTED = rb"(?:\"[^\"<>]{0,400}\"|'[^'<>]{0,400}')"
_EXTERNAL = rb"(?:SYSTEM\s++" + _QUOTED + rb"|PUBLIC\s++" + _QUOTED + rb"(?:\s*+" + _QUOTED + rb")?)"
_SUBSET = rb"(?:\s|%[\w.:-]{1,60};|<!ENTITY\s++%\s++[\w.:-]{1,60}\s++" + _EXTERNAL + rb"\s*+>){0,200}+"
_DOCTYPE = re.compile(
    rb"<!DOCTYPE\s++[\w.:-]{1,60}(?:\s++" + _EXTERNAL + rb")?\s*+(?:\[" + _SUBSET + rb"\]\s*+)?>", re.IGNORECASE
)
_START = re.compile(rb"<(?:!DOCTYPE\s++)?([A-Za-z_][\w.:-]{0,100})")
_MAX_PROLOG = 65536
_ENDS = {b"<?": b"?>", b"<!--": b"-->"}


def root_name(value: bytes) -> str:
    """The name of the first element, without its prefix; the empty string for anything but markup.

    Behind a DOCTYPE that is going to be refused, it is what that one says.
    """
    head = value[:_MAX_PROLOG].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    at = _skip_prolog(head, 0)
    if doctype := _DOCTYPE.match(head, at):
        at = _skip_prolog(head, doctype.end())
    found = _START.match(head, at)
    return found[1].decode("ascii").rpartition(":")[2] if found else ""


def _skip_prolog(value: bytes, at: int) -> int:
    """Where blanks, comments and processing instructions end."""
    while at < len(value):
        if value[at : at + 1].isspace():
            at += 1
            continue
        mark = next((mark for mark in _ENDS if value.startswith(mark, at)), None)
        end = value.find(_ENDS[mark], at + len(mark), _MAX_PROLOG) if mark else -1
        if mark is None or end < 0:
            break
        at = end + len(_ENDS[mark])
    return at


def _without_doctype(value: bytes) -> bytes:
    """The copy without a DOCTYPE that declares nothing itself; any other stays, to be refused."""
    if value.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        value = _DECLARATION.sub("", value.decode("utf-16", "replace").lstrip("\ufeff"), count=1).encode()
    start = len(codecs.BOM_UTF8) if value.startswith(codecs.BOM_UTF8) else 0
    found = _DOCTYPE.match(value, _skip_prolog(value, start))
    return value[: found.start()] + value[found.end() :] if found else value


def parse_xml(value: bytes, notes: list[str], *, doctype: bool = False) -> etree._Element:
    """The root element; copy that is no XML as it stands is parsed once more with its plain damage repaired.

    ``doctype``: the format's own standard has one, so that one without declarations is passed over.
    """
    value = value.strip(b" \t\r\n")
    if doctype:
        value = _without_doctype(value)
    value = _as_declared(value, notes)
    try:
        root = etree.fromstring(value, _PARSER)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        root = _parse_repaired(value, error, notes)
    if root.getroottree().docinfo.internalDTD is not None:
        raise Reject("bad-xml", "expected no DOCTYPE but a plain one of an older format, got one: it may hide entities")
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


def _as_declared(value: bytes, notes: list[str]) -> bytes:
    """The copy; UTF-8 that declares a Western character set, as copy does that went through many hands, says so no longer."""
    declared = _ENCODING.search(value[:400])
    if declared is None or not _SINGLE_BYTE.match(declared[1]) or value.isascii():
        return value
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return value
    notes.append(f"declared as {declared[1].decode('ascii')}, read as UTF-8")
    return value[: declared.start(1)] + b"UTF-8" + value[declared.end(1) :]


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
