"""A watched folder: whole files only, each to `done` or `failed`, none lost."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import Retry
from pipeline.feeds.config import DirectoryFeed
from pipeline.feeds.directory import DirectoryWatch, free_name, is_left_out
from pipeline.formats.raw import MAX_RAW_BYTES
from tests.unit.feeds.desks import FakeOutlet, desk, until

SETTLE = 0.05


class Drop:
    """A watched folder and what a test does with it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outlet = FakeOutlet()
        self.desk = desk(self.outlet)
        self.watch = DirectoryWatch(DirectoryFeed(name="test", path=str(root), settle=SETTLE), self.desk)

    def put(self, name: str, content: bytes = b"copy") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    async def settle(self) -> None:
        """Looks until nothing is settling any more."""
        while await self.watch.look():
            await asyncio.sleep(SETTLE / 5)

    def names(self) -> set[str]:
        found = (path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())
        return {name for name in found if not name.startswith(".")}


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path)


def settled(drop: Drop) -> None:
    asyncio.run(drop.settle())


def watching(drop: Drop, test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs the test beside the running watch."""

    async def both() -> None:
        running = asyncio.create_task(drop.watch.run())
        try:
            await test()
        finally:
            drop.desk.stop.set()
            await running

    asyncio.run(both())


def test_a_file_is_fed_and_moved_to_done_with_what_the_feed_knows(drop: Drop) -> None:
    drop.put("sub/story.xml", b"<x/>")
    settled(drop)
    (copy,) = drop.outlet.sent
    assert (copy.value, copy.feed, copy.providers) == (b"<x/>", "test", ("aurora",))
    assert copy.content_type == "application/xml"
    assert copy.source == (drop.root / "sub/story.xml").as_posix()
    assert drop.names() == {"done/sub/story.xml"}


def test_a_file_is_not_touched_before_it_settles(drop: Drop) -> None:
    path = drop.put("story.txt", b"one")

    async def grow() -> None:
        assert await drop.watch.look()
        await asyncio.sleep(SETTLE * 1.5)
        path.write_bytes(b"one two")
        assert await drop.watch.look()
        assert drop.outlet.sent == []
        await drop.settle()

    asyncio.run(grow())
    assert drop.outlet.values == [b"one two"]


@pytest.mark.parametrize("name", [".hidden", "a.xml.part", "A.TMP", "x.filepart", "doc~", ".x.swp"])
def test_unfinished_and_hidden_names_are_left_alone(drop: Drop, name: str) -> None:
    assert is_left_out(name)
    drop.put(name)
    settled(drop)
    assert drop.outlet.sent == []
    assert (drop.root / name).exists()


def test_links_are_never_followed(drop: Drop, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("secret")
    (drop.root / "link.txt").symlink_to(secret)
    (drop.root / "folder").symlink_to(secret.parent)
    settled(drop)
    assert drop.outlet.sent == []


@pytest.mark.parametrize(
    ("content", "kind"), [(b"x" * (MAX_RAW_BYTES + 1), "too-large"), (b" \n\t ", "empty"), (b"", "empty")]
)
def test_what_can_t_pass_goes_to_failed_with_the_reason(drop: Drop, content: bytes, kind: str) -> None:
    drop.put("story.txt", content)
    settled(drop)
    assert drop.names() == {"failed/story.txt", "failed/story.txt.reason.txt"}
    assert (drop.root / "failed/story.txt.reason.txt").read_text().startswith(f"{kind}: ")
    assert drop.outlet.sent == []
    assert drop.desk.tally.refused.total() == 1


def test_json_lines_are_one_message_each_and_a_bad_one_is_named(drop: Drop) -> None:
    drop.put("good.jsonl", b'{"guid": "1"}\n\n{"guid": "2"}\n')
    drop.put("bad.jsonl", b'{"guid": "3"}\n' + b"x" * (MAX_RAW_BYTES + 5) + b'\n{"guid": "4"}\n')
    settled(drop)
    assert sorted(drop.outlet.values) == [b'{"guid": "%d"}\n' % number for number in (1, 2, 3, 4)]
    assert drop.names() == {"done/good.jsonl", "failed/bad.jsonl", "failed/bad.jsonl.reason.txt"}
    reason = (drop.root / "failed/bad.jsonl.reason.txt").read_text()
    assert "message 2: too-large" in reason
    assert "The other 2 messages of the file were fed." in reason


def test_a_file_that_can_t_be_read_gets_some_time_and_then_fails(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop.put("story.txt")
    tries = []

    opened = Path.open

    def refuse(path: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
        if mode != "rb":
            return opened(path, mode, *args, **options)
        tries.append(path)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    settled(drop)
    assert len(tries) == 3
    assert (drop.root / "failed/story.txt.reason.txt").read_text().startswith("unreadable: ")


def test_a_name_that_is_taken_is_numbered(drop: Drop) -> None:
    for content in (b"one", b"two", b"three"):
        drop.put("latest.xml", content)
        settled(drop)
    assert drop.outlet.values == [b"one", b"two", b"three"]
    assert {path.name: path.read_bytes() for path in (drop.root / "done").iterdir()} == {
        "latest.xml": b"one",
        "latest-2.xml": b"two",
        "latest-3.xml": b"three",
    }


def test_a_free_name_is_found_quickly_among_many(tmp_path: Path) -> None:
    for number in range(2, 300):
        (tmp_path / f"a-{number}.xml").touch()
    (tmp_path / "a.xml").touch()
    assert free_name(tmp_path / "a.xml").name == "a-300.xml"
    assert free_name(tmp_path / "b.xml").name == "b.xml"


@pytest.mark.parametrize("replaced", [True, False], ids=["renamed over", "written in place"])
def test_a_file_written_again_while_it_is_fed_is_read_again(drop: Drop, replaced: bool) -> None:
    path = drop.put("latest.xml", b"old")

    def write_again(_: object) -> None:
        drop.outlet.on_send = lambda copy: None
        if replaced:
            drop.put("other.part", b"newer").rename(path)
        else:
            path.write_bytes(b"newer")

    drop.outlet.on_send = write_again
    settled(drop)
    assert drop.outlet.values == [b"old", b"newer"]
    assert [path.read_bytes() for path in (drop.root / "done").iterdir()] == [b"newer"]


def test_while_kafka_is_away_the_file_stays(drop: Drop) -> None:
    drop.put("story.txt")
    drop.outlet.away = True
    with pytest.raises(Retry):
        settled(drop)
    assert drop.names() == {"story.txt"}
    drop.outlet.away = False
    settled(drop)
    assert drop.outlet.values == [b"copy"]
    assert drop.names() == {"done/story.txt"}


def test_what_was_on_its_way_out_when_we_were_killed_comes_back(drop: Drop) -> None:
    drop.put(".dateline-moving/sub/story.txt", b"old")
    drop.put(".dateline-moving/other.txt", b"first")
    drop.put("other.txt", b"second")

    async def come_back() -> None:
        await until(lambda: len(drop.outlet.sent) == 3 and len(drop.names()) == 3)

    watching(drop, come_back)
    assert sorted(drop.outlet.values) == [b"first", b"old", b"second"]
    assert drop.names() == {"done/sub/story.txt", "done/other.txt", "done/other-2.txt"}


def test_a_file_that_can_t_be_moved_is_not_fed_again_and_again(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop.put("story.txt")
    monkeypatch.setattr("pipeline.feeds.directory._LOOK_EVERY_S", SETTLE)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.feeds.directory.shutil.move", refuse)

    async def look_often() -> None:
        for _ in range(40):
            await drop.watch.look()
            await asyncio.sleep(SETTLE / 5)

    asyncio.run(look_often())
    assert drop.names() == {"story.txt"}
    monkeypatch.undo()
    asyncio.run(look_often())
    assert drop.names() == {"done/story.txt"}
    assert drop.outlet.values == [b"copy"]


def test_the_watch_is_woken_feeds_and_stops(drop: Drop) -> None:
    async def drop_some() -> None:
        await until(lambda: (drop.root / "failed").is_dir())
        for number in range(50):
            drop.put(f"{number}.txt", b"%d" % number)
        await until(lambda: len(list((drop.root / "done").iterdir())) == 50)

    watching(drop, drop_some)
    assert sorted(drop.outlet.values) == sorted(b"%d" % number for number in range(50))


def test_plain_looks_are_enough_where_nothing_wakes_us(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_watch(*_: object, **__: object) -> None:
        raise OSError("inotify limit reached")

    monkeypatch.setattr("pipeline.feeds.directory.awatch", no_watch)
    monkeypatch.setattr("pipeline.feeds.directory._LOOK_EVERY_S", 0.05)

    async def drop_one() -> None:
        await until(lambda: (drop.root / "failed").is_dir())
        drop.put("story.txt")
        await until(lambda: (drop.root / "done/story.txt").exists())

    watching(drop, drop_one)


def test_a_folder_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    drop = Drop(tmp_path / "unmounted")
    with pytest.raises(Retry, match="mount it"):
        asyncio.run(drop.watch.run())
    assert not drop.root.exists()


def test_a_name_that_is_no_text_is_fed(drop: Drop) -> None:
    Path(os.fsdecode(os.fsencode(drop.root) + b"/st\xf6ry.txt")).write_bytes(b"copy")
    settled(drop)
    assert drop.outlet.values == [b"copy"]
