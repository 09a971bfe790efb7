"""Every error of Dateline has one of three fates.

    DatelineError
    ├── Reject     this message can never pass: to wire.dead, with the reason
    ├── Retry      the world is unwell: wait in place, consume no further
    └── Fatal      we are misconfigured: stop with exit code 78 and a message that says what to do
        ├── Refused    a server refuses our user, or we its certificate
        └── WrongUse   a person asked for what is not there: exit code 2

Client exceptions (Kafka, Elasticsearch, files) become one of these at the edge, with ``raise … from``.
A message says what was expected, what came and what to do.
"""

from __future__ import annotations

import msgspec

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no JSON of the form wanted; the last for what is nested too deep."""

# sysexits.h EX_CONFIG: the launcher never restarts a worker that ends with it.
EXIT_CONFIG = 78
EXIT_USE = 2


class DatelineError(Exception):
    """Base of all errors that Dateline raises on purpose."""


class Reject(DatelineError):
    """This message can never pass. ``kind`` is a short stable word for headers, metrics and tests; ``format`` is the wire
    format as which the copy was read, where it came that far.
    """

    def __init__(self, kind: str, reason: str, *, format: str | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.format = format


class Retry(DatelineError):
    """The world is unwell (a server is away, a newer schema_version is being rolled out): try again later."""


class Fatal(DatelineError):
    """We are misconfigured; no waiting helps. The text says what to do."""


class Refused(Fatal):
    """A server does not know our user, or forbids it what we ask; or nobody whom we trust vouches for the server."""


class WrongUse(Fatal):
    """A person named a file, a format or a thing that is not there."""
