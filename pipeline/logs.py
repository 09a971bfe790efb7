"""Structured logs: one event a line, JSON in a pipe, readable on a terminal.

Comes in: settings. Goes out: structlog and the standard library's logging (Faust, aiokafka, the Elasticsearch client) set up
alike. Story texts are licensed content and never logged.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import structlog

from pipeline.settings import Settings

_QUIET = {
    "aiokafka": logging.ERROR,
    "kafka": logging.ERROR,
    "watchfiles": logging.WARNING,
    "uvicorn": logging.WARNING,
    "elastic_transport": logging.ERROR,
    "elasticsearch": logging.ERROR,
    "faust": logging.WARNING,
    "mode": logging.WARNING,
    "pipeline": logging.WARNING,  # a Faust app logs its steps under the module that defines it; ours log as dateline.*
}
"""Libraries that log each attempt of a reconnect, or each step of a start; their errors still show."""
_REPEAT_SECONDS = 10.0


class _OncePerWhile(logging.Filter):
    """Lets a library's message through once in ten seconds: a broker that is away is news once, not 5,000 times."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key, now = (record.name, str(record.msg)[:80]), time.monotonic()
        if now - self._last.get(key, -_REPEAT_SECONDS) < _REPEAT_SECONDS:
            return False
        self._last[key] = now
        return True


def log_format(settings: Settings) -> str:
    """``json`` or ``text``: as set, else by whether a person is looking."""
    if settings.log_format != "auto":
        return settings.log_format
    return "text" if sys.stderr.isatty() else "json"


def set_up_logs(settings: Settings, **context: Any) -> None:
    """Sets up logging for the process; ``context`` (role, worker) stands on each line."""
    as_json = log_format(settings) == "json"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else structlog.dev.ConsoleRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    once = _OncePerWhile()
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    handler.addFilter(lambda record: record.name.startswith("dateline") or once.filter(record))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(**context)
