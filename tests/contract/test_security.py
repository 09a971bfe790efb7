"""Who may do what: one list, the same in the files, on the page and in Kubernetes; and nothing listens or runs that was not asked for."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.desk.listening import is_loopback
from pipeline.documents.indices import index_names
from pipeline.errors import WrongUse
from pipeline.feeds.config import read_feeds
from pipeline.settings import Settings
from pipeline.stack.ports import HOST
from pipeline.stack.security import elasticsearch_roles, kafka_users, user_of
from pipeline.streams import CONSUMES, STREAMS, group_of

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ACLS: dict[str, dict[str, dict[str, list[str]]]] = yaml.safe_load(
    (ROOT / "deploy" / "security" / "acls.yml").read_text()
)
ROLES: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "security" / "roles.yml").read_text())

Right = tuple[str, str, str]


def rights(user: str) -> set[Right]:
    """What the file gives a user: kind, name, operation, with what an operation includes."""
    given = {
        (kind.removesuffix("s"), name, operation)
        for kind, entries in ACLS[user].items()
        for name, operations in entries.items()
        for operation in operations
    }
    return given | {(kind, name, "Describe") for kind, name, _ in given}


def test_the_lists_name_the_streams_groups_and_indices_of_the_code() -> None:
    named = {(kind, name) for user in ACLS for kind, name, _ in rights(user)}
    assert {name for kind, name in named if kind == "topic"} == {stream.name for stream in STREAMS}
    assert {name for kind, name in named if kind == "group"} == {group_of(role, Settings()) for role in CONSUMES}
    names = index_names(Settings())
    for role in ROLES.values():
        (grant,) = role["indices"]
        patterns = [re.compile(re.escape(name).replace(r"\*", ".*")) for name in grant["names"]]
        for index in (*names.indices, *names.single, names.visible, names.everything, names.all_versions):
            assert any(pattern.fullmatch(index) for pattern in patterns), index


def test_each_role_reads_the_stream_that_it_consumes() -> None:
    for role, stream in CONSUMES.items():
        reads = {(kind, name) for kind, name, operation in rights(f"dateline-{role}") if operation == "Read"}
        assert reads == {("topic", stream.name), ("group", group_of(role, Settings()))}


def test_kubernetes_gives_its_users_the_same() -> None:
    manifests = yaml.safe_load_all((ROOT / "k8s" / "components" / "kafka" / "users.yaml").read_text("utf-8"))
    users = {it["metadata"]["name"]: it["spec"]["authorization"]["acls"] for it in manifests}
    for user in ACLS:
        theirs = {
            (rule["resource"]["type"], rule["resource"]["name"], operation)
            for rule in users[user]
            for operation in rule["operations"]
        }
        # There an operator makes the streams.
        assert theirs == {right for right in rights(user) if right[2] != "Create"}, user


def test_the_page_tells_every_user_and_right() -> None:
    rows = dict(re.findall(r"^\| `(dateline-\w+)` \|(.*)$", PAGE, re.MULTILINE))
    assert rows.keys() == ACLS.keys()
    for user, row in rows.items():
        _, reads, writes, *_ = row.split("|")
        for operation, cell in (("Read", reads), ("Write", writes)):
            assert set(re.findall(r"wire\.\w+", cell)) == {
                name for kind, name, it in rights(user) if (kind, it) == ("topic", operation)
            }, (user, operation)
    assert re.findall(r"^\| `(dateline_\w+)` \| `(dateline-\w+)` \|", PAGE, re.MULTILINE) == [
        (role, user_of(role)) for role in ROLES
    ]


def test_the_package_reads_the_same_files() -> None:
    assert list(ACLS) == kafka_users()[1:]
    assert elasticsearch_roles() == ROLES
    assert '"deploy/security" = "pipeline/deploy/security"' in (ROOT / "pyproject.toml").read_text()


def test_tests_that_the_page_names_are_there() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", PAGE)
    assert len(named) > 8
    assert [name for name in named if not (ROOT / name).exists()] == []


# --- what listens, what runs -------------------------------------------------------------------------------------------


def test_nothing_listens_beyond_this_machine_unless_told() -> None:
    settings = Settings()
    assert is_loopback(settings.desk_host)
    assert is_loopback(settings.metrics_host)
    assert is_loopback(HOST)
    with pytest.raises(WrongUse, match="listen"):
        read_feeds("feeds: [{name: a, kind: push, providers: [aurora], secret_env: A}]", base=Path())


def test_only_the_local_servers_are_programs_that_we_start() -> None:
    """All else that runs beside us is our own code, in known places. And no shell ever sees text of the wire: the two scripts are constants."""
    starting = set()
    for path in sorted((ROOT / "pipeline").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
                if names & {"subprocess", "multiprocessing"}:
                    starting.add(path.relative_to(ROOT / "pipeline").as_posix())
            elif isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert not re.fullmatch(r"os\.(system|popen|exec\w*|spawn\w*)|eval|exec", called), f"{path}: {called}"
                assert not any(keyword.arg == "shell" for keyword in node.keywords), path
    assert starting == {
        "nursery.py",
        "stack/processes.py",
        "replaying/stories.py",
        "bench/enriching.py",
        "bench/searching.py",
    }
