"""Prometheus metrics of a worker, all declared here, and the port that serves them.

Names follow Prometheus's practices: base units, ``_total``, no ids as labels.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics, start_http_server

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
SEQUENCE_MISSING = Gauge(
    "dateline_sequence_missing", "Sequence numbers of the last day that never came.", ["provider", "service"]
)
FEED_QUIET_SECONDS = Gauge("dateline_feed_quiet_seconds", "Seconds since the last item of a feed.", ["feed"])
FEED_USUAL_PAUSE_SECONDS = Gauge(
    "dateline_feed_usual_pause_seconds", "How long a feed usually pauses at this time of day.", ["feed"]
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
BUILD = Gauge("dateline_build_info", "1, with the version as a label.", ["version"])


def serve_metrics(host: str, port: int) -> int:
    """Serves /metrics from a thread of its own and returns the port; 0 takes any free one."""
    BUILD.labels(__version__).set(1)
    server, _ = start_http_server(port, addr=host)
    return int(server.server_port)
