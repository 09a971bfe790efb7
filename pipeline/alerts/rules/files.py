"""Rule files of a folder, the shipped ones and the user's own, read again without losing what worked.

Comes in: folders. Goes out: a `RuleFile` a file, with its rule or what is wrong with it. One broken file never stops the others, and a file
that breaks while Dateline runs keeps the rule that it held before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pipeline.alerts.rules.parsing import parse_rule
from pipeline.alerts.rules.problem import RuleError
from pipeline.alerts.rules.rule import Rule

SHIPPED = files(__package__) / "shipped"
_ENDING, _OTHER_ENDING = ".yaml", ".yml"
_MAX_BYTES = 1 << 18


@dataclass(frozen=True)
class RuleFile:
    """A file. ``rule``: what is in force, from this file or, if it is broken, from the last one that was not; ``digest``: of its bytes."""

    name: str
    rule: Rule | None
    problem: RuleError | None
    digest: str


def read_folder(folder: Path | Traversable) -> list[RuleFile]:
    """All rule files of the folder, by name; `OSError` where the folder itself can't be read."""
    return [*_files(folder, {})]


def load(shipped: bool, folder: Path | None, known: Mapping[str, RuleFile]) -> dict[str, RuleFile]:
    """The rule files by name: the shipped ones if wanted, and those of the folder, which replace shipped ones of their name.

    ``known`` are those of the last time: a file that has not changed is taken from there, one that is broken now keeps its last rule. `OSError`
    where the folder can't be read.
    """
    found: dict[str, RuleFile] = {}
    for place in ([SHIPPED] if shipped else []) + ([folder] if folder is not None else []):
        found |= {file.name: file for file in _files(place, known)}
    return found


def _files(folder: Path | Traversable, known: Mapping[str, RuleFile]) -> Iterator[RuleFile]:
    names = {
        path.name for path in folder.iterdir() if path.name.endswith((_ENDING, _OTHER_ENDING)) and path.name[0] != "."
    }
    for file_name in sorted(names):
        name = file_name.removesuffix(_ENDING).removesuffix(_OTHER_ENDING)
        if file_name.endswith(_OTHER_ENDING) and f"{name}{_ENDING}" in names:
            continue
        yield _file(name, folder / file_name, known.get(name))


def _file(name: str, path: Traversable, before: RuleFile | None) -> RuleFile:
    last = before.rule if before else None
    try:
        content = path.read_bytes()
    except OSError as error:
        return RuleFile(
            name, last, RuleError(f"the file can't be read: {error.strerror}", remedy="look at its rights"), ""
        )
    digest = hashlib.sha256(content).hexdigest()[:16]
    if before is not None and before.digest == digest:
        return before
    try:
        if not path.name.endswith(_ENDING):
            raise RuleError(f"{path.name} is no rule file", remedy=f"name it {name}{_ENDING}")
        return RuleFile(name, parse_rule(name, _text(content)), None, digest)
    except RuleError as error:
        return RuleFile(name, last, error, digest)


def _text(content: bytes) -> str:
    if len(content) > _MAX_BYTES:
        raise RuleError(f"expected a rule, got a file of {len(content)} bytes", remedy="make one rule a file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RuleError("expected UTF-8", line, "save the file as UTF-8") from error
