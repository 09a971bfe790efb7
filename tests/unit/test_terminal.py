"""Text of strangers on a terminal."""

from __future__ import annotations

from pipeline.terminal import safe


def test_what_would_steer_the_terminal_is_taken_out() -> None:
    shown = safe("A\x1b]0;title\x07 headline\x1b[2J \x9b31m\u202etxt.exe\u2066, עברית")
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\u2066"} & set(shown)
    assert "headline" in shown
    assert "עברית" in shown
