"""Folders of rule files, and reading them again: what breaks keeps the rule that it held."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.alerts.rules import RuleFile, load, read_folder

GOOD = "title: {}\nwhen: {{topics: [tiktok]}}\n"


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text, "utf-8")
    return folder


def titles(files: dict[str, RuleFile]) -> dict[str, str | None]:
    return {name: file.rule.title if file.rule else None for name, file in files.items()}


def test_a_folder_gives_every_file(tmp_path: Path) -> None:
    write(tmp_path, b=GOOD.format("B"), a="title: [", Bad_Name=GOOD.format("C"))
    (tmp_path / "latin.yaml").write_bytes("title: é\nwhen: é".encode("latin-1"))
    (tmp_path / "other.yml").write_text(GOOD.format("Other"))
    (tmp_path / "notes.txt").write_text("no rule")
    (tmp_path / ".hidden.yaml").write_text("no rule")
    (tmp_path / "folder.yaml").mkdir()
    files = {file.name: file for file in read_folder(tmp_path)}
    assert [*files] == ["Bad-Name", "a", "b", "folder", "latin", "other"]
    assert [name for name, file in files.items() if file.problem is None] == ["b"]
    assert [name for name, file in files.items() if file.rule is not None] == ["b"]
    assert "expected YAML" in str(files["a"].problem)
    assert "line 1: expected UTF-8" in str(files["latin"].problem)
    assert "name it other.yaml" in str(files["other"].problem)
    assert "can't be read" in str(files["folder"].problem)


def test_the_digest_tells_when_a_file_has_changed(tmp_path: Path) -> None:
    (first,) = read_folder(write(tmp_path, a=GOOD.format("A")))
    (same,) = read_folder(tmp_path)
    (other,) = read_folder(write(tmp_path, a=GOOD.format("B")))
    assert first.digest == same.digest != other.digest


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        load(True, tmp_path / "none", {})


def test_a_file_that_breaks_keeps_its_last_rule(tmp_path: Path) -> None:
    known = load(False, write(tmp_path, a=GOOD.format("A"), b=GOOD.format("B")), {})
    broken = load(False, write(tmp_path, a="title: A\nwhen: {topcs: [tiktok]}"), known)
    assert titles(broken) == {"a": "A", "b": "B"}
    assert "topcs" in str(broken["a"].problem)
    assert broken["b"] is known["b"]
    again = load(False, tmp_path, broken)
    assert again == broken
    mended = load(False, write(tmp_path, a=GOOD.format("A2")), again)
    assert (titles(mended), mended["a"].problem) == ({"a": "A2", "b": "B"}, None)


def test_a_file_that_was_always_broken_has_no_rule(tmp_path: Path) -> None:
    assert titles(load(False, write(tmp_path, a="title: ["), {})) == {"a": None}


def test_a_file_that_is_gone_is_gone(tmp_path: Path) -> None:
    known = load(False, write(tmp_path, a=GOOD.format("A"), b=GOOD.format("B")), {})
    (tmp_path / "a.yaml").unlink()
    assert titles(load(False, tmp_path, known)) == {"b": "B"}


def test_a_file_of_the_folder_replaces_the_shipped_one(tmp_path: Path) -> None:
    shipped = load(True, None, {})
    own = load(True, write(tmp_path, tiktok=GOOD.format("Mine"), more=GOOD.format("More")), shipped)
    assert own.keys() == {*shipped, "more"}
    assert titles(own)["tiktok"] == "Mine"
    (tmp_path / "tiktok.yaml").unlink()
    assert titles(load(True, tmp_path, own))["tiktok"] == "TikTok"
    assert titles(load(False, tmp_path, own)) == {"more": "More"}
