"""Which story this is: provider, guid and id, the same for every version and every arrival of it.

Comes in: what the copy says of provider and guid. Goes out: both in their normal form, and ``id = provider:guid``.
Never looks at the text.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import datetime

from pipeline.errors import Reject
from pipeline.formats.cleaning import clean_line

UNKNOWN_PROVIDER = "unknown"
MAX_ID_BYTES = 512
"""What Elasticsearch takes as a document's id."""
_MAX_PROVIDER = 64
_URI = re.compile(r"[a-z][a-z0-9+.-]*://(?:www\.)?([^/?#]*)([^?#]*)", re.IGNORECASE)
_FOREIGN = re.compile(r"[^a-z0-9.-]+")


def normalise_provider(given: str) -> str:
    """The provider in ``[a-z0-9.-]+``: "nprov:AFP" is ``afp``, "Agência Lusa" is ``agencia-lusa``, a URI is its host."""
    name = _without_scheme(given.strip())
    plain = unicodedata.normalize("NFKD", name[:1000])
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
    provider = _FOREIGN.sub("-", plain).strip("-.")
    if not provider or len(provider) > _MAX_PROVIDER:
        raise Reject(
            "bad-provider",
            f"provider: expected 1 to {_MAX_PROVIDER} of the characters a-z 0-9 . - as in dpa or example.com, "
            f"got {given[:80]!r}",
        )
    return provider


def _without_scheme(name: str) -> str:
    if found := _URI.match(name):
        host, path = found.groups()
        return str(path.rstrip("/").rpartition("/")[2]) if host == "cv.iptc.org" else str(host)
    return name.rpartition(":")[2] if re.fullmatch(r"[\w.-]{1,30}:[^:]+", name) else name


def clean_guid(given: str) -> str:
    """The guid as given, in NFC, without control characters; a blank within is ``_``."""
    return clean_line(given, []).replace(" ", "_")


def content_guid(content: bytes) -> str:
    """The guid of copy that brings none: the hash of its bytes, so that a repeat is the same story."""
    return f"sha256:{hashlib.sha256(content.strip()).hexdigest()}"


def dated_guid(at: datetime, rest: str) -> str:
    """The guid of copy that is told apart by a number or slugline that comes back every day or so."""
    return clean_guid(f"{at:%Y%m%d}-{rest}")


def story_id(provider: str, guid: str) -> str:
    """The id of the story; where it would be too long, the guid's hash stands for the guid."""
    plain = f"{provider}:{guid}"
    return plain if len(plain.encode()) <= MAX_ID_BYTES else f"{provider}:{hashlib.sha256(guid.encode()).hexdigest()}"
