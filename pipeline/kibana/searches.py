"""The saved searches: what a desk looks for in Discover, with columns that read like a wire. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.kibana.fields import ALERTS, ALL_STORIES, DELIVERIES, EVENTS, STORIES
from pipeline.kibana.objects import Naming, SavedObject, search

WIRE = {
    "provider": 110,
    "urgency": 80,
    "language.code": 100,
    "countries": 210,
    "topic_names": 240,
    "headline": None,
}
"""The columns after the time, and how wide each is; the headline takes what is left."""
_SANCTIONS = {
    "provider": 110,
    "language.code": 100,
    "sanction_by": 180,
    "sanction_actions": 120,
    "sanction_targets": 220,
    "headline": None,
}
_DECIDED = {
    "provider": 110,
    "pubstatus": 100,
    "signals": 110,
    "attention": 140,
    "language.code": 100,
    "version": 80,
    "headline": None,
}
_ALERTS = {
    "rule": 160,
    "type": 100,
    "urgency": 80,
    "language.code": 100,
    "countries": 210,
    "new": 200,
    "headline": None,
}
_EVENTS = {
    "authority": 160,
    "family": 100,
    "target": 160,
    "status": 110,
    "measures": 220,
    "stories": 90,
    "languages": None,
}
_DELIVERIES = {"channel": 160, "status": 110, "tries": 80, "rule": 180, "type": 100, "due": 160, "alert": None}


@dataclass(frozen=True)
class Search:
    """One saved search; ``query`` in Kibana's language."""

    name: str
    title: str
    description: str
    view: str = STORIES
    query: str = ""
    columns: tuple[tuple[str, int | None], ...] = tuple(WIRE.items())
    sort: str = "received"
    time_from: str = "now-24h"
    breakdown: str | None = "language.code"


SEARCHES = (
    Search("wire", "Wire", "Every story that may be seen, newest first."),
    Search(
        "sanctions",
        "Sanctions",
        "Stories that tell of sanctions: who acts, what is done, who is hit. Background is left out.",
        query="sanction_actions: *",
        columns=tuple(_SANCTIONS.items()),
        breakdown="sanction_actions",
    ),
    Search(
        "new-sanctions",
        "New sanctions",
        "Only stories that told something of a sanction that no story before them did.",
        query="sanction_news: *",
        columns=tuple(_SANCTIONS.items()),
        breakdown="sanction_actions",
    ),
    Search(
        "tiktok",
        "TikTok",
        "TikTok and ByteDance in any language: as a policy matter, as a company, as a medium.",
        query='topics: (tiktok or "tiktok-medium") or entity_ids: (Q48938223 or Q55606242)',
        time_from="now-7d",
    ),
    Search("us-china", "US–China", "Stories about both countries.", query="countries: US and countries: CN"),
    Search(
        "russia-ukraine", "Russia–Ukraine", "Stories about both countries.", query="countries: RU and countries: UA"
    ),
    Search(
        "corrections-and-kills",
        "Corrections and kills",
        "What was corrected, killed or withheld. Among all stories: killed text is for those who must know what was withdrawn.",
        view=ALL_STORIES,
        query="pubstatus: (canceled or withheld) or signals: correction",
        columns=tuple(_DECIDED.items()),
        time_from="now-7d",
        breakdown="pubstatus",
    ),
    Search(
        "waiting",
        "Waiting for a person",
        "Kills without their story, versions after a kill, embargoes without a time: `dateline waiting` says what to do.",
        view=ALL_STORIES,
        query="attention: *",
        columns=tuple(_DECIDED.items()),
        time_from="now-30d",
        breakdown="attention",
    ),
    Search(
        "alerts",
        "Alerts",
        "What the desk was told, newest first.",
        view=ALERTS,
        columns=tuple(_ALERTS.items()),
        sort="at",
        breakdown="rule",
    ),
    Search(
        "open-alerts",
        "Open alerts",
        "What nobody has acknowledged yet.",
        view=ALERTS,
        query="not acknowledged.at: *",
        columns=tuple(_ALERTS.items()),
        sort="at",
        breakdown="rule",
    ),
    Search(
        "sanction-events",
        "Sanction events",
        "Each act of one authority against one target, told of by however many stories.",
        view=EVENTS,
        columns=tuple(_EVENTS.items()),
        sort="last_seen",
        time_from="now-30d",
        breakdown="family",
    ),
    Search(
        "undelivered",
        "Undelivered alerts",
        "Deliveries that were given up or are being tried again.",
        view=DELIVERIES,
        query="status: dead or (status: pending and tries > 0)",
        columns=tuple(_DELIVERIES.items()),
        sort="at",
        time_from="now-7d",
        breakdown="channel",
    ),
)


def searches(naming: Naming) -> list[SavedObject]:
    """All saved searches."""
    return [
        search(
            naming.search(it.name),
            naming.title(it.title),
            it.description,
            view=naming.view(it.view),
            query=it.query,
            columns=dict(it.columns),
            sort=it.sort,
            time_from=it.time_from,
            breakdown=it.breakdown,
        )
        for it in SEARCHES
    ]
