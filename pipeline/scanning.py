"""Every document that a query finds, however many, in one consistent view (point in time), in any order.

Comes in: a client, an index or alias, a query. Goes out: the hits, page by page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from pipeline.sinks.elastic import elastic_errors

_PAGE = 2000
_KEEP_ALIVE = "2m"


def scan(
    client: Elasticsearch, index: str, query: dict[str, Any], *, source: Sequence[str] | bool = True, size: int = _PAGE
) -> Iterator[dict[str, Any]]:
    """The hits, with their sequence numbers; ``source``: the fields wanted, all by default. Raises as `elastic_errors` does."""
    with elastic_errors():
        view = client.open_point_in_time(index=index, keep_alive=_KEEP_ALIVE)["id"]
    after: list[Any] | None = None
    try:
        while True:
            with elastic_errors():
                response = client.search(
                    pit={"id": view, "keep_alive": _KEEP_ALIVE},
                    query=query,
                    source=source if isinstance(source, bool) else {"includes": list(source)},
                    size=size,
                    sort=[{"_shard_doc": "asc"}],
                    search_after=after,
                    seq_no_primary_term=True,
                    track_total_hits=False,
                )
            view, hits = response["pit_id"], response["hits"]["hits"]
            yield from hits
            if len(hits) < size:
                return
            after = hits[-1]["sort"]
    finally:
        with elastic_errors():
            client.close_point_in_time(id=view)
