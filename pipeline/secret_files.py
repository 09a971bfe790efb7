"""Secrets in files: one line of text, and what to say where there is none.

Comes in: a file, and how messages call it. Goes out: the secret, which no message ever shows.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import Fatal


def read_secret_file(file: Path, name: str) -> str:
    """The secret that a file holds, without the blanks around it; raises `Fatal` where there is none."""
    try:
        text = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Fatal(f"{name} can't be read ({what}): put the secret into it, for our user to read") from None
    if not text:
        raise Fatal(f"{name} is empty: put the secret into it")
    return text
