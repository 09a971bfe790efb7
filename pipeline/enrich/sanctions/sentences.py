"""A text in sentences, as far as wire copy lets them be told.

Comes in: a text. Goes out: the spans of its sentences. An ordinal ("14. Sanktionspaket") and an initial ("U.S. Treasury") end
none; a line break does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_END = re.compile(
    r"""
    [。！？]['"”’»」』)]*          # Chinese and Japanese need no blank
    | (?<![\s.(]\w)(?<!^\w)(?<!\b\d)(?<!\b\d\d)  # no initial, no ordinal
      (?<!\bNo)(?<!\bNr)(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bMrs)(?<!\bcirca)(?<!\bca)(?<!\bgen)(?<!\bGen)(?<!\bSen)(?<!\bGov)(?<!\bJan)(?<!\bFeb)
      (?<!U\.S)(?<!U\.N)(?<!\bт)(?<!\bг)
      [.!?…؟۔]+['"”’»)\]]*(?=\s)
    | \n+
    """,
    re.VERBOSE,
)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """The spans of the sentences that hold a letter, in order."""
    start = 0
    for match in _END.finditer(text):
        if text[start : match.end()].strip():
            yield start, match.end()
        start = match.end()
    if text[start:].strip():
        yield start, len(text)
