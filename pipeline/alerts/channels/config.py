"""The channels file: names, and below each the type of a channel and its keys.

Comes in: the file and the table of types. Goes out: checked options by name, or `Fatal` that says file, line, channel, what was expected and
what to do. Strict, since a misspelt key could send alerts nowhere. What stands behind a key is never repeated in a message: it may be a
secret in the wrong place.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta

from pipeline.alerts.channels.options import Options
from pipeline.errors import Fatal
from pipeline.plain_yaml import PlainLoader

NAME = r"^[a-z0-9-]{1,60}$"
Types = Mapping[str, type[Options]]
_WORD = re.compile(r"[\w -]{1,40}")
_INVALID = re.compile(r"(?P<what>.*) - at `\$\.(?P<key>\w+)`")


@dataclass(frozen=True)
class Entry:
    """A channel of the file, and where it stands for messages about it."""

    name: str
    options: Options
    where: str


@dataclass(frozen=True)
class _Spot:
    """Where a channel begins."""

    file: str
    name: str

    def at(self, node: yaml.Node) -> str:
        return f"{self.file}, line {node.start_mark.line + 1}, channel {self.name}"

    def wrong(self, node: yaml.Node, text: str) -> Fatal:
        return Fatal(f"{self.at(node)}: {text}")


def load_entries(file: Path, types: Types) -> list[Entry]:
    """The channels of a file, in its order."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Fatal(f"{file}: expected a channels file that can be read: {error}") from error
    return read_entries(text, types, file=str(file))


def read_entries(text: str, types: Types, *, file: str) -> list[Entry]:
    """The channels of a text; ``file`` is what messages call it."""
    loader, top = _parsed(text, file)
    found: dict[str, Entry] = {}
    for key, keys in top.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        line = f"{file}, line {key.start_mark.line + 1}"
        if not re.fullmatch(NAME, name):
            raise Fatal(f"{line}: expected a name of a-z, 0-9 and hyphens, at most 60 of them, got {_shown(name)}")
        if name in found:
            raise Fatal(f"{line}: there are two channels {name}: give each a name of its own")
        spot = _Spot(file, name)
        found[name] = Entry(name, _options(loader, key, keys, types, spot), spot.at(key))
    return list(found.values())


def _parsed(text: str, file: str) -> tuple[yaml.SafeLoader, yaml.MappingNode]:
    """The file as nodes, which know their lines, and the loader that makes values of them."""
    try:
        loader = PlainLoader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        # Without the cause, which quotes the file.
        raise Fatal(
            f"{file}{line}: expected YAML: {error.problem}: look for a missing quote, bracket or blank"
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Fatal(f"{file}: expected YAML as UTF-8 text without control characters: {type(error).__name__}") from None
    if not isinstance(node, yaml.MappingNode):
        raise Fatal(f"{file}: expected names, each with the keys of a channel, see docs/channels.md")
    return loader, node


def _options(loader: yaml.SafeLoader, name: yaml.Node, keys: yaml.Node, types: Types, spot: _Spot) -> Options:
    """The options of one channel, checked."""
    if not isinstance(keys, yaml.MappingNode):
        raise spot.wrong(name, "expected keys such as type, see docs/channels.md")
    nodes: dict[str, yaml.Node] = {}
    given: dict[str, Any] = {}
    for key, value in keys.value:
        word = key.value if isinstance(key, yaml.ScalarNode) else ""
        if word in nodes:
            raise spot.wrong(key, f"the key {_shown(word)} stands twice: keep one of them")
        nodes[word] = key
        try:
            given[word] = loader.construct_object(value, deep=True)
        except Exception:  # a tag or a date that does not fit: SafeLoader raises five kinds of errors for that
            raise spot.wrong(key, f"expected a text or a number as {_shown(word)}: write it in quotes") from None
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in types:
        got = _shown(kind) if isinstance(kind, str) else "none"
        raise spot.wrong(nodes.get("type", name), f"expected a type, one of {', '.join(sorted(types))}, got {got}")
    _check_keys(nodes, types[kind], name, spot)
    try:
        return msgspec.convert(given, types[kind])
    except msgspec.ValidationError as error:
        found = _INVALID.fullmatch(str(error))
        what, word = (found["what"], found["key"]) if found else (str(error), "type")
        raise spot.wrong(nodes[word], f"{word}: {what[:1].lower()}{what[1:]}, see docs/channels.md") from None


def _check_keys(nodes: Mapping[str, yaml.Node], type_: type[Options], name: yaml.Node, spot: _Spot) -> None:
    fields = msgspec.structs.fields(type_)
    known = sorted(["type", *(field.encode_name for field in fields)])
    for key, node in nodes.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise spot.wrong(node, f"unknown key {_shown(key)}{hint}: expected {', '.join(known)}")
    for field in fields:
        if field.required and field.encode_name not in nodes:
            raise spot.wrong(name, f"expected the key {field.encode_name}, see docs/channels.md")


def _shown(word: str) -> str:
    """A word of the file as messages quote it: not if it could be an address with a password."""
    return repr(word) if _WORD.fullmatch(word) else "something else"


def schema(types: Types) -> dict[str, Any]:
    """The JSON Schema of the file."""
    union: Any = reduce(or_, types.values())
    made: dict[str, Any] = json.loads(
        msgspec.json.encode(msgspec.json.schema(dict[Annotated[str, Meta(pattern=NAME)], union]))
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Dateline channels", **made}
