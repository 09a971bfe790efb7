"""feeds.yaml: what is read, and what is said of what can't be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from pipeline.errors import WrongUse
from pipeline.feeds.config import DirectoryFeed, PollFeed, PushFeed, StdinFeed, findings, load_feeds, read_feeds, schema
from pipeline.feeds.files import Copy
from pipeline.resources import resource

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "deploy" / "feeds.example.yaml"


def read(text: str, base: Path = Path("/srv")) -> Any:
    return read_feeds(text, base=base)


def one(**keys: Any) -> str:
    return yaml.safe_dump({"listen": "127.0.0.1:8480", "feeds": [keys]})


def test_the_example_is_read_and_shows_every_kind_but_stdin() -> None:
    feeds = load_feeds(EXAMPLE)
    assert {type(feed) for feed in feeds.feeds} == {DirectoryFeed, PollFeed, PushFeed}
    assert feeds.address == ("127.0.0.1", 8480)
    assert feeds.of(DirectoryFeed)[0].path == str(EXAMPLE.parent / "drop/dpa")


def test_the_schema_is_that_of_the_types_and_takes_the_example() -> None:
    written = json.loads((resource("schemas") / "feeds.json").read_text("utf-8"))
    assert written == schema(), "renew it: python -m pipeline.feeds.config > schemas/feeds.json"
    jsonschema.Draft202012Validator.check_schema(written)
    jsonschema.validate(yaml.safe_load(EXAMPLE.read_text("utf-8")), written)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"feeds": [{"name": "x", "kind": "stdin", "provider": "dpa"}]}, written)


def test_every_key_stands_in_the_reference() -> None:
    described = (ROOT / "docs" / "feeds.md").read_text("utf-8")
    for kind in (DirectoryFeed, PollFeed, PushFeed, StdinFeed):
        for field in msgspec.structs.fields(kind):
            assert f"`{field.name}`" in described, field.name


def test_a_feed_labels_its_copy() -> None:
    (feed,) = read(
        one(
            name="old",
            kind="stdin",
            providers=["dpa", "afp"],
            format="text",
            charset="iso-8859-1",
            content_type="text/x",
        )
    ).feeds
    copy = feed.label.on(Copy(b"x", "here", "text/plain"))
    assert (copy.feed, copy.providers, copy.format) == ("old", ("dpa", "afp"), "text")
    assert copy.content_type == "text/x; charset=iso-8859-1"
    (feed,) = read(one(name="new", kind="stdin", charset="gb18030")).feeds
    assert (
        feed.label.on(Copy(b"x", content_type="text/plain; charset=utf-8")).content_type
        == "text/plain; charset=gb18030"
    )
    assert feed.label.on(Copy(b"x")).content_type == "application/octet-stream; charset=gb18030"


def test_paths_are_relative_to_the_file_and_home_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/desk")
    feeds = read(
        yaml.safe_dump({"feeds": [{"name": n, "kind": "directory", "path": n} for n in ("a", "~/b", "/c")]})
        .replace("name: ~/b", "name: b")
        .replace("name: /c", "name: c")
    )
    assert [feed.path for feed in feeds.feeds] == ["/srv/a", "/home/desk/b", "/c"]
    (feed,) = read(one(name="p", kind="push", secret_file="secret")).feeds  # noqa: S106
    assert feed.secret_file == "/srv/secret"  # noqa: S105


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected `listen`"),
        ("a: [", "expected YAML"),
        ("feeds: []", "length >= 1"),
        ("feeds: 7", "array"),
        ("feed: []", "did you mean 'feeds'"),
        ("listen: x", "expected the key 'feeds'"),
        ("feeds: [7]", "feed 1: expected keys"),
        ("feeds:\n- name: a\n  name: b\n  kind: stdin", "'name' stands twice"),
        (one(name="a", kind="ftp"), "feed a: expected kind: directory, poll, push, stdin"),
        (one(name="a", kind="directory", pth="x"), "feed a: unknown key 'pth' (did you mean 'path'?)"),
        (one(name="a", kind="stdin", provider="dpa"), "unknown key 'provider' (did you mean 'providers'?)"),
        (one(name="a", kind="directory"), "feed a: expected the key 'path'"),
        (one(kind="stdin"), "feed 1: expected the key 'name'"),
        (one(name="A b", kind="stdin"), "feed A b: name"),
        (one(name="a", kind="poll", url="ftp://x/y"), "feed a: url"),
        (one(name="a", kind="poll", url="http://[/"), "https://example.com/feed.xml"),
        (one(name="a", kind="poll", url="http://x/", interval=0), "feed a: interval"),
        (one(name="a", kind="directory", path="x", done="a/b"), "feed a: done"),
        (one(name="a", kind="directory", path="x", done="x", failed="x"), "the same folder"),
        (one(name="a", kind="push"), "secret_env or secret_file, one of them"),
        (one(name="a", kind="push", secret_env="X", secret_file="y"), "one of them"),  # noqa: S106
        (one(name="a", kind="stdin", format="morse"), "there is no format 'morse'"),
        (one(name="a", kind="stdin", providers=["dpa.com"]), "write its id, dpa"),
        (one(name="a", kind="stdin", providers=["DPA"]), "feed a: providers"),
        ("feeds:\n- {name: a, kind: stdin}\n- {name: b, kind: stdin}", "one standard input"),
        ("feeds:\n- {name: a, kind: stdin}\n- {name: a, kind: directory, path: x}", "two feeds are called a"),
        ("feeds:\n- {name: a, kind: push, secret_env: X}", "expected `listen: host:port`"),
        ("listen: nowhere\nfeeds:\n- {name: a, kind: stdin}", "listen"),
        ("listen: x:99999\nfeeds:\n- {name: a, kind: push, secret_env: X}", "up to 65535"),
        ("feeds:\n- {name: a, kind: directory, path: x}\n- {name: b, kind: directory, path: x/y}", "side by side"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(WrongUse) as caught:
        read(text)
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"no\.yaml: expected a feeds file"):
        load_feeds(tmp_path / "no.yaml")


def test_findings_tell_what_only_this_machine_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "drop").mkdir()
    text = """
listen: "[::1]:8480"
feeds:
- {name: there, kind: directory, path: drop, providers: [dpa]}
- {name: away, kind: directory, path: nothing, providers: [dpa]}
- {name: new, kind: poll, url: "https://example.com/x", providers: [aurora]}
- {name: open, kind: stdin}
- {name: secret, kind: push, secret_env: FEED_SECRET, providers: [dpa]}
"""
    feeds = read(text, tmp_path)
    assert feeds.address == ("::1", 8480)
    found = {name: (good, remark) for name, good, remark in findings(feeds)}
    assert found["there"] == (True, "")
    assert found["away"][0] is False
    assert "with defaults: aurora" in found["new"][1]
    assert "anybody" in found["open"][1]
    assert "FEED_SECRET is not set" in found["secret"][1]
    monkeypatch.setenv("FEED_SECRET", "0123456789abcdef")
    assert {name: good for name, good, _ in findings(feeds)}["secret"]
