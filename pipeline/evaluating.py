"""`dateline evaluate`: how right enrichment is, against stories that people labelled.

Comes in: a folder of YAML files, a list of labelled stories each; docs/quality.md describes the format. Goes out: scores of
language, entities, links, countries and topics, by language and over all. Nothing here knows how enrichment works.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from pipeline.alerts.novelty import EventState, take_part
from pipeline.documents.state import State
from pipeline.enrich import enrich
from pipeline.enrich.sanctions import family, is_news
from pipeline.errors import WrongUse
from pipeline.story import Story

_MARK = re.compile(r"\[\[([^\[\]|]+)\|([a-z]+)(?:\|(Q[1-9][0-9]*))?\]\]")
TYPES = ("person", "organisation", "place", "product", "event")
ALL = "all"


@dataclass(frozen=True)
class Label:
    """One mention as a person marked it: offsets in code points of its field, ``id`` where the person was sure."""

    field: str
    start: int
    end: int
    type: str
    id: str | None = None


_UNDATED = datetime.min.replace(tzinfo=UTC)
Act = tuple[str, str, str]
"""A sanction event: authority ("EU"), target country ("RU") and family of its action ("impose"), ``-`` for unknown."""


@dataclass(frozen=True)
class Gold:
    """One labelled story."""

    id: str
    part: str
    language: str
    headline: str
    body: str
    mentions: tuple[Label, ...]
    countries: frozenset[str]
    topics: frozenset[str]
    not_topics: frozenset[str]
    reports: bool | None = None
    """Whether the story reports new or changed sanctions; None where nobody judged it."""
    sanctions: frozenset[Act] = frozenset()
    at: datetime | None = None
    new: bool | None = None
    """Whether the story reports sanctions that none of those before it (by ``at``) told; None where nobody judged it."""


@dataclass
class Score:
    """Counts of one kind of tag."""

    right: int = 0
    given: int = 0
    expected: int = 0

    @property
    def precision(self) -> float | None:
        """What share of what was given is right; None where nothing was given."""
        return self.right / self.given if self.given else None

    @property
    def recall(self) -> float | None:
        """What share of what was expected was given."""
        return self.right / self.expected if self.expected else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both."""
        total = self.given + self.expected
        return 2 * self.right / total if total else None

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        figures = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        rounded = {name: None if value is None else round(value, 4) for name, value in figures.items()}
        return {"right": self.right, "given": self.given, "expected": self.expected} | rounded


@dataclass
class Scores:
    """The scores of one language, or of all."""

    stories: int = 0
    by_kind: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return {"stories": self.stories} | {kind: score.to_dict() for kind, score in sorted(self.by_kind.items())}


@dataclass(frozen=True)
class Mistake:
    """One thing that enrichment got wrong: ``kind`` of tag, ``what`` was missed, wrong or too much."""

    story: str
    kind: str
    what: str


def read_gold(folder: Path) -> list[Gold]:
    """The labelled stories of a folder; raises `WrongUse` where a file is not in the format."""
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else [folder]
    found = [_gold(row, file) for file in files if file.is_file() for row in _rows(file)]
    if not found:
        raise WrongUse(f"{folder}: expected YAML files with labelled stories, see docs/quality.md")
    return found


def _rows(file: Path) -> list[Any]:
    try:
        rows = yaml.safe_load(file.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WrongUse(f"{file}: expected YAML, got: {error}") from error
    if not isinstance(rows, list):
        raise WrongUse(f"{file}: expected a list of stories")
    return rows


def _gold(row: Any, file: Path) -> Gold:
    try:
        headline, in_headline = read_marks(str(row.get("headline") or ""), "headline")
        body, in_body = read_marks(str(row.get("body") or "").strip(), "body")
        return Gold(
            id=str(row["id"]),
            part=str(row.get("part", "development")),
            language=str(row["language"]),
            headline=headline,
            body=body,
            mentions=(*in_headline, *in_body),
            countries=frozenset(map(str, row.get("countries") or ())),
            topics=frozenset(map(str, row.get("topics") or ())),
            not_topics=frozenset(map(str, row.get("not_topics") or ())),
            reports=row.get("reports"),
            at=datetime.fromisoformat(str(row["at"])) if row.get("at") else None,
            new=row.get("new"),
            sanctions=frozenset(act for event in row.get("events") or () for act in _acts(event)),
        )
    except (KeyError, AttributeError, ValueError) as error:
        raise WrongUse(f"{file}: a story without what it needs, or with a wrong mark: {error}") from error


def _acts(event: dict[str, Any]) -> Iterator[Act]:
    for by in event.get("by") or ("-",):
        for target in event.get("targets") or ("-",):
            yield str(by), str(target), family(str(event["action"]))


def read_marks(text: str, name: str) -> tuple[str, tuple[Label, ...]]:
    """The text without its marks ``[[surface|type|id]]``, and the mentions; raises `ValueError` for a wrong mark."""
    parts, labels, end, length = [], [], 0, 0
    for mark in _MARK.finditer(text):
        if mark[2] not in TYPES:
            raise ValueError(f"{mark[0]}: expected one of {', '.join(TYPES)}")
        before = text[end : mark.start()]
        start = length + len(before)
        labels.append(Label(name, start, start + len(mark[1]), mark[2], mark[3]))
        parts += [before, mark[1]]
        length, end = start + len(mark[1]), mark.end()
    plain = "".join((*parts, text[end:]))
    if "[[" in plain or "]]" in plain:
        raise ValueError(f"a mark that is not [[surface|type]] or [[surface|type|Q…]] in {plain[:80]!r}")
    return plain, tuple(labels)


def evaluate(stories: Iterable[Gold], *, thorough: bool = True) -> tuple[dict[str, Scores], list[Mistake]]:
    """Scores by language and for all together, and every mistake. ``thorough``: with statistical models."""
    scores: dict[str, Scores] = defaultdict(Scores)
    mistakes: list[Mistake] = []
    told: dict[str, EventState] = {}
    for gold in sorted(stories, key=lambda it: it.at or _UNDATED):
        story = Story(
            id=gold.id, guid=gold.id, provider="gold", headline=gold.headline, body=gold.body, received=gold.at
        )
        found = enrich(story, thorough=thorough)
        if gold.at is not None:
            state, changed = take_part(State(text=found), told, gold.at)
            found, told = state.shown, told | changed
        kinds = dict(_score(gold, found, mistakes))
        for name in (gold.language, ALL):
            scores[name].stories += 1
            for kind, score in kinds.items():
                total = scores[name].by_kind[kind]
                total.right += score.right
                total.given += score.given
                total.expected += score.expected
    return dict(scores), mistakes


def _score(gold: Gold, found: Story, mistakes: list[Mistake]) -> Iterator[tuple[str, Score]]:
    right = found.language.code == gold.language
    yield "language", Score(int(right), 1, 1)
    if not right:
        mistakes.append(Mistake(gold.id, "language", f"{found.language.code} for {gold.language}"))
    if gold.new is not None:
        new = any(event.new and is_news(event) for event in found.sanctions)
        yield "sanctions new", Score(int(new and gold.new), int(new), int(gold.new))
        if new != gold.new:
            added = [f"{event.key} {' '.join(event.added)}" for event in found.sanctions if event.new]
            mistakes.append(Mistake(gold.id, "sanctions new", f"too much: {', '.join(added)}" if new else "missed"))
        return
    if gold.reports is not None:
        yield from _score_sanctions(gold, found, mistakes)
        return
    given = [
        Label(mention.field, mention.start, mention.end, entity.type, entity.id)
        for entity in found.entities
        for mention in entity.mentions
    ]
    yield from _score_entities(gold, given, mistakes)
    countries, topics = frozenset(found.countries), frozenset(topic.id for topic in found.topics)
    for kind, have, want in (("countries", countries, gold.countries), ("topics", topics, gold.topics)):
        yield kind, Score(len(have & want), len(have), len(want))
        mistakes += [Mistake(gold.id, kind, f"missed {tag}") for tag in sorted(want - have)]
        mistakes += [Mistake(gold.id, kind, f"too much {tag}") for tag in sorted(have - want)]
    yield "traps", Score(len(gold.not_topics - topics), len(gold.not_topics), len(gold.not_topics))


def _score_sanctions(gold: Gold, found: Story, mistakes: list[Mistake]) -> Iterator[tuple[str, Score]]:
    """Stories that report sanctions: found or not. Events: right where authority, target and family are, background ones too."""
    reports = any(map(is_news, found.sanctions))
    yield "sanction stories", Score(int(reports and bool(gold.reports)), int(reports), int(bool(gold.reports)))
    if reports != gold.reports:
        mistakes.append(Mistake(gold.id, "sanction stories", "too much" if reports else "missed"))
    acts = frozenset(_act(event.key) for event in found.sanctions)
    yield "sanction events", Score(len(acts & gold.sanctions), len(acts), len(gold.sanctions))
    mistakes += [
        Mistake(gold.id, "sanction events", f"missed {':'.join(act)}") for act in sorted(gold.sanctions - acts)
    ]
    mistakes += [
        Mistake(gold.id, "sanction events", f"too much {':'.join(act)}") for act in sorted(acts - gold.sanctions)
    ]


def _act(key: str) -> Act:
    """The parts of an event's key; a target without a country is told by an id, which may hold a colon."""
    authority, _, rest = key.partition(":")
    target, _, action = rest.rpartition(":")
    return authority, target if len(target) == 2 else "-", action


def _score_entities(gold: Gold, given: list[Label], mistakes: list[Mistake]) -> Iterator[tuple[str, Score]]:
    """Strict: the same place and type. Overlapping: any letter in common, the same type, each mention used once."""
    strict = {(it.field, it.start, it.end, it.type) for it in given}
    exact = {(it.field, it.start, it.end, it.type) for it in gold.mentions}
    yield "entities strict", Score(len(strict & exact), len(strict), len(exact))
    pairs, unused = [], list(given)
    for label in gold.mentions:
        match = next((it for it in unused if it.type == label.type and _overlap(it, label)), None)
        if match is None:
            mistakes.append(Mistake(gold.id, "entities", f"missed {label.type} {_text(gold, label)!r}"))
            continue
        unused.remove(match)
        pairs.append((match, label))
    mistakes += [Mistake(gold.id, "entities", f"too much {it.type} {_text(gold, it)!r}") for it in unused]
    yield "entities", Score(len(pairs), len(given), len(gold.mentions))
    for type_ in TYPES:
        yield (
            type_,
            Score(
                sum(label.type == type_ for _, label in pairs),
                sum(it.type == type_ for it in given),
                sum(label.type == type_ for label in gold.mentions),
            ),
        )
    judged = [(match, label) for match, label in pairs if label.id and (match.id or "").startswith("Q")]
    wrong = [(match, label) for match, label in judged if match.id != label.id]
    mistakes += [Mistake(gold.id, "links", f"{_text(gold, label)!r}: {it.id} for {label.id}") for it, label in wrong]
    yield "links", Score(len(judged) - len(wrong), len(judged), sum(label.id is not None for label in gold.mentions))


def _overlap(one: Label, other: Label) -> bool:
    return one.field == other.field and one.start < other.end and other.start < one.end


def _text(gold: Gold, label: Label) -> str:
    text: str = getattr(gold, label.field)
    return text[label.start : label.end]
