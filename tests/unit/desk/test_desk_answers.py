"""Headers, problems, limits and the description, without any server behind the desk."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from pipeline.desk import pages
from pipeline.desk.rates import Buckets
from tests.unit.desk.conftest import TOKEN, ClientOf

TEMPLATES = Path(pages.__file__).parent / "templates"


@pytest.mark.parametrize("path", ["/login", "/nothing", "/", "/static/desk.css", "/api/openapi.json", "/api/nothing"])
def test_every_answer_bounds_what_a_browser_may_do(client_of: ClientOf, path: str) -> None:
    headers = client_of().get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


def test_static_files_are_kept_and_pages_are_not(client_of: ClientOf) -> None:
    client = client_of()
    page = client.get("/login")
    assert page.headers["cache-control"] == "private, no-cache"
    styles = re.search(r'href="(/static/[0-9a-f]+/desk\.css)"', page.text)
    assert styles is not None
    assert "immutable" in client.get(styles[1]).headers["cache-control"]


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_templates_hold_no_script_and_no_style_and_trust_nothing(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)
    assert "|safe" not in text.replace(" ", "")
    assert "autoescape" not in text


def test_pages_load_nothing_from_elsewhere(client_of: ClientOf) -> None:
    page = client_of().get("/login").text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


def test_elasticsearch_that_is_away_is_said_and_looked_for_again(client_of: ClientOf) -> None:
    answer = client_of().get("/")
    assert answer.status_code == 503
    assert "Elasticsearch does not answer" in answer.text
    assert 'http-equiv="refresh"' in answer.text
    assert "Traceback" not in answer.text
    answer = client_of().get("/api/search?q=x")
    assert answer.status_code == 503
    assert answer.json()["error"] == "away"
    assert answer.headers["retry-after"] == "10"
    piece = client_of().get("/", headers={"HX-Request": "true"})
    assert "<html" not in piece.text


def test_what_is_not_there_says_so(client_of: ClientOf) -> None:
    answer = client_of().get("/nothing/<script>")
    assert answer.status_code == 404
    assert "There is no page" in answer.text
    assert "<script>" not in answer.text.replace('<script src="', "")
    assert client_of().get("/api/nothing").json()["error"] == "there-is-nothing-here"


def test_a_value_of_the_wrong_form_is_told(client_of: ClientOf) -> None:
    answer = client_of().get("/api/search?limit=5000")
    assert answer.status_code == 422
    assert "limit" in answer.json()["message"]


def test_a_large_body_is_refused(client_of: ClientOf) -> None:
    client = client_of(desk_token=TOKEN)
    answer = client.post("/login", data={"token": "x" * 300_000}, headers={"Origin": "http://localhost:8620"})
    assert answer.status_code == 413


def test_a_fault_of_ours_shows_no_trace(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("inner secret")

    monkeypatch.setattr("pipeline.desk.api.suggest", fail)
    client.raise_server_exceptions = False  # type: ignore[attr-defined]
    client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    answer = client.get("/api/suggest?q=x")
    assert answer.status_code == 500
    assert "inner secret" not in answer.text
    assert "content-security-policy" in answer.headers


def test_who_asks_too_often_is_told_when_to_come_again(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=lambda: 1000.0)  # stands still, however slow the machine is
    monkeypatch.setattr("pipeline.desk.rates.time", clock)
    client = client_of()
    answers = [client.get("/api/suggest?q=") for _ in range(200)]
    assert answers[0].status_code == 200
    last = answers[-1]
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) >= 1


def test_a_bucket_lets_bursts_pass_and_fills_again() -> None:
    bucket = Buckets(burst=2, per_second=1.0)
    assert [bucket.take("a", 0.0), bucket.take("a", 0.0)] == [0, 0]
    assert bucket.take("a", 0.0) == pytest.approx(1.0)
    assert bucket.take("b", 0.0) == 0
    assert bucket.take("a", 1.0) == 0


def test_the_api_is_described(client_of: ClientOf) -> None:
    described: dict[str, Any] = client_of().get("/api/openapi.json").json()
    assert {
        "/api/search",
        "/api/suggest",
        "/api/live",
        "/api/rule",
        "/api/stories/{story_id}",
        "/api/stories/{story_id}/versions",
        "/api/stories/{story_id}/more",
    } <= set(described["paths"])
    assert not [path for path in described["paths"] if not path.startswith("/api/")]
    story = described["components"]["schemas"]["Story"]
    assert "headline" in story["properties"]
    schema = {"$ref": "#/components/schemas/Story", "components": described["components"]}
    jsonschema.Draft202012Validator.check_schema(schema)
    references = re.findall(r'"#/components/schemas/(\w+)"', str(described).replace("'", '"'))
    assert set(references) <= set(described["components"]["schemas"])
