"""What a new publication changed, and the story that tells of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.formats import parse
from pipeline.formats.raw import RawCopy
from pipeline.screening.changes import MAX_NAMES, Changes, compare, make_story
from pipeline.screening.listing import LISTS, ListedName, Listing
from pipeline.story import Story


def listing(number: int, name: str, country: str = "RU", **more: Any) -> Listing:
    countries = (country,) if country else ()
    return Listing(
        list="eu", list_id=str(number), kind="organisation", names=(ListedName(name),), countries=countries, **more
    )


ANNA, BORIS, CARLA = listing(1, "Anna Works"), listing(2, "Boris Bank", "BY"), listing(3, "Carla Lines", "")


def test_versions_are_compared_by_id_and_by_what_they_say() -> None:
    renamed = listing(2, "Boris Bank JSC", "BY")
    changes = compare([ANNA, BORIS], [renamed, CARLA])
    assert changes == Changes(came=(CARLA,), went=(ANNA,), changed=(renamed,))
    assert not compare([ANNA, BORIS], [BORIS, ANNA])


def test_the_story_names_all_that_came_and_went() -> None:
    more = listing(4, "Dmitri Docks", programmes=("UKR",))
    story = make_story("eu", 7, Changes(came=(ANNA, BORIS, more), went=(CARLA,), changed=()))
    assert (
        story["headline"]
        == "European Union adds 3 names to, removes 1 name from sanctions list (EU Consolidated Financial Sanctions List)"
    )
    assert story["body"] == (
        "BRUSSELS - The European Union has added 2 names from Russia to its consolidated list of financial sanctions (UKR): "
        "Anna Works; Dmitri Docks.\n\n"
        "The European Union has added 1 name from Belarus to its consolidated list of financial sanctions: Boris Bank.\n\n"
        "The European Union has removed 1 name from its consolidated list of financial sanctions: Carla Lines."
    )
    assert story["guid"] == "eu:7"


@pytest.mark.parametrize("list_", sorted(LISTS))
def test_the_story_is_copy_like_any_other(list_: str) -> None:
    raw = json.dumps(make_story(list_, 2, Changes(came=(ANNA,), went=(), changed=(BORIS,)))).encode()
    (story,) = parse(RawCopy(value=raw, received=datetime(2026, 11, 12, tzinfo=UTC), providers=("lists",)))
    assert isinstance(story, Story)
    assert story.id == f"lists:{list_}:2"
    assert "Anna Works" in story.body


def test_a_new_edition_of_a_list_is_cut() -> None:
    many = tuple(listing(number, f"Name {number}") for number in range(MAX_NAMES + 5))
    assert "and 5 more" in make_story("eu", 2, Changes(came=many, went=(), changed=()))["body"]
