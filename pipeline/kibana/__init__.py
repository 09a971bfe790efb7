"""What people look at in Kibana: data views, saved searches and dashboards. Pure but for `pipeline.kibana.importing`.

Comes in: the names of the indices in force. Goes out: saved objects in the form of Kibana's export, one JSON object a line,
which `dateline kibana setup` imports. `fields` says how each field is labelled and shown, `searches` and `dashboards` what
there is to look at; `objects` and `lens` know how Kibana writes such things down. docs/kibana.md tells what each object is for
and how it was checked; deploy/kibana/dateline.ndjson is what comes out without a prefix.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from pipeline.documents.indices import Indices
from pipeline.kibana.dashboards import dashboards
from pipeline.kibana.fields import STORIES, data_views
from pipeline.kibana.objects import Naming, SavedObject
from pipeline.kibana.searches import searches


def saved_objects(prefix: str, indices: Indices, *, desk_url: str | None = None) -> list[SavedObject]:
    """All objects; what refers comes after what it refers to. With ``desk_url`` story ids link to the desk page."""
    naming = Naming(prefix)
    return [*data_views(naming, indices, desk_url), *searches(naming), *dashboards(naming)]


def stories_view(prefix: str) -> str:
    """The id of the data view of the stories, for links."""
    return Naming(prefix).view(STORIES)


def to_ndjson(objects: Iterable[SavedObject]) -> str:
    """The objects as Kibana exports and imports them."""
    return "".join(json.dumps(it, ensure_ascii=False, separators=(",", ":")) + "\n" for it in objects)
