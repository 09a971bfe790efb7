"""The table of providers, and what follows from it: ids, bindings, identity, dialect."""

from __future__ import annotations

from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
import yaml

from pipeline.errors import Reject
from pipeline.formats import providers
from pipeline.formats.identity import normalise_provider
from pipeline.formats.marks import CORRECTION
from pipeline.formats.providers import PROVIDERS, Provider, issuer_of, provider_named
from pipeline.story import Story
from tests.unit.formats.reading import items, reject, story

ROWS = yaml.safe_load(files("pipeline.formats").joinpath("providers.yaml").read_text("utf-8"))


def test_ids_and_names_are_in_normal_form_and_unique() -> None:
    names = [name for row in ROWS for name in (row["id"], *row.get("names", []))]
    assert len(names) == len(set(names))
    assert [name for name in names if normalise_provider(name) != name] == []


def test_rows_stand_in_order_and_their_zones_exist() -> None:
    assert [row["id"] for row in ROWS] == sorted(row["id"] for row in ROWS)
    for provider in PROVIDERS.values():
        ZoneInfo(provider.zone)
        assert all(1 <= value <= 9 for value in provider.dialect.urgency.values())
        assert all(code == code.lower() for code in (*provider.dialect.signals, *provider.dialect.urgency))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("AFP", "afp"),
        ("nprov:AFP", "afp"),
        ("afp.com", "afp"),
        ("http://cv.iptc.org/newscodes/newsprovider/dpa", "dpa"),
        ("www.dpa.de", "dpa"),
        ("Agência Lusa", "lusa"),
        ("The Meridian Wire", "the-meridian-wire"),
    ],
)
def test_a_provider_has_one_id_whatever_a_format_calls_it(given: str, expected: str) -> None:
    assert provider_named(given).id == expected


def test_a_guid_tells_who_issued_it() -> None:
    assert issuer_of("tag:reuters.com,2026:newsml_L1N3") == "reuters.com"
    assert issuer_of("urn:newsml:dpa.com:20090101:261112-99-1") == "dpa.com"
    assert issuer_of("2026-11-12/17") == ""
    assert story('{"guid": "tag:reuters.com,2026:x", "body": "Text."}').provider == "reuters"


BOUND = {"providers": ("aurora", "halcyon"), "feed": "aurora-drop"}


def test_a_bound_feed_names_the_provider_of_copy_that_names_none() -> None:
    found = story('{"guid": "1", "body": "Text."}', **BOUND)
    assert (found.id, found.feed) == ("aurora:1", "aurora-drop")
    assert "provider" not in found.derived


def test_a_bound_feed_may_speak_for_each_of_its_providers_and_no_other() -> None:
    assert story('{"guid": "1", "provider": "halcyon", "body": "Text."}', **BOUND).id == "halcyon:1"
    error = reject('{"guid": "1", "provider": "dpa", "pubstatus": "canceled"}', **BOUND)
    assert error.kind == "foreign-provider"
    assert "aurora or halcyon" in error.reason


def test_copy_for_a_format_that_the_feed_names_is_read_as_that_format() -> None:
    assert story('{"body": "not json at all', format="text").format == "text"
    (item,) = items("x", format="morse")
    assert isinstance(item, Reject)
    assert "morse" in item.reason


def g2(signal: str) -> Story:
    return story(
        '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="tag:reuters.com,2026:1" version="2">'
        f'<itemMeta><signal qcode="{signal}"/></itemMeta><contentMeta><headline>Eine Meldung</headline></contentMeta></newsItem>'
    )


def test_the_dialect_tells_what_a_providers_own_code_means() -> None:
    assert CORRECTION in g2("edStat:C").signals
    assert g2("edStat:C").correction == ""
    assert g2("edStat:U").correction is None


def test_a_sender_that_reuses_file_names_loses_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(providers._BY_NAME, "aurora", Provider(id="aurora", name="Aurora", identity="content"))
    providers.provider_named.cache_clear()
    first, second = (story(f"{word} text of a story.", source="latest.txt", **BOUND) for word in ("One", "Another"))
    providers.provider_named.cache_clear()
    assert first.id != second.id
    assert first.source == "latest.txt"
