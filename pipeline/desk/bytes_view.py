"""Bytes that nobody could read, shown to a person: as text or as hex, within bounds. Pure."""

from __future__ import annotations

from dataclasses import dataclass

SHOWN_TEXT, SHOWN_HEX = 64 * 1024, 8 * 1024
"""Bytes; what is wrong with copy shows in its beginning, or is its size."""
_ROW = 16


@dataclass(frozen=True)
class BytesView:
    """``text``: what to show; ``shown`` of ``size`` bytes."""

    text: str
    shown: int
    size: int
    is_hex: bool

    @property
    def is_cut(self) -> bool:
        """Whether there is more than is shown."""
        return self.shown < self.size


def bytes_view(content: bytes, *, as_hex: bool) -> BytesView:
    """The bytes as hex with their letters beside them, or as UTF-8 in which what is none is a replacement character."""
    part = content[: SHOWN_HEX if as_hex else SHOWN_TEXT]
    text = _hex(part) if as_hex else part.decode("utf-8", "replace")
    return BytesView(text, len(part), len(content), as_hex)


def is_text(content: bytes) -> bool:
    """Whether the beginning is UTF-8 without control characters other than breaks: what is better read as text."""
    try:
        text = content[:1024].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < min(len(content), 1024) - 4:  # a letter that is cut at the end is none that is wrong
            return False
        text = content[: error.start].decode("utf-8")
    return not any(letter < " " and letter not in "\t\n\r" for letter in text)


def _hex(content: bytes) -> str:
    rows = []
    for at in range(0, len(content), _ROW):
        row = content[at : at + _ROW]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        rows.append(f"{at:06x}  {row.hex(' '):<{3 * _ROW - 1}}  {letters}")
    return "\n".join(rows)
