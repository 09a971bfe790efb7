"""The dashboards: coverage, sanctions, alerts, health of the pipeline. Pure."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.kibana.fields import ALERTS, ALL_STORIES, DELIVERIES, EVENTS, STORIES
from pipeline.kibana.lens import (
    Columns,
    Shape,
    chart,
    count,
    different,
    donut,
    heatmap,
    latest,
    median,
    number,
    over_time,
    percentile,
    table,
    top,
    total,
    world_map,
    xy,
)
from pipeline.kibana.objects import (
    Control,
    Layout,
    Naming,
    Panel,
    Row,
    SavedObject,
    dashboard,
    markdown_panel,
    search_panel,
)

Chart = Callable[..., Panel]

_PAIRED = 'not authority: "-" and not target: "-"'
_TITLES = {"coverage": "Coverage", "sanctions": "Sanctions monitor", "alerts": "Alerts", "pipeline": "Pipeline health"}


def dashboards(naming: Naming) -> list[SavedObject]:
    """All dashboards."""
    layouts = {"coverage": _coverage, "sanctions": _sanctions, "alerts": _alerts, "pipeline": _pipeline}
    return [dashboard(naming.dashboard(name), make(naming)) for name, make in layouts.items()]


def _of(naming: Naming, view: str) -> Chart:
    """Charts of one data view."""

    def make(id_: str, title: str, columns: Columns, shape: Shape, query: str = "", about: str = "") -> Panel:
        return chart(id_, title, naming.view(view), columns, shape, query, about)

    return make


def _navigation(naming: Naming, here: str, note: str = "") -> Row:
    """Where else to look, and what must be said here."""
    places = [
        f"**{title}**" if name == here else f"[{title}](#/view/{naming.dashboard(name)})"
        for name, title in _TITLES.items()
    ]
    text = " · ".join(places) + (f"\n\n{note}" if note else "")
    return Row(5 if note else 3, ((48, markdown_panel("navigation", text)),))


def _figure(of: Chart, id_: str, title: str, value: dict[str, object], query: str = "", about: str = "") -> Panel:
    return of(id_, title, {"figure": value}, number("figure"), query, about)


def _stack(of: Chart, id_: str, title: str, time: str, field: str, label: str, *, rest: bool = False) -> Panel:
    """Documents over time, split by the values of a field."""
    columns = {"split": top(field, label, 8, rest=rest), "time": over_time(time), "documents": count("Count")}
    return of(id_, title, columns, xy("bar_stacked", "time", ["documents"], "split"))


def _ranking(of: Chart, id_: str, title: str, field: str, label: str, query: str = "", size: int = 15) -> Panel:
    """The values of a field that count most, as bars."""
    columns = {"value": top(field, label, size), "documents": count("Count")}
    return of(id_, title, columns, xy("bar_horizontal", "value", ["documents"]), query)


def _coverage(naming: Naming) -> Layout:
    of = _of(naming, STORIES)
    by_country: Columns = {"country": top("countries", "Country", 250), "documents": count("Stories")}
    by_language: Columns = {"language": top("language.code", "Language", 12, rest=True), "documents": count("Stories")}
    return Layout(
        naming.title(_TITLES["coverage"]),
        "What the wire is about: over time, by country, topic and language.",
        [
            _navigation(naming, "coverage"),
            Row(
                6,
                (
                    (12, _figure(of, "stories", "Stories", count("Stories"))),
                    (12, _figure(of, "countries", "Countries", different("countries", "Countries"))),
                    (12, _figure(of, "languages", "Languages", different("language.code", "Languages"))),
                    (12, _figure(of, "new", "With new sanctions", count("Stories"), "sanction_news: *")),
                ),
            ),
            Row(13, ((48, _stack(of, "by-language", "Stories by language", "received", "language.code", "Language")),)),
            Row(
                13,
                (
                    (24, _stack(of, "by-country", "Stories by country", "received", "countries", "Country")),
                    (24, _stack(of, "by-topic", "Stories by topic", "received", "topic_names", "Topic")),
                ),
            ),
            Row(
                18,
                (
                    (
                        32,
                        of(
                            "map",
                            "Countries in the news",
                            by_country,
                            world_map("country", "documents"),
                            about="The shapes of the countries come from the Elastic Maps Service to your browser; without it see "
                            "the bars.",
                        ),
                    ),
                    (16, _ranking(of, "top-countries", "Countries", "countries", "Country", size=20)),
                ),
            ),
            Row(
                15,
                (
                    (12, of("share", "Languages", by_language, donut("language", "documents"))),
                    (12, _ranking(of, "people", "People", "people", "Person")),
                    (12, _ranking(of, "organisations", "Organisations", "organisations", "Organisation")),
                    (12, _ranking(of, "topics", "Topics", "topic_names", "Topic")),
                ),
            ),
            Row(20, ((48, search_panel("wire", "Wire", naming.search("wire"))),)),
        ],
        controls=[
            Control(field, title, naming.view(STORIES))
            for field, title in (
                ("language.code", "Language"),
                ("countries", "Country"),
                ("topic_names", "Topic"),
                ("provider", "Provider"),
            )
        ],
    )


def _sanctions(naming: Naming) -> Layout:
    stories, events = _of(naming, STORIES), _of(naming, EVENTS)
    pairs: Columns = {
        "target": top("target", "Target", 20),
        "authority": top("authority", "By", 20),
        "events": count("Acts"),
    }
    acts: Columns = {
        "authority": top("authority", "By", 50),
        "family": top("family", "Action", 10),
        "target": top("target", "Target", 50),
        "stories": total("stories", "Stories"),
        "last": latest("last_seen", "Last told"),
    }
    listed: Columns = {
        "name": top("listed_names", "Name", 100),
        "list": top("listed_on", "List", 5),
        "stories": count("Stories"),
        "last": latest("received", "Last story"),
    }
    return Layout(
        naming.title(_TITLES["sanctions"]),
        "Who sanctions whom. An act is counted once, however many stories tell of it; it stands where it was last told of.",
        [
            _navigation(naming, "sanctions"),
            Row(
                6,
                (
                    (12, _figure(stories, "news", "Stories with new sanctions", count("Stories"), "sanction_news: *")),
                    (12, _figure(stories, "all", "Stories on sanctions", count("Stories"), "sanction_actions: *")),
                    (12, _figure(events, "acts", "Acts told of", count("Acts"))),
                    (
                        12,
                        _figure(
                            stories, "listed", "Stories that name somebody listed", count("Stories"), "listed_on: *"
                        ),
                    ),
                ),
            ),
            Row(
                20,
                (
                    (
                        28,
                        events("pairs", "Who sanctions whom", pairs, heatmap("target", "authority", "events"), _PAIRED),
                    ),
                    (20, events("table", "Acts", acts, table(list(acts)))),
                ),
            ),
            Row(
                13,
                (
                    (24, _stack(stories, "by-action", "Stories by action", "received", "sanction_actions", "Action")),
                    (
                        24,
                        _stack(stories, "by-measure", "Stories by measure", "received", "sanction_measures", "Measure"),
                    ),
                ),
            ),
            Row(
                15,
                (
                    (12, _ranking(stories, "by", "Sanctioned by", "sanction_by", "By")),
                    (12, _ranking(stories, "targets", "Sanctions hit", "sanction_targets", "Target")),
                    (24, stories("listed-names", "Named and on a list", listed, table(list(listed)))),
                ),
            ),
            Row(20, ((48, search_panel("latest", "New sanctions", naming.search("new-sanctions"))),)),
        ],
        time_from="now-7d",
    )


def _alerts(naming: Naming) -> Layout:
    alerts, deliveries = _of(naming, ALERTS), _of(naming, DELIVERIES)
    rules: Columns = {
        "rule": top("rule", "Rule", 100),
        "alerts": count("Alerts", "type: alert"),
        "corrections": count("Corrections", "type: correction"),
        "recalls": count("Recalls", "type: recall"),
        "open": count("Open", "not acknowledged.at: *"),
        "last": latest("at", "Last"),
    }
    channels: Columns = {
        "channel": top("channel", "Channel", 50),
        "sent": count("Sent", "status: sent"),
        "waiting": count("Waiting", "status: (pending or held)"),
        "given_up": count("Given up", "status: dead"),
        "cancelled": count("Cancelled", "status: cancelled"),
    }
    return Layout(
        naming.title(_TITLES["alerts"]),
        "What the desk was told, by which rule, and whether it arrived.",
        [
            _navigation(naming, "alerts"),
            Row(
                6,
                (
                    (12, _figure(alerts, "alerts", "Alerts", count("Alerts"), "type: alert")),
                    (12, _figure(alerts, "open", "Not acknowledged", count("Alerts"), "not acknowledged.at: *")),
                    (
                        12,
                        _figure(
                            alerts,
                            "recalls",
                            "Recalls and corrections",
                            count("Alerts"),
                            "type: (recall or correction)",
                        ),
                    ),
                    (12, _figure(deliveries, "dead", "Deliveries given up", count("Deliveries"), "status: dead")),
                ),
            ),
            Row(13, ((48, _stack(alerts, "by-rule", "Alerts by rule", "at", "rule", "Rule")),)),
            Row(
                15,
                (
                    (24, alerts("rules", "Rules", rules, table(list(rules)))),
                    (24, deliveries("channels", "Channels", channels, table(list(channels)))),
                ),
            ),
            Row(20, ((48, search_panel("latest", "Alerts", naming.search("alerts"))),)),
        ],
        controls=[Control("rule", "Rule", naming.view(ALERTS)), Control("type", "Kind", naming.view(ALERTS))],
        refresh_ms=30000,
    )


_ELSEWHERE = (
    "Messages that could not be read or indexed, and how far the workers are behind, are in Kafka and not in an index: "
    "`dateline dead list`, `dateline status` and the metrics show them."
)


def _pipeline(naming: Naming) -> Layout:
    stories, deliveries, alerts = _of(naming, ALL_STORIES), _of(naming, DELIVERIES), _of(naming, ALERTS)
    delays: Columns = {
        "time": over_time("received"),
        "median": median("delay_ms", "Half within"),
        "p95": percentile("delay_ms", 95, "95 of 100 within"),
    }
    providers: Columns = {
        "provider": top("provider", "Provider", 100),
        "format": top("format", "Wire format", 5),
        "stories": count("Stories"),
        "killed": count("Killed", "pubstatus: canceled"),
        "unknown": count("Language unknown", 'language.code: "und"'),
        "median": median("delay_ms", "Half within"),
        "last": latest("received", "Last story"),
    }
    return Layout(
        naming.title(_TITLES["pipeline"]),
        "Whether copy comes in, how long it takes to be searchable, and what is stuck.",
        [
            _navigation(naming, "pipeline", _ELSEWHERE),
            Row(
                6,
                (
                    (8, _figure(stories, "stories", "Stories", count("Stories"))),
                    (8, _figure(stories, "half", "Half indexed within", median("delay_ms", "Arrival to index"))),
                    (8, _figure(stories, "most", "95 of 100 within", percentile("delay_ms", 95, "Arrival to index"))),
                    (8, _figure(stories, "waiting", "Wait for a person", count("Stories"), "attention: *")),
                    (8, _figure(stories, "unknown", "Language unknown", count("Stories"), 'language.code: "und"')),
                    (8, _figure(deliveries, "dead", "Deliveries given up", count("Deliveries"), "status: dead")),
                ),
            ),
            Row(
                13,
                (
                    (
                        24,
                        _stack(
                            stories, "by-provider", "Stories by provider", "received", "provider", "Provider", rest=True
                        ),
                    ),
                    (24, stories("delays", "Arrival to index", delays, xy("line", "time", ["median", "p95"]))),
                ),
            ),
            Row(
                13,
                (
                    (24, stories("providers", "Providers", providers, table(list(providers)))),
                    (24, _stack(stories, "by-format", "Stories by wire format", "received", "format", "Wire format")),
                ),
            ),
            Row(
                13,
                (
                    (24, _stack(deliveries, "by-status", "Deliveries by status", "at", "status", "Status")),
                    (24, _stack(alerts, "by-rule", "Alerts by rule", "at", "rule", "Rule", rest=True)),
                ),
            ),
            Row(
                16,
                (
                    (24, search_panel("waiting-list", "Waiting for a person", naming.search("waiting"))),
                    (24, search_panel("undelivered", "Undelivered alerts", naming.search("undelivered"))),
                ),
            ),
        ],
        refresh_ms=30000,
    )
