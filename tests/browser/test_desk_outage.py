"""The desk while Elasticsearch is away, and when it is back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import feed, fresh, serving, story, until
from tests.conftest import Pipeline


class Line:
    """A line to Elasticsearch that can be cut: a TCP proxy in a thread of its own."""

    def __init__(self, host: str, port: int) -> None:
        self._to = host, port
        self._open = True
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self._server = starting.result(timeout=10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Ends all connections; new ones are closed at once."""
        self._open = False
        self._loop.call_soon_threadsafe(self._close_all)

    def mend(self) -> None:
        """Lets connections through again."""
        self._open = True

    def end(self) -> None:
        """Ends the proxy."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._open = False
        self._server.close()
        self._close_all()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)

    def _close_all(self) -> None:
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError):
            if self._open:
                behind, before = await asyncio.open_connection(*self._to)
                self._writers.add(before)
                await asyncio.gather(self._pass(reader, before), self._pass(behind, writer))
        writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65536):
                writer.write(piece)
                await writer.drain()
        writer.close()


@pytest.fixture
def line(wire: Pipeline) -> Iterator[Line]:
    address = urlsplit(wire.settings.elasticsearch or "")
    assert address.hostname
    assert address.port
    line = Line(address.hostname, address.port)
    yield line
    line.end()


def test_an_outage_is_told_and_what_came_meanwhile_appears(page: Page, wire: Pipeline, line: Line) -> None:
    settings = replace(wire.settings, elasticsearch=f"http://127.0.0.1:{line.port}")
    with serving(settings) as url:
        page.goto(url)
        until(page, "document.querySelector('[data-pause-text]')?.textContent === 'Live'")
        line.cut()
        expect(page.locator("#banner")).to_contain_text("Elasticsearch does not answer")
        guid = fresh("meanwhile")
        feed(wire, story(guid, "Ceasefire agreed while nobody could look"))
        wire.settle()
        answer = page.request.get(url)
        assert answer.status == 503
        assert "looks again" in answer.text()
        assert "Traceback" not in answer.text()
        line.mend()
        expect(page.locator(f'.row[data-id="aurora:{guid}"]')).to_be_visible()
        expect(page.locator("#banner")).to_be_hidden()
