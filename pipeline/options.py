"""Options and arguments that several verbs share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


class Since(click.ParamType):
    """A point in time: ISO 8601, or how long ago (``90s 15m 3h 7d``)."""

    name = "TIME"
    _UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}  # noqa: RUF012 - never changed

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The time meant, aware UTC."""
        if isinstance(value, datetime):
            return value
        number, unit = value[:-1], value[-1:]
        if number.isdigit() and unit in self._UNITS:
            return datetime.now(UTC) - timedelta(**{self._UNITS[unit]: int(number)})
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r}: expected a time such as 2026-04-25T08:00 or how long ago, such as 3h", param, ctx)
        return moment if moment.tzinfo else moment.astimezone()
