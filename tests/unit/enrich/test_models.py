"""The taggers: what the text means where gazetteer and rules can't tell, and how they are trained."""

from __future__ import annotations

import random
from importlib.resources import files
from pathlib import Path

import pytest

from pipeline.enrich import enrich
from pipeline.enrich.entities.models import tagger, training
from pipeline.enrich.entities.models.features import read_words, spans
from pipeline.enrich.entities.models.lexicon import kinds, town_marks
from pipeline.enrich.languages import LANGUAGES
from pipeline.story import Story

CORPUS = Path("tests/training")


def entities(body: str, *, thorough: bool = True, headline: str = "") -> dict[str, set[str]]:
    """Type and name of each entity, with what the story says for it."""
    story = enrich(Story(id="a:1", guid="1", provider="a", headline=headline, body=body), thorough=thorough)
    return {f"{entity.type} {entity.name}": {mention.text for mention in entity.mentions} for entity in story.entities}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_model_and_its_stories(language: str) -> None:
    assert (files(tagger.MODELS) / "data" / f"{language}.crfsuite").is_file()
    stories = training.read_corpus((CORPUS / f"{language}.txt").read_text("utf-8"))
    assert len(stories) >= 15
    marks = [kind for headline, body in stories for _, kind in (*headline, *body) if kind]
    assert {"P", "O", "L"} <= set(marks)


def test_a_name_that_is_a_place_elsewhere_is_the_person_the_text_means() -> None:
    body = (
        "Chad Brown, a farmer from the valley, said on Monday that he would run for mayor. "
        "Brown has never held office, and the deputy mayor, Lucinda Farrow, wished him luck."
    )
    assert entities(body, thorough=False).get("place Chad")
    found = entities(body)
    assert found["person Chad Brown"] == {"Chad Brown", "Brown"}
    assert "place Chad" not in found
    assert "person Lucinda Farrow" in found


def test_a_name_without_title_or_legal_form_is_found_where_there_is_time_for_it() -> None:
    body = (
        "Beatrix Oyelaran-Skov, who runs the shelter in Kvernhusvik, told reporters on Tuesday that Harbourlight Trust "
        "had offered to pay for the repairs after the storm."
    )
    assert "place Kvernhusvik" in entities(body)
    assert "place Kvernhusvik" not in entities(body, thorough=False)


def test_the_gazetteers_ids_stay_where_the_model_agrees() -> None:
    story = Story(
        id="a:1",
        guid="1",
        provider="a",
        body="Ursula von der Leyen met the leaders of Germany and Poland in Brussels on Monday to discuss the budget.",
    )
    assert {entity.id for entity in enrich(story).entities} == {
        entity.id for entity in enrich(story, thorough=False).entities
    }


def test_a_name_has_one_type_in_a_story() -> None:
    body = (
        "Rosaura Quispe took the oath in Lima on Friday. Quispe promised early elections. Supporters of Quispe danced in "
        "the square, and rivals said that Quispe had no mandate."
    )
    assert entities(body)["person Rosaura Quispe"] == {"Rosaura Quispe", "Quispe"}


def test_marks_of_training_stories_are_read() -> None:
    (headline, body), _ = training.read_corpus("[[Oslo|L]] waits\n\n[[Mia Berg|P]] sang.\n---\nRain\n\nIt rained.")
    assert headline == [("", ""), ("Oslo", "L"), (" waits", "")]
    assert body == [("", ""), ("Mia Berg", "P"), (" sang.", "")]
    with pytest.raises(ValueError, match=r"expected \[\[surface\|P\]\]"):
        training.read_corpus("[[Oslo|Q]] waits\n\nText.")


def test_swapped_names_keep_their_kind_and_stay_the_same_within_a_story() -> None:
    stories = training.read_corpus(
        "[[Mia Berg|P]] sings\n\n[[Mia Berg|P]] sang in [[Oslo|L]].\n---\n[[Tom Hill|P]] runs\n\n[[Tom Hill|P]] ran in [[Rome|L]]."
    )
    for headline, body in training.swapped(stories, "en", random.Random(1)):
        names = {text for text, kind in (*headline, *body) if kind == "P"}
        assert len(names) == 1
        assert all(text in ("Oslo", "Rome") for text, kind in body if kind == "L")


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "Arafat's O'Connor", ["Arafat", "'s", "O'", "Connor"]),
        ("fr", "l'Union d'Oslo", ["l'", "Union", "d'", "Oslo"]),
        ("it", "dell’Ue", ["dell’", "Ue"]),
        ("tr", "Ankara'da 3,5", ["Ankara", "'da", "3,5"]),
        ("uk", "перем'я.", ["перем'я", "."]),
        ("fa", "می‌رود", ["می‌رود"]),
        ("zh", "北京TikTok", ["北", "京", "TikTok"]),
    ],
)
def test_words_are_parted_as_the_language_joins_them(language: str, text: str, words: list[str]) -> None:
    read = read_words(text, language)
    assert [word.text for word in read] == words
    assert all(text[word.start : word.end] == word.text for word in read)


def test_tags_become_spans() -> None:
    words = read_words("Mia Berg of Oslo", "en")
    assert list(spans(words, ["B-person", "I-person", "O", "B-place"])) == [(0, 8, "person"), (12, 16, "place")]
    assert list(spans(words, ["I-person", "B-person", "O", "O"])) == [(0, 3, "person"), (4, 8, "person")]


def test_towns_and_words_that_are_no_names_are_marked() -> None:
    assert town_marks(["in", "San", "Sebastián", "de", "los", "Reyes"], "es")[1] == "B"
    assert town_marks(["Бонне", "и"], "ru")[0] == "B"
    assert town_marks(list("在波恩"), "zh") == ["", "B", "I"]
    assert kinds("de")["november"] == "month"
    assert kinds("en")["hebrew"] == "language"


def test_a_language_without_a_model_keeps_what_the_others_found() -> None:
    assert tagger.read("Nairobi", "sw", []) is None
