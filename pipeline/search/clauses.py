"""How each part of a search is looked for and what it counts: a tree in, a query of Elasticsearch out.

Each name or word counts the same in every language: most where a story is about it, less where it is mentioned. Only the best way in which one is
found counts, so that a score has a bound that is known before searching (`most`): that lets a search look at the newest stories first
and stop when no older one can be better.
"""

from __future__ import annotations

from datetime import timedelta

from pipeline.search.fields import HIDDEN, IS, VISIBLE, Clause, any_of, filter_of
from pipeline.search.resolving import TOPIC
from pipeline.search.tree import EVERYTHING, And, Filter, Named, Node, Not, Or, Phrase, Word, leaves

_HEADLINE = "headline"
_ELSEWHERE = ("slugline", "body", "text.*")
_NAMES = "names"
"""The English names of a story's entities and topics."""
_PREFIX_FIELDS = ("slugline", "names", "body")
_ABOUT, _MENTIONED, _OF_COUNTRY = 6.0, 3.0, 1.5
"""What a name counts that a story is about, that it mentions, and a country to which somebody in it belongs."""
ONE = _ABOUT
"""What one name or word counts at most."""
_FRESH, _HALVED = 4.0, timedelta(days=2)
"""What it counts to have come now, and when that is halved."""


def query_of(tree: Node, filters: tuple[Clause, ...], *, hidden: bool, origin: str | None) -> Clause:
    """The query. ``hidden``: among all stories, of which those that can't be seen count only where asked for. ``origin``: now, from which
    freshness counts; None if scores are not wanted.
    """
    clause = _bool(tree)
    clause["filter"] = [*clause.get("filter", ()), *filters]
    if hidden:
        asked = {it.value.lower() for it, wanted in leaves(tree) if wanted and isinstance(it, Filter) and is_hidden(it)}
        clause["filter"].append(any_of([VISIBLE, *(HIDDEN[name] for name in sorted(asked))]))
    if origin is None:
        clause["filter"] += clause.pop("must", [])
    elif is_scored(tree):
        pivot = f"{int(_HALVED.total_seconds())}s"
        fresh = {"distance_feature": {"field": "received", "origin": origin, "pivot": pivot, "boost": _FRESH}}
        clause["should"] = [fresh]
    return {"bool": clause}


def most(tree: Node) -> float:
    """What a story can score at most, freshness apart."""
    match tree:
        case And(parts):
            return sum(map(most, parts))
        case Or(parts):
            return max(map(most, parts))
        case Not() | Filter():
            return 0.0
    return _ABOUT


def freshness(age: timedelta) -> float:
    """What a story's age adds to its score."""
    return _FRESH * _HALVED / (_HALVED + age)


def is_hidden(node: Node) -> bool:
    """Whether a leaf asks for what can't be seen."""
    return isinstance(node, Filter) and node.name == IS and node.value.lower() in HIDDEN


def is_scored(node: Node) -> bool:
    """Whether one story can fit it better than another."""
    match node:
        case And(parts) | Or(parts):
            return any(map(is_scored, parts))
        case Not() | Filter():
            return False
    return True


def _bool(node: Node) -> Clause:
    """The parts of a bool query: what must count, what only must hold, what must not."""
    parts = node.parts if isinstance(node, And) else (node,)
    found: Clause = {}
    for part in parts:
        if isinstance(part, Not):
            found.setdefault("must_not", []).append(_clause(part.part))
        else:
            found.setdefault("must" if is_scored(part) else "filter", []).append(_clause(part))
    return found


def _clause(node: Node) -> Clause:
    match node:
        case Word(text, True, field):
            return _prefix(text, field)
        case Word(text, _, field) | Phrase(text, field):
            return _text(text, field)
        case Named():
            return _named(node)
        case Filter(name, value, meanings):
            return filter_of(name, value, meanings) or _text(f"{name}:{value}", "")
        case Or(parts):
            return (
                _best([_clause(part) for part in parts]) if is_scored(node) else any_of([_clause(it) for it in parts])
            )
        case And() | Not():
            return {"bool": _bool(node)} if node != EVERYTHING else {"match_all": {}}


def _text(text: str, field: str) -> Clause:
    """Words in their order in one of the fields; a single word is a phrase of one."""
    if field:
        return _counts(_ABOUT if field == _HEADLINE else _MENTIONED, _phrase(text, field))
    return _best([_counts(_ABOUT, _phrase(text, _HEADLINE)), _counts(_MENTIONED, _phrase(text, _NAMES, *_ELSEWHERE))])


def _prefix(text: str, field: str) -> Clause:
    def begins(name: str) -> Clause:
        return {"match_phrase_prefix": {name: {"query": text}}}

    if field:
        return _counts(_ABOUT if field == _HEADLINE else _MENTIONED, begins(field))
    elsewhere = any_of([begins(name) for name in _PREFIX_FIELDS])
    return _best([_counts(_ABOUT, begins(_HEADLINE)), _counts(_MENTIONED, elsewhere)])


def _named(node: Named) -> Clause:
    """By id, or as it is written."""
    entities = [it.id for it in node.meanings if it.kind != TOPIC]
    topics = [it.id for it in node.meanings if it.kind == TOPIC]
    countries = [it.country for it in node.meanings if it.country]
    mentioned = [_phrase(node.text, *_ELSEWHERE)]
    if entities:
        mentioned.append({"terms": {"entity_ids": entities}})
    if topics:
        mentioned.append({"terms": {"topics": topics}})
    return _best(
        [
            _counts(_ABOUT, any_of([{"terms": {"about": [*entities, *topics]}}, _phrase(node.text, _HEADLINE)])),
            _counts(_MENTIONED, any_of(mentioned)),
            *([_counts(_OF_COUNTRY, {"terms": {"countries": countries}})] if countries else []),
        ]
    )


def _phrase(text: str, *fields: str) -> Clause:
    if len(fields) == 1:
        return {"match_phrase": {fields[0]: text}}
    return {"multi_match": {"query": text, "type": "phrase", "fields": list(fields)}}


def _best(clauses: list[Clause]) -> Clause:
    return {"dis_max": {"queries": clauses}}


def _counts(weight: float, clause: Clause) -> Clause:
    return {"constant_score": {"filter": clause, "boost": weight}}
