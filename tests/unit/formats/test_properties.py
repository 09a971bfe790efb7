"""No bytes whatever make a parser raise, hang, or give a story that the next step can't take."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats import FORMATS, RawCopy, parse
from pipeline.story import Story, decode_story, encode_story

CORPUS = sorted(
    path
    for path in (Path(__file__).parent.parent.parent / "corpus").rglob("*")
    if path.suffix in (".xml", ".txt", ".json", ".jsonl")
)
NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def check(value: bytes, format_: str | None = None) -> None:
    items = parse(RawCopy(value=value, received=NOON, source="s"), format_=format_)
    assert items
    for item in items:
        assert getattr(item, "kind", "") != "parser-failed", item
        if isinstance(item, Story):
            assert decode_story(encode_story(item)) == item
            assert item.id
            assert len(item.id.encode()) <= 512
            for mention in item.crossheads:
                assert item.body[mention.start : mention.end] == mention.text


@given(st.binary(max_size=300), st.sampled_from([None, *FORMATS]))
def test_random_bytes(value: bytes, format_: str | None) -> None:
    check(value, format_)


@given(st.text(max_size=300))
def test_random_text(value: str) -> None:
    check(value.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
@given(data=st.data())
def test_mutated_corpus_files(path: Path, data: st.DataObject) -> None:
    value = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(value) - 1))
        length = data.draw(st.integers(0, 40))
        value[at : at + length] = data.draw(st.binary(max_size=10))
    check(bytes(value))
