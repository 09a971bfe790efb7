"""The page of one story: its text with what was found in it, versions, alerts, the way it took, and its raw copy."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.alert_reading import alerts_of_story
from pipeline.desk.asked import Asked
from pipeline.desk.marks import paragraphs, pieces
from pipeline.desk.pages import is_htmx, render
from pipeline.desk.problems import NotFound
from pipeline.desk.rates import limited
from pipeline.desk.raw_copy import find_raw
from pipeline.desk.state import Desk, DeskState
from pipeline.desk.story_view import view_of
from pipeline.documents.compare import Difference, differences
from pipeline.documents.document import state_of
from pipeline.searching import more_like, read_document, read_versions
from pipeline.story import Story

router = APIRouter(include_in_schema=False)

SHOWN_CHARACTERS = 20_000
"""Of a text: 3,000 words; the rest comes on demand, so that a file that somebody sent as a story doesn't stop the page."""
_SHOWN_BYTES = 200_000
_SHOWN_DIFFERENCES = 40
_SIMILAR = 8


@router.get("/story/{story_id:path}")
def story_page(request: Request, desk: DeskState, story_id: str, all: bool = False) -> Response:
    """The story; ``all``: its whole text, however long."""
    document = _document(desk, story_id)
    if document is None:
        raise NotFound(
            f"There is no story {story_id}. Its id may be cut off in the link, or it is older than this desk keeps stories."
        )
    indexed_at = document.get("indexed_at")
    at = datetime.fromisoformat(indexed_at) if indexed_at else None
    view = view_of(state_of(document), at, name_of, now=datetime.now(UTC))
    story = view.story
    limit = None if all else SHOWN_CHARACTERS
    return render(
        request,
        "story.html",
        view=view,
        story=story,
        headline=pieces(story.headline, view.spans["headline"]),
        body=paragraphs(story.body, view.spans["body"], limit=limit),
        cut=limit is not None and len(story.body) > limit,
        versions=versions_of(read_versions(desk.client, desk.names, story_id)),
        alerts=alerts_of_story(desk.client, desk.names, story_id),
    )


@router.get("/more/{story_id:path}", dependencies=[Depends(limited("search"))])
def more_page(request: Request, desk: DeskState, story_id: str) -> Response:
    """Stories like this one; the story page loads it when it is scrolled to."""
    found = more_like(desk.client, desk.names, story_id, limit=_SIMILAR)
    return render(request, "more.html", found=found, asked=Asked(), fragment=is_htmx(request))


@router.get("/raw/{story_id:path}", dependencies=[Depends(limited("search"))])
def raw_page(request: Request, desk: DeskState, story_id: str) -> Response:
    """The bytes that the story was read from, as text."""
    document = _document(desk, story_id)
    if document is None:
        raise NotFound(f"There is no story {story_id}.")
    story = state_of(document).shown
    raw = find_raw(desk.settings, story.id, story.enriched_at)
    text = None if raw is None else raw.value[:_SHOWN_BYTES].decode("utf-8", "replace")
    return render(request, "raw.html", story=story, raw=raw, text=text, shown=_SHOWN_BYTES)


def _document(desk: Desk, story_id: str) -> dict[str, Any] | None:
    """The story's document as it is now, whatever its status."""
    if not story_id or len(story_id.encode()) > 512:  # no id is longer
        return None
    return read_document(desk.client, desk.names, story_id)


class Version:
    """One version and what it changed against the one before; the first changed nothing."""

    def __init__(self, story: Story, changes: list[Difference], *, is_first: bool) -> None:
        self.story = story
        self.changes = changes[:_SHOWN_DIFFERENCES]
        self.left_out = len(changes) - len(self.changes)
        self.is_first = is_first


def versions_of(stories: list[Story]) -> list[Version]:
    """The versions, newest first."""
    found = []
    for before, story in zip([None, *stories], stories, strict=False):
        found.append(Version(story, differences(before, story) if before else [], is_first=before is None))
    return found[::-1]


def name_of(id_: str) -> str:
    """The English name of an entity's id."""
    entry = _known().get(id_)
    return entry.name if entry else id_


@cache
def _known() -> Any:
    from pipeline.alerts.rules.names import known_entities  # reads the gazetteer, half a second

    return known_entities()
