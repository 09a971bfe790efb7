"""The alert as programs and as people get it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerts.alert import (
    MAX_TEXT,
    Alert,
    Reason,
    Source,
    decode_alert,
    encode_alert,
    plain_text,
    subject,
)
from pipeline.alerts.channels.digests import digest_text
from pipeline.errors import Reject, Retry
from pipeline.story import Language, ListHit, Mention, SanctionEvent, TargetGroup

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def mention(text: str, field: str = "headline", start: int = 0) -> Mention:
    return Mention(field=field, start=start, end=start + len(text), text=text)  # type: ignore[arg-type]  # a field


def alert(**fields: Any) -> Alert:
    given: dict[str, Any] = {
        "id": "0" * 31 + "1",
        "type": "alert",
        "rule": "new-sanctions",
        "title": "New sanctions",
        "unit": "EU:RU:impose",
        "origin": "aurora:1",
        "version": 2,
        "provider": "aurora",
        "headline": "EU verhängt Sanktionen gegen russische Banken",
        "language": Language(code="de", confidence=0.99),
        "at": NOON + timedelta(seconds=1),
        "received": NOON,
    }
    return Alert(**given | fields)


FULL = alert(
    names=("European Union", "Bank X"),
    topics=("economic sanction",),
    new=("also targets: Bank X", "now in force"),
    reasons=(
        Reason(condition="sanction", what="EU imposes on RU", key="event:EU:RU:impose", mention=mention("EU verhängt")),
        Reason(condition="entities", what="EU", key="entity:Q458", mention=mention("EU verhängt")),
        Reason(condition="topics", what="economic sanction", key="topic:1", mention=mention("Sanktionen", "body", 30)),
        Reason(condition="countries", what="RU", key="country:RU", mention=None),
        Reason(condition="urgency", what="urgency 2", key="urgency:2", mention=None),
    ),
    sanctions=(
        SanctionEvent(
            key="EU:RU:impose",
            action="tighten",
            status="in-force",
            by=("Q458",),
            targets=("Q1", "x:unnamed"),
            target_groups=(TargetGroup(text="russische Banken"),),
            measures=("asset-freeze", "travel-ban"),
        ),
        SanctionEvent(key="GB:BY:lift", action="lift", status="announced", by=("Q145",), background=True),
    ),
    entities={"Q458": "European Union", "Q1": "Bank X"},
    listed=(ListHit(list="eu", list_id="1", name="BANK X", score=0.934, mention=mention("Bank X")),),
    sources=(
        Source(story_id="aurora:1", provider="aurora", headline="itself", language="de", version=2),
        Source(story_id="halcyon:9", provider="halcyon", headline="EU hits banks", language="en", version=1),
    ),
    links={"Story": "https://dateline.example/stories/aurora:1"},
    language=Language(code="de", confidence=0.72),
)


def test_the_text_says_what_a_person_needs_in_this_order() -> None:
    assert plain_text(FULL).splitlines() == [
        "EU verhängt Sanktionen gegen russische Banken",
        "[de] European Union, Bank X · economic sanction",
        "New: also targets: Bank X; now in force",
        "tighten, in-force: European Union → Bank X, russische Banken: asset-freeze, travel-ban",
        "lift, announced, background: GB → BY",
        "Matched EU imposes on RU: “EU verhängt” (headline)",
        "Matched economic sanction: “Sanktionen” (body)",
        "Matched RU, urgency 2",
        "On a list: BANK X, 0.93, EU Consolidated Financial Sanctions List",
        "Source: aurora, aurora:1, version 2",
        "Also: halcyon:9, version 1 [en] EU hits banks",
        "Language: de, 72% sure",
        "Arrived 2026-11-12 12:00:00 UTC, alert 2026-11-12 12:00:01 UTC",
        "Story: https://dateline.example/stories/aurora:1",
    ]


def test_a_bare_alert_is_a_bare_text() -> None:
    english = alert(headline="EU hits banks", language=Language(code="en", confidence=1.0), received=None)
    assert plain_text(english) == ("EU hits banks\nSource: aurora, aurora:1, version 2\nAlert 2026-11-12 12:00:01 UTC")
    unknown = plain_text(alert(language=Language(code="und")))
    assert "\n[und]\n" in unknown
    assert "Language: und, 0% sure" in unknown


@pytest.mark.parametrize(
    ("type_", "head", "line"),
    [
        ("recall", "RECALL", "Recalls alert abc: killed by the agency"),
        ("correction", "CORRECTION", "Corrects alert abc"),
    ],
)
def test_a_recall_and_a_correction_say_what_they_take_back(type_: str, head: str, line: str) -> None:
    told = alert(type=type_, of="abc", note="killed by the agency" if type_ == "recall" else "")
    assert subject(told) == f"{head} New sanctions: EU verhängt Sanktionen gegen russische Banken"
    assert line in plain_text(told).splitlines()


def test_a_test_is_called_one() -> None:
    assert subject(alert(type="test")).startswith("TEST New sanctions: ")


def test_times_are_shown_in_utc() -> None:
    east = NOON.astimezone(timezone(timedelta(hours=9)))
    assert "Arrived 2026-11-12 12:00:00 UTC" in plain_text(alert(received=east))


HOSTILE = "A\nSource: forged\r\u2028B\u202eC\u2066D\x1b[31m\x00\x9b\u200fE\U000e0041\ufeff"


def test_text_of_agencies_can_not_forge_a_line_or_turn_one_round() -> None:
    hostile = alert(
        headline=HOSTILE,
        provider=HOSTILE,
        origin=HOSTILE,
        names=(HOSTILE,),
        topics=(HOSTILE,),
        new=(HOSTILE,),
        note=HOSTILE,
        type="recall",
        reasons=(Reason(condition="text", what=HOSTILE, key="text:x", mention=mention(HOSTILE)),),
        sanctions=(SanctionEvent(key="EU:RU:impose", action="impose", status="proposed", by=("Q1",)),),
        entities={"Q1": HOSTILE},
        listed=(ListHit(list="eu", list_id="1", name=HOSTILE, score=1.0, mention=mention("x")),),
        sources=(Source(story_id=HOSTILE, provider="x", headline=HOSTILE, language="en", version=1),),
        links={HOSTILE: HOSTILE},
    )
    for text in (plain_text(hostile), subject(hostile), digest_text([hostile])):
        assert not set(text) & set("\r\u2028\u202e\u2066\x1b\x00\x9b\u200f\U000e0041\ufeff")
        assert not any(line.startswith("Source: forged") for line in text.splitlines())
    assert "\n" not in subject(hostile)
    assert "A Source: forged BCD [31m E" in plain_text(hostile)


def test_joiners_of_persian_and_emoji_stay() -> None:
    assert "می\u200cشود" in plain_text(alert(headline="می\u200cشود"))


def test_a_long_text_is_cut_in_the_middle_and_keeps_its_source_and_links() -> None:
    reason = Reason(condition="text", what="w" * 500, key="text:w", mention=mention("m" * 5000))
    reasons = tuple(msgspec.structs.replace(reason, mention=mention("m" * 5000, start=it)) for it in range(40))
    long = alert(
        headline="h" * 10_000,
        names=("n" * 500,) * 50,
        new=("new " * 100,) * 50,
        reasons=reasons,
        sources=tuple(
            Source(story_id=f"a:{it}" + "x" * 300, provider="a", headline="h" * 900, language="en", version=1)
            for it in range(50)
        ),
        links={"Story": "https://dateline.example/1"},
    )
    text = plain_text(long)
    assert len(text) <= MAX_TEXT
    assert text.splitlines()[-1] == "Story: https://dateline.example/1"
    assert "Also: 47 more" in text
    assert len(subject(long)) <= 200
    assert len(plain_text(alert(links={str(it): "l" * 900 for it in range(50)}))) <= MAX_TEXT


def test_a_digest_is_a_line_an_alert_and_counts_what_does_not_fit() -> None:
    assert digest_text([alert(headline="One"), alert(type="recall", headline="Two")]) == (
        "- ALERT New sanctions: One\n- RECALL New sanctions: Two"
    )
    many = digest_text([alert(headline="h" * 150) for _ in range(500)])
    shown = many.splitlines()
    assert len(many) <= MAX_TEXT
    assert shown[-1] == f"… and {500 - len(shown) + 1} more"
    assert digest_text([]) == ""


def test_an_alert_survives_its_json() -> None:
    for it in (FULL, alert()):
        assert decode_alert(encode_alert(it)) == it
        assert b"\n" not in encode_alert(it)
        assert b'"schema_version":1' in encode_alert(it)


def test_what_is_no_alert_is_rejected_and_a_newer_one_waits() -> None:
    with pytest.raises(Reject, match="expected an alert"):
        decode_alert(b'{"id": 1}')
    with pytest.raises(Retry, match="schema_version 2 is newer"):
        decode_alert(b'{"schema_version": 2, "shape": "another"}')


@given(st.binary(max_size=60))
def test_no_bytes_break_the_decoder(value: bytes) -> None:
    with pytest.raises(Reject):
        decode_alert(value)


@given(st.text(), st.text(max_size=3000), st.lists(st.text(), max_size=20))
def test_no_text_breaks_the_message(headline: str, note: str, new: list[str]) -> None:
    told = alert(headline=headline, note=note, new=tuple(new), type="correction", names=tuple(new))
    assert len(plain_text(told)) <= MAX_TEXT
    assert len(subject(told).splitlines()) == 1
