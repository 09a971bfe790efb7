"""Names that no gazetteer knows, by rules alone: people and organisations by how each language writes them."""

from __future__ import annotations

import pytest

from pipeline.enrich import enrich
from pipeline.story import Story


def names(body: str, *, language: str, headline: str = "") -> dict[str, list[str]]:
    """The names found, as "type name", with their mentions as they stand."""
    story = enrich(
        Story(id="a:1", guid="1", provider="a", headline=headline, body=body),
        thorough=False,
    )
    assert story.language.code == language
    for entity in story.entities:
        for mention in entity.mentions:
            assert getattr(story, mention.field)[mention.start : mention.end] == mention.text
    return {
        f"{entity.type} {entity.name}": [mention.text for mention in entity.mentions]
        for entity in story.entities
        if entity.source == "names"
    }


@pytest.mark.parametrize(
    ("language", "body", "expected"),
    [
        (
            "en",
            (
                '"We will act," spokeswoman Mia Muster told reporters on Thursday. Muster works for the Harbour Research Institute (HRI). '
                "HRI said that Northwind Shipping Ltd had agreed to the plan."
            ),
            {
                "person Mia Muster": ["Mia Muster", "Muster"],
                "organisation Harbour Research Institute": ["Harbour Research Institute", "HRI", "HRI"],
                "organisation Northwind Shipping Ltd": ["Northwind Shipping Ltd"],
            },
        ),
        (
            "de",
            (
                "Die Sprecherin Karla Dörfler sagte am Montag, die Hafenwacht AG werde zahlen. Dörfler verwies auf die Universität Leipzig. "
                "Laut Petra von der Aue ist das richtig."
            ),
            {
                "person Karla Dörfler": ["Karla Dörfler", "Dörfler"],
                "person Petra von der Aue": ["Petra von der Aue"],
                "organisation Hafenwacht AG": ["Hafenwacht AG"],
                "organisation Universität Leipzig": ["Universität Leipzig"],
            },
        ),
        (
            "ru",
            "Об этом заявила пресс-секретарь Мария Петрова. По словам Петровой, встреча с Иваном Сидоровым прошла в четверг.",
            {"person Мария Петрова": ["Мария Петрова", "Петровой"], "person Иваном Сидоровым": ["Иваном Сидоровым"]},
        ),
        (
            "uk",
            "Про це заявив речник компанії «Морський обрій» Анніка Рооваль. За словами Рооваль, угоду з Kestrel Marine підписали в четвер.",
            {
                "person Анніка Рооваль": ["Анніка Рооваль", "Рооваль"],
                "organisation Морський обрій": ["Морський обрій"],
                "organisation Kestrel Marine": ["Kestrel Marine"],
            },
        ),
        (
            "es",
            "La portavoz María López García dijo el jueves que el Banco del Norte pagará. López García criticó a Juan Pérez.",
            {
                "person María López García": ["María López García", "López García"],
                "person Juan Pérez": ["Juan Pérez"],
                "organisation Banco del Norte": ["Banco del Norte"],
            },
        ),
        (
            "fr",
            "La porte-parole Marie Dupont a déclaré jeudi que l'Observatoire Maritime suivait l'affaire. Dupont a cité Jean-Luc Martin.",
            {
                "person Marie Dupont": ["Marie Dupont", "Dupont"],
                "person Jean-Luc Martin": ["Jean-Luc Martin"],
                "organisation Observatoire Maritime": ["Observatoire Maritime"],
            },
        ),
        (
            "tr",
            "Belediye Başkanı Ayşe Yılmaz, Mehmet Demir'in istifasını perşembe günü kabul etti. Yılmaz daha sonra konuştu.",
            {"person Ayşe Yılmaz": ["Ayşe Yılmaz", "Yılmaz"], "person Mehmet Demir": ["Mehmet Demir"]},
        ),
        (
            "zh",
            "发言人陈明表示，米娅·穆斯特星期二会见了分析师李小龙。穆斯特说，会谈有益，双方将继续保持沟通。",
            {"person 陈明": ["陈明"], "person 米娅·穆斯特": ["米娅·穆斯特", "穆斯特"], "person 李小龙": ["李小龙"]},
        ),
        (
            "ja",
            "山田太郎氏は火曜日、ミア・ムスター報道官と会談した。会談は一時間ほど続き、双方は協力を続けることで合意した。",
            {"person 山田太郎": ["山田太郎"], "person ミア・ムスター": ["ミア・ムスター"]},
        ),
        (
            "ar",
            "وقال المتحدث محمد حسن إن الاجتماع سيعقد يوم الأحد وإن الوفد سيناقش التعاون بين البلدين.",
            {"person محمد حسن": ["محمد حسن"]},
        ),
    ],
)
def test_names_are_found(language: str, body: str, expected: dict[str, list[str]]) -> None:
    assert names(body, language=language) == expected


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "On Thursday the ministers met in the capital. The New Year begins with snow, and In May the talks go on again."),
        ("de", "Am Montag haben die Minister getagt. Die Deutsche Umwelt leidet, sagte der Sprecher, und Das Neue Jahr beginnt mit Regen."),
        ("de", "Die Vorsitzende der Friedrich-Beispiel-Stiftung hat am Montag getagt, sagte die Sprecherin der ABC-Gruppe nach dem Treffen."),
        ("ru", "После Нового года переговоры продолжатся. «Мы не отступим», — сказал министр, и Это не первая такая встреча."),
        ("pl", "Rada Polityki Pieniężnej nie zmieniła stóp procentowych, poinformowano w czwartek po posiedzeniu."),
        ("es", "El Senado aprobó la ley el jueves. El Gobierno celebró la decisión en Mar del Plata, según fuentes oficiales."),
        ("pt", "O Governo aprovou a lei na quinta-feira. Em Mato Grosso choveu durante toda a semana, segundo as autoridades."),
        ("ar", "اجتمع رئيس الوزراء صباح الثلاثاء مع الوزراء لمناقشة الميزانية الجديدة قبل عيد الفطر."),
    ],
)  # fmt: skip
def test_what_only_looks_like_a_name_is_left_alone(language: str, body: str) -> None:
    assert names(body, language=language) == {}


def test_a_headline_in_capitals_gives_no_names() -> None:
    body = "The ministers of four countries met on Monday to talk about fish and the sea, officials said."
    assert names(body, language="en", headline="JOHN SMITH WINS RACE IN RAIN") == {}


def test_one_name_has_one_id_in_every_story() -> None:
    first, second = (
        enrich(
            Story(id=str(n), guid="1", provider="a", body=f"Spokeswoman Mia Muster told reporters {word} on Thursday.")
        )
        for n, word in enumerate(("it", "so"))
    )
    assert [entity.id for entity in first.entities] == [entity.id for entity in second.entities] == ["x:mia-muster"]
