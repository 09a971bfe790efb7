"""`dateline lists`: the official sanctions lists that stories are screened against."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from pipeline.errors import DatelineError, WrongUse
from pipeline.options import as_json
from pipeline.screening.changes import Changes
from pipeline.screening.listing import LISTS, Listing
from pipeline.settings import Settings, load_settings
from pipeline.terminal import print_json, print_table, say

_SHOWN = 40
"""Names that a person is shown of what came or went; --json has all."""


@click.group()
def lists() -> None:
    """The sanctions lists (OFAC, EU, UN, UK, OpenSanctions) that every story is screened against."""


def _settings() -> Settings:
    from pipeline.servers import acting_as, find_servers

    return acting_as("feed", find_servers(load_settings()))


@lists.command()
@click.argument("names", nargs=-1, metavar="[LIST]...")
@click.option("--from", "source", metavar="FILE|URL", help="Take the list from here instead of from its publisher.")
@as_json
def update(names: tuple[str, ...], source: str | None, as_json: bool) -> None:
    """Take over the newest publication of lists: all official ones, or those named.

    LIST is ofac-sdn, ofac-consolidated, eu, un, uk or opensanctions (whose licence asks companies to pay). The first load of a list
    makes no story; later each publication makes one that names all that came and went. Made to run from cron; ends with 1 where
    a list could not be had.
    """
    from pipeline.feeds.lists import OFFICIAL, update_list

    if unknown := [name for name in names if name not in LISTS]:
        raise WrongUse(f"there is no list {unknown[0]!r}: known are {', '.join(LISTS)}")
    if source and len(names) > 1:
        raise WrongUse("--from takes one list")
    settings = _settings()
    failed = False
    for name in names or ((None,) if source else OFFICIAL):
        try:
            in_force, changes = update_list(settings, name, source, now=datetime.now(UTC), say=say)
        except WrongUse:
            raise
        except DatelineError as error:
            failed = True
            say(f"{name or source}: {error}")
            continue
        if as_json:
            print_json(msgspec.to_builtins(in_force) | {"changes": _all(changes, in_force.version)})
        else:
            _show(in_force.list, in_force.version, in_force.listings, changes)
    raise click.exceptions.Exit(1 if failed else 0)


@lists.command()
@as_json
def show(as_json: bool) -> None:
    """Show which version of each list is in force; ends with 1 where there is none."""
    from pipeline.documents.indices import index_names
    from pipeline.sinks.elastic import connect
    from pipeline.sinks.lists import read_in_force

    settings = _settings()
    with connect(settings) as client:
        found = read_in_force(client, index_names(settings))
    if as_json:
        print_json({"lists": [msgspec.to_builtins(it) for it in found.values()]})
    elif found:
        print_table(
            ["list", "", "version", "published", "taken over", "listings", "came", "went", "changed"],
            [
                (
                    it.list,
                    LISTS[it.list],
                    it.version,
                    it.published,
                    f"{it.at:%Y-%m-%d %H:%M}",
                    it.listings,
                    it.came,
                    it.went,
                    it.changed,
                )
                for it in found.values()
            ],
        )
    else:
        say("No list was loaded yet: `dateline lists update`, or with --from FILE.")
    raise click.exceptions.Exit(0 if found else 1)


def _show(list_: str, version: int, listings: int, changes: Changes) -> None:
    if version == 1 and changes:
        say(f"{LISTS[list_]}: {listings} listings, loaded for the first time.")
        return
    say(f"{LISTS[list_]}: version {version}, {listings} listings" + ("." if changes else ", nothing changed."))
    for word, found in (("came", changes.came), ("went", changes.went), ("changed", changes.changed)):
        for listing in found[:_SHOWN]:
            say(f"  {word:7} {listing.name} ({', '.join((*listing.countries, *listing.programmes)) or listing.kind})")
        if len(found) > _SHOWN:
            say(f"  {word:7} and {len(found) - _SHOWN} more; all with --json")


def _all(changes: Changes, version: int) -> dict[str, Any]:
    first = version == 1
    return {
        name: [] if first else [_brief(it) for it in getattr(changes, name)] for name in ("came", "went", "changed")
    }


def _brief(listing: Listing) -> dict[str, Any]:
    return {
        "list_id": listing.list_id,
        "name": listing.name,
        "countries": listing.countries,
        "programmes": listing.programmes,
    }
