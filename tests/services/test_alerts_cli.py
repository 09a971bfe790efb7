"""`dateline alerts` as a person uses it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from elasticsearch import Elasticsearch

from pipeline.alert_reading import AlertWatcher, list_alerts
from pipeline.alerts.alert import Alert, encode_alert
from pipeline.doctor import examine
from pipeline.documents.document import make_document
from pipeline.documents.indices import index_names
from pipeline.documents.state import State
from pipeline.errors import WrongUse
from pipeline.settings import Settings
from pipeline.story import Language, Story, Topic
from tests.conftest import run_here, wait_for

RULE = "title: The app\nwhen:\n  topics: [tiktok]\nchannels: [log, {channel}]\n"


class Shell:
    """Runs `dateline alerts` under settings of the test's own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.environment = os.environ | settings.environment()

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """In this process: exit code, standard output, standard error."""
        return run_here(self.settings, "alerts", *arguments)

    def run_alone(self, *arguments: str) -> tuple[int, str, str]:
        """In a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", "alerts", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", "alerts", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def shell(settings: Settings) -> Shell:
    return Shell(settings)


def alert(number: int, **more: Any) -> Alert:
    fields: dict[str, Any] = {
        "id": f"{number:032x}",
        "type": "alert",
        "rule": "tiktok",
        "title": "TikTok",
        "unit": f"aurora:{number}",
        "origin": f"aurora:{number}",
        "version": 1,
        "provider": "aurora",
        "headline": f"Headline {number}",
        "language": Language(code="de", confidence=0.99),
        "at": datetime.now(UTC) - timedelta(hours=number),
        "new": ("first report",),
        "channels": ("log",),
    }
    return Alert(**(fields | more))


def keep(elastic: Elasticsearch, settings: Settings, *alerts: Alert, **fields: Any) -> None:
    for it in alerts:
        document = json.loads(encode_alert(it)) | fields
        elastic.index(index=index_names(settings).alerts, id=it.id, document=document, refresh=True)


def keep_story(elastic: Elasticsearch, settings: Settings, number: int, **more: Any) -> None:
    fields: dict[str, Any] = {
        "headline": f"Headline {number}",
        "received": datetime.now(UTC) - timedelta(days=number),
    } | more
    story = Story(id=f"aurora:{number}", guid=str(number), provider="aurora", **fields)
    document = make_document(State(story), indexed_at=datetime.now(UTC))
    body = json.loads(msgspec.json.encode(document))
    elastic.index(index=index_names(settings).everything, id=story.id, document=body, refresh=True)


def test_alerts_are_listed_shown_and_acknowledged(shell: Shell, settings: Settings, elastic: Elasticsearch) -> None:
    assert shell.run("list") == (1, "", "No alerts.\n")
    keep(elastic, settings, alert(2), alert(1), alert(50, rule="us-china"))
    keep(elastic, settings, alert(3), recalled="f" * 32)
    code, text, _ = shell.run("list")
    rows = [line.split("\t") for line in text.splitlines()]
    assert (code, [row[1] for row in rows]) == (0, ["tiktok", "tiktok", "tiktok", "us-china"])
    assert rows[0][2:] == ["alert", "de", "Headline 1", "first report", "", alert(1).id]
    assert rows[2][6] == "recalled"
    assert len(shell.run("list", "--since", "1d")[1].splitlines()) == 3
    assert len(shell.run("list", "--rule", "us-china")[1].splitlines()) == 1

    missing = "e" * 32
    code, _, said = shell.run("ack", alert(1).id, missing, "--note", "called the desk")
    assert code == 1
    assert f"Acknowledged {alert(1).id}." in said
    assert f"no alert {missing}" in said
    code, text, _ = shell.run("list", "--open", "--since", "1d", "--json")
    assert [json.loads(line)["id"] for line in text.splitlines()] == [alert(2).id]
    assert "already" in shell.run("ack", alert(1).id)[2]

    delivery = {"alert": alert(1).id, "channel": "desk-mail", "rule": "tiktok", "type": "alert"}
    fields = {"status": "dead", "tries": 2, "reason": "expected 2xx, got 410", "at": "2026-11-12T12:00:00Z"}
    elastic.index(index=index_names(settings).deliveries, document=delivery | fields, refresh=True)
    code, text, _ = shell.run("show", alert(1).id)
    assert code == 0
    assert text.startswith("ALERT TikTok: Headline 1\n")
    assert "called the desk" in text
    assert "desk-mail\tdead\t2\t" in text
    assert "got 410" in text
    assert json.loads(shell.run("show", alert(1).id, "--json")[1])["alert"]["acknowledged"]["note"] == "called the desk"
    assert shell.run("show", missing)[0] == 1
    assert ("note", "1 given up") in {(it.state, it.found) for it in examine(settings) if it.check == "deliveries"}


def test_alerts_are_read_page_by_page_and_watched(settings: Settings, elastic: Elasticsearch) -> None:
    names = index_names(settings)
    keep(elastic, settings, *(alert(number, at=datetime(2026, 11, 12, number // 2, tzinfo=UTC)) for number in range(7)))
    first = list_alerts(elastic, names, limit=3)
    second = list_alerts(elastic, names, limit=3, after=first.next)
    third = list_alerts(elastic, names, limit=3, after=second.next)
    found = [row.alert.origin for page in (first, second, third) for row in page.alerts]
    assert found == [f"aurora:{number}" for number in (6, 5, 4, 3, 2, 1, 0)]
    assert (first.total, third.next) == (7, None)
    with pytest.raises(WrongUse):
        list_alerts(elastic, names, after="nonsense")

    watcher = AlertWatcher(elastic, names, datetime(2026, 11, 12, 3, tzinfo=UTC))
    assert [row.alert.origin for row in watcher.look()] == ["aurora:6"]
    keep(elastic, settings, alert(9, at=datetime(2026, 11, 12, 2, 59, 55, tzinfo=UTC)))
    assert [row.alert.origin for row in watcher.look()] == ["aurora:9"]
    assert watcher.look() == []


@pytest.fixture
def tailing(shell: Shell) -> Iterator[subprocess.Popen[str]]:
    with shell.start("tail") as process:
        yield process
        process.kill()


def test_tail_shows_each_alert_once_and_ends_quietly(
    tailing: subprocess.Popen[str], settings: Settings, elastic: Elasticsearch
) -> None:
    keep(elastic, settings, alert(9), alert(1, at=datetime.now(UTC) + timedelta(seconds=20)))
    assert tailing.stdout is not None
    assert "Headline 1" in tailing.stdout.readline()
    keep(elastic, settings, alert(2, at=datetime.now(UTC) + timedelta(seconds=15)))
    assert "Headline 2" in tailing.stdout.readline()
    tailing.send_signal(signal.SIGINT)
    assert wait_for(lambda: tailing.poll() is not None, seconds=20)
    assert (tailing.returncode, tailing.communicate()) == (0, ("", ""))


def test_a_rule_is_checked_rehearsed_and_explained(
    shell: Shell, settings: Settings, elastic: Elasticsearch, tmp_path: Path
) -> None:
    good = tmp_path / "the-app.yaml"
    good.write_text(RULE.format(channel="log"))
    assert shell.run("check", str(good)) == (0, f"{good}\tok\t\t\t\n", "")
    tiktok = (Topic(id="tiktok", name="TikTok", score=1.0, source="terms"),)
    german = Language(code="de", confidence=1.0)
    keep_story(elastic, settings, 1, topics=tiktok, language=german)
    keep_story(elastic, settings, 2, topics=tiktok)
    keep_story(elastic, settings, 3, pubstatus="canceled", topics=tiktok)
    keep_story(elastic, settings, 4)
    keep_story(elastic, settings, 40, topics=tiktok)

    code, text, said = shell.run("rehearse", str(good), "--json")
    found = json.loads(text)
    assert (code, found["stories"], found["total"]) == (0, 2, 2)
    assert [it["origin"] for it in found["alerts"]] == ["aurora:2", "aurora:1"]
    assert [it["languages"] for it in found["days"]] == [{"und": 1}, {"de": 1}]
    code, text, said = shell.run("rehearse", str(good), "--limit", "1")
    assert [line.split("\t")[1:] for line in text.splitlines()] == [
        ["de", "Headline 1", "first report"],
        ["1", "und 1"],
        ["1", "de 1"],
    ]
    assert "the newest 1 shown; nothing was sent" in said
    assert elastic.count(index=index_names(settings).alerts)["count"] == 0
    assert shell.run("rehearse", str(good), "--since", "1h")[0] == 1

    keep(elastic, settings, alert(1, rule="tiktok"))
    code, text, said = shell.run("explain", "aurora:1")
    assert code == 0
    assert "tiktok: matches\n  yes topics: TikTok\n" in text
    assert "us-china: no\n" in text
    assert alert(1).id in text
    code, text, _ = shell.run("explain", "aurora:4", "--json")
    rules = {it["rule"]: it for it in json.loads(text)["rules"]}
    assert (rules["tiktok"]["matches"], rules["tiktok"]["verdicts"][0]["holds"]) == (False, False)
    assert shell.run("explain", "aurora:99")[0] == 1


@pytest.fixture
def offline(tmp_path: Path) -> Shell:
    """Without any server, with a channels file."""
    channels = tmp_path / "channels.yaml"
    channels.write_text(
        "archive: {type: file, path: out/alerts.jsonl}\n"
        "gone: {type: webhook, url: 'http://127.0.0.1:9/', secret_file: secret, timeout: 2}\n"
    )
    (tmp_path / "secret").write_text("0123456789abcdef0123456789abcdef")
    return Shell(Settings(home=tmp_path / "home", channels=channels))


def test_check_says_line_problem_and_remedy(offline: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "fine.yaml").write_text(RULE.format(channel="archive"))
    (folder / "lost.yaml").write_text(RULE.format(channel="desk-mail"))
    (folder / "wrong.yaml").write_text(RULE.format(channel="log").replace("[tiktok]", "[tik tok]"))
    code, text, _ = offline.run("check", str(folder), "--json")
    files = {Path(it["file"]).name: it for it in json.loads(text)["files"]}
    assert (code, [it["ok"] for it in files.values()]) == (1, [True, False, False])
    assert "desk-mail" in files["lost.yaml"]["problem"]
    assert files["lost.yaml"]["remedy"] == "known are archive, gone, log"
    assert (files["wrong.yaml"]["line"], "tik tok" in files["wrong.yaml"]["problem"]) == (3, True)
    assert offline.run("check", str(folder / "fine.yaml"))[0] == 0
    assert offline.run("check", str(tmp_path / "channels.yaml"), str(tmp_path / "secret"))[0] == 1
    assert offline.run("check", str(tmp_path / "none.yaml"))[0] == 2
    code, _, said = offline.run("rehearse", str(folder / "wrong.yaml"))
    assert (code, "line 3" in said) == (2, True)


def test_test_says_whether_a_channel_delivers(offline: Shell, tmp_path: Path) -> None:
    code, _, said = offline.run_alone("test", "archive")
    assert (code, said) == (0, "archive: delivered.\n")
    (line,) = (tmp_path / "out" / "alerts.jsonl").read_text().splitlines()
    assert json.loads(line)["type"] == "test"
    code, _, said = offline.run_alone("test", "gone")
    assert (code, said.startswith("gone: not delivered: ")) == (1, True)
    code, _, said = offline.run("test", "desk-mail")
    assert (code, "known are log, archive, gone" in said) == (2, True)


def test_doctor_names_broken_rules_and_channels_that_are_not_there(servers: Settings, tmp_path: Path) -> None:
    (tmp_path / "lost.yaml").write_text(RULE.format(channel="desk-mail"))
    (tmp_path / "wrong.yaml").write_text("title: Wrong\nwhen: {topcs: [tiktok]}\n")
    found = {it.check: it for it in examine(replace(servers, rules=tmp_path))}
    assert found["rules"].found == "6 in force"
    assert (found["rule wrong"].state, found["rule wrong"].found[:7]) == ("bad", "line 2:")
    assert (found["channel desk-mail"].state, "lost" in found["channel desk-mail"].found) == ("bad", True)
    assert found["channels"].found == "log (log)"
    (tmp_path / "channels.yaml").write_text("desk-mail: {type: pigeon}\n")
    broken = {it.check: it for it in examine(replace(servers, channels=tmp_path / "channels.yaml"))}
    assert (broken["channels"].state, "line 1" in broken["channels"].found) == ("bad", True)
