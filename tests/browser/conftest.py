"""The desk page in a real Chromium, on a running pipeline and real servers that all browser tests share.

Chromium is the distribution's (Debian: ``apt-get install chromium``). Without it these tests are skipped, and the summary says so loudly; under
``CI=1`` or ``DATELINE_BROWSER=required`` that is a failure.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pipeline.feeds.files import Copy
from pipeline.launcher import DESK, Launcher
from pipeline.settings import Settings
from tests.conftest import Pipeline, forgetting, wait_for

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MISSING = "no Chromium here, so the desk page was NOT tested in a browser (Debian: apt-get install chromium)"
_PATIENCE_MS = 30_000
"""A story comes within a second or two; a machine that is busy with other tests may take longer."""
expect.set_options(timeout=_PATIENCE_MS)


@pytest.fixture(scope="package")
def chromium_path() -> str:
    """Where Chromium is."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    if os.environ.get("CI") or os.environ.get("DATELINE_BROWSER") == "required":
        pytest.fail(_MISSING)
    pytest.skip(_MISSING)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says loudly that browser tests did not run."""
    skipped = [it for it in terminalreporter.stats.get("skipped", []) if _MISSING in str(it.longrepr)]
    if skipped:
        terminalreporter.write_sep("!", f"{len(skipped)} browser tests did not run: {_MISSING}", red=True, bold=True)


@pytest.fixture(scope="package")
def wire(chromium_path: str, shared_pipeline: Pipeline) -> Iterator[Pipeline]:
    """A running pipeline on which the browser tests leave what they feed."""
    with forgetting(shared_pipeline):
        yield shared_pipeline


@pytest.fixture(scope="package")
def desk_url(wire: Pipeline) -> Iterator[str]:
    """Where the desk page of that pipeline is."""
    with serving(wire.settings) as url:
        yield url


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """A desk process; yields its address."""
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        launcher = Launcher(
            settings, {DESK: 1}, folder=Path(folder), on_settled=lambda settled: None, on_line=lines.append
        )
        launcher.start()
        try:
            yield wait_for(lambda: launcher.workers[0].address, what="the desk page to start").rstrip("/")
        finally:
            launcher.stop()
            sys.stdout.write("\n".join(lines))  # shown by pytest where a test fails


@pytest.fixture(scope="package")
def browser(chromium_path: str) -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        # Started as root, Chromium runs without its sandbox only; the pages are ours.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=arguments)
        yield chromium
        chromium.close()


PageOf = Callable[..., Page]


@pytest.fixture
def page_of(browser: Browser) -> Iterator[PageOf]:
    """Makes pages in a browser of their own (``width``, ``height`` and options of a Playwright context). Whatever scripts of the wire ran or
    were stopped, dialogs and faults of our own scripts, fails the test.
    """
    troubles: list[str] = []
    contexts = []

    def make(*, width: int = 1366, height: int = 768, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="en-GB", timezone_id="Europe/Berlin", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
        page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda line: troubles.append(line.text) if "Content Security Policy" in line.text else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def page(page_of: PageOf) -> Page:
    """A page on a laptop."""
    return page_of()


def until(page: Page, condition: str, *, seconds: float = 30.0) -> None:
    """Waits until a condition in JavaScript holds. (Playwright's own way is a script of text, which our policy forbids.)"""
    wait_for(lambda: page.evaluate(condition), seconds=seconds, what=condition)


def story(guid: str, headline: str, body: str = "", **fields: Any) -> dict[str, Any]:
    """A story of the provider aurora as JSON copy."""
    return {"guid": guid, "provider": "aurora", "headline": headline, "body": body or f"{headline}.", **fields}


def feed(wire: Pipeline, *stories: dict[str, Any]) -> None:
    """Feeds stories; returns once Kafka has them."""
    wire.feed(*(Copy(json.dumps(it).encode(), f"test/{it['guid']}.json", "application/json") for it in stories))


def fresh(name: str) -> str:
    """A guid that no other test has."""
    return f"{name}-{time.monotonic_ns()}"
