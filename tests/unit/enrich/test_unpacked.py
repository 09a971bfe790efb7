"""The model of languages is the same unpacked, wherever it can be kept, and where it can't be."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pipeline.enrich.unpacked import load_identifier

TEXTS = (
    "The council adopted a further package of measures on Monday.",
    "Der Rat hat am Montag weitere Maßnahmen beschlossen.",
    "Совет принял в понедельник новый пакет мер.",
    "理事会は月曜日に追加措置を採択した。",
    "اعتمد المجلس يوم الاثنين حزمة أخرى من التدابير.",
)


@pytest.fixture(scope="module")
def packed() -> list[tuple[str, float]]:
    return _ranks(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))


def _ranks(identifier: LanguageIdentifier) -> list[tuple[str, float]]:
    return [pair for text in TEXTS for pair in identifier.rank(text)]


def test_the_model_is_unpacked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: list[tuple[str, float]]
) -> None:
    folder = tmp_path / "cache"
    assert _ranks(load_identifier(folder)) == packed
    monkeypatch.setattr(lzma, "open", None)
    assert _ranks(load_identifier(folder)) == packed


def test_the_models_of_other_versions_are_removed(tmp_path: Path) -> None:
    old, other = tmp_path / "py3langid-0.1.0-1.npz", tmp_path / "kafka.tgz"
    old.touch()
    other.touch()
    load_identifier(tmp_path)
    assert not old.exists()
    assert other.exists()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("size", [0, 1000, 50_000_000])
def test_a_damaged_model_is_made_anew(tmp_path: Path, size: int, packed: list[tuple[str, float]]) -> None:
    load_identifier(tmp_path)
    (file,) = tmp_path.iterdir()
    with file.open("r+b") as stream:
        stream.truncate(size)
    for _ in range(2):
        assert _ranks(load_identifier(tmp_path)) == packed
    assert file.stat().st_size > size


def test_without_a_place_for_it_the_package_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: list[tuple[str, float]]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path / "file", Path("~/.cache/dateline")):
        assert _ranks(load_identifier(folder)) == packed
    assert [it.name for it in tmp_path.iterdir()] == ["file"]
