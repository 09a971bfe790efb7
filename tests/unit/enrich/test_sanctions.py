"""Sanction events as a desk reads them, in every language that has words for them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.enrich import enrich
from pipeline.enrich.languages import LANGUAGES
from pipeline.enrich.sanctions import find_sanctions, is_news, lexicon
from pipeline.enrich.sanctions.sentences import sentences
from pipeline.story import Language, SanctionEvent, Story

WORDS = Path(lexicon.__file__).parent / "words"
GROUPS = {
    *(
        "sanction",
        "self",
        "relief",
        "measures",
        "ban",
        "steps",
        "impose",
        "extend",
        "tighten",
        "ease",
        "lift",
        "threaten",
    ),
    *(
        "call",
        "evade",
        "new",
        "now",
        "proposed",
        "in-force",
        "deny",
        "fail",
        "old",
        "against",
        "toward",
        "group",
        "facts",
    ),
    *("bodies", "not", "penal", "signed", "concepts"),
}
MEASURES = {
    *("asset-freeze", "travel-ban", "export-control", "import-ban", "oil-price-cap", "arms-embargo", "secondary"),
    *("entity-list", "designation", "financial", "vessels", "investment-ban", "aviation-ban", "trade-embargo"),
}


def events(body: str, headline: str = "") -> tuple[SanctionEvent, ...]:
    story = enrich(Story(id="p:1", guid="1", provider="p", headline=headline, body=body), thorough=False)
    for event in story.sanctions:
        assert event.evidence
        for mention in event.evidence:
            assert getattr(story, mention.field)[mention.start : mention.end] == mention.text
    return story.sanctions


def news(body: str, headline: str = "") -> set[str]:
    return {event.key for event in events(body, headline) if is_news(event)}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_words_of_a_language_have_the_form(language: str) -> None:
    groups = yaml.safe_load((WORDS / f"{language}.yaml").read_text("utf-8"))
    assert groups.keys() <= GROUPS
    assert GROUPS - {"toward"} <= groups.keys()
    assert groups["measures"].keys() <= MEASURES
    assert groups["facts"].keys() <= MEASURES
    for group, content in groups.items():
        for terms in content.values() if isinstance(content, dict) else (content,):
            assert terms, group
            assert all(isinstance(term, str) and term.strip() for term in terms), group


@pytest.mark.parametrize(
    ("headline", "body", "key"),
    [
        (
            "US sanctions three Chinese firms",
            "WASHINGTON, May 1 - The U.S. Treasury on Wednesday imposed sanctions on three Chinese companies.",
            "US:CN:impose",
        ),
        (
            "EU beschließt neue Sanktionen gegen Russland",
            "Brüssel - Die EU hat am Montag neue Sanktionen gegen Russland verhängt.",
            "EU:RU:impose",
        ),
        (
            "L'UE adopte de nouvelles sanctions contre l'Iran",
            "Bruxelles - L'Union européenne a adopté lundi de nouvelles sanctions contre l'Iran.",
            "EU:IR:impose",
        ),
        (
            "Estados Unidos impone sanciones a Venezuela",
            "Washington - Estados Unidos impuso este lunes nuevas sanciones contra Venezuela.",
            "US:VE:impose",
        ),
        (
            "L'Ue approva nuove sanzioni contro la Russia",
            "Bruxelles - L'Unione europea ha approvato lunedì nuove sanzioni contro la Russia.",
            "EU:RU:impose",
        ),
        (
            "União Europeia aprova novas sanções contra a Rússia",
            "Bruxelas - A União Europeia aprovou na segunda-feira novas sanções contra a Rússia.",
            "EU:RU:impose",
        ),
        (
            "EU neemt nieuwe sancties tegen Rusland aan",
            "Brussel - De Europese Unie heeft maandag nieuwe sancties tegen Rusland aangenomen.",
            "EU:RU:impose",
        ),
        (
            "UE nałożyła nowe sankcje na Rosję",
            "Bruksela - Unia Europejska nałożyła w poniedziałek nowe sankcje na Rosję.",
            "EU:RU:impose",
        ),
        (
            "США ввели новые санкции против Ирана",
            "Вашингтон - США в понедельник ввели новые санкции против Ирана.",
            "US:IR:impose",
        ),
        (
            "ЄС запровадив нові санкції проти Росії",
            "Брюссель - Європейський Союз у понеділок запровадив нові санкції проти Росії.",
            "EU:RU:impose",
        ),
        (
            "الاتحاد الأوروبي يفرض عقوبات جديدة على إيران",
            "بروكسل - فرض الاتحاد الأوروبي الاثنين عقوبات جديدة على إيران.",
            "EU:IR:impose",
        ),
        (
            "آمریکا تحریم‌های جدیدی علیه روسیه اعمال کرد",
            "واشنگتن - آمریکا روز دوشنبه تحریم‌های جدیدی علیه روسیه اعمال کرد.",
            "US:RU:impose",
        ),
        (
            "AB Rusya'ya karşı yeni yaptırımları kabul etti",
            "Brüksel - Avrupa Birliği pazartesi günü Rusya'ya karşı yeni yaptırımları kabul etti.",
            "EU:RU:impose",
        ),
        ("欧盟宣布对俄罗斯实施新制裁", "布鲁塞尔电 欧盟周一宣布对俄罗斯实施新一轮制裁。", "EU:RU:impose"),
        (
            "EU、ロシアに追加制裁を決定",
            "ブリュッセル 欧州連合（EU）は月曜日、ロシアに対する追加制裁を決定した。",
            "EU:RU:impose",
        ),
    ],
)
def test_new_sanctions_are_news_in_every_language(headline: str, body: str, key: str) -> None:
    assert key in news(body, headline)


@pytest.mark.parametrize(
    ("headline", "body"),
    [
        (
            "FIFA sanctions club over fans",
            "ZURICH - The club was sanctioned by FIFA with a fine of 20,000 francs after the match.",
        ),
        (
            "Zelenskiy urges EU to impose sanctions",
            "KYIV - Ukraine's president urged the European Union on Monday to impose sanctions on Russia.",
        ),
        (
            "Trump threatens Iran with sanctions",
            "WASHINGTON - Donald Trump on Monday threatened to impose sanctions on Iran if talks fail.",
        ),
        ("Russian economy shrinks", "MOSCOW - Russia's economy shrank, hurt by Western sanctions imposed in 2022."),
        (
            "Mehr Verkehrstote auf Landstraßen",
            "Berlin - Wer zu schnell fährt, muss mit Sanktionen und einem Bußgeld rechnen, sagte der Verkehrsminister.",
        ),
        (
            "Russland legt Veto ein",
            "New York - Russland hat im UN-Sicherheitsrat eine Verlängerung der Sanktionen gegen Mali mit seinem Veto blockiert.",
        ),
        (
            "Le club sanctionné",
            "Paris - Le club a été sanctionné d'une amende par la Ligue après les incidents du match de dimanche.",
        ),
        ("Клуб оштрафован", "Москва - Футбольный клуб наказан штрафом, санкции назначены после матча чемпионата."),
        ("Story embargo", "The report is embargoed until Monday, the institute said."),
        (
            "US raises tariffs",
            "WASHINGTON - The United States on Monday imposed a 25% tariff on steel from China and Mexico.",
        ),
    ],
)
def test_other_sanctions_threats_calls_and_history_are_no_news(headline: str, body: str) -> None:
    assert news(body, headline) == set()


def threats(body: str) -> dict[str, SanctionEvent]:
    return {event.key: event for event in events(body) if event.action == "threaten"}


def test_threat_names_who_threatens_whom() -> None:
    event = threats(
        "Ein Beamter sagte, dass Washington bereit sei, «Schritte» gegen chinesische Firmen zu unternehmen, die Russland beliefern.".replace(
            "«", '"'
        ).replace("»", '"')
    )["US:CN:threaten"]
    assert (event.action, event.key, event.target_groups[0].text) == (
        "threaten",
        "US:CN:threaten",
        "chinesische Firmen",
    )
    assert event.target_groups[0].countries == ("CN",)


def test_ban_of_an_app_is_a_measure_of_its_own_kind() -> None:
    (event,) = events(
        "Präsident Joe Biden unterzeichnete ein Gesetz, das ein Verbot von TikTok in den USA vorsieht, wenn ByteDance die App "
        "nicht verkauft."
    )
    assert (event.key, event.measures, event.by) == ("US:CN:impose", ("app-ban",), ("Q6279", "Q30"))
    assert {"Q48938223", "Q55606242"} <= set(event.targets)


def test_next_sentence_adds_its_facts_to_the_event() -> None:
    (event,) = events(
        "BRUSSELS - The EU agreed its 14th sanctions package against Russia on Thursday. It lists 27 vessels."
    )
    assert (event.key, event.measures) == ("EU:RU:impose", ("vessels",))


def test_background_is_told_apart_from_news() -> None:
    found = events(
        "BRUSSELS - The EU on Monday imposed sanctions on Iran. The bloc's sanctions on Russia, imposed since 2014, stay in place.",
        "EU imposes sanctions on Iran",
    )
    assert {event.key: event.background for event in found if event.action == "impose"}["EU:IR:impose"] is False
    assert not {event.key for event in found if is_news(event)} & {"EU:RU:impose"}


def test_key_is_the_same_in_other_languages() -> None:
    german = news(
        "Brüssel - Die EU hat am Montag neue Sanktionen gegen Belarus verhängt.", "EU verhängt Sanktionen gegen Belarus"
    )
    russian = news(
        "Брюссель - Евросоюз в понедельник ввел новые санкции против Белоруссии.", "ЕС ввел санкции против Белоруссии"
    )
    assert german == russian == {"EU:BY:impose"}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Das 14. Sanktionspaket ist da. Es trifft Banken.", 2),
        ("The U.S. Treasury acted. It was late.", 2),
        ("欧盟宣布制裁。俄罗斯回应。", 2),
        ("One line\nAnother line", 2),
        ("", 0),
    ],
)
def test_sentences_end_where_they_end(text: str, count: int) -> None:
    spans = list(sentences(text))
    assert len(spans) == count
    assert all(text[start:end].strip() for start, end in spans)


@given(st.text(max_size=400), st.sampled_from(sorted(LANGUAGES)))
def test_any_text_is_read_without_a_fault(text: str, language: str) -> None:
    story = Story(
        id="p:1", guid="1", provider="p", body=f"sanctions {text} 制裁 санкции", language=Language(code=language)
    )
    find_sanctions(story, (), {})
