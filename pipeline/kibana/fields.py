"""The data views, and how each field is labelled, explained and shown in them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel import Locale

from pipeline.documents.indices import Indices
from pipeline.kibana.objects import Naming, SavedObject, data_view

STORIES, ALL_STORIES, ALERTS, DELIVERIES, EVENTS = "stories", "stories-all", "alerts", "deliveries", "events"

Labels = dict[str, tuple[str, str]]
Formats = dict[str, Mapping[str, Any]]

_STORY_LABELS: Labels = {
    "received": ("Received", "When this version of the story reached Dateline."),
    "headline": ("Headline", ""),
    "slugline": ("Slugline", "The provider's own keywords for the story."),
    "provider": ("Provider", "Who sent the story; unknown where the copy does not say."),
    "feed": ("Feed", "The feed of feeds.yaml that it came by."),
    "format": ("Wire format", "What the copy was read as."),
    "urgency": ("Urgency", "IPTC's scale: 1 is most urgent, 9 least."),
    "version": ("Version", "The provider's number of this version."),
    "pubstatus": ("Status", "usable, withheld or canceled (killed)."),
    "signals": ("Marks", "What an editor marked: correction, kill, update, repeat, advisory."),
    "attention": ("Waits for a person", "Why: unmatched-kill, after-kill, kill-notice, embargo."),
    "language.code": ("Language", "Detected. In queries ISO 639-1 (de, zh); und where it is unknown."),
    "language.confidence": ("Language confidence", "How sure the detection is."),
    "languages": ("Languages", "All languages in which a good part of the text is written."),
    "countries": ("Countries", "What the story is about. In queries ISO 3166-1 codes (US, CN)."),
    "topic_names": ("Topics", "IPTC Media Topics and Dateline's own."),
    "topics": ("Topic ids", "medtop:… for IPTC Media Topics, a bare word for Dateline's own."),
    "people": ("People", "Canonical names, in whatever language they were written."),
    "organisations": ("Organisations", "Canonical names."),
    "places": ("Places", "Canonical names."),
    "products": ("Products", "Canonical names."),
    "events": ("Named events", "Canonical names of events that the story names."),
    "entity_ids": ("Entity ids", "Wikidata ids where known, else x:…"),
    "sanction_by": ("Sanctioned by", "Who sanctions, by the news of this story."),
    "sanction_targets": ("Sanctions hit", "Who is hit, by the news of this story."),
    "sanction_actions": ("Sanction action", "impose, extend, tighten, ease, lift, threaten, call-for, evade, other."),
    "sanction_measures": ("Sanction measures", "asset-freeze, travel-ban, export-control …"),
    "sanction_keys": ("Sanction acts", "Authority, target country and kind of action: EU:RU:impose."),
    "sanction_news": ("New sanctions", "The acts of which this story told something that no story before it did."),
    "listed_names": ("On a list", "Names on sanctions lists that the story mentions, as the list spells them."),
    "listed_on": ("List", "The sanctions list."),
    "indexed_at": ("Searchable since", "When this state of the story was written to the index."),
    "visible_from": ("Visible from", "The end of an embargo; 1970 without one; nothing while killed or withheld."),
    "delay_ms": (
        "Arrival to index",
        "From the arrival of this version to its writing; long for replays and late releases.",
    ),
    "id": ("Story id", "Provider and guid; what `dateline story` takes."),
}
_ALERT_LABELS: Labels = {
    "at": ("Time", "When the alert was made."),
    "type": ("Kind", "alert, correction, recall, digest …"),
    "rule": ("Rule", "The name of the rule that fired."),
    "title": ("Title", "What the rule calls it."),
    "headline": ("Headline", "Of the story that fired it."),
    "new": ("What is new", "What no story before it told."),
    "provider": ("Provider", "Of the story that fired it."),
    "origin": ("Story id", "The story that fired it."),
    "names": ("Names", "Who and what the story is about."),
    "topics": ("Topics", "By name."),
    "countries": ("Countries", "In queries ISO 3166-1 codes (US, CN)."),
    "language.code": ("Language", "In queries ISO 639-1 (de, zh)."),
    "urgency": ("Urgency", "IPTC's scale: 1 is most urgent, 9 least."),
    "received": ("Story received", "When the story reached Dateline."),
    "acknowledged.at": ("Acknowledged", "When somebody took it; nothing while it is open."),
    "channels": ("Channels", "Where it was to go."),
    "recalled": ("Recalls", "The alerts that this one takes back."),
}
_DELIVERY_LABELS: Labels = {
    "at": ("Alert made", ""),
    "rule": ("Rule", ""),
    "type": ("Kind", "alert, correction, recall, digest …"),
    "channel": ("Channel", ""),
    "status": (
        "Status",
        "pending, held (digest, quiet hours), sent, dead (given up) or cancelled (recalled before it went).",
    ),
    "tries": ("Tries", ""),
    "sent": ("Sent", ""),
    "due": ("Next try", ""),
    "alert": ("Alert id", ""),
}
_EVENT_LABELS: Labels = {
    "key": ("Act", "Authority, target country and kind of action: EU:RU:impose."),
    "authority": ("By", "In queries codes: US, EU, UN, a country, or - where no story said."),
    "target": ("Target", "In queries a country code or an entity id; - where no story said."),
    "family": ("Action", "impose, lift, threaten, call-for …"),
    "status": ("Status", "announced, in-force, proposed, denied, failed."),
    "measures": ("Measures", "asset-freeze, travel-ban, export-control …"),
    "by": ("By (ids)", "Wikidata ids."),
    "targets": ("Targets (ids)", "Wikidata ids; ~… for names that no gazetteer knows."),
    "languages": ("Languages", "Of the stories that told of it."),
    "first_seen": ("First told", ""),
    "last_seen": ("Last told", ""),
    "stories": ("Stories", "How many told something of it."),
}

_TIME = {"id": "date", "params": {"pattern": "D MMM HH:mm:ss"}}
_EXACT_TIME = {"id": "date", "params": {"pattern": "D MMM YYYY HH:mm:ss.SSS"}}
_WHOLE = {"id": "number", "params": {"pattern": "0"}}
_DURATION = {
    "id": "duration",
    "params": {
        "inputFormat": "milliseconds",
        "outputFormat": "humanizePrecise",
        "outputPrecision": 1,
        "useShortSuffix": True,
    },
}


def data_views(naming: Naming, indices: Indices, desk_url: str | None) -> list[SavedObject]:
    """All data views."""
    countries, languages = _lookup(_countries()), _lookup(_languages())
    actors = _lookup({"-": "not said", "EU": "European Union", "UN": "United Nations"} | _countries())
    link = _link(desk_url) if desk_url else {}
    story: Formats = {
        **dict.fromkeys(("received", "first_created", "version_created"), _TIME),
        **dict.fromkeys(("read_at", "enriched_at", "indexed_at", "visible_from"), _EXACT_TIME),
        **dict.fromkeys(("urgency", "version"), _WHOLE),
        "delay_ms": _DURATION,
        "language.confidence": {"id": "percent", "params": {"pattern": "0.0%"}},
        "countries": countries,
        **dict.fromkeys(("language.code", "languages"), languages),
        **({"id": link} if link else {}),
    }
    alert: Formats = {
        **dict.fromkeys(("at", "received", "acknowledged.at"), _TIME),
        **dict.fromkeys(("urgency", "version"), _WHOLE),
        "countries": countries,
        "language.code": languages,
        **({"origin": link} if link else {}),
    }
    delivery: Formats = {**dict.fromkeys(("at", "due", "sent"), _TIME), "tries": _WHOLE}
    event: Formats = {
        **dict.fromkeys(("first_seen", "last_seen"), _TIME),
        **dict.fromkeys(("authority", "target"), actors),
        "languages": languages,
        "stories": _WHOLE,
    }
    views = [
        (STORIES, indices.visible, "Stories", "received", _STORY_LABELS, story),
        (ALL_STORIES, indices.everything, "Stories, killed ones and embargoes too", "received", _STORY_LABELS, story),
        (ALERTS, indices.alerts, "Alerts", "at", _ALERT_LABELS, alert),
        (DELIVERIES, indices.deliveries, "Deliveries of alerts", "at", _DELIVERY_LABELS, delivery),
        (EVENTS, indices.events, "Sanction events", "last_seen", _EVENT_LABELS, event),
    ]
    return [
        data_view(naming.view(name), index, naming.title(title), time, labels=labels, formats=formats)
        for name, index, title, time, labels, formats in views
    ]


def _link(desk_url: str) -> dict[str, Any]:
    """A story's id as a link to its page; Kibana percent-encodes ``value``."""
    params = {"type": "a", "urlTemplate": f"{desk_url}/story/{{{{value}}}}", "labelTemplate": "{{value}}"}
    return {"id": "url", "params": params}


def _lookup(names: Mapping[str, str]) -> dict[str, Any]:
    """Codes shown as names; what has none is shown as it is."""
    entries = [{"key": code, "value": name} for code, name in sorted(names.items())]
    return {"id": "static_lookup", "params": {"lookupEntries": entries, "unknownKeyValue": None}}


def _countries() -> dict[str, str]:
    return {code: name for code, name in Locale("en").territories.items() if len(code) == 2 and code not in _NO_COUNTRY}


_NO_COUNTRY = frozenset(("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"))
"""CLDR's two-letter codes that stand for no country."""


def _languages() -> dict[str, str]:
    """The two-letter languages, and the unknown one."""
    names = {code: name for code, name in Locale("en").languages.items() if len(code) == 2}
    return names | {"und": "unknown"}
