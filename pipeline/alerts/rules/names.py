"""Names in rule files and what they mean: entities, topics, countries, states and bodies that act.

Comes in: a value of a rule file. Goes out: ids, or a `RuleError` that lists what it could mean. Reads the gazetteer and the names of
topics once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from babel import Locale
from rapidfuzz import fuzz, process

from pipeline.alerts.rules.given import Given, nearest
from pipeline.alerts.rules.view import level
from pipeline.enrich.entities.gazetteer import COUNTRIES_FILE, Entry, entries
from pipeline.enrich.languages import LANGUAGES
from pipeline.enrich.provider import media_topic_names
from pipeline.enrich.sanctions.actors import BODIES

PLAIN = "~"
"""Stands before a name that is compared as it is."""
_ID = re.compile(r"Q[1-9]\d*|x:\S.*")
_HEAD = re.compile(r"^(id|name): *(.+?) *$", re.MULTILINE)
CANONICAL, STRONG, WEAK = range(3)
"""How surely a name is an entity's: its own name, another of its names, a name such as a surname that others have too."""
_CHOICES = 5


class Ref(NamedTuple):
    """An entity that a rule names: by id, or by a plain folded name; ``label`` is for people."""

    id: str
    name: str
    label: str


def read_entity(given: Given) -> Ref:
    """An id, a name that the gazetteer knows, or a plain name behind ``~``."""
    text = given.text("the name or id of an entity")
    if text.startswith(PLAIN):
        if not (name := level(text.removeprefix(PLAIN))):
            raise given.problem("expected a name behind the ~", 'write it as in "~Acme Shipping"')
        return Ref("", name, text.removeprefix(PLAIN).strip())
    if _ID.fullmatch(text):
        entry = known_entities().get(text)
        return Ref(text, "", entry.name if entry else text)
    entry = _named(text, given)
    return Ref(entry.id, "", entry.name)


def _named(text: str, given: Given) -> Entry:
    known = known_names()
    ranks = known.get(level(text), {})
    meant = [entry for entry, rank in ranks.items() if rank == min(ranks.values())]
    if len(meant) > 1:
        raise given.problem(f"{text!r} may be {_choices(meant)}", "write the id of the one that you mean")
    if not meant:
        near = process.extract(level(text), known.keys(), scorer=fuzz.token_sort_ratio, limit=_CHOICES, score_cutoff=75)
        choices = {entry.id: entry for name, _, _ in near for entry in known[name]}
        hint = f"write one of {_choices(choices.values())}, " if choices else "write its Wikidata id, "
        raise given.problem(f"no entity is known as {text!r}", f'{hint}or "{PLAIN}{text}" to compare the name as it is')
    return meant[0]


def _choices(found: Iterable[Entry]) -> str:
    return ", ".join(
        f"{entry.id} ({', '.join((entry.name, entry.type, *entry.countries[:1]))})" for entry in [*found][:_CHOICES]
    )


@cache
def known_entities() -> dict[str, Entry]:
    """All entities of the gazetteer by id."""
    return {entry.id: entry for entry in entries()}


@cache
def known_names() -> dict[str, dict[Entry, int]]:
    """All entities by folded name, with how surely it is theirs: canonical names first, surnames last; no demonyms, no offices."""
    found: dict[str, dict[Entry, int]] = defaultdict(dict)

    def add(text: str, entry: Entry, rank: int) -> None:
        ranks = found[level(text)]
        ranks[entry] = min(rank, ranks.get(entry, rank))

    cldr = [Locale(code).territories for code in LANGUAGES]
    for entry in entries():
        if entry.is_office:
            continue
        add(entry.name, entry, CANONICAL)
        for alias in (alias for aliases in entry.aliases.values() for alias in aliases if not alias.demonym):
            add(alias.text, entry, WEAK if alias.weak else STRONG)
        if entry.source_file == COUNTRIES_FILE:
            for territories in cldr:
                name = re.split("[(（]", territories.get(entry.countries[0], ""))[0]
                if name and entry not in found[level(name)]:  # what the gazetteer says of it counts: "Congo" may be two
                    add(name, entry, STRONG)
    return dict(found)


def read_country(given: Given) -> str:
    """An ISO 3166-1 alpha-2 code."""
    text = given.text("a country code such as DE")
    if text not in country_ids():
        meant = {
            entry.countries[0] for entry in known_names().get(level(text), ()) if entry.source_file == COUNTRIES_FILE
        }
        hint = f"did you mean {' or '.join(sorted(meant))}? " if meant else ""
        raise given.problem(f"{text!r} is no country code", f"{hint}write two capitals as in DE (ISO 3166-1)")
    return text


@cache
def country_ids() -> dict[str, str]:
    """The entity of each country by its code."""
    return {entry.countries[0]: entry.id for entry in entries() if entry.source_file == COUNTRIES_FILE}


@cache
def state_codes() -> dict[str, str]:
    """What a sanction event calls a state or body, by its entity: "Q458" is EU, "Q30" is US; for a body its own entity alone."""
    bodies: dict[str, str] = {}
    for id_, code in BODIES.items():
        if code not in bodies.values():  # the first is the body itself, the others speak for it
            bodies[id_] = code
    return {id_: code for code, id_ in country_ids().items()} | bodies


def read_topic(given: Given) -> str:
    """The id of a topic, by id or English name."""
    text = given.text("the id or name of a topic")
    names = topic_names()
    if text in names:
        return text
    by_name = {name.lower(): id_ for id_, name in reversed(names.items())}
    if (found := by_name.get(text.lower())) is None:
        own = [*_own_topics(), *_own_topics().values()]
        raise given.problem(
            f"there is no topic {text!r}",
            f"{nearest(text, own) or nearest(text, by_name)}write an id or an English name: a file in pipeline/enrich/topics, "
            "or a Media Topic of the IPTC",
        )
    return found


@cache
def topic_names() -> dict[str, str]:
    """The English names of topics by id: those that are found first, then all that providers may code."""
    return _own_topics() | {id_: name for id_, name in media_topic_names().items() if id_ not in _own_topics()}


@cache
def _own_topics() -> dict[str, str]:
    """The topics that have a file; its first lines say id and name, and reading whole files of words would take seconds."""
    heads = []
    for path in sorted(files("pipeline.enrich.topics").iterdir(), key=lambda path: path.name):
        if path.name.endswith(".yaml"):
            heads.append(dict(_HEAD.findall(path.read_text("utf-8"))))
    return {head["id"]: head["name"] for head in heads}
