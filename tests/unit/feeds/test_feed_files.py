"""Files and streams as messages, in bounded memory."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from pipeline.errors import Reject
from pipeline.feeds.files import Copy, Label, read_file, read_stream
from pipeline.feeds.producer import check_size
from pipeline.formats.raw import MAX_RAW_BYTES


class Endless(io.RawIOBase):
    """A stream without lines that counts what was read of it."""

    def __init__(self, size: int, tail: bytes = b"") -> None:
        self.left, self.tail = size, tail

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = min(len(buffer), self.left)
        if not count:
            buffer[: len(self.tail)], count, self.tail = self.tail, len(self.tail), b""
            return count
        buffer[:count] = b"x" * count
        self.left -= count
        return count


def values(stream: bytes) -> list[bytes]:
    return [copy.value for copy in read_stream(io.BytesIO(stream))]


def test_json_lines_are_messages_and_anything_else_is_one() -> None:
    assert values(b'\n{"a": 1}\n\n{"b": 2}') == [b'{"a": 1}\n', b'{"b": 2}']
    assert values(b'{\n"a": 1}\n') == [b'{\n"a": 1}\n']
    assert values(b"<a>\n<b/></a>") == [b"<a>\n<b/></a>"]
    assert values(b" \n\xef\xbb\xbf\n") == []


def test_a_line_too_long_is_refused_without_being_kept_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"a": 1}\n' + b"x" * (3 * MAX_RAW_BYTES) + b'\n{"b": 2}\n')
    copies = list(read_file(path))
    assert [len(copy.value) > MAX_RAW_BYTES for copy in copies] == [False, True, False]
    with pytest.raises(Reject, match="split"):
        check_size(copies[1])


def test_a_stream_too_long_is_cut_where_it_stops_passing() -> None:
    (copy,) = read_stream(io.BufferedReader(Endless(20 * MAX_RAW_BYTES)))
    assert MAX_RAW_BYTES < len(copy.value) <= 2 * MAX_RAW_BYTES + 2


def test_an_empty_label_changes_nothing() -> None:
    copy = Copy(b"x", "here", "text/plain", feed="old", providers=("dpa",), format="text")
    assert Label().on(copy) == copy
