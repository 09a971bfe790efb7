"""The process of the desk page, as the launcher starts it: ``python -m pipeline.desk``.

Exit codes: 0 stopped in order, 78 misconfigured (no restart helps), else crashed.
"""

from __future__ import annotations

import argparse
import sys

import structlog

from pipeline.desk.listening import listening
from pipeline.errors import EXIT_CONFIG, Fatal
from pipeline.lifeline import end_with_launcher
from pipeline.logs import set_up_logs
from pipeline.outcomes import Reporter
from pipeline.settings import load_settings


def main(arguments: list[str] | None = None) -> int:
    """Serves the page until a signal ends it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.desk")
    parser.add_argument("--pipe", type=int, help="file descriptor that the address is told to")
    parser.add_argument("--lifeline", action="store_true", help="end when standard input ends")
    options = parser.parse_args(arguments)
    try:
        settings = load_settings()
        set_up_logs(settings, role="desk")
        if options.lifeline:
            end_with_launcher()
        listening(settings)
        from pipeline.desk.serving import serve  # a second or two, which nobody should wait for to be refused

        reporter = Reporter(options.pipe)
        serve(settings, started=lambda address: reporter.hello(0, address))
    except Fatal as error:
        structlog.get_logger("dateline.desk").error("misconfigured", reason=str(error))
        return EXIT_CONFIG
    return 0


if __name__ == "__main__":
    sys.exit(main())
