"""Why a rule matched a story, for people and for comparing versions."""

from __future__ import annotations

import msgspec

from pipeline.story import Mention


class Reason(msgspec.Struct, frozen=True):
    """One thing that a condition found.

    ``condition``: the condition's key in the file; ``what``: for people, "TikTok", "EU imposes on RU: asset-freeze"; ``mention``: where
    the story says it; ``key``: the same in every language and version: "topic:tiktok", "entity:Q30", "event:EU:RU:impose",
    "listed:ofac-sdn:123", "country:CN", "urgency:2", "text:asset freeze".
    """

    condition: str
    what: str
    mention: Mention | None
    key: str
