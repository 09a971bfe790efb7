"""A search as the file of an alert rule.

Comes in: a `Query` and the rule's name. Goes out: YAML as `schemas/rule.json` has it, checked by the reader of rules. What a rule can't ask
(times, what is hidden, how a story came) is a `WrongUse` that names the part.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from pipeline.alerts.rules import RuleError, parse_rule
from pipeline.errors import WrongUse
from pipeline.screening.listing import LISTS
from pipeline.search.fields import language_code
from pipeline.search.query import Query
from pipeline.search.resolving import TOPIC
from pipeline.search.tree import And, Filter, Named, Node, Not, Or, Phrase, Word
from pipeline.story import SanctionAction

Condition = dict[str, Any]

_SPECIAL = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')
_ACTIONS = frozenset(SanctionAction.__args__)  # type: ignore[attr-defined]  # a Literal lists its values there
_WHOLE_VALUES = {
    "lang": "languages",
    "language": "languages",
    "provider": "providers",
    "genre": "genre",
    "keyword": "keywords",
}
"""The fields whose value is a condition of the rule as it stands."""


def rule_of(query: Query, name: str) -> str:
    """The rule's file. Raises `WrongUse` where a part of the search can't be a rule, or the name can't name one."""
    if query.since or query.until:
        raise WrongUse("A rule looks at each story as it comes: leave out since and until.")
    when = _condition(query.tree)
    if not when:
        raise WrongUse("A search for everything is no rule: type what the stories must have.")
    content = {"title": " ".join(query.text.split()) or name, "when": when}
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    try:
        parse_rule(name, text)
    except RuleError as error:
        raise WrongUse(f"This search can't be a rule: {error}") from error
    return text


def _condition(node: Node) -> Condition:
    match node:
        case And(parts):
            return _all([_condition(part) for part in parts])
        case Or(parts):
            return {"any": [_condition(part) for part in parts]}
        case Not(part):
            return {"none": [_condition(part)]}
        case Word(text, is_open, field):
            return {"text": _field(field) + (_SPECIAL.sub(r"\\\1", text) + "*" if is_open else _quoted(text))}
        case Phrase(text, field):
            return {"text": _field(field) + _quoted(text)}
        case Named():
            return _named(node)
        case Filter():
            return _filter(node)


def _all(conditions: list[Condition]) -> Condition:
    """One object where each key stands once; else a list of objects."""
    merged: Condition = {}
    rest: list[Condition] = []
    for condition in conditions:
        if merged.keys().isdisjoint(condition):
            merged |= condition
        elif condition.keys() == {"none"}:
            merged["none"] += condition["none"]
        else:
            rest.append(condition)
    return merged | {"all": [*merged.pop("all", []), *rest]} if rest else merged


def _named(node: Named) -> Condition:
    """By id, or as it is written, as the search finds it."""
    choices: list[Condition] = []
    if entities := [it.id for it in node.meanings if it.kind != TOPIC]:
        choices.append({"entities": entities})
    if countries := [it.country for it in node.meanings if it.country]:
        choices.append({"countries": countries})
    if topics := [it.id for it in node.meanings if it.kind == TOPIC]:
        choices.append({"topics": topics})
    return {"any": [*choices, {"text": _quoted(node.text)}]}


def _filter(node: Filter) -> Condition:
    name, value = node.name, node.value
    ids = [it.id for it in node.meanings]
    if name in _WHOLE_VALUES:
        return {_WHOLE_VALUES[name]: [language_code(value).lower() if _WHOLE_VALUES[name] == "languages" else value]}
    match name:
        case "entity":
            return {"entities": ids or [value if re.fullmatch(r"Q\d+|x:\S+", value) else f"~{value}"]}
        case "topic":
            return {"topics": ids or [value]}
        case "country":
            return {"countries": [it.country for it in node.meanings] or [value.upper()]}
        case "urgency" if ".." not in value and "-" not in value:
            return {"urgency": value}
        case "urgency":
            least, most = value[0], value[-1]
            return {"all": [{"urgency": f">={least}"}, {"urgency": f"<={most}"}]}
        case "sanction" if value.lower() in _ACTIONS:
            return {"sanction": {"action": [value.lower()]}}
        case "sanction" if ":" not in value:
            return {"sanction": {"measures": [value.lower()]}}
        case "listed" if value.lower() in LISTS:
            return {"listed": {"list": [value.lower()]}}
        case "is" if value.lower() == "new":
            return {"sanction": {"new": True}}
        case "has" if value.lower() == "sanctions":
            return {"sanction": {}}
        case "has" if value.lower() == "lists":
            return {"listed": {}}
    raise WrongUse(f"{name}:{value} can't be part of a rule: leave it out.")


def _field(name: str) -> str:
    return f"{name}:" if name else ""


def _quoted(text: str) -> str:
    return '"' + re.sub(r'([\\"])', r"\\\1", text).replace("*", r"\*").replace("?", r"\?") + '"'
