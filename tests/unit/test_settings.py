"""Settings: one declaration, one page of documentation, clear refusals."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from pipeline.errors import Fatal
from pipeline.settings import SETTINGS, Settings, load_settings

PAGE = Path(__file__).parent.parent.parent / "docs" / "settings.md"


def test_every_setting_is_a_field_and_every_field_a_setting() -> None:
    assert {setting.field for setting in SETTINGS} == {field.name for field in dataclasses.fields(Settings)}


def test_an_empty_environment_gives_the_defaults() -> None:
    assert load_settings({}) == Settings()


def test_the_page_describes_every_setting() -> None:
    page = PAGE.read_text("utf-8")
    for setting in SETTINGS:
        assert f"`{setting.variable}`" in page
        assert setting.purpose in page


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("DATELINE_PREFIX", "UPPER-", "lower-case"),
        ("DATELINE_PARTITIONS", "0", "from 1"),
        ("DATELINE_LOG_FORMAT", "xml", "auto, json, text"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_expected(variable: str, text: str, expected: str) -> None:
    with pytest.raises(Fatal, match=expected) as caught:
        load_settings({variable: text})
    assert variable in str(caught.value)
    assert text in str(caught.value)


def test_settings_pass_to_a_child_process_unchanged(tmp_path: Path) -> None:
    settings = Settings(kafka="a:1,b:2", elasticsearch="http://c:3", home=tmp_path, prefix="x-", metrics_port=9000)
    assert load_settings(settings.environment()) == settings
