"""feeds.yaml: which ways in there are, and whom each may speak for.

Comes in: the file. Goes out: typed, checked values with absolute paths. Strict: an unknown key is an error that names the
known ones, for a misspelt `providers` would open a feed to everybody. `schemas/feeds.json` describes the same for editors,
made by ``python -m pipeline.feeds.config``; docs/feeds.md is the reference for people.
"""

from __future__ import annotations

import difflib
import json
import sys
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import yaml
from msgspec import Meta

from pipeline.errors import Fatal, Reject, WrongUse
from pipeline.feeds.files import Label
from pipeline.feeds.signing import read_secret, signing_secrets
from pipeline.formats import FORMATS
from pipeline.formats.providers import PROVIDERS, provider_named
from pipeline.plain_yaml import PlainLoader

NAME = r"^[a-z0-9-]{1,60}$"
_FOLDER = r"^[^./\x00][^/\x00]*$"

Name = Annotated[
    str, Meta(pattern=NAME, description="Name of the feed: in status, metrics, logs and the push address.")
]
ProviderId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
Folder = Annotated[str, Meta(pattern=_FOLDER, max_length=100)]
Variable = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class _Feed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every feed has."""

    name: Name
    providers: Annotated[
        tuple[ProviderId, ...],
        Meta(
            description="Ids of the providers that the feed may speak for; the first is taken where copy names none. "
            "Empty: anybody."
        ),
    ] = ()
    format: Annotated[str, Meta(description="The wire format; without it the content tells.")] | None = None
    charset: (
        Annotated[
            str,
            Meta(
                pattern=r"^[\w.:+-]{1,40}$", description="Character set of copy that is not UTF-8, where it is known."
            ),
        ]
        | None
    ) = None
    content_type: Annotated[str, Meta(pattern=r"^[\w.+-]+/[\w.+-]+$", description="Media type of all copy.")] | None = (
        None
    )

    @property
    def label(self) -> Label:
        """What each message of the feed carries."""
        return Label(self.name, self.providers, self.format, self.content_type, self.charset)


class DirectoryFeed(_Feed, frozen=True, kw_only=True, tag="directory"):
    """A folder that an agency drops files into (FTP, SFTP, a network share)."""

    path: Annotated[str, Meta(min_length=1, description="The folder; relative to the folder of feeds.yaml.")]
    settle: Annotated[
        float, Meta(ge=0.05, le=3600, description="Seconds without a change after which a file counts as whole.")
    ] = 0.5
    done: Annotated[Folder, Meta(description="Sub folder for files that were fed.")] = "done"
    failed: Annotated[Folder, Meta(description="Sub folder for files that were refused.")] = "failed"


class PollFeed(_Feed, frozen=True, kw_only=True, tag="poll"):
    """An address that is asked again and again: RSS, Atom, or any file on the web."""

    url: Annotated[str, Meta(pattern=r"^https?://[^\s]+$", description="The address.")]
    interval: Annotated[float, Meta(ge=1, le=86400, description="Seconds between two requests.")] = 60.0
    secret_env: (
        Annotated[Variable, Meta(description="Environment variable with the value of the header Authorization.")] | None
    ) = None
    secret_file: Annotated[str, Meta(description="File with the value of the header Authorization.")] | None = None


class PushFeed(_Feed, frozen=True, kw_only=True, tag="push"):
    """POST /feeds/NAME: copy that its sender signs."""

    secret_env: Annotated[Variable, Meta(description="Environment variable with the secrets, one a line.")] | None = (
        None
    )
    secret_file: Annotated[str, Meta(description="File with the secrets, one a line.")] | None = None


class StdinFeed(_Feed, frozen=True, kw_only=True, tag="stdin"):
    """Standard input of the service: JSON lines, or one raw item."""


Feed = DirectoryFeed | PollFeed | PushFeed | StdinFeed
KINDS: dict[str, type[Feed]] = {"directory": DirectoryFeed, "poll": PollFeed, "push": PushFeed, "stdin": StdinFeed}


class Feeds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    feeds: Annotated[tuple[Feed, ...], Meta(min_length=1)]
    listen: (
        Annotated[
            str,
            Meta(
                pattern=r"^(\[[0-9a-fA-F:]+\]|[^:\s]*):\d{1,5}$",
                description="host:port for push, as in 127.0.0.1:8480.",
            ),
        ]
        | None
    ) = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the push endpoint."""
        assert self.listen is not None, "checked when the file was read"  # noqa: S101 - programming error
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 - ":8480" asks for it

    def of(self, kind: type[_F]) -> list[_F]:
        """The feeds of a kind."""
        return [feed for feed in self.feeds if isinstance(feed, kind)]


_F = TypeVar("_F", bound=_Feed)


def load_feeds(file: Path) -> Feeds:
    """The feeds of a file; raises `WrongUse` that says what was expected, what came and what to do."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{file}: expected a feeds file that can be read: {error}") from error
    try:
        return read_feeds(text, base=file.absolute().parent)
    except WrongUse as error:
        raise WrongUse(f"{file}: {error}") from error


def read_feeds(text: str, *, base: Path) -> Feeds:
    """The feeds of a text; relative paths are below ``base``."""
    try:
        given = yaml.load(text, Loader=_Strict)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise WrongUse(f"expected YAML: {error}") from error
    return read_given(given, base=base)


def read_given(given: Any, *, base: Path) -> Feeds:
    """`read_feeds` of what the text holds."""
    if not isinstance(given, dict):
        raise WrongUse("expected `listen` and a list `feeds`, see docs/feeds.md; got nothing of the kind")
    _check_keys(given, Feeds, "the file")
    for number, feed in enumerate(given["feeds"] if isinstance(given.get("feeds"), list) else [], 1):
        _check_feed(feed, number)
    try:
        feeds = msgspec.convert(given, Feeds)
    except msgspec.ValidationError as error:
        raise WrongUse(_place(str(error), given)) from error
    return check_feeds(msgspec.structs.replace(feeds, feeds=tuple(_absolute(feed, base) for feed in feeds.feeds)))


class _Strict(PlainLoader):
    """YAML in which a key stands once; YAML itself would take the last one without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping, or an error that shows where the repeated key stands."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _check_feed(feed: Any, number: int) -> None:
    if not isinstance(feed, dict):
        raise WrongUse(f"feed {number}: expected keys such as name and kind, got {feed!r}")
    where = f"feed {feed.get('name', number)}"
    if feed.get("kind") not in KINDS:
        raise WrongUse(f"{where}: expected kind: {', '.join(KINDS)}, got {feed.get('kind')!r}")
    _check_keys({key: value for key, value in feed.items() if key != "kind"}, KINDS[feed["kind"]], where)


def _check_keys(given: dict[Any, Any], kind: type[msgspec.Struct], where: str) -> None:
    fields = msgspec.structs.fields(kind)
    known = [field.encode_name for field in fields]
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise WrongUse(f"{where}: unknown key {key!r}{hint}: expected {', '.join(sorted(known))}")
    for field in fields:
        if field.required and field.encode_name not in given:
            raise WrongUse(f"{where}: expected the key {field.encode_name!r}, see docs/feeds.md")


def _place(message: str, given: dict[str, Any]) -> str:
    """msgspec's message with the feed's name instead of its number."""
    for number, feed in enumerate(given["feeds"] if isinstance(given["feeds"], list) else []):
        message = message.replace(f"$.feeds[{number}].", f"feed {feed.get('name', number + 1)}: ")
    return message.replace("`$.", "`")


def _absolute(feed: Feed, base: Path) -> Feed:
    def below(path: str) -> str:
        return str(base / Path(path).expanduser())

    if isinstance(feed, DirectoryFeed):
        return msgspec.structs.replace(feed, path=below(feed.path))
    if isinstance(feed, PollFeed | PushFeed) and feed.secret_file:
        return msgspec.structs.replace(feed, secret_file=below(feed.secret_file))
    return feed


def check_feeds(feeds: Feeds) -> Feeds:
    """The feeds, if they fit together; raises `WrongUse` with the first thing that does not."""
    names = [feed.name for feed in feeds.feeds]
    for name in names:
        if names.count(name) > 1:
            raise WrongUse(f"two feeds are called {name}: give each a name of its own")
    for feed in feeds.feeds:
        _check_label(feed)
    if feeds.of(PushFeed):
        if not feeds.listen:
            raise WrongUse("expected `listen: host:port` for the push feeds, such as 127.0.0.1:8480")
        if feeds.address[1] > 65535:
            raise WrongUse(f"listen: expected a port up to 65535, got {feeds.address[1]}")
    if len(feeds.of(StdinFeed)) > 1:
        raise WrongUse("there is one standard input: keep one feed of kind stdin")
    _check_folders(feeds.of(DirectoryFeed))
    return feeds


def _check_label(feed: Feed) -> None:
    if feed.format is not None and feed.format not in FORMATS:
        raise WrongUse(f"feed {feed.name}: there is no format {feed.format!r}: known are {', '.join(FORMATS)}")
    for provider in feed.providers:
        try:
            known = provider_named(provider).id
        except Reject as error:
            raise WrongUse(f"feed {feed.name}: {error.reason}") from error
        if known != provider:
            raise WrongUse(f"feed {feed.name}: {provider!r} is a name of the provider {known}: write its id, {known}")
    if isinstance(feed, PushFeed) and bool(feed.secret_env) == bool(feed.secret_file):
        raise WrongUse(f"feed {feed.name}: expected secret_env or secret_file, one of them")
    if isinstance(feed, PollFeed) and feed.secret_env and feed.secret_file:
        raise WrongUse(f"feed {feed.name}: expected secret_env or secret_file, not both")
    if isinstance(feed, PollFeed) and not _has_host(feed.url):
        raise WrongUse(f"feed {feed.name}: expected an address such as https://example.com/feed.xml, got {feed.url!r}")
    if isinstance(feed, DirectoryFeed) and feed.done == feed.failed:
        raise WrongUse(f"feed {feed.name}: done and failed are the same folder: name two")


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _check_folders(feeds: list[DirectoryFeed]) -> None:
    """No folder twice or within another: both feeds would take its files."""
    paths = [(Path(feed.path).resolve(), feed.name) for feed in feeds]
    for number, (path, name) in enumerate(paths):
        for other, other_name in paths[number + 1 :]:
            if path.is_relative_to(other) or other.is_relative_to(path):
                raise WrongUse(f"feeds {name} and {other_name} watch the same files: give them folders side by side")


def findings(feeds: Feeds) -> list[tuple[str, bool, str]]:
    """What only this machine can tell (folders, secrets): per feed its name, whether it can run, and a remark."""
    return [(feed.name, *_finding(feed)) for feed in feeds.feeds]


def _finding(feed: Feed) -> tuple[bool, str]:
    try:
        if isinstance(feed, PushFeed):
            signing_secrets(feed.secret_env, feed.secret_file)
        elif isinstance(feed, PollFeed):
            read_secret(feed.secret_env, feed.secret_file)
        elif isinstance(feed, DirectoryFeed) and not Path(feed.path).is_dir():
            return False, f"{feed.path} is no folder: make it, or mount it"
    except Fatal as error:
        return False, str(error)
    if not feed.providers:
        return True, "speaks for anybody: name its providers, so that it can't change or kill stories of others"
    unlisted = [provider for provider in feed.providers if provider not in PROVIDERS]
    return True, f"not in providers.yaml, read with defaults: {', '.join(unlisted)}" if unlisted else ""


def schema() -> dict[str, Any]:
    """The JSON Schema of feeds.yaml."""
    made: dict[str, Any] = json.loads(msgspec.json.encode(msgspec.json.schema(Feeds)))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Dateline feeds", **made}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
