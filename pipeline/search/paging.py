"""Tokens that say where the next page begins. They are opaque to people, and anything that is none is told so."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

import msgspec


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a search stands: its point in time, when it began, how many it found, and the sort values of the last hit that was shown.

    ``query`` is what was searched, so that a token of another search is not taken for one of this.
    """

    point: str
    origin: datetime
    total: int
    after: list[Any]
    query: int


def write_token(place: Place) -> str:
    """The token of a place, fit for an address."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode("ascii").rstrip("=")


def read_token(token: str) -> Place | None:
    """The place of a token; None if it is none."""
    try:
        data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return msgspec.json.decode(data, type=Place)
    except (binascii.Error, ValueError, msgspec.DecodeError, UnicodeError):
        return None
