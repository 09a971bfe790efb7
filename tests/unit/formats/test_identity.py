"""Provider, guid and id."""

from __future__ import annotations

import pytest

from pipeline.errors import Reject
from pipeline.formats.identity import clean_guid, normalise_provider, story_id


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("nprov:AFP", "afp"),
        ("Agência Lusa", "agencia-lusa"),
        ("http://www.acme.example:8080/about/", "acme.example-8080"),
        ("http://cv.iptc.org/newscodes/newsprovider/AFP", "afp"),
        ("-a_b.", "a-b"),
    ],
)
def test_provider_is_levelled(given: str, expected: str) -> None:
    assert normalise_provider(given) == expected


@pytest.mark.parametrize("given", ["新華社", "--", "x" * 65])
def test_a_provider_that_cannot_be_levelled_is_refused(given: str) -> None:
    with pytest.raises(Reject, match="provider"):
        normalise_provider(given)


def test_guid_keeps_its_letters_and_loses_what_no_id_may_hold() -> None:
    assert clean_guid(" urn:a \x00b\n") == "urn:a_b"


def test_a_long_guid_is_hashed_and_stays_apart_from_another() -> None:
    assert story_id("a", "ü" * 255) == "a:" + "ü" * 255
    assert story_id("a", "ü" * 256) != story_id("a", "ü" * 257)
    assert len(story_id("a", "x" * 9000)) == 66
