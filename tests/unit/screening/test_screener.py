"""Whom of the lists a story names, as a desk sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.enrich import enrich
from pipeline.screening.importers import read_publication
from pipeline.screening.listing import ListedName, Listing
from pipeline.screening.screener import Screener
from pipeline.story import Story

LISTS = Path(__file__).parent.parent.parent / "lists"


def listed(name: str, *aliases: str, list_id: str, kind: str = "person", country: str = "", born: int = 0) -> Listing:
    return Listing(
        list="ofac-sdn",
        list_id=list_id,
        kind=kind,  # type: ignore[arg-type]  # one of the kinds
        names=(ListedName(name), *map(ListedName, aliases)),
        countries=(country,) if country else (),
        born=(born,) if born else (),
    )


SCREENER = Screener(
    [
        *read_publication(LISTS / "ofac-sdn.xml").listings,
        *read_publication(LISTS / "un.xml").listings,
        listed("Ali Hassan", list_id="common", country="LB", born=1968),
        listed("HAMAS", list_id="hamas", kind="organisation", country="PS"),
        listed("Ramzan Akhmatovich KADYROV", list_id="kadyrov", country="RU"),
        listed("LUKASHENKA, Alyaksandr", "卢卡申科", list_id="luka", country="BY"),
    ]
)


def found(body: str, headline: str = "") -> dict[str, str]:
    story = enrich(Story(id="p:1", guid="1", provider="p", headline=headline, body=body), thorough=False)
    hits = SCREENER.screen(story)
    for hit in hits:
        assert getattr(story, hit.mention.field)[hit.mention.start : hit.mention.end] == hit.mention.text
        assert 0.75 < hit.score <= 1.0
    return {hit.list_id: hit.mention.text for hit in hits}


@pytest.mark.parametrize(
    ("body", "mention"),
    [
        ("Brussels accuses Ruslan Testovsky of paying for the ships, a report said.", "Ruslan Testovsky"),
        ("The tycoon Rouslan Testovski denied it through his lawyers on Monday.", "Rouslan Testovski"),
        ("Die Yacht gehört nach Angaben der Ermittler Ruslan Testovskys Bruder.", "Ruslan Testovskys"),
        ("Яхта принадлежит брату Руслана Тестовского, сообщили следователи в понедельник.", "Руслана Тестовского"),
        ("Яхта належить брату Руслана Тестовського, повідомили слідчі в понеділок.", "Руслана Тестовського"),
    ],
)
def test_name_is_found_across_spellings_cases_and_scripts(body: str, mention: str) -> None:
    assert found(body) == {"90001": mention}


def test_arabic_name_is_found_behind_a_joined_prefix() -> None:
    assert found("قالت الشرطة إن الوفد التقى القائد العسكري سليم تستاوي في العاصمة يوم الاثنين")["CDi.901"].endswith(
        "تستاوي"
    )


def test_chinese_name_is_found_where_the_list_has_it() -> None:
    assert "luka" in found("白俄罗斯总统卢卡申科周一在明斯克会见了来访的外国代表团，双方讨论了合作。")


def test_company_is_found_without_its_legal_form() -> None:
    body = "MURMANSK, Russia - The supplier Arktikpromsnab has stopped deliveries, the U.S. Treasury said as it imposed sanctions."
    assert found(body)["90002"] == "Arktikpromsnab"


def test_short_single_name_counts_where_the_story_supports_it() -> None:
    assert found(
        "GAZA, May 3 - Hamas said on Friday that talks with Israel in the Palestinian territories had ended."
    ) == {"hamas": "Hamas"}


@pytest.mark.parametrize(
    "body",
    [
        "LONDON - Ali Hassan scored twice as the home team won the match in Leeds on Sunday.",
        "Hassan said the bakery in Leeds would open again. Ali agreed with him about the prices.",
        "The Grey family met a cardinal in Rome on Monday; he spoke about the poor.",
    ],
)
def test_name_that_many_bear_needs_support(body: str) -> None:
    assert found(body) == {}


def test_common_name_with_its_year_of_birth_is_found() -> None:
    body = "BEIRUT, Lebanon - Ali Hassan, born in 1968, is accused by prosecutors in Lebanon of financing the militia."
    assert found(body) == {"common": "Ali Hassan"}


def test_names_never_go_across_a_stop() -> None:
    assert found("It was a gift of Ruslan. Testovsky, a village in the north, has no school.") == {}


def test_short_form_of_a_person_with_a_patronymic_is_found() -> None:
    assert found("Chechen leader Ramzan Kadyrov said on Monday that the road would be rebuilt.") == {
        "kadyrov": "Ramzan Kadyrov"
    }


@given(st.text(max_size=300))
def test_any_text_is_screened_without_a_fault(text: str) -> None:
    SCREENER.screen(Story(id="p:1", guid="1", provider="p", body=text))


def test_empty_lists_find_nothing() -> None:
    assert Screener([]).screen(Story(id="p:1", guid="1", provider="p", body="Ruslan Testovsky")) == ()
