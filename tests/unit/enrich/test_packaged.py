"""Models of others, installed as packages: the same interface, one more source."""

from __future__ import annotations

from pipeline.enrich import enrich
from pipeline.enrich.entities.models import packaged
from pipeline.enrich.entities.models.refining import _together
from pipeline.enrich.entities.models.tagger import Span
from pipeline.story import Story


def test_spacy_reads_french() -> None:
    text = "Sébastien Lemaistre a annoncé mardi que la société s'installerait à Dunkerque."
    found = {(text[span.start : span.end], span.type) for span in packaged.read(text, "fr")}
    assert {("Sébastien Lemaistre", "person"), ("Dunkerque", "place")} <= found


def test_natasha_reads_russian() -> None:
    text = "Адам Бош заявил, что компания «Балтик Индемнити» откроет офис в Санкт-Петербурге."
    found = {(text[span.start : span.end], span.type) for span in packaged.read(text, "ru")}
    assert {("Адам Бош", "person"), ("Балтик Индемнити", "organisation"), ("Санкт-Петербурге", "place")} <= found


def test_a_language_without_a_package_has_no_spans() -> None:
    assert packaged.read("Nairobi ni mji mkuu.", "sw") == []


def test_two_models_vote_on_the_type_and_ours_says_where() -> None:
    ours, theirs = Span(0, 10, "place", (0.1, 0.3, 0.5)), Span(0, 12, "organisation", (0.07, 0.8, 0.07))
    (voted,) = _together([ours], [theirs])
    assert (voted.start, voted.end, voted.type) == (0, 10, "organisation")
    assert _together([], [theirs]) == [theirs]


def test_a_story_has_the_names_that_only_the_package_sees() -> None:
    body = (
        "Le maire de la ville, Sébastien Lemaistre, a annoncé mardi devant la presse que les travaux du nouveau port "
        "commenceraient au printemps et dureraient près de deux ans, selon un communiqué."
    )
    names = {entity.name for entity in enrich(Story(id="a:1", guid="1", provider="a", body=body)).entities}
    assert "Sébastien Lemaistre" in names
