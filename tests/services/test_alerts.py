"""Alerts on real servers: the day of a desk, told step by step, and what must hold whatever happens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.alerts.alert import Alert, decode_alert
from pipeline.documents.indices import index_names
from pipeline.feeds.files import Copy
from pipeline.replaying import replay_stream
from pipeline.settings import Settings
from tests.conftest import Pipeline, running, wait_for

CHANNELS = """\
desk: {{type: file, path: {folder}/desk.jsonl}}
broken: {{type: webhook, url: "http://127.0.0.1:9/hook", secret_env: DATELINE_TEST_SECRET}}
"""
SANCTIONS = """\
title: New sanctions
when: {sanction: {action: [impose, extend, tighten, lift, ease], new: true}}
channels: [desk]
"""
TIKTOK = """\
title: TikTok
when: {topics: [tiktok]}
channels: [desk]
"""
EN = ("EU imposes new sanctions on Iran", "BRUSSELS - The European Union imposed new sanctions on Iran on Monday.")
RU = ("ЕС ввел новые санкции против Ирана", "Брюссель. Евросоюз в понедельник ввел новые санкции против Ирана.")
APP = (
    "Senators want answers from TikTok",
    (
        "WASHINGTON - Senators asked TikTok on Tuesday how it guards the data of users in the United States from its Chinese owner ByteDance. "
        "The company said it would answer within two weeks, as the law on its sale demands."
    ),
)


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with two rules of our own (the shipped ones of their names replaced) and a channel into a file."""
    monkeypatch.setenv("DATELINE_TEST_SECRET", "not-so-secret-at-all")
    rules = tmp_path / "rules"
    rules.mkdir()
    shipped = ("sanctions-lifted", "us-china", "list-additions")
    for name, text in {"new-sanctions": SANCTIONS, "tiktok": TIKTOK}.items():
        (rules / f"{name}.yaml").write_text(text)
    for name in shipped:
        (rules / f"{name}.yaml").write_text("title: off\nenabled: false\nwhen: {topics: [tiktok]}\n")
    channels = tmp_path / "channels.yaml"
    channels.write_text(CHANNELS.format(folder=tmp_path))
    return replace(settings, rules=rules, channels=channels)


@pytest.fixture
def wire(desk: Settings, tmp_path: Path) -> Iterator[Pipeline]:
    with running(desk, tmp_path) as pipeline:
        yield pipeline


def copy(text: tuple[str, str], guid: str, *, provider: str = "aurora", version: int = 1, **more: Any) -> Copy:
    story = {"guid": guid, "provider": provider, "version": version, "headline": text[0], "body": text[1]} | more
    return Copy(json.dumps(story).encode(), source="test", content_type="application/json")


def delivered(folder: Path) -> list[Alert]:
    """What came out of the channel, in order."""
    file = folder / "desk.jsonl"
    whole = file.read_bytes().rpartition(b"\n")[0] if file.exists() else b""  # a line may be just being written
    return [decode_alert(line) for line in whole.splitlines()]


def kinds(folder: Path) -> list[tuple[str, str, str]]:
    return [(alert.type, alert.rule, alert.origin) for alert in delivered(folder)]


def settle(wire: Pipeline, folder: Path, count: int) -> list[tuple[str, str, str]]:
    """All that was fed has its outcome, and so many deliveries were made; a moment more brings none."""
    wire.settle()
    wait_for(lambda: len(delivered(folder)) >= count, seconds=30, what=f"{count} deliveries, have {kinds(folder)}")
    return kinds(folder)


def test_the_day_of_a_desk(wire: Pipeline, elastic: Elasticsearch, tmp_path: Path) -> None:
    names = index_names(wire.settings)
    story: list[tuple[str, str, str]] = []

    # flash: one alert, with what is new and the phrase that said so
    wire.feed(copy(EN, "flash"))
    story.append(("alert", "new-sanctions", "aurora:flash"))
    assert settle(wire, tmp_path, 1) == story
    flash = delivered(tmp_path)[0]
    assert (flash.new, flash.unit, flash.title) == (("first report",), "EU:IR:impose", "New sanctions")
    mention = next(reason.mention for reason in flash.reasons if reason.condition == "sanction")
    assert mention is not None
    assert "sanctions on Iran" in mention.text

    # update without anything new, and a second agency in Russian: no alert, but one more source
    wire.feed(copy((EN[0], EN[1] + " Ministers met in Brussels."), "flash", version=2))
    wire.feed(copy(RU, "vtoraya", provider="vestnik"))
    assert settle(wire, tmp_path, 1) == story
    sources = elastic.get(index=names.alerts, id=flash.id)["_source"]["sources"]
    assert [(source["story_id"], source["language"]) for source in sources] == [("vestnik:vtoraya", "ru")]

    # a measure that nobody told: it alerts again and says what
    wire.feed(copy((EN[0], EN[1] + " The EU also imposed an arms embargo on Iran on Monday."), "flash", version=3))
    story.append(("alert", "new-sanctions", "aurora:flash"))
    assert settle(wire, tmp_path, 2) == story
    assert "also arms embargo" in delivered(tmp_path)[1].new

    # correction: to the channel that got the alerts, one for each
    wire.feed(copy(EN, "flash", version=4, correction="Corrects the day.", signals=["correction"]))
    story += [("correction", "new-sanctions", "aurora:flash")] * 2
    assert settle(wire, tmp_path, 4) == story
    assert {alert.of for alert in delivered(tmp_path)[2:4]} == {flash.id, delivered(tmp_path)[1].id}
    assert delivered(tmp_path)[2].note == "Corrects the day."

    # kill: recalls, and the alerts are marked; a late version says nothing more
    wire.feed(copy(EN, "flash", version=5, pubstatus="canceled", ed_note="Withdrawn by the source."))
    story += [("recall", "new-sanctions", "aurora:flash")] * 2
    assert settle(wire, tmp_path, 6) == story
    assert delivered(tmp_path)[-1].note == "Withdrawn by the source."
    elastic.indices.refresh(index=names.alerts)
    assert elastic.get(index=names.alerts, id=flash.id)["_source"]["recalled"]
    wire.feed(copy(EN, "flash", version=6))
    assert settle(wire, tmp_path, 6) == story

    # embargo: the alert comes with the lift
    ends = datetime.now(UTC) + timedelta(seconds=6)
    wire.feed(copy(APP, "app", embargoed=ends.isoformat()))
    wire.settle()
    if datetime.now(UTC) < ends:
        assert kinds(tmp_path) == story
    story.append(("alert", "tiktok", "aurora:app"))
    assert settle(wire, tmp_path, 7) == story
    assert delivered(tmp_path)[-1].at >= ends

    # near-copy by another agency: a source, no alert
    wire.feed(copy(APP, "copy", provider="halcyon"))
    assert settle(wire, tmp_path, 7) == story
    last = elastic.get(index=names.alerts, id=delivered(tmp_path)[-1].id)["_source"]
    assert [source["story_id"] for source in last["sources"]] == ["halcyon:copy"]

    # the whole day once more: nothing
    wire.feed(copy(EN, "flash"), copy(RU, "vtoraya", provider="vestnik"), copy(APP, "app", embargoed=ends.isoformat()))
    wire.feed(copy(EN, "flash", version=5, pubstatus="canceled", ed_note="Withdrawn by the source."))
    assert settle(wire, tmp_path, 7) == story
    assert len({alert.id for alert in delivered(tmp_path)}) == 7


def test_two_workers_and_agencies_at_the_same_moment_make_one_alert(desk: Settings, tmp_path: Path) -> None:
    with running(desk, tmp_path, workers=2) as wire:
        wire.feed(*(copy(EN, f"r{number}", provider=f"agency{number}") for number in range(24)))
        wire.feed(*(copy(RU, f"r{number}", provider=f"agency{number + 24}") for number in range(6)))
        assert len(settle(wire, tmp_path, 1)) == 1


def test_a_broken_channel_delays_no_other_and_is_tried_again(
    desk: Settings, elastic: Elasticsearch, tmp_path: Path
) -> None:
    (desk.rules / "new-sanctions.yaml").write_text(SANCTIONS.replace("[desk]", "[broken, desk, nowhere]"))  # type: ignore[operator]
    names = index_names(desk)
    with running(desk, tmp_path) as wire:
        wire.feed(copy(EN, "flash"))
        (alert,) = settle(wire, tmp_path, 1)
        assert alert == ("alert", "new-sanctions", "aurora:flash")

        def states() -> dict[str, str]:
            elastic.indices.refresh(index=names.deliveries)
            hits = elastic.search(index=names.deliveries)["hits"]["hits"]
            return {hit["_source"]["channel"]: hit["_source"]["status"] for hit in hits if hit["_source"]["tries"]}

        wait_for(lambda: len(states()) == 3, what="three attempts")
        assert states() == {"broken": "pending", "desk": "sent", "nowhere": "dead"}
        elastic.indices.refresh(index=names.due)
        (task,) = [
            hit for hit in elastic.search(index=names.due)["hits"]["hits"] if "broken" in hit["_source"]["subject"]
        ][:1]
        assert task["_source"]["what"] == "deliver"


def test_what_a_rule_holds_back_goes_out_together(desk: Settings, tmp_path: Path) -> None:
    rule = TIKTOK + "throttle: {at_most: 1, every: 8s}\n"
    (desk.rules / "tiktok.yaml").write_text(rule)  # type: ignore[operator]
    texts = [
        (f"{headline} TikTok", f"WASHINGTON - {body} TikTok, an app of the Chinese firm ByteDance with users in the United States.")
        for headline, body in (
            ("Court hears", "Judges asked lawyers on Monday many questions about the ban of"),
            ("Governor signs", "A law of the state of Montana keeps civil servants from using"),
            ("Chinese ministry on", "Beijing said on Wednesday that it would never allow a forced sale of"),
        )
    ]  # fmt: skip
    with running(desk, tmp_path) as wire:
        wire.feed(*(copy(text, f"t{number}") for number, text in enumerate(texts)))
        wire.settle()

        def told() -> list[Alert]:
            return [alert for alert in delivered(tmp_path) if alert.rule == "tiktok"]

        wait_for(lambda: len(told()) == 3, seconds=40, what="the held alerts")
        assert {alert.origin for alert in told()} == {f"aurora:t{number}" for number in range(3)}


def test_a_broken_rule_leaves_the_others_and_its_last_good_version(desk: Settings, tmp_path: Path) -> None:
    with running(desk, tmp_path) as wire:
        wire.feed(copy(EN, "one"))
        settle(wire, tmp_path, 1)
        (desk.rules / "new-sanctions.yaml").write_text("title: x\nwhen: {sanktion: {}}\n")  # type: ignore[operator]
        wait_for(
            lambda: any("broken rule" in line for line in wire.lines), seconds=20, what="the broken rule in the log"
        )
        wire.feed(copy((EN[0].replace("Iran", "Belarus"), EN[1].replace("Iran", "Belarus")), "two"))
        assert [it[2] for it in settle(wire, tmp_path, 2)] == ["aurora:one", "aurora:two"]

        # what is sent again alerts by a rule that is new only where that is asked for
        (desk.rules / "iran.yaml").write_text("title: Iran\nwhen: {countries: [IR]}\nchannels: [desk]\n")  # type: ignore[operator]
        wait_for(
            lambda: any("count=3" in line for line in map(_plain, wire.lines)), seconds=20, what="the new rule in force"
        )
        assert replay_stream(desk, "wire.raw", since=None, alerts=False) == 2
        assert len(settle(wire, tmp_path, 2)) == 2
        assert replay_stream(desk, "wire.raw", since=None, alerts=True) == 2
        assert settle(wire, tmp_path, 3)[2:] == [("alert", "iran", "aurora:one")]


def _plain(line: str) -> str:
    """A log line without its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line)
