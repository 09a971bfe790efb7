"""Names, mappings and templates of the indices; the only place that knows them.

Comes in: settings and the analyzers that the cluster has. Goes out: names, templates and aliases as JSON objects. Never
talks to Elasticsearch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pipeline.documents.document import PLAIN_TEXT
from pipeline.settings import Settings

SCHEMA = 1
"""Raised with each mapping that old documents don't fit: a new index beside the old one, then the aliases swap."""

ANALYZERS = {
    "ar": "arabic",
    "bg": "bulgarian",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "ja": "cjk",
    "ko": "cjk",
    "lt": "lithuanian",
    "lv": "latvian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "th": "thai",
    "tr": "turkish",
    "zh": "cjk",
}
"""Elasticsearch's own analyzer of each language (module analysis-common, no plugin). Ukrainian and Polish need plugins."""


@dataclass(frozen=True)
class Indices:
    """The names in force.

    ``visible`` shows what may be seen now (no kill, no embargo ahead), ``everything`` all of it; both are aliases of
    ``stories``, and writing goes through ``everything``, so that it follows when the aliases move on to a new schema. ``events``
    holds what is known of sanction events, ``due`` what must happen later, ``lists`` the sanctions lists, ``alerts`` what the desk was
    told, ``memory`` what alerting remembers between stories, ``deliveries`` what became of each alert on each channel. ``shards``: of
    stories and of versions, where their indices are made.
    """

    stories: str
    visible: str
    everything: str
    versions: str
    all_versions: str
    events: str
    due: str
    lists: str
    alerts: str
    memory: str
    deliveries: str
    shards: int = 1

    def index_of(self, alias: str) -> str:
        """The index behind one of `single`."""
        return f"{alias}-{SCHEMA}"

    @property
    def indices(self) -> tuple[str, ...]:
        """All indices."""
        return self.stories, self.versions, *(self.index_of(alias) for alias in self.single)

    @property
    def single(self) -> tuple[str, ...]:
        """The aliases that stand for one index each."""
        return self.events, self.due, self.lists, self.alerts, self.memory, self.deliveries


def index_names(settings: Settings) -> Indices:
    """The names with the prefix in force."""
    prefix = settings.prefix
    return Indices(
        stories=f"{prefix}stories-{SCHEMA}",
        visible=f"{prefix}stories",
        everything=f"{prefix}stories-all",
        versions=f"{prefix}versions-{SCHEMA}",
        all_versions=f"{prefix}versions",
        events=f"{prefix}events",
        due=f"{prefix}due",
        lists=f"{prefix}lists",
        alerts=f"{prefix}alerts",
        memory=f"{prefix}memory",
        deliveries=f"{prefix}deliveries",
        shards=settings.shards,
    )


def templates(names: Indices, languages: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The template of each index."""
    return {
        names.stories: stories_template(names, languages),
        names.versions: versions_template(names),
    } | {
        names.index_of(alias): _template(names.index_of(alias), mapping, refresh=interval)
        for alias, mapping, interval in (
            (names.events, _EVENTS, _RARELY),
            (names.due, _DUE, _SOON),
            (names.lists, _LISTS, AT_ONCE),
            (names.alerts, _ALERTS, AT_ONCE),
            (names.memory, _MEMORY, _RARELY),
            (names.deliveries, _DELIVERIES, _SOON),
        )
    }


def stories_template(names: Indices, languages: Iterable[str]) -> dict[str, Any]:
    """The index template of the stories; ``languages`` are those whose analyzer the cluster has."""
    return _template(names.stories, _stories_mapping(languages), shards=names.shards)


def versions_template(names: Indices) -> dict[str, Any]:
    """The index template of the versions: each is stored whole and found by its story."""
    keyword, date = {"type": "keyword"}, {"type": "date"}
    properties = {"id": keyword, "version": {"type": "long"}, "pubstatus": keyword, "received": date}
    return _template(names.versions, {"dynamic": False, "properties": properties}, refresh=_SOON, shards=names.shards)


def aliases(names: Indices, *, stories: str | None = None) -> list[dict[str, Any]]:
    """The alias actions that make the indices findable; ``stories``: the index of the stories, if it is another one."""
    visible = {"range": {"visible_from": {"lte": "now"}}}
    index = stories or names.stories
    return [
        {"add": {"index": index, "alias": names.everything}},
        {"add": {"index": index, "alias": names.visible, "filter": visible}},
        {"add": {"index": names.versions, "alias": names.all_versions}},
        *({"add": {"index": names.index_of(alias), "alias": alias}} for alias in names.single),
    ]


NEVER = "-1"
AT_ONCE, _SOON, _RARELY = "1s", "5s", "30s"
"""How often an index refreshes. Each refresh costs as much as writing some dozen documents; what is read by id is seen at once anyway."""


def _template(index: str, mappings: dict[str, Any], *, refresh: str = AT_ONCE, shards: int = 1) -> dict[str, Any]:
    return {
        "index_patterns": [index],
        "priority": 500,
        "template": {
            "settings": {
                "number_of_shards": shards,
                "auto_expand_replicas": "0-1",
                # Named, because only an index without an interval of its own stops refreshing when nobody searches.
                "refresh_interval": refresh,
            },
            "mappings": {"_meta": {"schema": SCHEMA}} | mappings,
        },
    }


def _flat_mapping(*, keyword: str = "", date: str = "", number: str = "", hidden: str = "") -> dict[str, Any]:
    """A mapping of these fields, all others kept and not searched."""
    kinds: list[tuple[str, dict[str, Any]]] = [
        (keyword, {"type": "keyword", "ignore_above": 1024}),
        (date, {"type": "date"}),
        (number, {"type": "long"}),
        (hidden, {"type": "object", "enabled": False}),
    ]
    return {"dynamic": False, "properties": {name: kind for fields, kind in kinds for name in fields.split()}}


_EVENTS = _flat_mapping(
    keyword="key authority target family status targets measures by languages",
    date="first_seen last_seen",
    number="stories",
    hidden="told",
)
_DUE = _flat_mapping(keyword="what subject", date="at lease")
_ALERTS = _flat_mapping(
    keyword="id type rule title unit origin provider headline names topics countries new of channels recalled language.code",
    date="at received acknowledged.at",
    number="version urgency",
    hidden="reasons sanctions entities listed sources links",
)
_MEMORY = _flat_mapping(keyword="kind story", date="at fired until", hidden="sent")
_DELIVERIES = _flat_mapping(keyword="alert channel rule type status", date="at due sent", number="tries")
_LISTS = _flat_mapping(
    keyword="type list list_id digest kind name names.text programmes countries",
    date="at",
    number="version since until came went changed born listings",
)


def _stories_mapping(languages: Iterable[str]) -> dict[str, Any]:
    keyword = {"type": "keyword", "ignore_above": 1024}
    date = {"type": "date"}
    # Offsets in the index make highlighting of long bodies cheap.
    text = {"type": "text", "index_options": "offsets"}
    hidden = {"type": "object", "enabled": False}
    by_language = {
        language: {"type": "text", "analyzer": ANALYZERS[language], "norms": True} for language in sorted(languages)
    }
    return {
        # A field that this mapping doesn't know is stored, not indexed: an old template never loses a newer worker's story.
        "dynamic": False,
        "_meta": {"schema": SCHEMA, "languages": sorted(by_language)},
        "properties": {
            **dict.fromkeys(("headline", "body"), text),
            "slugline": text | {"fields": {"keyword": keyword}},
            "names": {"type": "text"},
            # Kept twice on disk, where it is packed away: leaving it out of what is kept takes a third of all indexing.
            "text": {"properties": by_language | {PLAIN_TEXT: {"type": "text"}}},
            **dict.fromkeys(_KEYWORDS, keyword),
            **dict.fromkeys(_DATES, date),
            "version": {"type": "long"},
            "delay_ms": {"type": "long"},
            "urgency": {"type": "byte"},
            "language": {
                "properties": {
                    "code": keyword,
                    "declared": keyword,
                    "script": keyword,
                    "tag": keyword,
                    "others": keyword,
                    "confidence": {"type": "float"},
                },
            },
            **dict.fromkeys(_STORED, hidden),
        },
    }


_STORED = (
    "entities",
    "topic_tags",
    "sanctions",
    "listed",
    "kill",
    "release",
    "crossheads",
    "credits",
    "subjects",
    "services",
    "kill_target",
    "headlines",
)
"""Kept as they are, searched through flat fields where at all."""
_KEYWORDS = (
    "id",
    "guid",
    "provider",
    "pubstatus",
    "byline",
    "dateline",
    "located",
    "genre",
    "keywords",
    "signals",
    "format",
    "source",
    "feed",
    "derived",
    "attention",
    "embargoed",
    "subject_codes",
    "service_names",
    "service_numbers",
    "countries",
    "topics",
    "topic_names",
    "entity_ids",
    "about",
    "sanction_keys",
    "sanction_actions",
    "sanction_by",
    "sanction_targets",
    "sanction_measures",
    "sanction_news",
    "event_keys",
    "alert_ids",
    "listed_names",
    "listed_on",
    "people",
    "organisations",
    "places",
    "products",
    "events",
    "languages",
)
_DATES = (
    "first_created",
    "version_created",
    "received",
    "read_at",
    "enriched_at",
    "indexed_at",
    "visible_from",
    "dateline_date",
)
