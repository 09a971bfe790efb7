"""Whether sanctions are new, on real servers: once however many tell it, given back by a kill, told at the lift of an embargo."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from elasticsearch import Elasticsearch

from pipeline.documents.indices import index_names
from pipeline.feeds.files import Copy
from pipeline.search.query import parse_query
from pipeline.searching import read_story, search
from pipeline.settings import Settings
from pipeline.story import SanctionEvent
from tests.conftest import Pipeline, wait_for

KEY = "EU:IR:impose"
TEXTS = {
    "en": ("EU imposes new sanctions on Iran", "BRUSSELS - The European Union imposed new sanctions on Iran on Monday."),
    "de": ("EU verhängt neue Sanktionen gegen Iran", "Brüssel - Die EU hat am Montag neue Sanktionen gegen den Iran verhängt."),
    "fr": ("L'UE adopte de nouvelles sanctions contre l'Iran", "Bruxelles - L'Union européenne a adopté lundi de nouvelles sanctions contre l'Iran."),
    "es": ("La UE impone nuevas sanciones a Irán", "Bruselas - La Unión Europea impuso este lunes nuevas sanciones contra Irán."),
    "uk": ("ЄС запровадив нові санкції проти Ірану", "Брюссель - Європейський Союз у понеділок запровадив нові санкції проти Ірану."),
    "zh": ("欧盟宣布对伊朗实施新制裁", "布鲁塞尔电 欧盟周一宣布对伊朗实施新一轮制裁。"),
}  # fmt: skip


def copy(guid: str, language: str = "en", *, provider: str = "aurora", version: int = 1, **more: Any) -> Copy:
    headline, body = TEXTS[language]
    story = {
        "guid": guid,
        "provider": provider,
        "version": version,
        "headline": headline,
        "body": body,
        "language": language,
    }
    return Copy(json.dumps(story | more).encode(), source="test", content_type="application/json")


def event(elastic: Elasticsearch, settings: Settings, story_id: str) -> SanctionEvent:
    found = read_story(elastic, index_names(settings), story_id)
    assert found is not None
    (event,) = [event for event in found.story.sanctions if event.key == KEY]
    return event


def test_forty_reports_in_six_languages_by_two_workers_are_one_new_event(
    pipeline: Pipeline, elastic: Elasticsearch
) -> None:
    settings, languages = pipeline.settings, list(TEXTS)
    reports = [copy(f"r{number}", languages[number % 6], provider=f"agency{number}") for number in range(40)]
    pipeline.feed(*reports)
    pipeline.settle()
    new = search(elastic, index_names(settings), parse_query("is:new"), limit=50)
    assert len(new.stories) == 1
    told = search(elastic, index_names(settings), parse_query(f'sanction:"{KEY}"'), limit=50)
    assert len(told.stories) == 40
    first = event(elastic, settings, new.stories[0].story.id).first_seen
    assert {it.story.sanctions[0].first_seen for it in told.stories} >= {first}
    pipeline.feed(*reports)  # the same again
    pipeline.settle()
    again = search(elastic, index_names(settings), parse_query("is:new"), limit=50)
    assert [it.story.id for it in again.stories] == [new.stories[0].story.id]
    stored = elastic.get(index=index_names(settings).events, id=KEY)["_source"]
    assert (stored["stories"], stored["authority"], stored["target"]) == (40, "EU", "IR")


def test_a_kill_gives_back_and_an_embargoed_story_waits(pipeline: Pipeline, elastic: Elasticsearch) -> None:
    settings = pipeline.settings
    pipeline.feed(copy("warm", "zh", body="天气", headline="天气预报"))
    pipeline.settle()
    ends = datetime.now(UTC) + timedelta(seconds=10)
    pipeline.feed(copy("late", embargoed=ends.isoformat()))
    pipeline.settle()
    assert event(elastic, settings, "aurora:late").new is None
    pipeline.feed(copy("a", "de"))
    pipeline.settle()
    assert event(elastic, settings, "aurora:a").new is True
    pipeline.feed(copy("a", "de", version=2, pubstatus="canceled"))
    pipeline.settle()
    assert datetime.now(UTC) < ends, "the machine was too slow to kill before the embargo's end"
    assert event(elastic, settings, "aurora:a").new is None
    wait_for(lambda: event(elastic, settings, "aurora:late").new, seconds=20, what="the embargoed story to tell")
    told = event(elastic, settings, "aurora:late")
    assert told.first_seen is not None
    assert abs(told.first_seen - ends) < timedelta(seconds=1)
    pipeline.feed(copy("b", "fr"))
    pipeline.settle()
    assert event(elastic, settings, "aurora:b").new is False
