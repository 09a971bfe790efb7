"""What every type of channel has in the channels file, and where its secrets come from.

Comes in: keys of a channel, the folder of the file, the environment. Goes out: a channel, or `Fatal` that names no secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from pipeline.alerts.channels.channel import Channel
from pipeline.errors import Fatal
from pipeline.feeds.signing import read_secret

TIMEOUT = 10.0
Variable = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
FilePath = Annotated[str, Meta(min_length=1)]


@dataclass(frozen=True)
class Secret:
    """A text that no log, traceback or debugger shows by accident."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class Place:
    """Where the channels file lies and which environment it names variables of."""

    folder: Path
    environment: Mapping[str, str] = field(repr=False)

    def path(self, text: str) -> Path:
        """A path of the file; a relative one is below its folder."""
        return self.folder / Path(text).expanduser()

    def secret(self, variable: str | None, file: str | None, keys: str) -> Secret:
        """What the variable or the file holds, exactly one of which must be named; ``keys`` are their names in the channels file."""
        if bool(variable) == bool(file):
            raise Fatal(f"expected {keys}, one of them")
        if file:
            return Secret(read_secret(None, str(self.path(file))) or "")
        text = self.environment.get(variable or "", "").strip()
        if not text:
            raise Fatal(f"the environment variable {variable} is not set: put the secret into it")
        return Secret(text)


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """The keys of a channel; each type adds its own."""

    timeout: Annotated[float, Meta(ge=0.1, le=600, description="Seconds that a delivery may take.")] = TIMEOUT

    def make(self, name: str, place: Place) -> Channel:
        """The channel; raises `Fatal` for what only this machine can tell, such as a secret that is not there."""
        raise NotImplementedError
