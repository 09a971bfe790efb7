"""Signatures of pushed copy, and the secrets behind them.

Comes in: a body, its time and secrets. Goes out: whether the sender knows a secret. A secret stands in a file or in an
environment variable that feeds.yaml names, never in feeds.yaml; several lines are several secrets, so that one can be
replaced while senders still use the other.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from pipeline.errors import Fatal
from pipeline.secret_files import read_secret_file

SIGNATURE, TIMESTAMP = "X-Dateline-Signature", "X-Dateline-Timestamp"
MAX_AGE_S = 300
"""How far a signature's time may be from ours; a recorded request is worth nothing after it."""
MIN_SECRET = 16
"""Bytes; shorter ones can be guessed from one recorded request. `openssl rand -hex 32` makes a good one."""
_PREFIX = "sha256="


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """The value of the header `X-Dateline-Signature`."""
    return _PREFIX + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(secrets: tuple[bytes, ...], timestamp: str, body: bytes, signature: str) -> bool:
    """Whether the signature was made with one of the secrets; takes as long for a wrong one as for a right one."""
    given = signature.strip().lower().encode("utf-8", "replace")
    matches = [hmac.compare_digest(sign(secret, timestamp, body).encode(), given) for secret in secrets]
    return any(matches)


def why_stale(timestamp: str, now: float) -> str | None:
    """What is wrong with the time of a signature; None where it is good."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return f"expected {TIMESTAMP} with the Unix time in seconds, got {timestamp[:40]!r}"
    if abs(now - int(timestamp)) > MAX_AGE_S:
        return (
            f"expected {TIMESTAMP} within {MAX_AGE_S} seconds of our clock, got {int(now - int(timestamp))} seconds "
            "before it: sign each request anew, and set the sender's clock (NTP)"
        )
    return None


def read_secret(variable: str | None, file: str | None) -> str | None:
    """What the named variable or file holds; None where neither is named. Raises `Fatal` where nothing is there.

    The one place beside `pipeline.settings` that looks at the environment, for names that only feeds.yaml knows.
    """
    if variable:
        text = os.getenv(variable, "").strip()
        if not text:
            raise Fatal(f"the environment variable {variable} is not set: put the secret into it")
        return text
    return read_secret_file(Path(file), f"the secret file {file}") if file else None


def signing_secrets(variable: str | None, file: str | None) -> tuple[bytes, ...]:
    """The secrets of a push feed, at least one."""
    secrets = tuple(line.strip().encode() for line in (read_secret(variable, file) or "").splitlines() if line.strip())
    if not secrets or any(len(secret) < MIN_SECRET for secret in secrets):
        raise Fatal(
            f"{variable or file}: expected secrets of at least {MIN_SECRET} characters, one a line: "
            "make one with `openssl rand -hex 32`"
        )
    return secrets
