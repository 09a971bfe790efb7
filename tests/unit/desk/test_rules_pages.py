"""Rules and drafts of rules, without any server behind the desk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.alerts.rules import parse_rule
from pipeline.desk.rule_shelf import RuleShelf, way_of
from pipeline.settings import Settings
from tests.unit.desk.conftest import TOKEN, ClientOf
from tests.unit.desk.test_access import ORIGIN, csrf_of

GOOD = "title: Mine\nwhen:\n  countries: [CA]\n"
BAD = "title: Mine\nwhen:\n  topics: [no such topic]\n"


def test_own_rules_stand_beside_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    shelf = RuleShelf(Settings(rules=tmp_path))
    mine, shipped = shelf.find("mine"), shelf.find("tiktok")
    assert mine is not None
    assert shipped is not None
    assert (mine.own, shipped.own) == (True, False)
    assert shelf.text("mine") == GOOD
    assert shelf.text("tiktok").startswith("title: TikTok")


def test_a_rule_that_breaks_keeps_its_last_version_and_stands_first(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    shelf = RuleShelf(Settings(rules=tmp_path))
    shelf.rules()
    (tmp_path / "mine.yaml").write_text(BAD)
    first = shelf.rules()[0]
    assert first.name == "mine"
    assert first.rule is not None
    assert first.rule.title == "Mine"
    assert first.problems[0].line == 3
    assert RuleShelf(Settings(rules=tmp_path)).rules()[0].rule is None


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("", "about each story"),
        ("throttle: {at_most: 5, every: 1h}", "at most 5 in 1 hour"),
        ("digest: {every: 30m}", "together, every 30 minutes"),
        ('digest: {at: "07:30", zone: Europe/Berlin}', "together, daily at 07:30 Berlin"),
        (
            'quiet: {from: "22:00", to: "06:00", zone: America/New_York, unless_urgency: 2}',
            "quiet from 22:00 to 06:00 New York, but for urgency 1 to 2",
        ),
    ],
)
def test_how_a_rule_tells_is_said_in_words(text: str, way: str) -> None:
    assert way_of(parse_rule("mine", f"{GOOD}{text}\n"))[-1] == way


def test_a_draft_is_checked_without_any_server(client_of: ClientOf) -> None:
    client = client_of()
    form = {"csrf": csrf_of(client), "name": "mine", "text": BAD}
    page = client.post("/draft/check", data=form, headers=ORIGIN)
    assert "Line 3" in page.text
    assert "no such topic" in page.text
    fine = client.post("/draft/check", data=form | {"text": GOOD}, headers=ORIGIN)
    assert "The rule is fine" in fine.text


@pytest.mark.parametrize(
    "text", ["", "[", "a: &a [*a, *a]\n", "title: <script>alert(1)</script>", "x" * 70_000, "\x00"]
)
def test_no_draft_is_too_odd(client_of: ClientOf, text: str) -> None:
    client = client_of()
    form = {"csrf": csrf_of(client), "name": "<b>", "text": text}
    answer = client.post("/draft/check", data=form, headers=ORIGIN)
    assert answer.status_code in (200, 400)
    assert "<script>alert" not in answer.text


def test_programs_check_rules_as_json(client_of: ClientOf) -> None:
    answer = client_of().post("/api/rules/check", json={"name": "mine", "yaml": BAD})
    assert answer.status_code == 200
    assert answer.json()["ok"] is False
    assert answer.json()["problems"][0]["line"] == 3
    assert client_of().post("/api/rules/rehearse", json={"yaml": GOOD, "days": 365}).status_code == 422


def test_json_from_elsewhere_changes_nothing(client_of: ClientOf) -> None:
    evil = {"Origin": "https://evil.example"}
    assert client_of().post("/api/rules/check", json={"yaml": GOOD}, headers=evil).status_code == 403
    # What a form of another page can send without being asked first is no JSON.
    plain = {"Content-Type": "text/plain"}
    assert client_of().post("/api/rules/check", content='{"yaml": ""}', headers=plain).status_code == 403
    assert client_of(desk_token=TOKEN).post("/api/rules/check", json={"yaml": GOOD}).status_code == 401


def test_rules_are_shown_without_the_index(client_of: ClientOf) -> None:
    answer = client_of().get("/rules")
    assert answer.status_code == 200
    assert "New sanctions" in answer.text
    assert "Elasticsearch does not answer" in answer.text
    assert "Traceback" not in answer.text


def test_the_description_names_the_api_of_alerts_and_rules(client_of: ClientOf) -> None:
    paths: dict[str, Any] = client_of().get("/api/openapi.json").json()["paths"]
    for path in ("/api/alerts", "/api/alerts/{alert_id}/ack", "/api/rules/rehearse", "/api/status", "/api/dead"):
        assert path in paths
        assert all(it.get("summary") for it in paths[path].values())
