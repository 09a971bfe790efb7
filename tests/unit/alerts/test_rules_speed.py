"""A thousand rules find what each rule alone finds. By hand, `python tests/unit/alerts/test_rules_speed.py` measures what they cost."""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.alerts.rules import Rule, RuleBook, match, parse_rule
from pipeline.alerts.rules.names import country_ids, topic_names
from pipeline.enrich.entities.gazetteer import entries
from pipeline.story import Entity, Language, ListHit, Mention, SanctionEvent, Story, Topic

LETTERS = 3000
TRAINING = Path(__file__).parents[2] / "training" / "sanctions"


def sentences(language: str) -> list[str]:
    """Sentences of newswire."""
    lines = [
        line for path in sorted(TRAINING.rglob(f"{language}.txt")) for line in path.read_text("utf-8").splitlines()
    ]
    return [line.split("\t")[1] for line in lines if "\t" in line]


WORDS = sorted({word.lower() for line in sentences("en") for word in re.findall(r"[A-Za-z]{6,}", line)})
"""What rules look for."""


def rules(count: int, seed: int = 1) -> Iterator[Rule]:
    """Rules of all kinds, as a large desk has them; few of them match any one story."""
    chance = random.Random(seed)
    ids = [entry.id for entry in entries() if entry.id.startswith("Q")]
    topics, countries = [*topic_names()][:70], [*country_ids()]

    def pick(values: list[str], most: int) -> str:
        return "[" + ", ".join(f'"{it}"' for it in chance.sample(values, chance.randint(1, most))) + "]"

    def query() -> str:
        a, b, c = chance.sample(WORDS, 3)
        return chance.choice([f'"{a} {b}"', f"{a}* AND ({b} OR {c})", f"headline:{a} {b}", f"{a} AND NOT {b}"])

    kinds: dict[str, tuple[int, Callable[[], str]]] = {
        "entities": (30, lambda: f"entities: {pick(ids, 4)}"),
        "topics": (15, lambda: f"topics: {pick(topics, 2)}\n  countries: {pick(countries, 3)}"),
        "text": (20, lambda: f"text: '{query()}'\n  languages: [en, de, ru, zh]"),
        "sanction": (10, lambda: f"sanction: {{action: [impose, lift], targets: {pick(countries, 2)}, new: true}}"),
        "both": (10, lambda: f"all: [{{countries: [US]}}, {{countries: {pick(countries, 2)}}}]\n  urgency: <=3"),
        "any": (
            5,
            lambda: f"any: [{{entities: {pick(ids, 3)}}}, {{topics: {pick(topics, 1)}, text: {chance.choice(WORDS)}}}]",
        ),
        "mentions": (4, lambda: f"entities: {pick(ids, 2)}\n  mentions: {{at_least: 3}}"),
        "listed": (3, lambda: "listed: {list: [eu], score: 0.9}"),
        "provider": (
            2,
            lambda: f"providers: [aurora]\n  urgency: 1\n  hours: {{from: '{chance.randint(0, 9)}:00', to: '20:00'}}",
        ),
        "names": (1, lambda: f'entities: ["~{chance.choice(WORDS)} holding"]'),
    }
    names, weights = [*kinds], [weight for weight, _ in kinds.values()]
    for number in range(count):
        when = kinds[chance.choices(names, weights)[0]][1]()
        yield parse_rule(f"rule-{number}", f"title: Rule {number}\nwhen:\n  {when}\n")


def stories(count: int, seed: int = 2, *, language: str = "en") -> list[Story]:
    """Stories with 15 entities, 5 topics and 3,000 letters."""
    chance = random.Random(seed)
    known, topics = [*entries()], topic_names()
    lines = sentences(language)
    made = []
    for number in range(count):
        body = " ".join(chance.sample(lines, 30))[:LETTERS]
        mention = Mention(field="body", start=0, end=5, text=body[:5])
        named = chance.sample(known, 15)
        events = [
            SanctionEvent(key="EU:RU:impose", action="impose", status="announced", new=True, evidence=(mention,)),
            SanctionEvent(key="US:IR:lift", action="lift", status="proposed", new=False, evidence=(mention,)),
        ]
        made.append(
            Story(
                id=f"aurora:{number}",
                guid=str(number),
                provider="aurora",
                headline=chance.choice(lines),
                body=body,
                urgency=chance.randint(1, 6),
                language=Language(code=language, confidence=1.0),
                entities=tuple(
                    Entity(
                        id=it.id,
                        name=it.name,
                        type=it.type,
                        source="gazetteer",
                        countries=it.countries,
                        mentions=(mention,),
                    )
                    for it in named
                ),
                topics=tuple(
                    Topic(id=id_, name=topics[id_], score=0.8, source="rules", evidence=(mention,))
                    for id_ in chance.sample([*topics][:70], 5)
                ),
                countries=tuple(dict.fromkeys(code for it in named for code in it.countries)),
                sanctions=tuple(events) if number % 4 == 0 else (),
                listed=(ListHit(list="eu", list_id="1", name="X", score=0.8, mention=mention),)
                if number % 8 == 0
                else (),
            )
        )
    return made


@pytest.fixture(scope="module")
def thousand() -> list[Rule]:
    return [*rules(1000)]


def test_a_book_finds_what_its_rules_find(thousand: list[Rule]) -> None:
    book = RuleBook(thousand)
    matched = 0
    for story in stories(8):
        found = book.match(story)
        assert found == [it for rule in thousand if (it := match(rule, story)) is not None]
        matched += len(found)
    assert matched


def measure() -> None:
    """Prints what a story costs: the mean of the best of several tries, so that other work on the machine counts little."""
    for language in ("en", "ru", "zh"):
        told = stories(200, language=language)
        for count in (10, 100, 1000):
            book = RuleBook(rules(count))
            best = [float("inf")] * len(told)
            for _ in range(25):  # all stories in turn, so that no cache holds what the one before left
                for number, story in enumerate(told):
                    begin = time.perf_counter()
                    book.match(story)
                    best[number] = min(best[number], time.perf_counter() - begin)
            matches = sum(len(book.match(story)) for story in told)
            sys.stdout.write(
                f"{language}, {count} rules: {1000 * sum(best) / len(told):.3f} ms a story, "
                f"{matches / len(told):.1f} matches a story\n"
            )


if __name__ == "__main__":
    measure()
