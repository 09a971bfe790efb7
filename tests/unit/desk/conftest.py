"""A desk without servers: what is asked of it before it asks Elasticsearch, and what it says when nobody answers there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from pipeline.desk.app import create_app
from pipeline.desk.listening import listening
from pipeline.desk.state import Desk
from pipeline.settings import Settings

NOWHERE = "http://127.0.0.1:9"
"""The discard port, where nobody listens."""
TOKEN = "a-token-of-many-letters"  # noqa: S105 - invented
EVERYWHERE = "0.0.0.0"  # noqa: S104 - never listened on
BEHIND_THE_GATE = "/api/openapi.json"
"""What only those who may look can see, and needs no server."""

ClientOf = Callable[..., TestClient]


@pytest.fixture
def client_of() -> Iterator[ClientOf]:
    """Makes a client of a desk with these settings, as a browser at ``base_url``."""
    with ExitStack() as ending:

        def make(base_url: str = "http://localhost:8620", **settings: object) -> TestClient:
            chosen = Settings(elasticsearch=NOWHERE, kafka="127.0.0.1:9", **settings)  # type: ignore[arg-type]
            desk = Desk.connect(chosen)
            ending.callback(desk.client.close)
            ending.callback(desk.close)
            app = create_app(chosen, listening(chosen), desk)
            return ending.enter_context(TestClient(app, base_url=base_url, follow_redirects=False))

        yield make
