"""The shipped rules on stories as they come: what should alert does, what should not stays quiet."""

from __future__ import annotations

import msgspec
import pytest

from pipeline.alerts.rules import RuleBook, load
from pipeline.enrich import enrich
from pipeline.story import Story

BOOK = RuleBook(file.rule for file in load(True, None, {}).values() if file.rule)


def matches(headline: str, body: str, *, provider: str = "aurora", new: bool = True) -> set[str]:
    """The rules that match, once it is known whether the story's events are new."""
    story = enrich(Story(id="p:1", guid="1", provider=provider, headline=headline, body=body), thorough=False)
    events = tuple(msgspec.structs.replace(event, new=new and not event.background) for event in story.sanctions)
    return {found.rule.name for found in BOOK.match(msgspec.structs.replace(story, sanctions=events))}


@pytest.mark.parametrize(
    ("headline", "body", "rules"),
    [
        (
            "EU imposes sanctions on Russian banks",
            "BRUSSELS - The European Union imposed new sanctions on three Russian banks on Monday, freezing their assets.",
            {"new-sanctions"},
        ),
        (
            "EU verhängt Sanktionen gegen russische Banken",
            "Die Europäische Union hat am Montag neue Sanktionen gegen drei russische Banken verhängt.",
            {"new-sanctions"},
        ),
        (
            "US lifts sanctions on Syrian central bank",
            "WASHINGTON - The United States lifted its sanctions on the central bank of Syria on Monday.",
            {"sanctions-lifted"},
        ),
        (
            "Senate committee holds hearing on TikTok ban bill",
            "WASHINGTON - Lawmakers questioned officials on a bill to ban TikTok unless ByteDance sells the app, citing national security.",
            {"tiktok", "us-china", "new-sanctions"},  # a ban that is proposed
        ),
        (
            "US and China agree to extend tariff truce",
            "GENEVA - The United States and China agreed on Monday to extend the truce in their tariff dispute, negotiators for Washington and Beijing said.",
            {"us-china"},
        ),
        (
            "US beat China in table tennis final",
            "PARIS - The United States beat China 3-2 in the women's table tennis final at the world championships on Sunday.",
            set(),
        ),
        ("Storm closes airport", "MANILA - A storm closed the airport of Manila on Sunday.", set()),
    ],
)
def test_a_story_raises_what_it_should(headline: str, body: str, rules: set[str]) -> None:
    assert matches(headline, body) == rules


def test_what_was_told_before_raises_nothing() -> None:
    assert (
        matches("EU imposes sanctions on Russian banks", "The EU imposed sanctions on Russian banks.", new=False)
        == set()
    )


def test_a_new_version_of_a_list_raises_both() -> None:
    body = (
        "BRUSSELS - The European Union has added Ivan Petrov and Nordbank of Russia to its consolidated list of financial "
        "sanctions."
    )
    found = matches("EU adds 2 names to its sanctions list", body, provider="lists")
    assert found == {"new-sanctions", "list-additions"}
