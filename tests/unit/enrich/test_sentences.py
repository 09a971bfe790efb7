"""Where sentences end, and where something that looks like an end is none."""

from __future__ import annotations

import pytest

from pipeline.enrich.sanctions.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The EU acted. Russia replied.", ["The EU acted.", "Russia replied."]),
        ("“Never!” he said. “Why?” she asked…", ["“Never!”", "he said.", "“Why?”", "she asked…"]),
        ("The U.S. Treasury and J. Doe of No. 10 met.", ["The U.S. Treasury and J. Doe of No. 10 met."]),
        ("Das 14. Sanktionspaket gilt. Es trifft 27 Banken.", ["Das 14. Sanktionspaket gilt.", "Es trifft 27 Banken."]),
        ("В 2024 г. санкции продлили. Это всё.", ["В 2024 г. санкции продлили.", "Это всё."]),
        ("欧盟宣布制裁。俄方回应!“不可接受。”他说", ["欧盟宣布制裁。", "俄方回应!“不可接受。”", "他说"]),
        ("فرض الاتحاد عقوبات. هل ترد موسكو؟ نعم", ["فرض الاتحاد عقوبات.", "هل ترد موسكو؟", "نعم"]),
        ("A headline without a stop\n\nThe lead", ["A headline without a stop", "The lead"]),
        (" \n \n", []),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end].strip() for start, end in sentences(text)] == expected
