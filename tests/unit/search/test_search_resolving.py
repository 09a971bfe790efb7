"""Names and words in any language, and what they mean."""

from __future__ import annotations

import pytest

from pipeline.search.resolving import Resolver, resolver

ECONOMIC_SANCTION = "medtop:20000642"


@pytest.fixture(scope="module")
def names() -> Resolver:
    return resolver()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Xi Jinping sanctions", {"Xi Jinping": ["Q15031"], "sanctions": [ECONOMIC_SANCTION]}),
        ("习近平制裁", {"习近平": ["Q15031"], "制裁": [ECONOMIC_SANCTION]}),
        ("Путин санкции", {"Путин": ["Q7747"], "санкции": [ECONOMIC_SANCTION]}),
        ("Sanktionen", {"Sanktionen": [ECONOMIC_SANCTION]}),
        ("China", {"China": ["Q148"]}),
        ("Chinese", {"Chinese": ["Q148"]}),
        ("chinesischen Firmen", {"chinesischen": ["Q148"]}),
        ("us tariffs", {"us": ["Q30"]}),
        ("who said it", {}),
        ("WHO", {"WHO": ["Q7817"]}),
        ("Congo", {"Congo": ["Q974", "Q971"]}),
        ("goalkeeper", {}),
        ("bank", {}),
    ],
)
def test_names_and_words_mean_ids(names: Resolver, typed: str, meant: dict[str, list[str]]) -> None:
    found = {typed[it.start : it.end]: [meaning.id for meaning in it.meanings] for it in names.find(typed)}
    assert meant.items() <= found.items()
    assert bool(meant) == bool(found)


def test_a_name_is_found_whole_and_not_in_another(names: Resolver) -> None:
    (place,) = names.find("Taiwan Strait")
    assert [it.name for it in place.meanings] == ["Taiwan Strait"]


def test_a_name_of_several_offers_them_all(names: Resolver) -> None:
    (place,) = names.find("Congo")
    assert [(it.name, it.filter) for it in place.others] == [
        ("DR Congo", "entity:Q974"),
        ("Republic of the Congo", "entity:Q971"),
    ]


def test_a_country_is_known_by_code_name_and_demonym(names: Resolver) -> None:
    assert {names.country(text).country for text in ("DE", "de", "Germany", "Deutschland", "Allemagne", "German")} == {
        "DE"
    }  # type: ignore[union-attr]  # fails if None
    assert names.country("Atlantis") is None


def test_what_is_typed_is_completed_the_likeliest_first(names: Resolver) -> None:
    assert [it.name for it in names.complete("xi jin", 3)] == ["Xi Jinping"]
    assert names.complete("geor", 3)[0].name == "Georgia"
    assert "Vladimir Putin" in {it.name for it in names.complete("Пути", 5)}
    assert names.complete("", 3) == []
