"""Which story a kill means that names it only by number, slugline or headline. Pure.

Comes in: the notice, and stories that may be meant. Goes out: the query for these, and the ones that fit. Never guesses:
where not exactly one fits, a person decides (`dateline waiting`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from pipeline.documents.ranking import moment
from pipeline.formats.marks import read_marks
from pipeline.story import KillTarget, Story

REACH = timedelta(days=3)
"""A kill follows its story within hours; sluglines come back after days."""
FRESH = timedelta(hours=1)
_CYCLE = re.compile(r"^(?:am|pm|bc|ap)-", re.IGNORECASE)
"""The cycle that ANPA 1312 puts before a slugline, and leaves out again."""
_MAX_CANDIDATES = 100
_MAX_WORDS = 20
"""Enough to find it; all of it is compared afterwards."""


def waiting_kills(now: datetime) -> dict[str, Any]:
    """The search for notices that are new enough for their story to be still on its way."""
    waiting = [{"term": {"attention": "unmatched-kill"}}, {"range": {"received": {"gte": (now - FRESH).isoformat()}}}]
    return {"query": {"bool": {"filter": waiting}}, "size": _MAX_CANDIDATES, "_source": False}


def candidates_query(notice: Story) -> dict[str, Any]:
    """The search for stories of the same provider that came before the notice and share number or words with its target."""
    target, at = _target(notice), notice.received
    window = {"gte": (at - REACH).isoformat(), "lte": at.isoformat()} if at else {}
    if target.service and target.sequence is not None:
        number = {"value": f"{target.service}:{target.sequence}", "case_insensitive": True}
        named: list[dict[str, Any]] = [{"term": {"service_numbers": number}}]
    else:
        lines = {"slugline": _CYCLE.sub("", target.slugline or ""), "headline": target.headline}
        named = [
            {"match": {name: {"query": " ".join(line.split()[:_MAX_WORDS]), "operator": "and"}}}
            for name, line in lines.items()
            if line
        ]
    return {
        "query": {
            "bool": {
                "filter": [{"term": {"provider": notice.provider}}, {"range": {"received": window}}],
                "must_not": [{"ids": {"values": [notice.id]}}, {"exists": {"field": "attention"}}],
                "should": named,
                "minimum_should_match": 1,
            }
        },
        "size": _MAX_CANDIDATES,
        "_source": ["id", "guid", "provider", "slugline", "headline", "received", "pubstatus"],
    }


def find_target(notice: Story, candidates: Iterable[Story]) -> list[Story]:
    """The stories that the notice may mean: by its number, else by slugline and headline, else by one of them."""
    target, found = _target(notice), list(candidates)
    if target.service and target.sequence is not None:  # numbers come back: the latest one is meant
        return sorted(found, key=lambda story: moment(story.received))[-1:]
    slug, head = _key(_CYCLE.sub("", target.slugline or "")), _key(target.headline)
    keys = {story.id: _keys(story) for story in found}
    by_slug = [story for story in found if slug and keys[story.id][0] == slug]
    by_head = [story for story in found if head and keys[story.id][1] == head]
    both = [story for story in by_slug if story in by_head]
    return both or [*by_slug, *by_head]


def kill_of(notice: Story, story: Story) -> Story:
    """The kill that the notice is, once its story is known."""
    return msgspec.structs.replace(
        notice,
        id=story.id,
        guid=story.guid,
        kill_target=None,
        services=(),
        notes=(*notice.notes, f"killed by the notice {notice.id}, which names the story by {_by(notice)}"),
    )


def matched(notice: Story, story_id: str) -> Story:
    """The notice once it has done its work: it waits for nobody."""
    return msgspec.structs.replace(notice, kill_target=None, notes=(*notice.notes, f"killed {story_id}"))


def _target(notice: Story) -> KillTarget:
    return notice.kill_target or KillTarget()


def _by(notice: Story) -> str:
    target = _target(notice)
    if target.sequence is not None:
        return f"number {target.service} {target.sequence}"
    return " and ".join(name for name in ("slugline", "headline") if getattr(target, name)) or "hand"


def _keys(story: Story) -> tuple[str, str]:
    marks = read_marks(story.slugline, story.headline)
    return _key(_CYCLE.sub("", marks.slugline)), _key(marks.headline)


def _key(line: str | None) -> str:
    """Letters and digits alone: agencies retype what they name."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", line or "").casefold() if letter.isalnum())
