"""Those who act in a sanction event and those whom it hits, as the event's key calls them."""

from __future__ import annotations

from pipeline.story import SanctionEvent

UNKNOWN = "-"
"""What a key calls somebody whom the story leaves open."""


def parties_of(event: SanctionEvent) -> tuple[str, str]:
    """Authority and target of "EU:RU:impose"."""
    authority, _, rest = event.key.partition(":")
    return authority, rest.rpartition(":")[0]
