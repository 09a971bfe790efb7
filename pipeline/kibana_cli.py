"""`dateline kibana`: what people look at in Kibana."""

from __future__ import annotations

import sys

import click

from pipeline.options import as_json
from pipeline.settings import load_settings
from pipeline.terminal import print_json, print_table, say


@click.group()
def kibana() -> None:
    """Kibana's data views, saved searches and dashboards."""


@kibana.command("setup")
@click.option("--space", metavar="ID", help="The Kibana space; without, the default one or that of the address.")
@click.option("--no-overwrite", is_flag=True, help="Keep what is there already, with all that was changed in Kibana.")
@click.option(
    "--print", "--dry-run", "only_print", is_flag=True, help="Print the objects as NDJSON instead, to import by hand."
)
@click.option(
    "--wait", default=120, show_default=True, type=click.IntRange(0), help="Seconds to wait for Kibana to be ready."
)
@as_json
def set_up(space: str | None, no_overwrite: bool, only_print: bool, wait: int, as_json: bool) -> None:
    """Put data views, saved searches and dashboards into Kibana; safe to run at each deploy.

    The address is DATELINE_KIBANA_URL, the login DATELINE_KIBANA_API_KEY or DATELINE_KIBANA_USER and DATELINE_KIBANA_PASSWORD. Ends
    with 1 where an object could not be imported.
    """
    from pipeline.documents.indices import index_names
    from pipeline.kibana import saved_objects, to_ndjson

    settings = load_settings()
    objects = saved_objects(settings.prefix, index_names(settings), desk_url=settings.desk_url)
    if only_print:
        sys.stdout.write(to_ndjson(objects))
        return
    from pipeline.kibana.importing import Kibana

    target = Kibana(settings, space)
    target.wait_until_ready(wait, say)
    target.check_space()
    outcomes = target.import_objects(objects, overwrite=not no_overwrite)
    failed = sum(it.result == "failed" for it in outcomes)
    if as_json:
        print_json({"objects": [it.to_dict() for it in outcomes], "failed": failed})
    else:
        print_table(["type", "title", "", "what to do"], [(it.type, it.title, it.result, it.remedy) for it in outcomes])
        where = f", space {space}" if space else ""
        say(f"{len(outcomes) - failed} of {len(outcomes)} objects are in Kibana at {target.url}{where}.")
    raise click.exceptions.Exit(1 if failed else 0)
