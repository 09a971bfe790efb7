"""An alert as its page shows it, and which alerts a view of the inbox wants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipeline.alert_reading import AlertRow
from pipeline.alerts.alert import Alert, AlertType
from pipeline.alerts.delivery import Delivery
from pipeline.alerts.rules import Reason
from pipeline.desk.alert_view import view_of
from pipeline.desk.alerts_asked import AlertsAsked
from pipeline.story import Language, Mention, Story

NOW = datetime(2026, 4, 25, 8, 0, tzinfo=UTC)
BODY = "Ottawa said on Monday that TikTok was no longer allowed on phones of the government."
AT = BODY.index("TikTok")


def alert(*reasons: Reason, type_: AlertType = "alert", rule: str = "tiktok") -> Alert:
    return Alert(
        id="a1",
        type=type_,
        rule=rule,
        title="TikTok",
        unit="aurora:1",
        origin="aurora:1",
        version=1,
        provider="aurora",
        headline="TikTok banned",
        language=Language(code="en", confidence=1.0),
        at=NOW + timedelta(milliseconds=120),
        received=NOW,
        reasons=reasons,
    )


def reason(what: str, text: str | None = "TikTok", start: int = AT) -> Reason:
    mention = Mention(field="body", start=start, end=start + len(text), text=text) if text else None
    return Reason("topics", what, mention, f"topic:{what}")


def story(body: str = BODY) -> Story:
    return Story(id="aurora:1", guid="1", provider="aurora", headline="TikTok banned", body=body)


def test_a_phrase_stands_in_its_sentence_once_with_all_that_was_found_there() -> None:
    view = view_of(alert(reason("TikTok"), reason("ByteDance"), reason("urgency 2", None)), story(), [])
    assert [it.what for it in view.why] == [("TikTok", "ByteDance"), ("urgency 2",)]
    assert "".join(piece.text for piece in view.why[0].pieces) == BODY
    assert [piece.text for piece in view.why[0].pieces if piece.spans] == ["TikTok"]
    assert not view.why[1].pieces


def test_a_phrase_stands_alone_where_the_story_was_changed_or_is_gone() -> None:
    for now in (story("Something else entirely, in a new version of the story."), None):
        (why,) = view_of(alert(reason("TikTok")), now, []).why
        assert [piece.text for piece in why.pieces] == ["TikTok"]


def test_a_long_text_is_cut_around_the_phrase() -> None:
    long = f"{'word ' * 200}{BODY} {'word ' * 200}"
    (why,) = view_of(alert(reason("TikTok", start=long.index("TikTok"))), story(long), []).why
    text = "".join(piece.text for piece in why.pieces)
    assert text.startswith("… word")
    assert text.endswith("word …")
    assert len(text) < 250
    assert [piece.text for piece in why.pieces if piece.spans] == ["TikTok"]


def test_the_way_is_counted_from_the_arrival() -> None:
    sent = [
        Delivery(alert="a1", channel=channel, rule="tiktok", type="alert", at=NOW, status=status, sent=at)
        for channel, status, at in (
            ("chat", "sent", NOW + timedelta(milliseconds=250)),
            ("mail", "pending", None),
        )
    ]
    moments = view_of(alert(), None, sent).moments
    assert [(it.name, it.took) for it in moments] == [
        ("Story arrived", None),
        ("Alert made", 0.12),
        ("Delivered by chat", 0.25),
    ]


def test_an_address_asks_only_for_what_there_is() -> None:
    asked = AlertsAsked.of(rule=" tiktok ", show="everything", since="5y")
    assert asked == AlertsAsked("tiktok", "open", "")
    assert asked.path() == "/alerts?rule=tiktok"
    assert asked.path(show="all", after="1:a") == "/alerts?show=all&rule=tiktok&after=1%3Aa"
    assert asked.path(rule="") == "/alerts"
    assert AlertsAsked(span="7d").since(NOW) == NOW - timedelta(days=7)


def test_a_view_wants_new_alerts_of_its_rule() -> None:
    plain, recall = AlertRow(alert=alert()), AlertRow(alert=alert(type_="recall"))
    assert AlertsAsked("tiktok").wants(plain)
    assert not AlertsAsked("new-sanctions").wants(plain)
    assert not AlertsAsked(show="recalled").wants(plain)
    assert AlertsAsked(show="recalled").wants(recall)
    assert AlertsAsked(show="recalled").wants(AlertRow(alert=alert(), recalled="a2"))
