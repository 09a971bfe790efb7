"""What `dateline search` does: searches and prints what was found, or the alert rule that a search means."""

from __future__ import annotations

from datetime import datetime

from pipeline.documents.indices import index_names
from pipeline.search.as_rule import rule_of
from pipeline.search.query import Query, parse_query
from pipeline.search.request import FACET_FILTERS
from pipeline.search.resolving import resolver
from pipeline.searching import Results, read_story, search, stories_like
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect
from pipeline.terminal import out, print_found, print_json, print_table, say

Filters = dict[str, tuple[str, ...]]
_BAR = 40


def print_results(
    settings: Settings,
    text: str,
    filters: Filters,
    since: datetime | None,
    until: datetime | None,
    killed: bool,
    *,
    limit: int,
    after: str | None,
    facets: bool,
    as_json: bool,
) -> bool:
    """Searches and prints; whether anything was found."""
    query = _query(text, filters, since, until, killed=killed)
    results = search(
        connect(settings),
        index_names(settings),
        query,
        limit=limit,
        after=after,
        facets=facets,
        histogram=facets,
    )
    if as_json:
        print_json(results.to_dict())
        return bool(results.total)
    _say_how_it_was_read(results)
    for found in results.stories:
        print_found(found)
    if facets:
        _print_facets(results)
        if results.is_estimated:
            say("The counts are estimates from a part of the stories.")
    shown = len(results.stories)
    say(
        f"{results.total:,}{'' if results.is_exact else '+'} found in {results.took_ms} ms"
        + (f", {shown} shown" if results.next or after else "")
    )
    return bool(results.total)


def print_rule(name: str, text: str, filters: Filters, since: datetime | None, until: datetime | None) -> None:
    """Prints the alert rule that the search means. `WrongUse` where it can't be one."""
    out.print(rule_of(_query(text, filters, since, until), name), end="", markup=False, soft_wrap=True)


def print_like(settings: Settings, story_id: str, *, limit: int, as_json: bool) -> bool:
    """Prints the stories that are like one; whether there are any."""
    client, names = connect(settings), index_names(settings)
    one = read_story(client, names, story_id)
    if one is None:
        say(f"There is no story {story_id}: ids look like provider:guid, see `dateline search --json`.")
        return False
    stories = stories_like(client, names, one.story, limit)
    if as_json:
        print_json({"stories": [found.to_dict() for found in stories]})
    else:
        for found in stories:
            print_found(found)
    return bool(stories)


def _query(
    text: str, filters: Filters, since: datetime | None, until: datetime | None, *, killed: bool = False
) -> Query:
    return parse_query(text, filters=filters, since=since, until=until, killed=killed, resolver=resolver())


def _say_how_it_was_read(results: Results) -> None:
    if results.understood:
        taken: dict[str, list[str]] = {}
        for it in results.understood:
            taken.setdefault(it.text, []).append(f"{it.name} ({it.kind})")
        say("Understood: " + "; ".join(f"{typed} as {' and '.join(names)}" for typed, names in taken.items()))
    for choice in results.choices:
        say(f"{choice.text} may be:")
        for option in choice.options:
            say(f"  {option.filter:<24} {option.name}, {option.description}")
    for hint in results.hints:
        say(hint)


def _print_facets(results: Results) -> None:
    for facet, buckets in results.facets.items():
        if buckets:
            name = FACET_FILTERS.get(facet, facet)
            print_table([facet, "", "stories"], [(it.label, f"{name}:{_value(it.value)}", it.count) for it in buckets])
    most = max((bar.count for bar in results.histogram), default=0)
    if most:
        print_table(
            ["from", "stories", ""],
            [
                (f"{bar.start.astimezone():%Y-%m-%d %H:%M}", bar.count, "█" * round(_BAR * bar.count / most))
                for bar in results.histogram
            ],
        )


def _value(value: str) -> str:
    return f'"{value}"' if " " in value else value
