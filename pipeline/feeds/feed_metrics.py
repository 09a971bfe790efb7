"""Prometheus metrics of the feed service; their names follow the practices of `pipeline.metrics`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

FED = Counter("dateline_feed_messages_total", "Messages that Kafka acknowledged.", ["feed"])
REFUSED = Counter("dateline_feed_refused_total", "Copy that was refused at the door.", ["feed", "reason"])
FAILURES = Counter("dateline_feed_failures_total", "Times a feed had to wait and try again.", ["feed"])
LAST_SUCCESS = Gauge(
    "dateline_feed_last_success_timestamp_seconds",
    "When the feed last did its work: copy fed, or its source had nothing new.",
    ["feed"],
)
KAFKA_UP = Gauge("dateline_feed_kafka_up", "1 while Kafka takes what is fed, 0 while it is away.")
