"""The HTTP API: what the pages show, as JSON. Stories have the fields that `dateline enrich` prints (schemas/messages/story.json)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response

from pipeline import __version__
from pipeline.desk.asked import MOST_LETTERS, asked_of
from pipeline.desk.listing import chooser, find, query_of
from pipeline.desk.live import Batch
from pipeline.desk.problems import NotFound
from pipeline.desk.rates import limited
from pipeline.desk.state import Desk, DeskState
from pipeline.desk.streaming import event, stream
from pipeline.search.as_rule import rule_of
from pipeline.search.fields import FIELDS
from pipeline.searching import Found, read_story, read_versions, stories_like, suggest

DESCRIPTION = (
    "Search and read the wire. Where the desk asks for a login, send its token as `Authorization: Bearer …`. Errors are JSON: `error`, a "
    "short stable word, and `message`. Beside `q`, each field that may stand before a colon in a search is a parameter, several times if "
    f"need be: {', '.join(FIELDS)}."
)
router = APIRouter()

Words = Annotated[
    str, Query(alias="q", max_length=MOST_LETTERS, description="What a person would type: docs/search.md")
]
Limit = Annotated[int, Query(ge=1, le=200, description="Stories of a page")]


class Json(Response):
    """JSON of msgspec, which knows our values."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The content as UTF-8."""
        return msgspec.json.encode(content)


def described(description: str, schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a route's answer."""
    return {200: {"description": description, "content": {"application/json": {"schema": schema}}}}


_STORY = {"$ref": "#/components/schemas/Story"}
_STORIES = {"type": "object", "properties": {"stories": {"type": "array", "items": _STORY}}}
_RESULTS = {
    "type": "object",
    "properties": {
        "total": {"type": "integer"},
        "is_exact": {"type": "boolean", "description": "false: there are more than total"},
        "took_ms": {"type": "integer"},
        "next": {"type": ["string", "null"], "description": "give it as after for the next page"},
        "hints": {"type": "array", "items": {"type": "string"}},
        "choices": {"type": "array", "items": {"type": "object"}, "description": "names that several bear"},
        "understood": {"type": "array", "items": {"type": "object"}, "description": "what names were taken for"},
        "stories": {"type": "array", "items": _STORY},
        "facets": {"type": "object", "description": "by facet: value, label, count"},
        "histogram": {"type": "array", "items": {"type": "object"}, "description": "start, count"},
    },
}


@router.get(
    "/api/search",
    summary="Search",
    dependencies=[Depends(limited("search"))],
    responses=described("A page of stories", _RESULTS),
    response_class=Json,
)
def api_search(
    request: Request,
    desk: DeskState,
    q: Words = "",
    since: Annotated[str, Query(description="3h, 7d, today, or ISO 8601")] = "",
    until: Annotated[str, Query(description="as since")] = "",
    after: Annotated[str, Query(description="`next` of the page before")] = "",
    limit: Limit = 20,
    facets: Annotated[bool, Query(description="also facets and the histogram")] = False,
) -> Json:
    """Searches what may be seen, or what is hidden where the query asks for that (`is:killed`)."""
    results = find(desk, asked_of(request.query_params), limit=limit, facets=facets, histogram=facets)
    return Json(results.to_dict())


@router.get(
    "/api/suggest",
    summary="What a person may go on typing",
    dependencies=[Depends(limited("suggest"))],
    responses=described("Suggestions: text, label, kind, description", {"type": "object"}),
    response_class=Json,
)
def api_suggest(q: Words = "", limit: Annotated[int, Query(ge=1, le=20)] = 8) -> Json:
    """The text with each suggestion in its place, the likeliest first."""
    return Json({"suggestions": [asdict(it) for it in suggest(q, limit)]})


@router.get(
    "/api/live",
    summary="Stories as they become searchable",
    responses={200: {"description": "Server-sent events", "content": {"text/event-stream": {}}}},
    response_class=PlainTextResponse,
)
async def api_live(request: Request, desk: DeskState, q: Words = "") -> Response:
    """Event `story`: a story that fits the search, or a kill, as JSON. Event `missed`: how many were dropped for a slow reader. Event
    `state`: `trouble`, why the index can't be read, empty when it can again.
    """
    asked = asked_of(request.query_params)
    choose = await run_in_threadpool(chooser, desk, asked)
    return stream(desk.stories, asked.key, choose, _live_events)


def _live_events(batch: Batch[Found]) -> str:
    missed = event("missed", {"missed": batch.missed}) if batch.missed else ""
    return missed + "".join(event("story", msgspec.to_builtins(found.to_dict())) for found in batch.found)


@router.get(
    "/api/rule",
    summary="A search as an alert rule",
    dependencies=[Depends(limited("search"))],
    response_class=PlainTextResponse,
    responses={200: {"description": "YAML, as schemas/rule.json describes it"}},
)
def api_rule(request: Request, q: Words = "", name: str = "my-search") -> PlainTextResponse:
    """The YAML of a rule that alerts on what the search finds; 400 says which part of a search can't be a rule."""
    return PlainTextResponse(rule_of(query_of(asked_of(request.query_params)), name), media_type="application/yaml")


@router.get(
    "/api/stories/{story_id:path}/versions",
    summary="All versions of a story",
    responses=described(
        "The versions, oldest first", {"type": "object", "properties": {"versions": {"type": "array", "items": _STORY}}}
    ),
    response_class=Json,
)
def api_versions(desk: DeskState, story_id: str) -> Json:
    """Every version that came in."""
    versions = read_versions(desk.client, desk.names, story_id)
    if not versions:
        raise _no_story(story_id)
    return Json({"versions": [story.to_dict() for story in versions]})


@router.get(
    "/api/stories/{story_id:path}/more",
    summary="Stories like one",
    dependencies=[Depends(limited("search"))],
    responses=described("Stories like this one, the likest first", _STORIES),
    response_class=Json,
)
def api_more(desk: DeskState, story_id: str, limit: Limit = 10) -> Json:
    """Stories that share names, topics, events or words with this one."""
    one = _story(desk, story_id).story
    return Json({"stories": [found.to_dict() for found in stories_like(desk.client, desk.names, one, limit)]})


@router.get(
    "/api/stories/{story_id:path}",
    summary="A story",
    responses=described("The story, whatever its status", _STORY),
    response_class=Json,
)
def api_story(desk: DeskState, story_id: str) -> Json:
    """The story as it is now, killed and embargoed ones too."""
    return Json(_story(desk, story_id).to_dict())


def _story(desk: Desk, story_id: str) -> Found:
    found = read_story(desk.client, desk.names, story_id)
    if found is None:
        raise _no_story(story_id)
    return found


def _no_story(story_id: str) -> NotFound:
    return NotFound(f"there is no story {story_id}: ids look like provider:guid")


@router.get("/healthz", include_in_schema=False)
def health() -> dict[str, str]:
    """200 while the process lives, also without servers: a probe must not restart us for what a restart can't mend."""
    return {"status": "ok", "version": __version__}


def with_story_schema(description: dict[str, Any], story: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI description with our own schema of a story, its definitions moved to where OpenAPI looks for them."""
    description.setdefault("components", {}).setdefault("schemas", {}).update(_moved(story["$defs"]))
    return description


def _moved(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: it.replace("#/$defs/", "#/components/schemas/")
            if key == "$ref" and isinstance(it, str)
            else _moved(it)
            for key, it in value.items()
        }
    return [_moved(it) for it in value] if isinstance(value, list) else value
