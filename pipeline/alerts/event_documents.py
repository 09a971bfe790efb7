"""A sanction event's document: made from what is known of the event, and read back from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pipeline.alerts.novelty import EventState


def make_event_document(state: EventState) -> dict[str, Any]:
    """The document of an event; beside the state flat fields for Kibana, of all stories together."""
    authority, _, rest = state.key.partition(":")
    target, _, family = rest.rpartition(":")
    fields: dict[str, Any] = msgspec.to_builtins(state) | {"authority": authority, "target": target, "family": family}
    if state.told:
        fields |= {
            "first_seen": state.first_seen.isoformat(),
            "last_seen": max(it.at for it in state.told).isoformat(),
            "stories": len(state.told),
            "status": state.status,
            "languages": sorted({it.language for it in state.told}),
        }
        for name in ("targets", "measures", "by"):
            fields[name] = sorted({value for it in state.told for value in getattr(it, name)})
    return fields


def event_state_of(document: Mapping[str, Any]) -> EventState:
    """The state that a document was made from."""
    return msgspec.convert(document, EventState)
