"""Every format has copy of its own, told apart by its content alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import Reject
from pipeline.formats import FORMATS, RawCopy, parse, sniff
from pipeline.story import Story

CORPUS = Path(__file__).parent.parent.parent / "corpus"
FILES = sorted(path for path in CORPUS.glob("*/*") if path.is_file())
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)


def test_every_format_has_a_folder_and_every_folder_a_format() -> None:
    assert {path.parent.name for path in FILES} == set(FORMATS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_copy_is_told_by_its_content(path: Path) -> None:
    raw = RawCopy(value=path.read_bytes(), received=DECEMBER, source=path.name)
    known = sniff(raw)
    assert known is not None
    assert known.name == path.parent.name
    items = parse(raw)
    assert any(isinstance(item, Story) for item in items)
    for item in items:
        assert not isinstance(item, Reject) or item.kind in ("bad-field", "no-text"), item
        assert item.format == path.parent.name


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_copy_that_was_cut_off_is_a_clear_reject_or_a_shorter_story(path: Path) -> None:
    value = path.read_bytes()
    for part in (len(value) // 3, len(value) * 2 // 3, len(value) - 10):
        for item in parse(RawCopy(value=value[:part], received=DECEMBER, source=path.name)):
            assert not isinstance(item, Reject) or (item.kind != "parser-failed" and len(item.reason) > 20)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_same_copy_gives_the_same_stories(path: Path) -> None:
    raw = RawCopy(value=path.read_bytes(), received=DECEMBER, source=path.name)
    first, second = ([item for item in parse(raw) if isinstance(item, Story)] for _ in "ab")
    assert first == second
