"""NOTICE: who made the data that the package carries, file by file."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
NOTICE = (ROOT / "NOTICE").read_text("utf-8")
OURS = {"pipeline/stack/packages.txt"}
"""Lists made by code of ours, of no data."""


def test_every_data_file_has_a_source_and_a_licence() -> None:
    named = re.findall(r"pipeline/[\w./*-]+\w", NOTICE)
    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "pipeline").rglob("*"))
        if path.suffix in {".tsv", ".txt", ".csv", ".crfsuite", ".bin"} or path.name.endswith(".min.js")
    ]
    assert [file for file in found if file not in OURS and not any(fnmatch(file, name) for name in named)] == []


def test_every_named_file_is_there() -> None:
    for name in re.findall(r"pipeline/[\w./*-]+\w", NOTICE):
        assert list(ROOT.glob(name)), name


def test_every_list_that_can_be_fetched_has_its_terms() -> None:
    for publisher in ("OFAC", "European Union", "United Nations", "United Kingdom", "OpenSanctions"):
        assert publisher in NOTICE
