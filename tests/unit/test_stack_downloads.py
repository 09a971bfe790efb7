"""Packages of the local servers: fetched from a repository (a real HTTP server here), checked, and never fetched twice."""

from __future__ import annotations

import gc
import hashlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pipeline.errors import Fatal
from pipeline.stack import downloads
from pipeline.stack.downloads import fetch
from pipeline.stack.packages import Package, load_packages, packages_of, version_of

CONTENT = b"wire " * 5000
PACKAGE = Package(
    "kafka", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), "org.example", "wire-clients", "1.0", "jar"
)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The folder of a Maven repository that holds the package."""
    folder = tmp_path / "repository"
    file = folder / PACKAGE.path
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    return folder


@pytest.fixture
def fetch_here(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """Fetches packages into `downloads` from the repository; returns what was said."""
    monkeypatch.setattr(downloads, "_TRIES", 1)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(repository)))
    Thread(target=server.serve_forever, daemon=True).start()

    def run(*packages: Package) -> list[str]:
        said: list[str] = []
        url = f"http://127.0.0.1:{server.server_port}"
        fetch(packages, tmp_path / "downloads", said.append, title="Kafka", repositories={"test": url})
        return said

    yield run
    server.shutdown()
    server.server_close()
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()  # jgo does not close its connection where a file is absent


def test_fetch_brings_the_package(tmp_path: Path, fetch_here: Callable[..., list[str]]) -> None:
    said = fetch_here(PACKAGE)
    assert (tmp_path / "downloads" / PACKAGE.path).read_bytes() == CONTENT
    assert said[0].startswith("Fetching Kafka (1 file")


def test_fetch_of_what_is_there_asks_nobody(
    tmp_path: Path, repository: Path, fetch_here: Callable[..., list[str]]
) -> None:
    fetch_here(PACKAGE)
    (repository / PACKAGE.path).unlink()
    assert fetch_here(PACKAGE) == []


def test_fetch_replaces_a_file_that_was_cut_short(tmp_path: Path, fetch_here: Callable[..., list[str]]) -> None:
    file = tmp_path / "downloads" / PACKAGE.path
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT[:100])
    fetch_here(PACKAGE)
    assert file.read_bytes() == CONTENT


def test_fetch_refuses_other_bytes_than_expected(tmp_path: Path, fetch_here: Callable[..., list[str]]) -> None:
    with pytest.raises(Fatal, match=r"org\.example:wire-clients:1\.0.*checksum"):
        fetch_here(replace(PACKAGE, sha256="0" * 64))
    assert not (tmp_path / "downloads" / PACKAGE.path).exists()


def test_fetch_says_what_is_missing_and_what_to_do(fetch_here: Callable[..., list[str]]) -> None:
    with pytest.raises(Fatal, match=r"org\.example:absent:1\.0.*DATELINE_DOWNLOADS"):
        fetch_here(PACKAGE, replace(PACKAGE, artifact="absent"))


def test_fetch_clears_what_a_crash_has_left(tmp_path: Path, fetch_here: Callable[..., list[str]]) -> None:
    leftover = tmp_path / "downloads" / ".partial-abc"
    leftover.mkdir(parents=True)
    fetch_here(PACKAGE)
    assert not leftover.exists()


def test_packages_are_pinned() -> None:
    packages = load_packages()
    assert len({package.path for package in packages}) == len(packages)
    assert all(package.size > 0 and len(package.sha256) == 64 for package in packages)
    assert len(packages_of("elasticsearch")) == 1
    kafka = {package.version for package in packages_of("kafka") if package.group == "org.apache.kafka"}
    assert kafka == {version_of("kafka_2.13")}, "one version of all of Kafka's own jars"
