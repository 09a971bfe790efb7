"""Every setting of Dateline, declared once; the only place that reads the environment.

Comes in: environment variables. Goes out: a `Settings` value that is passed on. docs/settings.md follows the table below
and a test compares the two.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import Fatal
from pipeline.stack import Home, default_home


@dataclass(frozen=True)
class Setting:
    """One setting: its variable, how its text becomes a value, its default and what it is for."""

    variable: str
    parse: Callable[[str], Any]
    default: Any
    purpose: str

    @property
    def field(self) -> str:
        """The name of the value in `Settings`."""
        return self.variable.removeprefix("DATELINE_").lower()


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,40}", text):
        raise ValueError("lower-case letters, digits, dots and hyphens, at most 41, a letter or digit first")
    return text


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ValueError("a whole number from 1")
    return int(text)


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return text.lower()

    return parse


def _header(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,60}", text):
        raise ValueError("the name of an HTTP header such as X-Forwarded-User")
    return text.lower()


def _url(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(?:/\S*)?", text):
        raise ValueError("an address such as https://desk.example")
    return text.rstrip("/")


SETTINGS = (
    Setting(
        "DATELINE_KAFKA", str, None, "Kafka's addresses, `host:port` divided by commas; unset means the local server."
    ),
    Setting(
        "DATELINE_ELASTICSEARCH",
        str,
        None,
        "Elasticsearch's addresses, `http(s)://host:port` divided by commas; unset means the local server.",
    ),
    Setting(
        "DATELINE_HOME",
        Path,
        None,
        "Folder of the local servers, their data and logs; unset means `.dateline` in a checkout, else the user's "
        "data folder.",
    ),
    Setting(
        "DATELINE_DOWNLOADS",
        Path,
        None,
        "Folder of the fetched server packages, so that several homes can share them; unset means `downloads` in the home.",
    ),
    Setting(
        "DATELINE_PREFIX",
        _prefix,
        "",
        "Stands before every stream, index and consumer group name, so that several installations can share servers.",
    ),
    Setting(
        "DATELINE_PARTITIONS", _positive, 12, "Partitions of `wire.raw` and `wire.stories` when `setup` makes them."
    ),
    Setting(
        "DATELINE_RETENTION_DAYS",
        _positive,
        None,
        "Days after which `dateline prune` removes a story; unset keeps all but those of providers with a limit of their own.",
    ),
    Setting(
        "DATELINE_MODELS",
        _one_of("always", "short-queue", "never"),
        "short-queue",
        "When statistical models look for names that gazetteer and rules miss: `short-queue` leaves them out of batches that "
        "fill up, so that they never delay a busy wire.",
    ),
    Setting(
        "DATELINE_RULES",
        Path,
        None,
        "Folder of alert rules of your own, beside those that come with Dateline; see rules.md.",
    ),
    Setting("DATELINE_CHANNELS", Path, None, "File of the channels that alerts go out by; see channels.md."),
    Setting("DATELINE_DESK_URL", _url, None, "Where people reach the desk page; alerts link there."),
    Setting("DATELINE_DESK_HOST", str, "127.0.0.1", "Address on which the desk page listens."),
    Setting(
        "DATELINE_DESK_PORT",
        _positive,
        None,
        "Port of the desk page; unset means 8620, or any free one where that is taken (it is said at the start).",
    ),
    Setting(
        "DATELINE_DESK_TOKEN",
        str,
        None,
        "What people log in to the desk page with, and programs send as `Authorization: Bearer …`; at least 16 characters.",
    ),
    Setting("DATELINE_DESK_TOKEN_FILE", Path, None, "File that holds the token instead."),
    Setting(
        "DATELINE_DESK_PROXY_HEADER",
        _header,
        None,
        "Header in which an authenticating proxy in front of the desk page names the user, such as `X-Forwarded-User`; only "
        "the proxy may then be able to reach the page.",
    ),
    Setting("DATELINE_KIBANA_URL", _url, None, "Where people reach Kibana; alerts link there."),
    Setting(
        "DATELINE_KIBANA_USER", str, None, "User as whom `dateline kibana setup` imports; unset means without login."
    ),
    Setting("DATELINE_KIBANA_PASSWORD", str, None, "The password of that user."),
    Setting("DATELINE_KIBANA_PASSWORD_FILE", Path, None, "File that holds the password instead."),
    Setting(
        "DATELINE_KIBANA_API_KEY", str, None, "API key instead of user and password, as Kibana shows it (encoded)."
    ),
    Setting("DATELINE_KIBANA_API_KEY_FILE", Path, None, "File that holds the API key instead."),
    Setting(
        "DATELINE_KIBANA_CA",
        Path,
        None,
        "File of the authorities that vouch for Kibana's certificate; unset means the usual ones.",
    ),
    Setting("DATELINE_METRICS_HOST", str, "127.0.0.1", "Address on which workers serve Prometheus metrics."),
    Setting(
        "DATELINE_METRICS_PORT",
        _positive,
        None,
        "Port of the metrics of the first worker, counting up from there; unset means any free port (see `dateline status`).",
    ),
    Setting(
        "DATELINE_LOG_LEVEL", _one_of("debug", "info", "warning", "error"), "info", "The least level that is logged."
    ),
    Setting(
        "DATELINE_LOG_FORMAT",
        _one_of("auto", "json", "text"),
        "auto",
        "`json` for one object a line, `text` for people; `auto` is text on a terminal.",
    ),
)


@dataclass(frozen=True)
class Settings:
    """The settings in force; one field per entry of `SETTINGS`, described there."""

    kafka: str | None = None
    elasticsearch: str | None = None
    home: Path | None = None
    downloads: Path | None = None
    prefix: str = ""
    partitions: int = 12
    retention_days: int | None = None
    models: str = "short-queue"
    rules: Path | None = None
    channels: Path | None = None
    desk_url: str | None = None
    desk_host: str = "127.0.0.1"
    desk_port: int | None = None
    desk_token: str | None = field(default=None, repr=False)
    desk_token_file: Path | None = None
    desk_proxy_header: str | None = None
    kibana_url: str | None = None
    kibana_user: str | None = None
    kibana_password: str | None = field(default=None, repr=False)
    kibana_password_file: Path | None = None
    kibana_api_key: str | None = field(default=None, repr=False)
    kibana_api_key_file: Path | None = None
    kibana_ca: Path | None = None
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    log_level: str = "info"
    log_format: str = "auto"

    @property
    def local(self) -> Home:
        """Where the local servers live."""
        home = (self.home or default_home()).expanduser().absolute()
        return Home(home, self.downloads.expanduser().absolute() if self.downloads else home / "downloads")

    def environment(self) -> dict[str, str]:
        """The settings as variables for a child process."""
        values = {setting.variable: getattr(self, setting.field) for setting in SETTINGS}
        return {variable: str(value) for variable, value in values.items() if value not in (None, "")}

    @staticmethod
    def secrets() -> Mapping[str, str]:
        """The environment in which channels look up the secrets that their file names."""
        return os.environ

    @property
    def needs_local_servers(self) -> bool:
        """Whether an address is left to the local servers."""
        return not (self.kafka and self.elasticsearch)


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the environment gives; raises `Fatal` for a value of the wrong form."""
    values = {}
    for setting in SETTINGS:
        text = environment.get(setting.variable, "").strip()
        try:
            values[setting.field] = setting.parse(text) if text else setting.default
        except ValueError as error:
            raise Fatal(f"{setting.variable}={text!r}: expected {error}") from error
    return Settings(**values)
