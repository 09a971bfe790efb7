"""When alerts come: bursts, what was never named before, digests, quiet hours; on a running pipeline that all cases share.

Each case has a provider and a rule of its own, so that none hears of another's stories.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pipeline.documents.indices import index_names
from pipeline.feeds.files import Copy
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect
from tests.conftest import Pipeline, installation, running, wait_for

RULES = {
    "burst": "when: {providers: [burst], burst: {stories: 3, within: 1h}}\n",
    "newcomers": "when: {providers: [newcomers], new_term: {of: countries, days: 30}}\n",
    "digest": "when: {providers: [digest]}\ndigest: {every: 6s}\n",
}


class Desk:
    """What arrives at the desk's webhook, and the pipeline that sends it there."""

    def __init__(self, pipeline: Pipeline, calls: list[dict[str, Any]]) -> None:
        self.pipeline = pipeline
        self.settings = pipeline.settings
        self.calls = calls
        self.client, self.names = connect(self.settings), index_names(self.settings)

    def send(self, provider: str, *texts: str, guids: str = "", **more: Any) -> None:
        """Stories of a provider, under guids that count on."""
        stories = [
            {"guid": f"{guids}{number}", "provider": provider, "version": 1, "headline": text, "body": text} | more
            for number, text in enumerate(texts)
        ]
        self.pipeline.feed(
            *(Copy(json.dumps(story).encode(), source="test", content_type="application/json") for story in stories)
        )

    def alerts(self, rule: str) -> list[dict[str, Any]]:
        """The alerts that came, those of digests among them."""
        return [alert for call in list(self.calls) for alert in call.get("alerts", [call]) if alert["rule"] == rule]

    def origins(self, rule: str) -> list[str]:
        return sorted(alert["origin"] for alert in self.alerts(rule))

    def times_rules_were_read(self) -> int:
        return sum("rules in force" in line for line in self.pipeline.lines)

    def deliveries(self, rule: str) -> list[dict[str, Any]]:
        self.client.indices.refresh(index=self.names.deliveries)
        found = self.client.search(index=self.names.deliveries, query={"term": {"rule": rule}}, size=100)
        return [hit["_source"] for hit in found["hits"]["hits"]]


@pytest.fixture(scope="session")
def calls() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a webhook, and what was posted there and when."""
    bodies: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            bodies.append(body | {"arrived": datetime.now(UTC)})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", bodies
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def desk(
    servers: Settings, calls: tuple[str, list[dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("rhythm")
    (folder / "secret").write_text("0123456789abcdef0123456789abcdef")
    (folder / "channels.yaml").write_text(f"desk: {{type: webhook, url: '{calls[0]}', secret_file: secret}}\n")
    rules = folder / "rules"
    rules.mkdir()
    for name, text in RULES.items():
        (rules / f"{name}.yaml").write_text(f"title: {name}\nchannels: [desk]\n{text}")
    with (
        installation(servers) as settings,
        running(replace(settings, rules=rules, channels=folder / "channels.yaml"), folder) as pipeline,
    ):
        yield Desk(pipeline, calls[1])


@pytest.fixture(scope="session", autouse=True)
def quiet_end(desk: Desk) -> datetime:
    """When the quiet hours end in which stories have come; begun before the other cases, since hours end on a full minute."""
    desk.send("nobody", "All workers are up once this has its outcome.")
    desk.pipeline.settle()
    wait_for(lambda: desk.times_rules_were_read() >= 2, seconds=60, what="keep and notify to start")
    now = datetime.now(UTC)
    end = (now + timedelta(seconds=84)).replace(second=0, microsecond=0)
    hours = f"{{from: '{now - timedelta(hours=1):%H:%M}', to: '{end:%H:%M}', unless_urgency: 2}}"
    assert desk.settings.rules is not None
    read = desk.times_rules_were_read()
    (desk.settings.rules / "quiet.yaml").write_text(
        f"title: quiet\nchannels: [desk]\nwhen: {{providers: [quiet]}}\nquiet: {hours}\n"
    )
    wait_for(lambda: desk.times_rules_were_read() >= read + 2, seconds=20, what="keep and notify to read the rule")
    desk.send("quiet", "A bank fails.", urgency=1, guids="urgent-")
    desk.send("quiet", "A bank is fined.", "A bank opens.", urgency=4)
    desk.pipeline.settle()
    assert datetime.now(UTC) < end, "the machine was too slow to send stories before the quiet hours' end"
    return end


def test_a_burst_is_told_once_by_the_story_that_makes_it_full(desk: Desk) -> None:
    desk.send("burst", "Rain falls in the north.", "Snow falls in the south.")
    desk.pipeline.settle()
    assert desk.alerts("burst") == []
    desk.send("burst", "Hail falls in the east.", "Fog lies in the west.", guids="more-")
    wait_for(lambda: desk.alerts("burst"), seconds=30, what="the alert of the burst")
    desk.send("burst", "Hail falls in the east.", guids="more-")  # the third once more
    desk.pipeline.settle()
    (alert,) = desk.alerts("burst")
    assert alert["origin"] in ("burst:more-0", "burst:more-1")
    assert [it["status"] for it in desk.deliveries("burst")] == ["sent"]


def test_who_was_named_before_is_no_news(desk: Desk) -> None:
    for number, text in enumerate(
        ("France plans a new bridge.", "Bridges in France are old.", "Japan and France plan a bridge together.")
    ):
        desk.send("newcomers", text, guids=f"{number}-")
        desk.pipeline.settle()
    wait_for(lambda: len(desk.alerts("newcomers")) >= 2, seconds=30, what="both alerts")
    first, third = desk.alerts("newcomers")
    assert (first["origin"], third["origin"]) == ("newcomers:0-0", "newcomers:2-0")
    terms = [reason["what"] for reason in third["reasons"] if reason["condition"] == "new_term"]
    assert len(terms) == 1
    assert "Japan" in terms[0] or "JP" in terms[0]


def test_a_digest_brings_the_alerts_of_its_time_in_one_message(desk: Desk) -> None:
    desk.send("digest", "A port opens.", "A port closes.", "A port is built.")
    wait_for(lambda: len(desk.alerts("digest")) == 3, seconds=40, what="the alerts of the digest")
    assert desk.origins("digest") == [f"digest:{number}" for number in range(3)]
    digests = [call for call in desk.calls if call.get("alerts") and call["alerts"][0]["rule"] == "digest"]
    assert sum(len(call["alerts"]) for call in digests) == 3
    assert len(digests) <= 2  # the interval may have ended between two of the stories
    assert all("held back (digest)" in call["title"] for call in digests)


@pytest.mark.late
def test_quiet_hours_hold_back_all_but_the_urgent_and_end_by_themselves(desk: Desk, quiet_end: datetime) -> None:
    wait_for(lambda: len(desk.deliveries("quiet")) == 3, seconds=20, what="the deliveries")
    statuses = {it["alert"]: (it["reason"], it["due"]) for it in desk.deliveries("quiet")}
    wait_for(lambda: len(desk.alerts("quiet")) == 3, seconds=120, what="the alerts that were held back")
    arrivals = [call for call in desk.calls if "quiet" in {it["rule"] for it in call.get("alerts", [call])}]
    urgent, digest = arrivals
    assert (urgent["origin"], urgent["urgency"]) == ("quiet:urgent-0", 1)
    assert urgent["arrived"] < quiet_end <= digest["arrived"]
    assert digest["title"] == "quiet: 2 held back (quiet hours)"
    assert {statuses[alert["id"]] for alert in digest["alerts"]} == {("quiet hours", quiet_end.isoformat())}
