"""The AP Media API's items."""

from __future__ import annotations

from pathlib import Path

from pipeline.story import Skipped, Story

from .reading import items

FEED = (Path(__file__).parent.parent.parent / "corpus" / "ap-json" / "feed.en.json").read_bytes()


def test_a_feed_gives_a_story_a_link_a_kill_and_a_picture() -> None:
    text, link, kill, picture = items(FEED)
    assert isinstance(text, Story)
    assert (text.id, text.version, text.urgency, text.urgency_given) == (
        "ap:00aa11bb22cc33dd44ee55ff66778899",
        1,
        4,
        "r",
    )
    assert text.body.startswith("TALLINN, Estonia (AP) — The council put")
    assert (text.byline, text.located, text.dateline) == ("By JO EXAMPLE", "Tallinn", "TALLINN, Estonia")
    assert [(it.role, it.text) for it in text.headlines] == [
        ("extended", "Council puts three ferry owners on its list of sanctions")
    ]
    assert [service.name for service in text.services] == ["world wire"]
    assert [subject.code for subject in text.subjects] == ["a1312cat:i", "aabbcc"]
    assert "update" in text.signals
    assert isinstance(link, Skipped)
    assert "elsewhere" in link.reason
    assert isinstance(kill, Story)
    assert (kill.pubstatus, kill.version, kill.ed_note) == ("canceled", 2, "The story is wrong.")
    assert isinstance(picture, Skipped)
    assert {item.format for item in (text, link, kill, picture)} == {"ap-json"}


def test_a_feed_bound_to_another_provider_may_pass_on_aps_copy_as_its_own() -> None:
    first = items(FEED, providers=("aap",))[0]
    assert isinstance(first, Story)
    assert first.provider == "aap"
