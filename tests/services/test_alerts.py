"""Alerts on real servers: the day of a desk, told step by step, and what must hold whatever happens."""

from __future__ import annotations

import json
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
from tests.conftest import Pipeline, forgetting, installation, running, wait_for

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


OFF = "title: off\nenabled: false\nwhen: {topics: [tiktok]}\n"
RULES = {
    "new-sanctions": SANCTIONS,
    "tiktok": TIKTOK,
    **dict.fromkeys(("sanctions-lifted", "us-china", "list-additions"), OFF),
}
"""Two rules of our own, and the shipped ones replaced."""


class Desk:
    """A running pipeline with two workers of each role, its rules, and what came out of its channel into a file."""

    def __init__(self, pipeline: Pipeline, folder: Path) -> None:
        self.pipeline, self.settings, self.names = pipeline, pipeline.settings, index_names(pipeline.settings)
        self._rules, self._file = folder / "rules", folder / "desk.jsonl"
        self._begin = 0

    def begin(self) -> None:
        """What came out so far is not this test's."""
        self._begin = len(self._lines())

    def _lines(self) -> list[bytes]:
        # A line may be just being written.
        return self._file.read_bytes().rpartition(b"\n")[0].splitlines() if self._file.exists() else []

    def feed(self, *copies: Copy) -> None:
        self.pipeline.feed(*copies)

    def delivered(self) -> list[Alert]:
        """What came out of the channel, in order."""
        return [decode_alert(line) for line in self._lines()[self._begin :]]

    def kinds(self) -> list[tuple[str, str, str]]:
        return [(alert.type, alert.rule, alert.origin) for alert in self.delivered()]

    def settle(self, count: int) -> list[tuple[str, str, str]]:
        """All that was fed has its outcome, and so many deliveries were made; a moment more brings none."""
        self.pipeline.settle()
        wait_for(lambda: len(self.delivered()) >= count, seconds=30, what=f"{count} deliveries, have {self.kinds()}")
        return self.kinds()

    def rule(self, name: str, text: str | None) -> None:
        """Changes a rule's file, or removes it; returns once both KEEP and NOTIFY have read that."""
        file, read = self._rules / f"{name}.yaml", self.pipeline.times_logged("rules in force")
        if text is None:
            file.unlink()
        else:
            (self._rules / "new").write_text(text)
            (self._rules / "new").replace(file)  # at once, so that each reads it once
        self.await_rules(read + 3)

    def await_rules(self, times: int) -> None:
        """Waits until workers have read rules so many times."""
        wait_for(
            lambda: self.pipeline.times_logged("rules in force") >= times, what="both KEEP and NOTIFY to read rules"
        )

    def reset_rules(self) -> None:
        """The rules as they were in the beginning."""
        for file in self._rules.glob("*.yaml"):
            if RULES.get(file.stem) != file.read_text():
                self.rule(file.stem, RULES.get(file.stem))


@pytest.fixture(scope="module")
def shared_desk(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "rules").mkdir()
    for name, text in RULES.items():
        (folder / "rules" / f"{name}.yaml").write_text(text)
    channels = folder / "channels.yaml"
    channels.write_text(CHANNELS.format(folder=folder))
    with pytest.MonkeyPatch.context() as environment, installation(servers) as settings:
        environment.setenv("DATELINE_TEST_SECRET", "not-so-secret-at-all")
        with running(replace(settings, rules=folder / "rules", channels=channels), folder, workers=2) as pipeline:
            desk = Desk(pipeline, folder)
            desk.await_rules(3)
            yield desk


@pytest.fixture
def desk(shared_desk: Desk) -> Iterator[Desk]:
    """A desk with the rules of the beginning, to which nothing has come in yet."""
    with forgetting(shared_desk.pipeline):
        shared_desk.begin()
        yield shared_desk
        shared_desk.reset_rules()


def copy(text: tuple[str, str], guid: str, *, provider: str = "aurora", version: int = 1, **more: Any) -> Copy:
    story = {"guid": guid, "provider": provider, "version": version, "headline": text[0], "body": text[1]} | more
    return Copy(json.dumps(story).encode(), source="test", content_type="application/json")


def test_whoever_repeats_an_event_is_a_source_of_its_alert_however_they_come(
    desk: Desk, elastic: Elasticsearch
) -> None:
    desk.feed(copy(EN, "first"))
    desk.settle(1)
    together = [("a", "vestnik"), ("b", "halcyon"), ("c", "meridian")]
    desk.feed(*(copy(RU, guid, provider=provider) for guid, provider in together))
    desk.settle(1)
    for guid, provider in (("d", "bulletin"), ("e", "gazette")):
        desk.feed(copy(RU, guid, provider=provider))
        desk.settle(1)
    (alert,) = desk.delivered()
    sources = elastic.get(index=desk.names.alerts, id=alert.id)["_source"]["sources"]
    expected = {"vestnik:a", "halcyon:b", "meridian:c", "bulletin:d", "gazette:e"}
    assert {source["story_id"] for source in sources} == expected
    assert len(sources) == len(expected)


def test_the_day_of_a_desk(desk: Desk, elastic: Elasticsearch) -> None:
    names = desk.names
    story: list[tuple[str, str, str]] = []

    # flash: one alert, with what is new and the phrase that said so
    desk.feed(copy(EN, "flash"))
    story.append(("alert", "new-sanctions", "aurora:flash"))
    assert desk.settle(1) == story
    flash = desk.delivered()[0]
    assert (flash.new, flash.unit, flash.title) == (("first report",), "EU:IR:impose", "New sanctions")
    mention = next(reason.mention for reason in flash.reasons if reason.condition == "sanction")
    assert mention is not None
    assert "sanctions on Iran" in mention.text

    # update without anything new, and a second agency in Russian: no alert, but one more source
    desk.feed(copy((EN[0], EN[1] + " Ministers met in Brussels."), "flash", version=2))
    desk.feed(copy(RU, "vtoraya", provider="vestnik"))
    assert desk.settle(1) == story
    sources = elastic.get(index=names.alerts, id=flash.id)["_source"]["sources"]
    assert [(source["story_id"], source["language"]) for source in sources] == [("vestnik:vtoraya", "ru")]

    # a measure that nobody told: it alerts again and says what
    desk.feed(copy((EN[0], EN[1] + " The EU also imposed an arms embargo on Iran on Monday."), "flash", version=3))
    story.append(("alert", "new-sanctions", "aurora:flash"))
    assert desk.settle(2) == story
    assert "also arms embargo" in desk.delivered()[1].new

    # correction: to the channel that got the alerts, one for each
    desk.feed(copy(EN, "flash", version=4, correction="Corrects the day.", signals=["correction"]))
    story += [("correction", "new-sanctions", "aurora:flash")] * 2
    assert desk.settle(4) == story
    assert {alert.of for alert in desk.delivered()[2:4]} == {flash.id, desk.delivered()[1].id}
    assert desk.delivered()[2].note == "Corrects the day."

    # kill: recalls, and the alerts are marked; a late version says nothing more
    desk.feed(copy(EN, "flash", version=5, pubstatus="canceled", ed_note="Withdrawn by the source."))
    story += [("recall", "new-sanctions", "aurora:flash")] * 2
    assert desk.settle(6) == story
    assert desk.delivered()[-1].note == "Withdrawn by the source."
    elastic.indices.refresh(index=names.alerts)
    assert elastic.get(index=names.alerts, id=flash.id)["_source"]["recalled"]
    desk.feed(copy(EN, "flash", version=6))
    assert desk.settle(6) == story

    # embargo: the alert comes with the lift
    ends = datetime.now(UTC) + timedelta(seconds=6)
    desk.feed(copy(APP, "app", embargoed=ends.isoformat()))
    desk.pipeline.settle()
    if datetime.now(UTC) < ends:
        assert desk.kinds() == story
    story.append(("alert", "tiktok", "aurora:app"))
    assert desk.settle(7) == story
    assert desk.delivered()[-1].at >= ends

    # near-copy by another agency: a source, no alert
    for provider in ("halcyon", "vestnik"):
        desk.feed(copy(APP, "copy", provider=provider))
        assert desk.settle(7) == story
    last = elastic.get(index=names.alerts, id=desk.delivered()[-1].id)["_source"]
    assert [source["story_id"] for source in last["sources"]] == ["halcyon:copy", "vestnik:copy"]

    # the whole day once more: nothing
    desk.feed(copy(EN, "flash"), copy(RU, "vtoraya", provider="vestnik"), copy(APP, "app", embargoed=ends.isoformat()))
    desk.feed(copy(EN, "flash", version=5, pubstatus="canceled", ed_note="Withdrawn by the source."))
    assert desk.settle(7) == story
    assert len({alert.id for alert in desk.delivered()}) == 7


def test_two_workers_and_agencies_at_the_same_moment_make_one_alert(desk: Desk) -> None:
    desk.feed(*(copy(EN, f"r{number}", provider=f"agency{number}") for number in range(24)))
    desk.feed(*(copy(RU, f"r{number}", provider=f"agency{number + 24}") for number in range(6)))
    assert len(desk.settle(1)) == 1


def test_a_broken_channel_delays_no_other_and_is_tried_again(desk: Desk, elastic: Elasticsearch) -> None:
    desk.rule("new-sanctions", SANCTIONS.replace("[desk]", "[broken, desk, nowhere]"))
    names = desk.names
    desk.feed(copy(EN, "flash"))
    (alert,) = desk.settle(1)
    assert alert == ("alert", "new-sanctions", "aurora:flash")

    def states() -> dict[str, str]:
        elastic.indices.refresh(index=names.deliveries)
        hits = elastic.search(index=names.deliveries)["hits"]["hits"]
        return {hit["_source"]["channel"]: hit["_source"]["status"] for hit in hits if hit["_source"]["tries"]}

    wait_for(lambda: len(states()) == 3, what="three attempts")
    assert states() == {"broken": "pending", "desk": "sent", "nowhere": "dead"}
    elastic.indices.refresh(index=names.due)
    (task,) = [hit for hit in elastic.search(index=names.due)["hits"]["hits"] if "broken" in hit["_source"]["subject"]][
        :1
    ]
    assert task["_source"]["what"] == "deliver"


def test_what_a_rule_holds_back_goes_out_together(desk: Desk) -> None:
    desk.rule("tiktok", TIKTOK + "throttle: {at_most: 1, every: 8s}\n")
    texts = [
        (f"{headline} TikTok", f"WASHINGTON - {body} TikTok, an app of the Chinese firm ByteDance with users in the United States.")
        for headline, body in (
            ("Court hears", "Judges asked lawyers on Monday many questions about the ban of"),
            ("Governor signs", "A law of the state of Montana keeps civil servants from using"),
            ("Chinese ministry on", "Beijing said on Wednesday that it would never allow a forced sale of"),
        )
    ]  # fmt: skip
    desk.feed(*(copy(text, f"t{number}") for number, text in enumerate(texts)))
    desk.pipeline.settle()

    def told() -> list[Alert]:
        return [alert for alert in desk.delivered() if alert.rule == "tiktok"]

    wait_for(lambda: len(told()) == 3, seconds=40, what="the held alerts")
    assert {alert.origin for alert in told()} == {f"aurora:t{number}" for number in range(3)}


def test_a_broken_rule_leaves_the_others_and_its_last_good_version(desk: Desk) -> None:
    desk.feed(copy(EN, "one"))
    desk.settle(1)
    desk.rule("new-sanctions", "title: x\nwhen: {sanktion: {}}\n")
    assert desk.pipeline.times_logged("broken rule") == 3
    desk.feed(copy((EN[0].replace("Iran", "Belarus"), EN[1].replace("Iran", "Belarus")), "two"))
    assert [it[2] for it in desk.settle(2)] == ["aurora:one", "aurora:two"]

    # what is sent again alerts by a rule that is new only where that is asked for
    desk.rule("iran", "title: Iran\nwhen: {countries: [IR]}\nchannels: [desk]\n")
    assert replay_stream(desk.settings, "wire.raw", since=None, alerts=False) == 2
    assert len(desk.settle(2)) == 2
    assert replay_stream(desk.settings, "wire.raw", since=None, alerts=True) == 2
    assert desk.settle(3)[2:] == [("alert", "iran", "aurora:one")]
