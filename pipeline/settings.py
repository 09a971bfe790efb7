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
from pipeline.home import Home, default_home
from pipeline.secret_files import read_secret_file


@dataclass(frozen=True)
class Setting:
    """One setting: its variable, how its text becomes a value, its default and what it is for."""

    variable: str
    parse: Callable[[str], Any]
    default: Any
    purpose: str
    secret: bool = False
    """Never shown, wherever settings or mistakes in them are."""

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
    spelling = {word.lower(): word for word in words}

    def parse(text: str) -> str:
        if text.lower() not in spelling:
            raise ValueError(f"one of {', '.join(words)}")
        return spelling[text.lower()]

    return parse


def _header(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,60}", text):
        raise ValueError("the name of an HTTP header such as X-Forwarded-User")
    return text.lower()


def _url(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/@]+(?:/[^\s@]*)?", text):
        raise ValueError("an address such as https://desk.example, without user and password")
    return text.rstrip("/")


def _addresses(form: str, example: str, server: str) -> Callable[[str], str]:
    """Addresses divided by commas; one with a login in it is refused, since addresses are shown in messages and logs."""

    def parse(text: str) -> str:
        found = [address.strip() for address in text.split(",")]
        if not all(re.fullmatch(form, address) for address in found):
            raise ValueError(
                f"addresses such as {example}, divided by commas; a login goes into {server}_USER and {server}_PASSWORD"
            )
        return ",".join(found)

    return parse


SETTINGS = (
    Setting(
        "DATELINE_KAFKA",
        _addresses(r"[^\s/@]+", "kafka.example:9092", "DATELINE_KAFKA"),
        None,
        "Kafka's addresses, `host:port` divided by commas; unset means the local server.",
    ),
    Setting(
        "DATELINE_KAFKA_SECURITY_PROTOCOL",
        _one_of("PLAINTEXT", "SSL", "SASL_SSL"),
        "PLAINTEXT",
        "How to talk to Kafka: `SSL` encrypts, `SASL_SSL` logs in as well.",
    ),
    Setting(
        "DATELINE_KAFKA_CA",
        Path,
        None,
        "File of the authorities that vouch for Kafka's certificate (PEM); unset means the usual ones.",
    ),
    Setting("DATELINE_KAFKA_USER", str, None, "User as whom to log in to Kafka, with `SASL_SSL`."),
    Setting("DATELINE_KAFKA_PASSWORD", str, None, "The password of Kafka's user.", secret=True),
    Setting("DATELINE_KAFKA_PASSWORD_FILE", Path, None, "File that holds the password of Kafka's user instead."),
    Setting(
        "DATELINE_KAFKA_SASL_MECHANISM",
        _one_of("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"),
        "SCRAM-SHA-512",
        "How the password is proved: `SCRAM-SHA-512`, `SCRAM-SHA-256`, or `PLAIN`, which hands it over.",
    ),
    Setting(
        "DATELINE_ELASTICSEARCH",
        _addresses(r"https?://[^\s/@]+(?:/[^\s@]*)?", "https://elasticsearch.example:9200", "DATELINE_ELASTICSEARCH"),
        None,
        "Elasticsearch's addresses, `http(s)://host:port` divided by commas; unset means the local server.",
    ),
    Setting(
        "DATELINE_ELASTICSEARCH_CA",
        Path,
        None,
        "File of the authorities that vouch for Elasticsearch's certificate (PEM); unset means the usual ones.",
    ),
    Setting(
        "DATELINE_ELASTICSEARCH_USER", str, None, "User as whom to log in to Elasticsearch; unset means without login."
    ),
    Setting("DATELINE_ELASTICSEARCH_PASSWORD", str, None, "The password of Elasticsearch's user.", secret=True),
    Setting(
        "DATELINE_ELASTICSEARCH_PASSWORD_FILE",
        Path,
        None,
        "File that holds the password of Elasticsearch's user instead.",
    ),
    Setting(
        "DATELINE_ELASTICSEARCH_API_KEY",
        str,
        None,
        "API key instead of user and password, as Elasticsearch shows it (encoded).",
        secret=True,
    ),
    Setting("DATELINE_ELASTICSEARCH_API_KEY_FILE", Path, None, "File that holds Elasticsearch's API key instead."),
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
        "DATELINE_SHARDS",
        _positive,
        1,
        "Shards of the indices of stories and of versions when `setup` or `replay --to` makes them: one for each 30 to 50 GB.",
    ),
    Setting(
        "DATELINE_REPLICATION",
        _positive,
        None,
        "Copies of each stream when `setup` makes it, of which all but one must have a message before it counts as taken; unset "
        "leaves both to the broker.",
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
        "DATELINE_BACKFILL",
        _one_of("on", "off"),
        "off",
        "`on` for workers that catch up with an archive: larger batches, and no alerts; `dateline run --backfill` sets it.",
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
        secret=True,
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
    Setting("DATELINE_KIBANA_PASSWORD", str, None, "The password of that user.", secret=True),
    Setting("DATELINE_KIBANA_PASSWORD_FILE", Path, None, "File that holds the password instead."),
    Setting(
        "DATELINE_KIBANA_API_KEY",
        str,
        None,
        "API key instead of user and password, as Kibana shows it (encoded).",
        secret=True,
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
    kafka_security_protocol: str = "PLAINTEXT"
    kafka_ca: Path | None = None
    kafka_user: str | None = None
    kafka_password: str | None = field(default=None, repr=False)
    kafka_password_file: Path | None = None
    kafka_sasl_mechanism: str = "SCRAM-SHA-512"
    elasticsearch: str | None = None
    elasticsearch_ca: Path | None = None
    elasticsearch_user: str | None = None
    elasticsearch_password: str | None = field(default=None, repr=False)
    elasticsearch_password_file: Path | None = None
    elasticsearch_api_key: str | None = field(default=None, repr=False)
    elasticsearch_api_key_file: Path | None = None
    home: Path | None = None
    downloads: Path | None = None
    prefix: str = ""
    partitions: int = 12
    shards: int = 1
    replication: int | None = None
    retention_days: int | None = None
    models: str = "short-queue"
    backfill: str = "off"
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

    def secret(self, name: str) -> str | None:
        """A secret such as ``kafka_password``: its value, else what its file holds; raises `Fatal` where that can't be read.

        Read at each use, so that a process that never logs in to a server needs no secret for it.
        """
        value: str | None = getattr(self, name)
        file: Path | None = getattr(self, f"{name}_file")
        if value is not None or file is None:
            return value
        return read_secret_file(file, f"DATELINE_{name.upper()}_FILE={file}")

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
            raise Fatal(f"{setting.variable}={_shown(setting, text)!r}: expected {error}") from None
    return Settings(**values)


def _shown(setting: Setting, text: str) -> str:
    """A value for a message: without secrets, also where one stands in an address."""
    return "…" if setting.secret else re.sub(r".*@", "…@", text)
