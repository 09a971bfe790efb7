"""Entities of invented sentences: who is named, in which form, in which language, and who is not."""

from __future__ import annotations

import pytest

from pipeline.enrich import enrich
from pipeline.enrich.entities import match_entities
from pipeline.story import Entity, Language, Story


def entities_in(language: str, body: str, *, headline: str = "") -> dict[str, Entity]:
    """The story's entities by name."""
    story = Story(
        id="test:1", guid="1", provider="test", headline=headline, body=body, language=Language(code=language)
    )
    found = match_entities(story, thorough=False).entities
    for entity in found:
        for mention in entity.mentions:
            assert mention.text == getattr(story, mention.field)[mention.start : mention.end]
    return {entity.name: entity for entity in found}


def texts(entity: Entity) -> list[str]:
    """The mentions as they stand in the story."""
    return [mention.text for mention in entity.mentions]


@pytest.mark.parametrize(
    ("language", "body", "expected"),
    [
        ("ar", "اجتمع المبعوث مع بوتين وزيلينسكي ثم توجه للاتحاد الأوروبي", "Vladimir Putin"),
        ("ar", "اجتمع المبعوث مع بوتين وزيلينسكي ثم توجه للاتحاد الأوروبي", "Volodymyr Zelenskyy"),
        ("ar", "اجتمع المبعوث مع بوتين وزيلينسكي ثم توجه للاتحاد الأوروبي", "European Union"),
        ("de", "Blinkens Flugzeug landete am Abend.", "Antony Blinken"),
        ("de", "Der Sekretär der Kommunistischen Partei Chinas sprach.", "Communist Party of China"),
        ("de", "Die Lage im Südchinesischen Meer ist angespannt.", "South China Sea"),
        ("de", "Ein Sprecher des Weißen Hauses schwieg.", "White House"),
        ("de", "Die TikTok-Nutzer warten auf Bytedance.", "TikTok"),
        ("en", "Kaja Kallas spoke before von der Leyen’s speech.", "Ursula von der Leyen"),
        ("es", "Zelenski viajó a la sede de la OTAN.", "NATO"),
        ("es", "Zelenski viajó a la sede de la OTAN.", "Volodymyr Zelenskyy"),
        ("fa", "خامنه‌ای با پزشکیان دیدار کرد", "Ali Khamenei"),
        ("fr", "Le ministère russe des Affaires étrangères a réagi.", "Ministry of Foreign Affairs of Russia"),
        ("fr", "Le président Poutine s'est exprimé.", "Vladimir Putin"),
        ("it", "La Striscia di Gaza resta chiusa.", "Gaza Strip"),
        ("ja", "プーチン大統領は北大西洋条約機構を批判した。", "Vladimir Putin"),
        ("ja", "プーチン大統領は北大西洋条約機構を批判した。", "NATO"),
        ("pt", "Os houthis atacaram no mar Vermelho.", "Houthi movement"),
        ("ru", "Переговоры с Владимиром Зеленским отложены.", "Volodymyr Zelenskyy"),
        ("ru", "По словам Урсулы фон дер Ляйен, решение близко.", "Ursula von der Leyen"),
        ("ru", "Заложников удерживали в секторе Газа.", "Gaza Strip"),
        ("tr", "Erdoğan'ın sözcüsü AB'nin kararını eleştirdi.", "Recep Tayyip Erdoğan"),
        ("tr", "Erdoğan'ın sözcüsü AB'nin kararını eleştirdi.", "European Union"),
        ("uk", "Зустріч із Дональдом Трампом завершилася.", "Donald Trump"),
        ("uk", "Депутати Верховної Ради проголосували.", "Verkhovna Rada"),
        ("zh", "习近平会见了字节跳动的代表。", "Xi Jinping"),
        ("zh", "习近平会见了字节跳动的代表。", "ByteDance"),
    ],
)
def test_a_name_is_found_as_its_language_writes_it(language: str, body: str, expected: str) -> None:
    assert expected in entities_in(language, body)


@pytest.mark.parametrize(
    ("language", "body", "name", "mentions"),
    [
        ("en", "Kamala Harris arrived. Harris then left.", "Kamala Harris", ["Kamala Harris", "Harris"]),
        ("de", "Friedrich Merz kam, doch Merz schwieg.", "Friedrich Merz", ["Friedrich Merz", "Merz"]),
        ("es", "Pedro Sánchez habló. Sánchez prometió apoyo.", "Pedro Sánchez", ["Pedro Sánchez", "Sánchez"]),
        ("zh", "总理李强讲话。李强随后离开。", "Li Qiang", ["总理李强", "李强"]),
        ("ar", "التقى وفد من حركة حماس الوسطاء. وقالت حماس إنها توافق.", "Hamas", ["حركة حماس", "حماس"]),
    ],
)
def test_a_weak_name_counts_beside_the_full_one(language: str, body: str, name: str, mentions: list[str]) -> None:
    assert texts(entities_in(language, body)[name]) == mentions


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("ar", "رحب الجمهور بالفريق بحماس كبير"),
        ("de", "Merz und Scholz heißen viele, Wagner auch."),
        ("en", "Harris, Johnson and Sullivan drew level before the Senate in Manila adjourned."),
        ("en", "They told us that it is up to us."),
        ("en", "Taylor Swift sang while the Amazon rainforest burned and apple prices rose."),
        ("es", "La costa recibe turistas y la meta es crecer."),
        ("fr", "Le Smic augmente et il a eu peur."),
        ("ja", "コモディティ市場ではマスクの需要が増えた。"),
        ("pt", "Eu fico em casa e fico feliz."),
        ("ru", "Рада сообщить, что маск в аптеках хватает."),
        ("zh", "李强调，高通胀和航空客运都在其中共同起作用。"),
    ],
)
def test_an_everyday_word_or_a_surname_alone_is_nobody(language: str, body: str) -> None:
    found = (entity for entity in entities_in(language, body).values() if entity.source == "gazetteer")
    assert not {entity.name for entity in found if entity.type != "place"}


def test_an_acronym_counts_only_as_written() -> None:
    assert set(entities_in("fr", "L'UE et l'ONU ont réagi.")) == {"European Union", "United Nations"}
    assert not entities_in("fr", "Il a mis une ue dans un mot.")
    assert not entities_in("de", "Er war es, der die uno im Spiel behielt.")


def test_the_longest_name_wins() -> None:
    found = entities_in("en", "The UN Security Council met.")
    assert texts(found["United Nations Security Council"]) == ["UN Security Council"]
    assert "United Nations" not in found
    assert set(entities_in("en", "Donald Trump Jr. spoke.")) == {"Donald Trump Jr."}


@pytest.mark.parametrize(
    ("language", "body", "id_", "mention"),
    [
        ("de", "Washington ließ das Außenministerium antworten.", "Q789915", "Außenministerium"),
        ("ru", "МИД Китая ответил в среду.", "x:foreign-ministry-cn", "МИД"),
        ("zh", "俄罗斯外交部作出回应。", "x:foreign-ministry-ru", "外交部"),
        ("ja", "ロシア外務省は回答した。", "x:foreign-ministry-ru", "外務省"),
        ("en", "The foreign ministry of Iran replied.", "x:foreign-ministry-ir", "foreign ministry"),
        ("tr", "Rusya Dışişleri Bakanlığından açıklama geldi.", "x:foreign-ministry-ru", "Dışişleri Bakanlığından"),
        ("es", "El Banco Central de Chile subió la tasa.", "x:central-bank-cl", "Banco Central"),
    ],
)
def test_an_office_is_that_of_the_country_beside_it(language: str, body: str, id_: str, mention: str) -> None:
    office = next(entity for entity in entities_in(language, body).values() if entity.id == id_)
    assert texts(office) == [mention]
    assert office.type == "organisation"


def test_an_office_without_a_country_is_left_out() -> None:
    assert not entities_in("en", "The foreign ministry replied.")
    assert not entities_in("de", "Das Außenministerium antwortete. Erst im Mai fuhr jemand hin.")


def test_the_headline_comes_first_and_has_its_own_offsets() -> None:
    found = entities_in("en", "Talks with Rutte went on.", headline="Zelensky meets Rutte")
    assert list(found) == ["Volodymyr Zelenskyy", "Mark Rutte"]
    assert [(mention.field, mention.start) for mention in found["Mark Rutte"].mentions] == [
        ("headline", 15),
        ("body", 11),
    ]


def test_every_tag_says_who_set_it() -> None:
    assert {entity.source for entity in entities_in("en", "Putin called Xi Jinping.").values()} == {"gazetteer"}


@pytest.mark.parametrize(
    ("language", "text", "country"),
    [
        ("uk", "У Міністерстві закордонних справ заявили, що санкції мають зменшити доходи Росії від нафти.", None),
        ("de", "Ein Beamter des Außenministeriums sagte Reportern nach der Sitzung, dass Washington bereit sei.", "US"),
        ("en", "In Warsaw, the foreign ministry said that new measures would be taken against Russia.", "PL"),
        ("en", "The Russian foreign ministry said on Monday that it had summoned the envoy of France.", "RU"),
    ],
)
def test_an_office_belongs_to_the_country_that_speaks_not_to_the_one_spoken_of(
    language: str, text: str, country: str | None
) -> None:
    story = Story(id="a:1", guid="1", provider="a", body=text, language=Language(code=language))
    offices = [entity for entity in match_entities(story, thorough=False).entities if entity.type == "organisation"]
    assert [entity.countries for entity in offices] == ([(country,)] if country else [])


def test_a_demonym_tells_the_country_but_is_no_mention_of_its_name() -> None:
    body = "The officers of the brigade left the town on Monday. Moscow denied it."
    found = enrich(Story(id="a:1", guid="1", provider="a", headline="Russian troops leave", body=body))
    assert found.countries == ("RU",)
    assert [mention.text for entity in found.entities for mention in entity.mentions] == ["Moscow"]
    assert found.entities[0].name == "Russia"
