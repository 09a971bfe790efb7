"""Sanctions lists on real servers: taken over, kept by version, screened against, and told of."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from elasticsearch import Elasticsearch

from pipeline.documents.indices import index_names
from pipeline.enrich.sanctions import is_news
from pipeline.errors import WrongUse
from pipeline.feeds.files import Copy
from pipeline.feeds.lists import take_over, update_list
from pipeline.screening.importers import read_publication
from pipeline.screening.listing import ListedName, Listing, Publication
from pipeline.search.query import parse_query
from pipeline.searching import search
from pipeline.settings import Settings
from pipeline.sinks import lists
from pipeline.sinks.lists import read_in_force, read_listings
from pipeline.story import Story
from tests.conftest import Pipeline, wait_for

FILE = Path("tests/lists/ofac-sdn.xml")
NOW = datetime(2026, 11, 12, 8, tzinfo=UTC)


def listing(number: int, name: str, **more: Any) -> Listing:
    more = {"kind": "organisation", "countries": ("RU",), "programmes": ("RUSSIA-EO14024",)} | more
    return Listing(list="ofac-sdn", list_id=str(number), names=(ListedName(name),), **more)


def publication(*listings: Listing) -> Publication:
    return Publication(list="ofac-sdn", published="2026-11-12", listings=listings)


def names_of(elastic: Elasticsearch, settings: Settings, version: int) -> set[str]:
    return {it.name for it in read_listings(elastic, index_names(settings), "ofac-sdn", version)}


OLD, STAYS = listing(1, "Severnaya Verf Trading"), listing(2, "Orbita Microchip Works")
NEW = listing(3, "Belogorsk Avionics Plant")


def test_each_version_of_a_list_is_kept_and_one_is_in_force(settings: Settings, elastic: Elasticsearch) -> None:
    names = index_names(settings)
    first, _ = take_over(settings, publication(OLD, STAYS), now=NOW)
    assert (first.version, first.listings, first.came) == (1, 2, 0)
    renamed = listing(2, "Orbita Microchip Works", programmes=("CAATSA",))
    second, changes = take_over(settings, publication(renamed, NEW), now=NOW)
    assert [(it.name) for group in changes for it in group] == [NEW.name, OLD.name, STAYS.name]
    assert (second.version, second.came, second.went, second.changed) == (2, 1, 1, 1)
    again, nothing = take_over(settings, publication(renamed, NEW), now=NOW)
    assert (again, bool(nothing)) == (second, False)
    assert names_of(elastic, settings, 1) == {OLD.name, STAYS.name}
    assert set(read_listings(elastic, names, "ofac-sdn", 2)) == {renamed, NEW}
    back, _ = take_over(settings, publication(OLD, STAYS), now=NOW)
    assert (back.version, names_of(elastic, settings, 3)) == (3, {OLD.name, STAYS.name})
    assert names_of(elastic, settings, 1) == {OLD.name, STAYS.name}
    assert read_in_force(elastic, names) == {"ofac-sdn": back}


def test_an_update_that_breaks_off_changes_nothing_and_the_next_is_right(
    settings: Settings, elastic: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_over(settings, publication(OLD, STAYS), now=NOW)
    write = lists._write

    def broken(client: Any, names: Any, actions: Any) -> None:
        write(client, names, list(actions))
        if any("since" in json.dumps(action) for action in actions):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lists, "_write", broken)
        with pytest.raises(KeyboardInterrupt):
            take_over(settings, publication(NEW), now=NOW)
    elastic.indices.refresh(index=index_names(settings).lists)
    assert names_of(elastic, settings, 1) == {OLD.name, STAYS.name}
    _, changes = take_over(settings, publication(STAYS, NEW), now=NOW)
    assert ([it.name for it in changes.came], [it.name for it in changes.went]) == ([NEW.name], [OLD.name])
    assert names_of(elastic, settings, 2) == {STAYS.name, NEW.name}


def test_an_addition_is_a_story_with_a_new_event_and_its_names_are_found_at_once(
    pipeline: Pipeline, elastic: Elasticsearch
) -> None:
    settings = pipeline.settings

    def stories() -> list[Story]:
        return [it.story for it in search(elastic, index_names(settings), parse_query("provider:lists")).stories]

    take_over(settings, publication(OLD, STAYS), now=datetime.now(UTC))
    wait_for(lambda: pipeline.times_logged("lists loaded") >= 2, seconds=30, what="both READ to load the list")
    pipeline.feed(Copy(b'{"guid": "1", "provider": "p", "body": "Orbita Microchip Works opened a shop."}'))
    pipeline.settle()
    assert stories() == []
    found = search(elastic, index_names(settings), parse_query("provider:p")).stories[0].story
    assert [hit.list_id for hit in found.listed] == ["2"]

    take_over(settings, publication(OLD, STAYS, NEW), now=datetime.now(UTC))
    pipeline.settle()
    (story,) = stories()
    assert story.headline == "United States adds 1 name to sanctions list (OFAC Specially Designated Nationals List)"
    assert NEW.name in story.body
    assert [hit.name for hit in story.listed] == [NEW.name]
    (event,) = [event for event in story.sanctions if is_news(event)]
    assert (event.key, event.new) == ("US:RU:impose", True)


def test_a_list_is_taken_from_a_file_and_must_be_the_one_that_is_meant(settings: Settings) -> None:
    in_force, changes = update_list(settings, "ofac-sdn", str(FILE), now=NOW, say=print)
    assert in_force.listings == len(read_publication(FILE).listings) == len(changes.came)
    with pytest.raises(WrongUse, match="not eu"):
        update_list(settings, "eu", str(FILE), now=NOW, say=print)
    with pytest.raises(WrongUse, match="expected a file"):
        update_list(settings, None, "no-such-file.xml", now=NOW, say=print)


def test_the_version_document_is_what_it_says(settings: Settings, elastic: Elasticsearch) -> None:
    in_force, _ = take_over(settings, publication(OLD), now=NOW)
    stored = elastic.get(index=index_names(settings).lists, id="ofac-sdn@1")["_source"]
    assert msgspec.convert(stored, lists.InForce) == msgspec.structs.replace(in_force, type="version")
