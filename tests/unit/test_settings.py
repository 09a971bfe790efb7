"""Settings: one declaration, one page of documentation, clear refusals."""

from __future__ import annotations

import dataclasses
import traceback
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
        ("DATELINE_KAFKA_SECURITY_PROTOCOL", "TLS", "PLAINTEXT, SSL, SASL_SSL"),
        ("DATELINE_KAFKA_SASL_MECHANISM", "GSSAPI", "SCRAM-SHA-512, SCRAM-SHA-256, PLAIN"),
        ("DATELINE_ELASTICSEARCH", "es.example:9200", "https://"),
        ("DATELINE_REPLICATION", "0", "from 1"),
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


# --- secrets -----------------------------------------------------------------------------------------------------------

SECRET = "hunter2-and/more@all"  # noqa: S105 - invented


def test_no_secret_is_shown_with_the_settings() -> None:
    secrets = {setting.field: SECRET for setting in SETTINGS if setting.secret}
    assert secrets.keys() == {
        "kafka_password",
        "elasticsearch_password",
        "elasticsearch_api_key",
        "desk_token",
        "kibana_password",
        "kibana_api_key",
    }
    assert SECRET not in repr(Settings(**secrets))  # type: ignore[arg-type]


def test_every_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    for setting in SETTINGS:
        if setting.secret:
            given = load_settings({f"{setting.variable}_FILE": str(file)})
            assert given.secret(setting.field) == SECRET
            assert load_settings(given.environment()).secret(setting.field) == SECRET
            with pytest.raises(Fatal, match=rf"{setting.variable}_FILE=.*none can't be read"):
                load_settings({f"{setting.variable}_FILE": str(tmp_path / "none")}).secret(setting.field)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("DATELINE_KAFKA", f"user:{SECRET}@kafka.example:9092"),
        ("DATELINE_ELASTICSEARCH", f"https://a.example:9200,https://user:{SECRET}@b.example:9200"),
        ("DATELINE_KIBANA_URL", f"https://user:{SECRET}@kibana.example"),
        ("DATELINE_DESK_URL", f"https://desk.example/{SECRET}"),
    ],
)
def test_an_address_with_a_login_is_refused_without_showing_it(variable: str, text: str) -> None:
    """Addresses stand in messages, logs and `status`."""
    with pytest.raises(Fatal, match=variable) as caught:
        load_settings({variable: text})
    shown = "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in shown
    assert "more" not in shown
