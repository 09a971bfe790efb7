"""Searching on a real Elasticsearch: across languages, safely, page by page while stories arrive."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from elasticsearch import Elasticsearch
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from pipeline.documents.document import make_document
from pipeline.documents.indices import Indices, index_names
from pipeline.documents.state import State
from pipeline.enrich import enrich
from pipeline.search.query import parse_query
from pipeline.search.resolving import resolver
from pipeline.searching import Results, more_like, search, suggest
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect, create_indices
from pipeline.story import Story

NOW = datetime.now(UTC)
WIRE: dict[str, dict[str, Any]] = {
    "en-sanctions": {
        "headline": "Xi Jinping condemns new sanctions on Chinese banks",
        "body": "BEIJING - Chinese President Xi Jinping on Monday condemned the economic sanctions that Washington imposed on "
        "two Chinese banks. The asset freeze takes effect on Friday, the US Treasury said.",
        "urgency": 2,
    },
    "zh-sanctions": {
        "headline": "习近平谴责对中国银行的制裁",
        "body": "中国国家主席习近平星期一谴责美国对两家中国银行实施制裁。美国财政部宣布冻结其资产。",
    },
    "ru-sanctions": {
        "headline": "Си Цзиньпин осудил санкции против китайских банков",
        "body": "Председатель КНР Си Цзиньпин в понедельник осудил экономические санкции, которые США ввели против двух китайских "
        "банков.",
    },
    "de-sanctions": {
        "headline": "EU verhängt Sanktionen gegen russische Banken",
        "body": "Die Europäische Union hat am Montag Sanktionen gegen drei russische Banken verhängt. Die Vermögen werden "
        "eingefroren.",
    },
    "en-visit": {
        "headline": "Xi Jinping visits Paris",
        "body": "PARIS - Chinese President Xi Jinping arrived in Paris on Tuesday for talks with Emmanuel Macron.",
    },
    "en-war": {
        "headline": "Ukraine says Russia fired missiles at Kharkiv",
        "body": "KYIV - Russia fired missiles at Kharkiv overnight as the war in Ukraine went on, officials said.",
        "urgency": 1,
    },
    "uk-war": {
        "headline": "Росія обстріляла Харків ракетами",
        "body": "Російські війська вночі обстріляли Харків ракетами. Війна в Україні триває, загинули троє людей.",
    },
    "fr-congo": {
        "headline": "RDC: les rebelles avancent dans l'est",
        "body": "KINSHASA - Les rebelles du M23 ont avancé dans l'est de la République démocratique du Congo, selon l'armée.",
    },
    "en-old": {
        "headline": "Xi Jinping answers sanctions on Chinese firms",
        "body": "BEIJING - Chinese President Xi Jinping answered the economic sanctions that Washington imposed on Chinese firms.",
        "received": NOW - timedelta(days=40),
    },
    "en-football": {"headline": "Striker scores twice", "body": "The striker scored twice in the cup final on Sunday."},
    "killed": {
        "headline": "Xi Jinping ends all sanctions",
        "body": "BEIJING - Chinese President Xi Jinping ended all sanctions, which he did not.",
        "pubstatus": "canceled",
    },
    "embargoed": {
        "headline": "Xi Jinping to announce sanctions",
        "body": "BEIJING - Chinese President Xi Jinping will announce sanctions on Polish firms tomorrow.",
        "embargoed": (NOW + timedelta(days=1)).isoformat(),
    },
}


class Wire:
    """An index of its own with a small wire in several languages, and searches in it."""

    def __init__(self, client: Elasticsearch, names: Indices) -> None:
        self.client, self.names = client, names
        self._minutes = count()

    def put(self, **stories: dict[str, Any]) -> None:
        """Indexes stories as KEEP does, each a minute older than the one before."""
        for guid, fields in stories.items():
            received = NOW - timedelta(minutes=next(self._minutes))
            story = Story(id=f"desk:{guid}", guid=guid, provider="desk", **({"received": received} | fields))
            story = enrich(story, thorough=False)
            state = State(kill=story) if story.pubstatus == "canceled" else State(text=story)
            document = msgspec.to_builtins(make_document(state, indexed_at=NOW))
            self.client.index(index=self.names.everything, id=story.id, document=document)
        self.client.indices.refresh(index=self.names.stories)

    def find(self, text: str, *, killed: bool = False, **options: Any) -> Results:
        """What a search finds."""
        query = parse_query(text, resolver=resolver(), killed=killed)
        return search(self.client, self.names, query, **options)


@contextmanager
def wire_of(servers: Settings) -> Iterator[Wire]:
    """A wire under a prefix of its own, removed afterwards."""
    client = connect(servers)
    wire = Wire(client, index_names(replace(servers, prefix=f"t{secrets.token_hex(4)}-")))
    create_indices(client, wire.names)
    wire.put(**WIRE)
    yield wire
    for index in wire.names.indices:
        client.indices.delete(index=index)
        client.indices.delete_index_template(name=index)


@pytest.fixture(scope="module")
def wire(servers: Settings) -> Iterator[Wire]:
    """A wire that the tests only search."""
    with wire_of(servers) as wire:
        yield wire


def guids(results: Results) -> list[str]:
    return [found.story.guid for found in results.stories]


def test_a_search_finds_stories_in_every_language_and_nothing_hidden(wire: Wire) -> None:
    results = wire.find("Xi Jinping sanctions")
    assert set(guids(results)) == {"en-sanctions", "zh-sanctions", "ru-sanctions", "en-old"}
    assert guids(results)[-1] == "en-old", "of what fits as well the fresh comes first"
    assert [it.name for it in results.understood] == ["Xi Jinping", "economic sanction"]
    chinese = next(found for found in results.stories if found.story.guid == "zh-sanctions")
    marked = {text for it in chinese.snippets for text, is_marked in it.parts() if is_marked}
    assert {"习近平", "制裁"} <= marked, "what was meant is marked where no typed word stands"

    assert set(guids(wire.find("习近平 制裁"))) == set(guids(results))
    assert {"en-war", "uk-war"} <= set(guids(wire.find("war in Ukraine")))
    assert guids(wire.find("is:killed")) == ["killed"]
    assert guids(wire.find("Xi Jinping", killed=True)) == ["killed"]
    assert guids(wire.find("is:embargoed")) == ["embargoed"]
    assert "embargoed" not in guids(wire.find("is:killed OR lang:en"))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ('"asset freeze"', {"en-sanctions"}),
        ("missiles AND Kharkiv", {"en-war"}),
        ('"missiles" OR "rebelles"', {"en-war", "fr-congo"}),
        ("missiles OR rebelles", {"en-war", "uk-war", "fr-congo"}),
        ("Xi Jinping -sanctions", {"en-visit"}),
        ("Xi Jinping (Paris OR banks)", {"en-visit", "en-sanctions"}),
        ("missil*", {"en-war"}),
        ("headline:Paris", {"en-visit"}),
        ("lang:de", {"de-sanctions"}),
        ("lang:(de OR zh)", {"de-sanctions", "zh-sanctions"}),
        ("country:Ukraine urgency:<=2", {"en-war"}),
        ("topic:sanctions country:RU", {"de-sanctions"}),
        ("entity:Макрон", {"en-visit"}),
        ("until:30d", {"en-old"}),
        ("has:sanctions lang:de", {"de-sanctions"}),
        ("Congo", {"fr-congo"}),
        ("Französisch Kongo", set()),
        ("goals scored NOT striker", set()),
    ],
)
def test_the_syntax_finds(wire: Wire, typed: str, expected: set[str]) -> None:
    assert set(guids(wire.find(typed))) == expected


def test_facets_count_what_is_found_and_never_what_is_hidden(wire: Wire) -> None:
    results = wire.find("Xi Jinping", facets=True, histogram=True)
    assert results.total == 5
    languages = {bucket.value: (bucket.label, bucket.count) for bucket in results.facets["language"]}
    assert languages == {"en": ("English", 3), "zh": ("Chinese", 1), "ru": ("Russian", 1)}
    assert {"Xi Jinping": 5}.items() <= {it.value: it.count for it in results.facets["people"]}.items()
    assert "PL" not in {bucket.value for bucket in results.facets["country"]}, (
        "only the embargoed story is about Poland"
    )
    assert {"economic sanction"} <= {bucket.label for bucket in results.facets["topic"]}
    assert sum(bar.count for bar in results.histogram) == 5
    assert 2 <= len(results.histogram) <= 60
    assert wire.find("nonesuch word", facets=True, histogram=True).histogram == []


def test_pages_stay_as_they_were_while_stories_arrive_and_lose_what_is_killed(servers: Settings) -> None:
    with wire_of(servers) as wire:
        before = guids(wire.find("", limit=100))
        page = wire.find("", limit=3)
        seen, total = guids(page), page.total
        late = {f"late-{number}": WIRE["en-war"] | {"received": NOW} for number in range(5)}
        wire.put(**late, **{"en-visit": WIRE["en-visit"] | {"pubstatus": "canceled"}})
        while page.next:
            page = wire.find("", limit=3, after=page.next)
            assert page.total == total
            seen += guids(page)
        assert "en-visit" not in before[:3]
        assert seen == [guid for guid in before if guid != "en-visit"]


def test_a_page_that_is_gone_starts_anew_and_says_so(wire: Wire) -> None:
    token = wire.find("", limit=3).next
    wire.client.close_point_in_time(id=read_point(token))
    again = wire.find("", limit=3, after=token)
    assert len(again.stories) == 3
    assert "beginning" in again.hints[0]
    assert wire.find("lang:en", limit=3, after=wire.find("", limit=3).next).hints, "a page of another search"
    assert wire.find("", limit=3, after="nonsense%").hints


def read_point(token: str | None) -> str:
    from pipeline.search.paging import read_token

    place = read_token(token or "")
    assert place is not None
    return place.point


@pytest.mark.parametrize(
    "typed", ["", "Xi Jinping sanctions", "China OR Ukraine", "lang:en", '"striker"', "banks -Paris"]
)
def test_looking_at_the_newest_first_changes_nothing(wire: Wire, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where many stories fit, a page is looked for among the newest ones, and only then among all."""

    def pages() -> list[tuple[str, float | None]]:
        page = wire.find(typed, limit=2)
        found = [*page.stories]
        while page.next:
            page = wire.find(typed, limit=2, after=page.next)
            found += page.stories
        return [(it.story.guid, it.score and round(it.score, 1)) for it in found]

    everything = pages()
    monkeypatch.setattr("pipeline.search.request.COUNTED", 1)
    assert pages() == everything


def test_stories_like_one_share_what_it_is_about(wire: Wire) -> None:
    like = [found.story.guid for found in more_like(wire.client, wire.names, "desk:en-sanctions", limit=3)]
    assert set(like) == {"zh-sanctions", "ru-sanctions", "en-old"}
    assert more_like(wire.client, wire.names, "desk:nonesuch") == []


@pytest.mark.parametrize(
    "typed",
    [
        '"', "(((", "a OR", "AND", "-", "lang:", "urgency:<=", "is:", '"a', "**", "a*", "/x[/", "\\", "{!x}", "since:9d..", "\x00\ud800",
        "a " * 500, "-a", "NOT (a OR", "制", "🚀", "<script>", "x" * 3000,
    ],
)  # fmt: skip
def test_junk_never_fails(wire: Wire, typed: str) -> None:
    wire.find(typed, facets=True, histogram=True)
    suggest(typed)


def test_anything_typed_is_a_request_that_elasticsearch_takes(wire: Wire) -> None:
    pieces = st.sampled_from(
        [
            "Xi Jinping",
            "制裁",
            '"',
            "(",
            ")",
            " OR ",
            " AND ",
            " NOT ",
            "-",
            "lang:de",
            "is:killed",
            "is:new",
            "since:3h",
            "sanct*",
            "urgency:<=3",
        ]
    )

    @tried(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(max_size=30) | st.lists(pieces, max_size=8).map(" ".join))
    def attempt(typed: str) -> None:
        wire.find(typed, limit=2)

    attempt()
