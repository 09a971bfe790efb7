"""What the gazetteer and the rules found, set right by a model that reads the whole text.

Comes in: linked entities, names by rules. Goes out: the same without what the text does not mean (Jordan as a first name, a
club named as its city), with the names that only the context tells. The gazetteer's ids stay wherever the model agrees.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from pipeline.enrich.entities.linking import Linked
from pipeline.enrich.entities.models import packaged, tagger
from pipeline.enrich.entities.models.features import Hint
from pipeline.enrich.entities.models.tagger import TYPES, Reading, Span
from pipeline.enrich.entities.names import FIELDS, MAX_BODY, Field, Found, name_key
from pipeline.story import Entity, Mention, Story

_TAGGED = frozenset(TYPES)
_OTHER_TYPE = 0.85
"""From this probability on the model's type replaces the gazetteer's: measured on the development stories."""
_NO_NAME = 0.97
"""From this probability on a known single word is no name here."""
_RULE_NO_NAME = 0.8
"""The same for a name that only rules have found."""


def hints(field: Field, linked: Linked, names: list[Found]) -> list[Hint]:
    """What the gazetteer and the rules say of a field, as the model sees it."""
    found = [Hint(m.start, m.end, e.type) for e in linked.entities for m in e.mentions if m.field == field]
    found += [Hint(m.start, m.end, "demonym") for ms in linked.demonyms.values() for m in ms if m.field == field]
    found += [Hint(it.start, it.end, f"rule-{it.type}") for it in names if it.field == field]
    return found


def refine(story: Story, linked: Linked, names: list[Found]) -> tuple[Linked, list[Found]]:
    """Linked entities and names as the model of the story's language sees them; unchanged where there is none."""
    dropped: set[tuple[str, int]] = set()
    left: list[Found] = []
    texts = {field: getattr(story, field)[:MAX_BODY] for field in FIELDS}
    readings = {
        field: tagger.read(text, story.language.code, hints(field, linked, names)) for field, text in texts.items()
    }
    seen = {
        field: _together(reading.spans() if reading else [], packaged.read(texts[field], story.language.code))
        for field, reading in readings.items()
    }
    spans = _agreed({field: (seen[field], texts[field]) for field in FIELDS})
    for field, reading in readings.items():
        here = [it for it in names if it.field == field]
        if reading is None and not spans[field]:
            left += here
            continue
        known = [(mention, e) for e in linked.entities for mention in e.mentions if mention.field == field]
        new, out = _of_field(reading, spans[field], texts[field], field, known, here)
        left += new
        dropped |= out
    return linked._replace(entities=tuple(_without(linked.entities, dropped))), left


def _together(own: list[Span], others: list[Span]) -> list[Span]:
    """What our tagger and an installed model see: where both see a name they vote on its type, its bounds are ours."""
    voted = []
    for span in own:
        same = next((it for it in others if it.start < span.end and span.start < it.end), None)
        if same:
            odds = tuple((a + b) / 2 for a, b in zip(span.odds, same.odds, strict=True))
            span = span._replace(type=TYPES[odds.index(max(odds))], odds=odds)
        voted.append(span)
    return sorted([*voted, *(it for it in others if not _overlaps(it.start, it.end, own))])


def _agreed(fields: dict[Field, tuple[list[Span], str]]) -> dict[Field, list[Span]]:
    """The spans of all fields, each name with the type that its mentions together make most probable.

    A word that ends the name of a person elsewhere in the story ("Rosaura Quispe") shares its mentions ("Quispe").
    """
    said = {(field, span): text[span.start : span.end] for field, (spans, text) in fields.items() for span in spans}
    surnames = {
        words[-1]: name for (_, span), name in said.items() if span.type == "person" and len(words := name.split()) > 1
    }
    odds: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for (_, span), name in said.items():
        odds[name_key(surnames.get(name, name))].append(span.odds)
    agreed: dict[Field, list[Span]] = {}
    for field, (spans, _) in fields.items():
        agreed[field] = []
        for span in spans:
            name = said[field, span]
            together = odds[name_key(surnames.get(name, name))]
            mean = tuple(sum(column) / len(together) for column in zip(*together, strict=True))
            agreed[field].append(span._replace(type=TYPES[mean.index(max(mean))], odds=mean))
    return agreed


def _of_field(
    reading: Reading | None,
    spans: list[Span],
    text: str,
    field: Field,
    known: list[tuple[Mention, Entity]],
    names: list[Found],
) -> tuple[list[Found], set[tuple[str, int]]]:
    """The names of a field, and the places of known mentions that are none."""
    found: list[Found] = []
    dropped: set[tuple[str, int]] = set()
    for span in spans:
        within = [(m, e) for m, e in known if m.start < span.end and span.start < m.end]
        if within and not _replaces(span, within, text):
            continue
        dropped |= {(field, m.start) for m, _ in within}
        found.append(_as_found(span, field, text))
    for mention, entity in known:
        at = mention.start, mention.end
        single = entity.type in _TAGGED and " " not in mention.text
        if reading and single and not _overlaps(*at, spans) and reading.no_name(*at) >= _NO_NAME:
            dropped.add((field, mention.start))
    for name in names:
        if _overlaps(name.start, name.end, spans):
            continue
        if reading is None or reading.no_name(name.start, name.end) < _RULE_NO_NAME:
            found.append(name)
    return sorted(found, key=lambda it: it.start), dropped


def _replaces(span: Span, within: list[tuple[Mention, Entity]], text: str) -> bool:
    """Whether what the model sees counts instead of the known names it covers."""
    if any(e.type not in _TAGGED or m.start < span.start or m.end > span.end for m, e in within):
        return False  # a product, an event; a known name that is longer
    if any(m.text.isupper() and (m.start, m.end) == (span.start, span.end) for m, _ in within):
        return False  # an acronym is written so for one reason only
    same = [(m, e) for m, e in within if e.type == span.type]
    if not same:
        return len(within) == 1 and span.sure >= _OTHER_TYPE  # who covers two known names joins what is apart
    if span.type != "person" or not text[span.start].isupper():
        return False  # where names have no capitals a word more is too often no part of them
    return all(_says_more(span, m, e, text) for m, e in same)


def _says_more(span: Span, mention: Mention, entity: Entity, text: str) -> bool:
    """Whether the span has a word beside the mention that is not in the entity's own name; an ending is no word."""
    before, behind = text[span.start : mention.start].split(), text[mention.end : span.end].partition(" ")[2].split()
    return bool({*before, *behind} - set(entity.name.split()))


def _overlaps(start: int, end: int, spans: list[Span]) -> bool:
    return any(span.start < end and start < span.end for span in spans)


def _as_found(span: Span, field: Field, text: str) -> Found:
    return Found(field, span.start, span.end, span.type, name_key(text[span.start : span.end]))  # type: ignore[arg-type]


def _without(entities: tuple[Entity, ...], dropped: set[tuple[str, int]]) -> Iterator[Entity]:
    for entity in entities:
        mentions = tuple(it for it in entity.mentions if (it.field, it.start) not in dropped)
        if len(mentions) == len(entity.mentions):
            yield entity
        elif mentions:
            yield msgspec.structs.replace(entity, mentions=mentions)
