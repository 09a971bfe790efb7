"""`dateline replay` and `export`: what came in goes through again, into an archive and back, and into a new index without a pause."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from elasticsearch import Elasticsearch

from pipeline.archive import read_archive, write_archive
from pipeline.deciding import release_story
from pipeline.documents.document import make_document, state_of
from pipeline.documents.indices import Indices, index_names
from pipeline.documents.state import State
from pipeline.errors import WrongUse
from pipeline.feeds.files import Copy
from pipeline.reindexing import reindex
from pipeline.replaying.files import replay_files
from pipeline.replaying.stories import replay_stories, stories_of_index
from pipeline.searching import read_story
from pipeline.servers import set_up
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect
from pipeline.story import Story
from tests.conftest import Pipeline, installation, run_here, running, wait_for

RULE = "title: TikTok\nwhen: {topics: [tiktok]}\nchannels: [log]\n"
TEXT = "WASHINGTON - Senators asked TikTok on Tuesday how it guards the data of users from its Chinese owner ByteDance."


def copy(guid: str, text: str = TEXT, *, version: int = 1, **more: str) -> Copy:
    story = {"guid": guid, "provider": "aurora", "version": version, "headline": guid, "body": text} | more
    return Copy(json.dumps(story).encode(), source="test", content_type="application/json")


class Wire:
    """A running pipeline that the tests of this file share; each has stories of its own."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.settings = pipeline.settings
        self.client = connect(self.settings)
        self.names: Indices = index_names(self.settings)

    def send(self, *copies: Copy) -> None:
        self.pipeline.feed(*copies)
        self.pipeline.settle()

    def story(self, id_: str) -> Story | None:
        found = read_story(self.client, self.names, id_)
        return found.story if found else None

    def alerts(self, id_: str) -> int:
        self.client.indices.refresh(index=self.names.alerts)
        ours = {"bool": {"filter": [{"term": {"origin": id_}}, {"term": {"rule": "tiktok"}}]}}
        return int(self.client.count(index=self.names.alerts, query=ours)["count"])


@pytest.fixture(scope="module")
def wire(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    folder = tmp_path_factory.mktemp("replay")
    rules = folder / "rules"
    rules.mkdir()
    (rules / "tiktok.yaml").write_text(RULE)
    with installation(servers) as settings, running(replace(settings, rules=rules), folder) as pipeline:
        yield Wire(pipeline)


def forget_topics(wire: Wire, id_: str) -> None:
    """Makes the story as an earlier Dateline would have kept it, which knew no topic of it."""
    found = wire.client.get(index=wire.names.everything, id=id_)
    state = state_of(found["_source"])
    assert state.text is not None
    text = msgspec.structs.replace(state.text, topics=(), enriched_at=datetime(2026, 1, 1, tzinfo=UTC))
    document = make_document(replace(state, text=text, alerts=()), indexed_at=datetime.now(UTC))
    body = json.loads(msgspec.json.encode(document))
    wire.client.index(index=wire.names.everything, id=id_, document=body, refresh=True)
    wire.client.indices.refresh(index=wire.names.alerts)
    for index in (wire.names.alerts, wire.names.memory):
        for hit in wire.client.search(index=index, size=100)["hits"]["hits"]:
            wire.client.delete(index=index, id=hit["_id"], refresh=True)


def topics(story: Story | None) -> set[str]:
    return {topic.id for topic in story.topics} if story else set()


def test_the_index_is_read_anew_and_alerts_only_where_that_is_asked_for(wire: Wire) -> None:
    wire.send(copy("again"))
    before = wire.story("aurora:again")
    assert "tiktok" in topics(before)
    assert wire.alerts("aurora:again") == 1
    forget_topics(wire, "aurora:again")

    def kept() -> list[Story]:
        return [story for story in stories_of_index(wire.client, wire.names) if story.id == "aurora:again"]

    assert replay_stories(wire.settings, kept(), alerts=False, workers=2) == 1
    wire.pipeline.settle()
    after = wire.story("aurora:again")
    assert "tiktok" in topics(after)
    assert before is not None
    assert after is not None
    assert (after.received, after.version) == (before.received, before.version)
    assert wire.alerts("aurora:again") == 0
    assert [*stories_of_index(wire.client, wire.names, since=datetime(2100, 1, 1, tzinfo=UTC))] == []

    replay_stories(wire.settings, kept(), alerts=True)
    wire.pipeline.settle()
    wait_for(lambda: wire.alerts("aurora:again") == 1, seconds=20, what="the alert that was asked for")


def test_raw_copy_in_a_folder_is_fed_without_alerts(wire: Wire, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_bytes(copy("kept-one").value)
    (tmp_path / "two.jsonl").write_bytes(copy("kept-two").value + b"\n" + copy("kept-three").value + b"\n")
    (tmp_path / "empty.txt").write_bytes(b"")
    said: list[str] = []
    assert replay_files(wire.settings, tmp_path, alerts=False, say=said.append) == 3
    wire.pipeline.settle()
    assert "tiktok" in topics(wire.story("aurora:kept-two"))
    assert wire.alerts("aurora:kept-two") == 0
    assert "empty" in said[0]


def test_an_archive_brings_back_all_versions_and_the_kills_in_force(
    wire: Wire, pipeline: Pipeline, tmp_path: Path
) -> None:
    wire.send(copy("first"), copy("killed"), copy("released"))
    wire.send(copy("first", TEXT + " Again.", version=2))
    kill = {"pubstatus": "canceled", "ed_note": "Withdrawn."}
    wire.send(copy("killed", version=1, **kill), copy("released", version=2, **kill))
    assert release_story(wire.settings, "aurora:released", note=None, now=datetime.now(UTC))

    folder, said = tmp_path / "archive", list[str]()
    contents = write_archive(wire.client, wire.names, folder, part=2, say=said.append)
    today = datetime.now(UTC).date().isoformat()
    assert len(contents.parts[today].files) == -(-contents.parts[today].stories // 2) > 1
    stories = [
        story for story in read_archive(folder) if story.id in ("aurora:first", "aurora:killed", "aurora:released")
    ]
    assert sorted((story.id.partition(":")[2], story.version, story.pubstatus) for story in stories) == [
        ("first", 1, "usable"),
        ("first", 2, "usable"),
        ("killed", 1, "canceled"),
        ("killed", 1, "usable"),
        ("released", 1, "usable"),
    ]

    # run again, it writes only what is new
    said.clear()
    write_archive(wire.client, wire.names, folder, part=2, say=said.append)
    assert said == []
    wire.send(copy("first", TEXT + " And again.", version=3))
    write_archive(wire.client, wire.names, folder, say=said.append)
    assert said == [f"{today}: {contents.parts[today].stories + 1} versions"]
    assert sorted(it.name for it in folder.iterdir()) == [
        f"{today}.0001.ndjson.gz",
        "archive.json",
        "kills.0001.ndjson.gz",
    ]

    # into another pipeline
    other = pipeline.settings
    replay_stories(other, read_archive(folder), alerts=False)
    pipeline.settle()
    client, names = connect(other), index_names(other)
    found = {id_: read_story(client, names, f"aurora:{id_}") for id_ in ("first", "killed", "released")}
    assert [it and (it.story.version, it.kill_note) for it in found.values()] == [
        (3, None),
        (1, "Withdrawn."),
        (1, None),
    ]
    here, there = wire.story("aurora:first"), found["first"]
    assert here is not None
    assert there is not None
    assert there.story.received == here.received
    assert client.count(index=names.all_versions, query={"term": {"id": "aurora:first"}})["count"] == 3
    assert client.count(index=names.alerts)["count"] == 0


def test_a_damaged_archive_and_a_foreign_folder_are_refused(wire: Wire, tmp_path: Path) -> None:
    wire.send(copy("archived"))
    folder = tmp_path / "archive"
    contents = write_archive(wire.client, wire.names, folder)
    (name, *_) = next(iter(contents.parts.values())).files
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WrongUse, match=name):
        list(read_archive(folder))
    (folder / name).write_bytes(gzip.compress(b'{"id": 3}\n'))
    with pytest.raises(WrongUse, match=name):
        list(read_archive(folder))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    with pytest.raises(WrongUse, match="other files"):
        write_archive(wire.client, wire.names, tmp_path / "other")


def test_the_command_says_how_much_it_did_and_what_it_takes(wire: Wire, tmp_path: Path) -> None:
    wire.send(copy("by-hand"))
    folder = str(tmp_path / "archive")
    code, _, said = run_here(wire.settings, "export", folder)
    assert (code, "versions and kills in 1 files" in said or "versions and kills in 2 files" in said) == (0, True)
    code, _, said = run_here(wire.settings, "replay", "--from", folder)
    assert (code, f"of {folder} again, alerts muted" in said) == (0, True)
    assert run_here(wire.settings, "replay", "--from", folder, "--since", "2100-01-01")[0] == 1
    for wrong, why in {
        ("--from", "nowhere"): "there is no nowhere",
        ("--from", "wire.raw", "--to", "stories-2"): "--from index alone",
        ("--from", str(tmp_path), "--since", "3h"): "leave --since out",
    }.items():
        code, _, said = run_here(wire.settings, "replay", *wrong)
        assert (code, why in said) == (2, True), said
    wire.pipeline.settle()


def test_a_new_index_takes_over_while_stories_come_in_and_loses_none(wire: Wire) -> None:
    settings, client, names = wire.settings, wire.client, wire.names
    wire.send(*(copy(f"old-{number}") for number in range(300)))
    wire.send(copy("old-1", version=2, pubstatus="canceled"))
    before = client.get(index=names.stories, id="aurora:old-0")["_source"]
    stop, fed = threading.Event(), list[str]()

    def feed() -> None:
        while not stop.wait(0.1):
            guid = f"new-{len(fed)}"
            wire.pipeline.feed(copy(guid), copy("old-2", f"{TEXT} {guid}", version=len(fed) + 2))
            fed.append(guid)

    feeding = threading.Thread(target=feed)
    feeding.start()
    try:
        wait_for(lambda: len(fed) > 20, what="stories to come in")
        done = reindex(settings, "stories-2", say=lambda line: None, under_way=3)
        at_the_end = len(fed)
        wait_for(lambda: len(fed) > at_the_end + 20, what="stories to come in afterwards")
    finally:
        stop.set()
        feeding.join()
    wire.pipeline.settle()

    new = f"{settings.prefix}stories-2"
    client.indices.refresh(index=new)
    assert (done.old, done.new) == (names.stories, new)
    assert done.copied >= 301
    for alias in (names.everything, names.visible):
        assert list(client.indices.get_alias(name=alias).body) == [new]
    missing = [guid for guid in fed if wire.story(f"aurora:{guid}") is None]
    assert missing == []
    last = wire.story("aurora:old-2")
    assert last is not None
    assert last.version == len(fed) + 1
    assert last.body.endswith(fed[-1])
    versions = client.count(index=names.all_versions, query={"term": {"id": "aurora:old-2"}})["count"]
    assert versions == len(fed) + 1
    killed = read_story(client, names, "aurora:old-1")
    assert killed is not None
    assert killed.story.pubstatus == "canceled"
    assert client.get(index=new, id="aurora:old-0")["_source"] == before
    settled = sum(wire.pipeline.tally.counts.values())
    assert "dead" not in wire.pipeline.tally.counts, f"of {settled}"

    # a deploy leaves it so, and a second index can follow
    set_up(settings)
    assert list(client.indices.get_alias(name=names.everything).body) == [new]
    with pytest.raises(WrongUse, match="in force"):
        reindex(settings, "stories-2", say=lambda line: None)
    with pytest.raises(WrongUse, match="already"):
        reindex(settings, "stories-1", say=lambda line: None)
    for wrong in ("stories-all", "versions-2", "stories-", "stories-A"):
        with pytest.raises(WrongUse):
            reindex(settings, wrong, say=lambda line: None)


def test_what_still_reached_the_old_index_is_merged_by_the_same_command(
    settings: Settings, elastic: Elasticsearch
) -> None:
    names = index_names(settings)

    def put(index: str, version: int, *, alert: str) -> None:
        story = Story(id="aurora:x", guid="x", provider="aurora", version=version, headline=f"version {version}")
        document = make_document(State(story, alerts=(alert,)), indexed_at=datetime.now(UTC))
        elastic.index(index=index, id=story.id, document=json.loads(msgspec.json.encode(document)), refresh=True)

    put(names.everything, 2, alert="a")
    reindex(settings, "stories-2", say=lambda line: None, under_way=0)
    new = f"{settings.prefix}stories-2"
    put(new, 1, alert="b")  # as KEEP would, had it not seen what the old index held
    meta = elastic.indices.get_mapping(index=new)[new]["mappings"]["_meta"]
    elastic.indices.put_mapping(index=new, meta=meta | {"filled_from": {"index": names.stories, "checkpoint": -1}})
    said: list[str] = []
    done = reindex(settings, "stories-2", say=said.append, under_way=0)
    assert "going on" in said[0]
    assert (done.copied, done.merged) == (0, 1)
    state = state_of(elastic.get(index=new, id="aurora:x")["_source"])
    assert state.text is not None
    assert (state.text.version, sorted(state.alerts)) == (2, ["a", "b"])
