"""JSON stories: neighbours, types, what may not pass."""

from __future__ import annotations

import json

import pytest

from pipeline.errors import Reject
from pipeline.story import Story, encode_story

from .reading import items, people, reject, story


def test_a_broken_line_costs_only_itself_wherever_it_stands() -> None:
    found = items('{broken}\n{"guid":"2","body":"Two."}\n{"guid":"3","body":"Three."}')
    assert [type(item) for item in found] == [Reject, Story, Story]


def test_a_line_in_another_character_set_leaves_its_neighbours_alone() -> None:
    found = items(b'{"guid":"1","body":"Gr\xc3\xbc\xc3\x9fe."}\n{"guid":"2","body":"Gr\xfc\xdfe."}\n')
    assert [item.body for item in found if isinstance(item, Story)] == ["Grüße.", "Grüße."]


def test_stories_of_one_file_without_guids_stay_apart() -> None:
    first, second = items('{"body":"One."}\n{"body":"Two."}', source="a.jsonl")
    assert isinstance(first, Story)
    assert isinstance(second, Story)
    assert first.id != second.id


def test_half_a_surrogate_and_controls_are_taken_out_of_every_field() -> None:
    found = story(r'{"guid":"a\u0000b c","body":"x \ud800y","subjects":[{"code":"s\u0001","name":"Zu\u0308"}]}')
    assert (found.guid, found.body, found.subjects[0].code, found.subjects[0].name) == ("ab_c", "x y", "s", "Zü")
    assert "broken surrogates removed" in found.notes


def test_many_bad_lines_make_few_dead_letters() -> None:
    found = items('{"guid":"1"}\n' * 500 + '{"guid":"2","body":"Good."}\n')
    assert len(found) == 22
    assert sum(isinstance(item, Story) for item in found) == 1


def test_a_message_of_endless_lines_is_refused() -> None:
    assert reject("{}\n" * 600_000).kind == "too-many-items"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ('[{"body":"x"}]', "bad-json"),
        ('{"body":NaN}', "bad-json"),
        ('{"body":"x","extra":' + "[" * 50_000 + "]" * 50_000 + "}", "unreadable"),
        ('{"body":"x","version":"3"}', "bad-field"),
        ('{"body":"x","version":' + "9" * 6000 + "}", "bad-field"),
        ('{"body":"x","version":0}', "bad-field"),
        ('{"body":"","headline":" "}', "no-text"),
        ('{"body":"x","provider":"新華社"}', "bad-provider"),
        ('{"pubstatus":"canceled","provider":"a"}', "bad-field"),
        ('{"body":"x","first_created":"0001-01-01T00:00:00+14:00"}', "bad-field"),
    ],
)
def test_what_cannot_be_a_story_is_refused(value: str, kind: str) -> None:
    assert reject(value).kind == kind


def test_a_name_that_comes_twice_counts_the_last_time() -> None:
    assert story('{"body":"First.","body":"Last."}').body == "Last."


def test_the_text_tells_what_the_fields_do_not() -> None:
    body = "BERLIN (aurora) - Die Minister haben am Montag lange beraten. (Redaktion: Anna Weber)"
    found = story(json.dumps({"guid": "1", "body": body}))
    assert (found.dateline, people(found)) == ("BERLIN", ["editor Anna Weber"])
    assert found.body.endswith("beraten.")


def test_services_headlines_and_corrections_are_kept() -> None:
    found = story(
        '{"guid": "1", "provider": "aurora", "body": "Text.", "correction": "Two banks, not three.",'
        ' "services": [{"name": "BDT", "sequence": 626}], "headlines": [{"text": "Short", "role": "short"}]}'
    )
    assert [(service.name, service.sequence) for service in found.services] == [("bdt", 626)]
    assert [(it.role, it.text) for it in found.headlines] == [("short", "Short")]
    assert found.correction == "Two banks, not three."


def test_what_enrich_prints_is_read_back_as_the_same_story() -> None:
    first = story(
        '{"guid": "1", "provider": "aurora", "version": 2, "headline": "CORRECTED-One", "body": "Text of it."}'
    )
    again = story(encode_story(first))
    assert (again.id, again.version, again.headline, again.body) == (first.id, 2, first.headline, first.body)
    assert again.signals == first.signals
