"""The desk's HTTP API, served over HTTP on a real Elasticsearch."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import msgspec
import pytest
import uvicorn
import yaml

from pipeline.alerts.rules.parsing import parse_rule
from pipeline.desk.app import create_app
from pipeline.desk.listening import address_of, listening, open_socket
from pipeline.desk.state import Desk
from pipeline.documents.document import make_document
from pipeline.documents.ranking import version_id
from pipeline.documents.state import State
from pipeline.enrich import enrich
from pipeline.settings import Settings
from pipeline.story import Story
from tests.conftest import installation

NOW = datetime.now(UTC)
KILL = Story(
    id="desk:killed", guid="killed", provider="desk", version=2, pubstatus="canceled", ed_note="Not so", headline="Kill"
)


def made(guid: str, headline: str, **fields: Any) -> Story:
    story = Story(id=f"desk:{guid}", guid=guid, provider="desk", headline=headline, body=f"{headline}.", **fields)
    return enrich(msgspec.structs.replace(story, received=story.received or NOW), thorough=False)


class Served:
    """A desk that is served, and its index."""

    def __init__(self, desk: Desk, url: str) -> None:
        self.desk = desk
        self.http = httpx2.Client(base_url=url, timeout=30)

    def put(self, *stories: Story, kill: Story | None = None) -> None:
        """Indexes stories as KEEP does."""
        client, names = self.desk.client, self.desk.names
        for story in stories:
            document = make_document(State(story, kill), indexed_at=datetime.now(UTC))
            client.index(index=names.everything, id=story.id, document=msgspec.to_builtins(document))
            client.index(index=names.all_versions, id=version_id(story), document=story.to_dict())
        client.indices.refresh(index=[names.everything, names.all_versions])

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON of an address."""
        answer = self.http.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def served(servers: Settings) -> Iterator[Served]:
    """A desk on a small wire."""
    with installation(servers) as own:
        desk, bound = Desk.connect(own), open_socket("127.0.0.1", None)
        server = uvicorn.Server(
            uvicorn.Config(create_app(own, listening(own), desk), log_config=None, access_log=False)
        )
        bound.listen()
        thread = threading.Thread(target=lambda: server.run(sockets=[bound]))
        thread.start()
        try:
            served = Served(desk, address_of(bound))
            served.put(
                made("en", "EU imposes economic sanctions on Russia's Rosneft"),
                made("de", "EU verhängt Wirtschaftssanktionen gegen Rosneft", received=NOW - timedelta(minutes=1)),
                made("football", "Striker scores twice in cup final", received=NOW - timedelta(minutes=2)),
                made("odd/id?x#y", "Ministers meet in Oslo", received=NOW - timedelta(minutes=3)),
            )
            served.put(made("killed", "Striker leaves club"), kill=KILL)
            yield served
            served.http.close()
        finally:
            desk.close()
            server.should_exit = True
            thread.join()
            desk.client.close()


def test_a_search_finds_counts_and_understands(served: Served) -> None:
    found = served.get("/api/search", q="Rosneft sanctions", facets=True)
    assert {story["id"] for story in found["stories"]} == {"desk:en", "desk:de"}
    assert found["total"] == 2
    assert {bucket["value"] for bucket in found["facets"]["language"]} == {"en", "de"}
    assert sum(bar["count"] for bar in found["histogram"]) == 2
    assert "Rosneft" in {it["name"] for it in found["understood"]}
    assert served.get("/api/search", q="Rosneft sanctions", lang="de")["total"] == 1


def test_pages_follow_each_other(served: Served) -> None:
    first = served.get("/api/search", limit=2)
    second = served.get("/api/search", limit=2, after=first["next"])
    ids = [story["id"] for page in (first, second) for story in page["stories"]]
    assert ids == ["desk:en", "desk:de", "desk:football", "desk:odd/id?x#y"]
    assert second["next"] is None


def test_a_killed_story_is_found_by_its_id_alone(served: Served) -> None:
    assert served.get("/api/search", q="striker")["total"] == 1
    story = served.get("/api/stories/desk:killed")
    assert (story["pubstatus"], story["kill_note"]) == ("canceled", "Not so")


def test_any_id_has_an_address(served: Served) -> None:
    assert served.get("/api/stories/desk:odd%2Fid%3Fx%23y")["headline"] == "Ministers meet in Oslo"
    (version,) = served.get("/api/stories/desk:odd%2Fid%3Fx%23y/versions")["versions"]
    assert version["headline"] == "Ministers meet in Oslo"
    page = served.http.get("/story/desk:odd%2Fid%3Fx%23y")
    assert "Ministers meet in Oslo" in page.text


def test_stories_like_one(served: Served) -> None:
    assert served.get("/api/stories/desk:en/more")["stories"][0]["id"] == "desk:de"


@pytest.mark.parametrize("path", ["/api/stories/desk:no", "/api/stories/desk:no/versions", "/api/stories/desk:no/more"])
def test_a_story_that_is_not_there_is_told(served: Served, path: str) -> None:
    answer = served.http.get(path)
    assert answer.status_code == 404
    assert "desk:no" in answer.json()["message"]


def test_suggestions_go_on_with_what_is_typed(served: Served) -> None:
    labels = [it["label"] for it in served.get("/api/suggest", q="sanctions on rosn")["suggestions"]]
    assert "Rosneft" in labels


def test_a_search_is_an_alert_rule_or_says_what_is_in_the_way(served: Served) -> None:
    answer = served.http.get("/api/rule", params={"q": "Rosneft sanctions", "name": "rosneft"})
    assert answer.headers["content-type"].startswith("application/yaml")
    assert yaml.safe_load(answer.text)["title"]
    assert parse_rule("rosneft", answer.text)
    answer = served.http.get("/api/rule", params={"q": "is:killed"})
    assert answer.status_code == 400
    assert "killed" in answer.json()["message"]


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """The events of a stream."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_what_becomes_searchable_is_told_to_who_asked_for_it(served: Served) -> None:
    with served.http.stream("GET", "/api/live", params={"q": "lang:fr"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = events(answer.iter_lines())
        served.put(
            made("late-en", "Cup final goes to penalties"),
            made("late-fr", "L'Union européenne impose des sanctions à la Russie"),
        )
        name, story = next(told)
        assert (name, story["id"]) == ("story", "desk:late-fr")
        served.put(made("late-fr", "Sanctions contre la Russie"), kill=msgspec.structs.replace(KILL, id="desk:late-fr"))
        name, story = next(told)
        assert (story["id"], story["pubstatus"]) == ("desk:late-fr", "canceled")
