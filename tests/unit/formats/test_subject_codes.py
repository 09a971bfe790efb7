"""Subject codes as media topics: the table's form, and pairs that anybody can look up at the IPTC."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from pipeline.formats.subject_codes import media_topic

LINES = files("pipeline.formats").joinpath("subject_codes.tsv").read_text("utf-8").splitlines()


def test_the_table_is_sorted_and_names_each_code_once() -> None:
    assert LINES[0] == "subject_code\tmedia_topic\tmatch"
    codes = [line.split("\t")[0] for line in LINES[1:]]
    assert codes == sorted(set(codes))
    assert len(codes) > 900


def test_every_line_is_a_pair_of_codes() -> None:
    wrong = [line for line in LINES[1:] if not re.fullmatch(r"\d{8}\t\d{8}\t(?:exact|close|broader)", line)]
    assert wrong == []


@pytest.mark.parametrize(
    ("code", "topic"),
    [
        ("subj:11002000", "medtop:20000639"),  # diplomacy
        ("11005001", "medtop:20000642"),  # economic sanction
        ("11003000", "medtop:20000574"),  # election
        ("16002000", "medtop:20000056"),  # armed conflict
        ("16009000", "medtop:20000062"),  # war, and not the retired "war crime action"
        ("04008035", "medtop:20000384"),  # tariff
        ("11027000", "medtop:20000641"),  # treaty
        (" subj:17000000 ", "medtop:17000000"),
    ],
)
def test_known_pairs(code: str, topic: str) -> None:
    assert media_topic(code) == topic


def test_the_top_level_keeps_its_numbers() -> None:
    top = [f"{number:02d}000000" for number in range(1, 18)]
    assert [code for code in top if media_topic(code) != f"medtop:{code}"] == ["14000000"]
    assert media_topic("14025000") == "medtop:14000000"


@pytest.mark.parametrize("code", ["", "subj:", "99999999", "medtop:20000639", "POL", "1100200"])
def test_what_is_no_subject_code_means_nothing(code: str) -> None:
    assert media_topic(code) is None
