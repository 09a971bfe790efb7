"""The channels file: what is read, and what is said of what can't be."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerts.channels import CHANNEL_TYPES, Channels, read_channels
from pipeline.alerts.channels.config import read_entries, schema
from pipeline.errors import Fatal
from pipeline.resources import resource

ROOT = Path(__file__).parents[3]
SECRET = "a secret that is long enough"  # noqa: S105 - invented
ENVIRONMENT = {"HOOK": SECRET, "MAIL": f"json://desk:{SECRET.replace(' ', '')}@localhost", "SHORT": "hunter2"}
HOOK = "{type: webhook, url: 'https://hooks.example/x', secret_env: HOOK}"
EXAMPLE = f"""\
desk-mail: {{type: apprise, url_env: MAIL}}
risk-hook: {HOOK}
archive:   {{type: file, path: alerts/alerts.jsonl, timeout: 2.5}}
log:       {{type: log}}
"""


def read(folder: Path, text: str) -> Channels:
    file = folder / "channels.yaml"
    file.write_text(text, "utf-8")
    return read_channels(file, ENVIRONMENT)


def test_a_file_gives_its_channels_by_name(tmp_path: Path) -> None:
    channels = read(tmp_path, EXAMPLE)
    assert {name: channel.type for name, channel in channels.items()} == {
        "desk-mail": "apprise",
        "risk-hook": "webhook",
        "archive": "file",
        "log": "log",
    }
    assert [channels[name].timeout for name in ("archive", "risk-hook")] == [2.5, 10.0]
    assert repr(channels) == "Channels(log: log, desk-mail: apprise, risk-hook: webhook, archive: file)"


def test_the_log_is_always_there(tmp_path: Path) -> None:
    assert dict(read_channels(None, {})).keys() == {"log"}
    assert read(tmp_path, "archive: {type: file, path: x}").keys() == {"log", "archive"}


def test_paths_are_below_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "hook").write_text(SECRET)
    read(tmp_path, "hook: {type: webhook, url: 'https://hooks.example', secret_file: secrets/hook}")


@pytest.mark.parametrize("url", ["http://localhost:1/x", "http://127.0.0.1/x", "http://[::1]:8/x", "https://a.example"])
def test_https_or_this_machine(tmp_path: Path, url: str) -> None:
    read(tmp_path, f"hook: {{type: webhook, url: '{url}', secret_env: HOOK}}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected names, each with the keys of a channel"),
        ("- a", "expected names, each with"),
        ("a: {type: log", "line 1: expected YAML: .*bracket"),
        ("a: {type: log}\nb: '\x07'", "expected YAML as UTF-8 text"),
        ("Desk: {type: log}", "line 1: expected a name of a-z, 0-9 and hyphens, at most 60 of them, got 'Desk'"),
        ("? [a]\n: {type: log}", "expected a name"),
        ("a: {type: log}\n\na: {type: log}", "line 3: there are two channels a"),
        ("a: log", "line 1, channel a: expected keys such as type"),
        ("a: {}", "channel a: expected a type, one of apprise, file, log, webhook, got none"),
        ("a:\n  type: pager", "line 2, channel a: expected a type, one of apprise, file, log, webhook, got 'pager'"),
        ("a: {type: [log]}", "expected a type"),
        ("a:\n  type: file\n  file: x", r"line 3, channel a: unknown key 'file': expected path, timeout, type"),
        ("a: {type: file, pth: x}", r"unknown key 'pth' \(did you mean path\?\)"),
        ("a: {type: file}", "channel a: expected the key path"),
        ("a: {type: file, path: x, path: y}", "the key 'path' stands twice"),
        ("a:\n  type: file\n  path: 3", "line 3, channel a: path: expected `str`, got `int`"),
        ("a: {type: file, path: ''}", "path: expected `str` of length >= 1"),
        ("a: {type: file, path: 2026-99-99}", "channel a: expected a text or a number as 'path': write it in quotes"),
        ("a: {type: file, path: !!timestamp x}", "expected a text or a number as 'path'"),
        ("a: {type: log, timeout: !!int ''}", "expected a text or a number as 'timeout'"),
        ("a: {type: log, timeout: soon}", "timeout: expected `float`, got `str`"),
        ("a: {type: log, timeout: 0}", "timeout: expected `float` >= 0.1"),
        ("a: {type: log, timeout: .nan}", "timeout: expected `float`"),
        ("a: {type: log, timeout: 601}", "timeout: expected `float` <= 600"),
        ("a: &a {type: file, path: [*a]}", "expected"),
        ("a: {<<: {type: log}}", "unknown key|expected a type"),
        ("log: {type: file, path: x}", "line 1, channel log: log is the channel into the log"),
        ("a: {type: webhook, url: 'https://x.example'}", "expected secret_env or secret_file, one of them"),
        (f"a: {HOOK[:-1]}, secret_file: x}}", "expected secret_env or secret_file, one of them"),
        (
            "a: {type: webhook, url: 'https://x.example', secret_env: GONE}",
            "variable GONE is not set: put the secret into it",
        ),
        ("a: {type: webhook, url: 'https://x.example', secret_env: no-name}", "secret_env: expected `str` matching"),
        ("a: {type: webhook, url: 'https://x.example', secret_file: gone}", "the secret file .*gone can't be read"),
        (
            "a: {type: webhook, url: 'https://x.example', secret_env: SHORT}",
            "at least 16 characters in SHORT: make one",
        ),
        ("a: {type: webhook, url: 'http://x.example', secret_env: HOOK}", "url: expected https, http is for this"),
        ("a: {type: webhook, url: 'http://localhost.x.example', secret_env: HOOK}", "url: expected https"),
        ("a: {type: webhook, url: 'https://u:hunter2@x.example', secret_env: HOOK}", "url: expected no user and pass"),
        ("a: {type: webhook, url: 'http://localhost@x.example', secret_env: HOOK}", "url: expected no user and pass"),
        ("a: {type: webhook, url: 'https://', secret_env: HOOK}", "url: expected"),
        ("a: {type: webhook, url: 'https://x.example:99999', secret_env: HOOK}", "url: expected an address"),
        ("a: {type: webhook, url: 'ftp://x.example', secret_env: HOOK}", "url: expected `str` matching"),
        ("a: {type: apprise, url: 'json://u:hunter2@x.example'}", "unknown key 'url'.*expected timeout, type, url_env"),
        ("a: {type: apprise}", "expected url_env or url_file, one of them"),
        ("a: {type: apprise, url_env: SHORT}", "line 1, channel a: expected an Apprise URL such as"),
        ("a: {type: apprise, url_env: HOOK}", "expected one Apprise URL: make a channel of its own"),
        ("json://u:hunter2@x.example: {type: log}", "expected a name .*, got something else"),
        ("a: {type: 'json://u:hunter2@x.example'}", "got something else"),
        ("a: {type: log, 'json://u:hunter2@x.example': 1}", "unknown key something else"),
        ("a: json://u:hunter2@x.example", "expected keys"),
        ("a: {type: apprise, url_file: json://u:hunter2", "expected YAML"),
    ],
)
def test_what_is_wrong_is_said_with_line_and_channel(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Fatal, match=said) as failed:
        read(tmp_path, text)
    shown = str(failed.value)
    assert shown.startswith(str(tmp_path / "channels.yaml"))
    error: BaseException | None = failed.value
    while error is not None:  # the whole chain, as a log would show it
        assert "hunter2" not in str(error)
        assert SECRET not in str(error)
        error = None if error.__suppress_context__ and error.__cause__ is None else error.__cause__ or error.__context__


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match=r"gone\.yaml: expected a channels file that can be read"):
        read_channels(tmp_path / "gone.yaml", {})


def test_a_secret_variable_is_looked_up_in_the_environment_that_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELSEWHERE", SECRET)
    with pytest.raises(Fatal, match="ELSEWHERE is not set"):
        read(tmp_path, "a: {type: webhook, url: 'https://x.example', secret_env: ELSEWHERE}")


_PIECES = st.sampled_from(
    [
        "a",
        "log",
        ":",
        " ",
        "\n",
        "  ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "type",
        "file",
        "webhook",
        "path",
        "url",
        "&x",
        "*x",
        "'",
        "-",
        "!!",
        "#",
        "<<",
        "~",
    ]
)


@given(st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=30).map("".join)))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(Fatal):
        read_entries(text, CHANNEL_TYPES, file="channels.yaml")


def test_the_schema_is_that_of_the_types_and_takes_the_example() -> None:
    written = json.loads((resource("schemas") / "channels.json").read_text("utf-8"))
    assert written == schema(CHANNEL_TYPES), "renew it: python -m pipeline.alerts.channels > schemas/channels.json"
    jsonschema.Draft202012Validator.check_schema(written)
    jsonschema.validate(yaml.safe_load(EXAMPLE), written)
    wrong: list[Any] = [{"a": {"type": "pager"}}, {"A": {"type": "log"}}, {"a": {"type": "file", "pth": "x"}}]
    for channels in wrong:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(channels, written)


def test_every_key_and_every_example_of_the_reference_is_good() -> None:
    described = (ROOT / "docs" / "channels.md").read_text("utf-8")
    for type_, options in CHANNEL_TYPES.items():
        assert f"type: {type_}" in described
        for field in msgspec.structs.fields(options):
            assert f"`{field.encode_name}`" in described, field.encode_name
    examples = [part.split("```")[0] for part in described.split("```yaml\n")[1:]]
    assert examples
    for example in examples:
        assert read_entries(example, CHANNEL_TYPES, file="docs/channels.md")


def test_every_apprise_url_of_the_reference_is_one(tmp_path: Path) -> None:
    described = (ROOT / "docs" / "channels.md").read_text("utf-8")
    urls = re.findall(r"^\| [^|]+ \| `(\w+://[^`]+)` \|$", described, re.MULTILINE)
    assert len(urls) >= 5
    for url in urls:
        (tmp_path / "url").write_text(url)
        assert read(tmp_path, "a: {type: apprise, url_file: url}")["a"].type == "apprise"
