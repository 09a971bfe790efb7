"""What is known of a story: its best text, the kill that hides it, what a person released, the services that carried it.

Comes in: what `merge` decided. Goes out: the answers that follow: whether it is killed, from when it may be seen, what waits
for a person. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from pipeline.documents.ranking import Rank, is_later, rank, says_the_same
from pipeline.formats.marks import KILL
from pipeline.story import Service, Story

ALWAYS = "1970-01-01T00:00:00Z"
"""``visible_from`` of a story without embargo: the alias `stories` shows what is visible from now or earlier."""

Attention = Literal["unmatched-kill", "after-kill", "kill-notice", "embargo"]
"""What a person must look at: a kill whose story was not found; a version that came after the kill; a usable story that is
marked as a kill; an embargo without a time."""


class Release(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person released: the kill of this rank and any older one, and the embargo of these words."""

    at: datetime
    note: str | None = None
    kill: Rank | None = None
    embargoed: str | None = None


@dataclass(frozen=True)
class State:
    """What is known of a story; a text or a kill is there. The services are those of all its versions."""

    text: Story | None = None
    kill: Story | None = None
    release: Release | None = None
    services: tuple[Service, ...] = ()
    told: tuple[str, ...] = ()
    """The keys of the sanction events that this story takes part in; see `pipeline.alerts.novelty`."""
    alerts: tuple[str, ...] = ()
    """The ids of the alerts that this story raised."""

    @property
    def shown(self) -> Story:
        """The story that the document shows: the text, or the kill where no text ever came."""
        shown = self.text or self.kill
        assert shown is not None, "a state holds a text or a kill"  # noqa: S101 - an invariant, not input
        return shown

    @property
    def killed(self) -> bool:
        """Whether a kill is in force: one came, and nobody released it; a re-send of a released kill stays released."""
        if self.kill is None:
            return False
        released = self.release.kill if self.release else None
        return released is None or not (rank(self.kill) <= released or says_the_same(rank(self.kill), released))

    @property
    def embargoed(self) -> str | None:
        """The embargo in force, as in `Story.embargoed`; its time may have passed."""
        embargoed = self.text.embargoed if self.text else None
        released = self.release.embargoed if self.release else None
        return None if embargoed is not None and embargoed == released else embargoed

    @property
    def visible_from(self) -> str | None:
        """When the story may be seen; None for not at all: killed, withheld, or an embargo without a time."""
        if self.killed or self.text is None or self.text.pubstatus != "usable" or self.embargoed == "":
            return None
        return self.embargoed or ALWAYS

    def is_visible(self, now: datetime) -> bool:
        """Whether it may be seen now."""
        return self.visible_from is not None and datetime.fromisoformat(self.visible_from) <= now

    @property
    def attention(self) -> list[Attention]:
        """What waits for a person."""
        waiting: list[Attention] = []
        if self.killed and self.kill and self.kill.kill_target is not None:
            waiting.append("unmatched-kill")
        if self.killed and self.kill and self.text and is_later(self.text, self.kill):
            waiting.append("after-kill")
        if not self.killed and self.text and self.text.pubstatus == "usable":
            waiting += ["kill-notice"] if KILL in self.text.signals else []
            waiting += ["embargo"] if self.embargoed == "" else []
        return waiting
