"""Small things that would grow without bound: what people or senders hand in is refused before it does.

XML: tests/unit/formats/test_formats.py and tests/unit/screening/test_importers.py. Packed feeds: tests/unit/feeds/test_polling.py and
test_push.py.
"""

from __future__ import annotations

import gzip
import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.alerts.channels import read_channels
from pipeline.alerts.rules.parsing import parse_rule
from pipeline.alerts.rules.problem import RuleError
from pipeline.archive import CONTENTS, read_archive
from pipeline.errors import Fatal, WrongUse
from pipeline.feeds.config import load_feeds
from pipeline.search.query import parse_query
from pipeline.search.request import page_request

YAML_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} [{','.join(['*' + chr(97 + level)] * 9)}]\n" for level in range(9)
)
"""Five hundred bytes that stand for 3.5 thousand million."""


@pytest.fixture(autouse=True)
def _quickly_and_in_little_memory() -> Iterator[None]:
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.monotonic() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KiB


def read_rule(file: Path) -> None:
    parse_rule("x", file.read_text() + "title: x\nwhen: {topics: *j}\n")


@pytest.mark.parametrize(
    ("read", "tail", "error"),
    [
        (read_rule, "", RuleError),
        (lambda file: read_channels(file, {}), "x: {type: webhook, url: *j}\n", Fatal),
        (load_feeds, "feeds: [*j]\n", WrongUse),
    ],
    ids=["rule", "channels", "feeds"],
)
def test_yaml_that_refers_to_itself_is_refused(
    read: Callable[[Path], object], tail: str, error: type[Exception], tmp_path: Path
) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(YAML_BOMB + tail)
    with pytest.raises(error, match="reference"):
        read(file)


def test_an_archive_with_an_endless_line_is_refused(tmp_path: Path) -> None:
    contents = '{"parts": {"undated": {"files": ["x.jsonl.gz"], "stories": 1}}, "format": "dateline-archive-1", "schema_version": 1}'
    (tmp_path / CONTENTS).write_text(contents)
    with gzip.open(tmp_path / "x.jsonl.gz", "wb", compresslevel=1) as file:
        for _ in range(300):
            file.write(bytes(1024 * 1024))
    with pytest.raises(WrongUse, match="a line of more than"):
        list(read_archive(tmp_path))


BACKTRACKING = "/(a+)+$/"


def test_nobodys_regular_expression_is_ever_run() -> None:
    """What looks like one is text to a search and an error in a rule."""
    with pytest.raises(RuleError, match="text"):
        parse_rule("x", f"title: x\nwhen:\n  text: '{BACKTRACKING}'\n")
    request = page_request(parse_query(BACKTRACKING), limit=1, origin=datetime(2026, 4, 25, tzinfo=UTC))
    assert "multi_match" in set(words(request))
    assert not {"regexp", "query_string", "simple_query_string"} & set(words(request))


def words(value: object) -> Iterator[str]:
    """Every key of a request."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for it in value:
            yield from words(it)
