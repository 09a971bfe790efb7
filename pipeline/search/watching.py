"""What has just become searchable: the filter that live views ask with."""

from __future__ import annotations

from datetime import datetime

from pipeline.search.fields import HIDDEN, VISIBLE, Clause, any_of


def just_seen(since: datetime) -> Clause:
    """What may be seen now and was indexed or has lifted its embargo since then; and what was killed since."""
    recent = {"gte": since.isoformat()}
    indexed = {"range": {"indexed_at": recent}}
    return any_of(
        [
            {"bool": {"filter": [indexed, VISIBLE]}},
            {"bool": {"filter": [indexed, HIDDEN["killed"]]}},
            {"range": {"visible_from": recent | {"lte": "now"}}},
        ]
    )
