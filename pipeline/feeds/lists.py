"""The official sanctions lists: where they are published, fetching them, and taking a publication over.

Comes in: the name of a list, or a file or address of one. Goes out: its new version in the index `lists` and, but for the first, one
story in `wire.raw` that names all that came and went.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import msgspec

from pipeline.documents.indices import index_names
from pipeline.errors import Reject, Retry, WrongUse
from pipeline.feeds.files import Copy
from pipeline.feeds.polling import client as http_client
from pipeline.feeds.producer import Feeder
from pipeline.screening.changes import PROVIDER, Changes, make_story
from pipeline.screening.importers import MAX_BYTES, read_publication
from pipeline.screening.listing import LISTS, Publication
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect
from pipeline.sinks.lists import InForce, publish

ADDRESSES = {
    "ofac-sdn": "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/SDN.XML",
    "ofac-consolidated": "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/CONSOLIDATED.XML",
    "eu": "https://webgate.ec.europa.eu/fsd/fsf/public/files/xmlFullSanctionsList_1_1/content?token=dG9rZW4tMjAxNw",
    "un": "https://scsanctions.un.org/resources/xml/en/consolidated.xml",
    "uk": "https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.xml",
    "opensanctions": "https://data.opensanctions.org/datasets/latest/sanctions/targets.simple.csv",
}
"""Where each list is published. The EU's token is the one that its public page links with."""
OFFICIAL = tuple(name for name in ADDRESSES if name != "opensanctions")
"""What an update takes unless told: OpenSanctions' data is free only for those who don't earn with it."""
_PIECE = 1 << 18
_TIMEOUT = aiohttp.ClientTimeout(total=1800, connect=30, sock_read=60)


def update_list(
    settings: Settings, name: str | None, source: str | None, *, now: datetime, say: Callable[[str], None]
) -> tuple[InForce, Changes]:
    """Takes a list over from its publisher, or from a file or address; raises `Reject` for a file that is no list.

    ``name``: what the file must be; None takes what it is.
    """
    with _file(name, source, say) as path:
        publication = read_publication(path)
    if name is not None and publication.list != name:
        raise WrongUse(f"{source} is {LISTS[publication.list]} ({publication.list}), not {name}")
    return take_over(settings, publication, now=now)


def take_over(settings: Settings, publication: Publication, *, now: datetime) -> tuple[InForce, Changes]:
    """Puts a publication into the index and feeds the story of what it changed; the first version of a list makes none."""
    with connect(settings) as client:
        in_force, changes = publish(client, index_names(settings), publication, now=now)
    if changes and in_force.version > 1:
        story = make_story(publication.list, in_force.version, changes) | {"version_created": now.isoformat()}
        with Feeder(settings) as feeder:
            # READ loads the lists before it reads a message from this feed, so that the new names are found in it.
            feeder.feed(
                Copy(
                    msgspec.json.encode(story),
                    source=publication.list,
                    feed=PROVIDER,
                    providers=(PROVIDER,),
                    format="json",
                )
            )
    return in_force, changes


@contextmanager
def _file(name: str | None, source: str | None, say: Callable[[str], None]) -> Iterator[Path]:
    """The file of a list, fetched where it is an address."""
    source = source or ADDRESSES[name or ""]
    if not re.match("https?://", source):
        path = Path(source)
        if not path.is_file():
            raise WrongUse(f"{source}: expected a file or an https:// address")
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(urlsplit(source).path).name or "list")
        say(f"Fetching {name or 'a list'} from {urlsplit(source).hostname} …")
        asyncio.run(_fetch(source, path))
        say(f"{path.stat().st_size / 1e6:.1f} MB.")
        yield path


async def _fetch(address: str, path: Path) -> None:
    host = urlsplit(address).hostname
    try:
        async with http_client() as session, session.get(address, timeout=_TIMEOUT) as response:
            if response.status != 200:
                raise Retry(
                    f"{host} answered {response.status} {response.reason}: try again later, or give a file with --from"
                )
            with path.open("wb") as file:
                async for piece in response.content.iter_chunked(_PIECE):
                    if file.tell() + len(piece) > MAX_BYTES:
                        raise Reject("bad-list", f"{host} sends more than {MAX_BYTES} bytes")
                    file.write(piece)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Retry(
            f"{host} can't be reached ({type(error).__name__}: {error}): fetch the file by other means and give it with --from"
        ) from error
