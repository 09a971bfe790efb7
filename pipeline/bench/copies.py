"""The stories that are fed: those of the sample wire or of a JSON lines file, again and again under guids of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from pipeline.feeds.files import Copy, list_files, read_file
from pipeline.feeds.samples import sample_stories
from pipeline.formats import parse
from pipeline.story import Story

PROVIDER = "bench"


def generate(stories: Sequence[Story], size: int | None) -> Iterator[Copy]:
    """JSON stories without end; their bodies are ``size`` characters long, or as long as they are for None."""
    numbers = count()
    while True:
        for story in stories:
            fields = {
                "guid": f"bench-{next(numbers)}",
                "provider": PROVIDER,
                "version": 1,
                "headline": story.headline,
                "body": _of_size(story.body, size),
            }
            yield Copy(json.dumps(fields, ensure_ascii=False).encode(), content_type="application/json")


def _of_size(body: str, size: int | None) -> str:
    if size is None:
        return body
    return ((body + "\n\n") * (size // max(1, len(body)) + 1))[:size]


def stories_of(paths: Sequence[Path]) -> list[Story]:
    """The stories with text in these files, one JSON story a line; those of the sample wire where there are no paths."""
    if not paths:
        return sample_stories()
    now = datetime.now(UTC)
    items = (item for file in list_files(paths) for copy in read_file(file) for item in parse(copy.raw(now)))
    return [item for item in items if isinstance(item, Story) and item.body]
