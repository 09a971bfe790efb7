"""Stories in lists: searching for what an address asks, and which new stories fit it. Used by the wire, the API and live lists."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pipeline.desk.asked import Asked
from pipeline.desk.formatting import is_killed
from pipeline.desk.state import Desk
from pipeline.search.query import Query, parse_query
from pipeline.search.resolving import Resolver, resolver
from pipeline.searching import Found, Results, search

_loading = threading.Lock()


def known_names() -> Resolver:
    """The names that searches understand, loaded once; who comes meanwhile waits."""
    with _loading:
        return resolver()


def query_of(asked: Asked) -> Query:
    """The query, with names understood."""
    return parse_query(asked.text, filters=asked.filters, resolver=known_names())


def find(desk: Desk, asked: Asked, *, limit: int, facets: bool = False, histogram: bool = False) -> Results:
    """What the search finds."""
    return search(
        desk.client,
        desk.names,
        query_of(asked),
        limit=limit,
        after=asked.after,
        facets=facets,
        histogram=histogram,
    )


def chooser(desk: Desk, asked: Asked) -> Callable[[list[Found]], list[Found]]:
    """Chooses from new stories those that the search finds. Kills always pass: a list must strike out what it shows."""
    if asked.is_all:
        return lambda found: found

    def choose(found: list[Found]) -> list[Found]:
        ids = {it.story.id for it in found if not is_killed(it)} & set(
            asked.filters.get("id", [it.story.id for it in found])
        )
        fitting: set[str] = set()
        if ids:
            narrowed = Asked(asked.text, asked.filters | {"id": tuple(ids)})
            fitting = {it.story.id for it in find(desk, narrowed, limit=len(ids)).stories}
        return [it for it in found if is_killed(it) or it.story.id in fitting]

    return choose
