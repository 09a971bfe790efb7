"""Text stands out from its ground as WCAG AA asks, in light and dark."""

from __future__ import annotations

import re

import pytest

from pipeline.desk.pages import STATIC

STYLES = (STATIC / "desk.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", STYLES.partition(selector)[2].partition("\n}")[0]))
    for selector in (":root {", ':root[data-theme="dark"] {')
)
GROUNDS = ("ground", "raised", "sunken", "accent-ground")
TEXT = [(text, ground) for text in ("ink", "ink-2", "ink-3", "accent", "bad", "warn", "new") for ground in GROUNDS] + [
    ("bad", "bad-ground"),
    ("warn", "warn-ground"),
    ("new", "new-ground"),
    ("on-accent", "accent"),
    ("raised", "bad"),
    ("raised", "warn"),
    ("ink", "hit"),
    ("ink", "sanction-ground"),
]


def light(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_reads_on_every_ground(colours: dict[str, str]) -> None:
    faint = [(text, ground) for text, ground in TEXT if contrast(colours[text], colours[ground]) < 4.5]
    assert faint == []


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_in_text_are_seen(colours: dict[str, str]) -> None:
    kinds = ("person", "organisation", "place", "product", "event", "topic", "good")
    assert [kind for kind in kinds if contrast(colours[kind], colours["ground"]) < 3] == []


def test_dark_by_the_system_is_dark_by_choice() -> None:
    system = STYLES.partition(':root:not([data-theme="light"]) {')[2].partition("\n}")[0]
    assert dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", system)) == DARK
