"""Prometheus metrics of a worker, all declared here; `pipeline.health` serves them.

Names follow Prometheus's practices: base units, ``_total``, no ids as labels.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from pipeline import __version__

disable_created_metrics()  # type: ignore[no-untyped-call]  # carries no types; a series of its own per counter, which nobody reads

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

STORIES = Counter("dateline_stories_total", "Items settled, by what became of them.", ["outcome", "format", "language"])
DEAD_LETTERS = Counter("dateline_dead_letters_total", "Messages sent to wire.dead.", ["stream", "kind"])
STAGE_SECONDS = Histogram("dateline_stage_seconds", "Seconds a batch spends in a stage.", ["stage"], buckets=_SECONDS)
ARRIVAL_TO_INDEX_SECONDS = Histogram(
    "dateline_arrival_to_index_seconds", "Seconds from a story's arrival to its document.", buckets=_SECONDS
)
WAITS = Counter("dateline_waits_total", "Times a worker waited because a server was unwell.", ["what"])
LAG = Gauge("dateline_consumer_lag", "Messages behind the end of a partition.", ["stream", "partition"])
LAG_SECONDS = Gauge("dateline_lag_seconds", "Age of the oldest message that is not settled; 0 without lag.", ["stream"])
LAST_SETTLED = Gauge(
    "dateline_last_settled_timestamp_seconds", "When the newest settled message came into its stream.", ["stream"]
)
ASSIGNED_PARTITIONS = Gauge("dateline_assigned_partitions", "Partitions that this worker reads.", ["stream"])
SEQUENCE_MISSING = Gauge(
    "dateline_sequence_missing", "Sequence numbers of the last day that never came.", ["provider", "service"]
)
QUIET_SECONDS = Gauge(
    "dateline_quiet_seconds", "Seconds since the last item of a feed, provider or language.", ["kind", "name"]
)
USUAL_PAUSE_SECONDS = Gauge(
    "dateline_usual_pause_seconds", "How long its pauses usually are at this time of day.", ["kind", "name"]
)
WAITING = Gauge("dateline_waiting_stories", "Stories that wait for a person, see `dateline waiting`.")
ALERTS = Counter("dateline_alerts_total", "Alerts, corrections and recalls sent to wire.alerts.", ["rule", "type"])
DELIVERIES = Counter("dateline_deliveries_total", "Attempts to deliver, by what became of them.", ["channel", "status"])
ARRIVAL_TO_ALERT_SECONDS = Histogram(
    "dateline_arrival_to_alert_seconds",
    "Seconds from a story's arrival to its alert's delivery.",
    ["channel"],
    buckets=_SECONDS,
)
RULES = Gauge("dateline_rules", "Alert rules in force.")
BROKEN_RULES = Gauge("dateline_broken_rules", "Rule files with a problem; their last good version stays in force.")
SCHEMA = Gauge("dateline_schema_version", "The schema_version of the stories that this worker writes.")
BUILD = Gauge("dateline_build_info", "1, with the version as a label.", ["version"])
BUILD.labels(__version__).set(1)
