"""The language of a story: right where there is enough text, unknown where there is not."""

from __future__ import annotations

import pytest

from pipeline.enrich.language import detect_language

LEADS = {
    "de": "Die Außenminister der Europäischen Union haben am Montag in Brüssel über weitere Schritte beraten.",
    "en": "Foreign ministers of the European Union met in Brussels on Monday to discuss further steps.",
    "fr": "Les ministres des Affaires étrangères de l'Union européenne se sont réunis lundi à Bruxelles.",
    "es": "Los ministros de Exteriores de la Unión Europea se reunieron el lunes en Bruselas para debatir.",
    "it": "I ministri degli Esteri dell'Unione europea si sono riuniti lunedì a Bruxelles per discutere.",
    "pt": "Os ministros dos Negócios Estrangeiros da União Europeia reuniram-se na segunda-feira em Bruxelas.",
    "nl": "De ministers van Buitenlandse Zaken van de Europese Unie kwamen maandag bijeen in Brussel.",
    "pl": "Ministrowie spraw zagranicznych Unii Europejskiej spotkali się w poniedziałek w Brukseli.",
    "ru": "Министры иностранных дел стран Евросоюза в понедельник обсудили в Брюсселе дальнейшие шаги.",
    "uk": "Міністри закордонних справ країн Європейського Союзу в понеділок обговорили в Брюсселі подальші кроки.",
    "ar": "اجتمع وزراء خارجية الاتحاد الأوروبي يوم الاثنين في بروكسل لمناقشة الخطوات المقبلة.",
    "fa": "وزیران امور خارجه اتحادیه اروپا روز دوشنبه در بروکسل برای گفتگو درباره گام‌های بعدی دیدار کردند.",
    "tr": "Avrupa Birliği dışişleri bakanları pazartesi günü Brüksel'de bir araya gelerek sonraki adımları görüştü.",
    "zh": "欧盟各国外长星期一在布鲁塞尔举行会议，讨论下一步措施。",
    "ja": "欧州連合の外相らは月曜日、ブリュッセルで会合を開き、今後の対応を協議した。",
    "ka": "ევროკავშირის საგარეო საქმეთა მინისტრები ორშაბათს ბრიუსელში შეხვდნენ.",
    "sr": "Министри спољних послова Европске уније састали су се у понедељак у Бриселу да разговарају.",
}


@pytest.mark.parametrize("code", LEADS)
def test_a_lead_is_enough(code: str) -> None:
    found = detect_language("", LEADS[code])
    assert found.code == code
    assert found.confidence >= 0.5


@pytest.mark.parametrize("text", ["", "OK", "Biden tot", "12:30 2-1", "+++ 1234 +++", "https://example.org/a/b"])
def test_too_little_text_is_unknown(text: str) -> None:
    assert detect_language(text, "").code == "und"


def test_a_declared_language_decides_where_the_text_is_short() -> None:
    assert detect_language("Biden tot", "", "de").code == "de"


def test_a_wrongly_declared_language_does_not_override_a_clear_text() -> None:
    found = detect_language("", LEADS["de"], "en-GB")
    assert (found.code, found.declared) == ("de", "en-GB")


def test_a_declared_language_of_another_script_is_not_believed() -> None:
    assert detect_language("Росія і НАТО", "", "de").code != "de"


def test_the_same_text_gives_the_same_answer_each_time() -> None:
    answers = {detect_language("US imposes sanctions on Russian banks", "") for _ in range(5)}
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("text", "script", "tag"),
    [
        ("外交部发言人星期二说，双方将继续就关税问题进行谈判，并保持沟通。", "Hans", "zh-Hans"),
        ("外交部發言人星期二說，雙方將繼續就關稅問題進行談判，並保持溝通。", "Hant", "zh-Hant"),
        ("Министри спољних послова састали су се у понедељак у Београду и разговарали о Косову.", "Cyrl", "sr-Cyrl"),
        ("Die Außenminister haben am Montag in Brüssel über weitere Schritte beraten.", None, None),
    ],
)
def test_languages_with_several_scripts_say_which(text: str, script: str | None, tag: str | None) -> None:
    found = detect_language("", text)
    assert (found.script, found.tag) == (script, tag)


def test_dari_is_persian_that_the_provider_calls_so() -> None:
    assert detect_language("", LEADS["fa"], "fa-AF").tag == "prs"
    assert detect_language("", LEADS["fa"], "fa").tag is None


def test_copy_in_two_languages_says_so() -> None:
    found = detect_language("", "\n\n".join([LEADS["de"]] * 9 + [LEADS["fr"]] * 9))
    assert (found.code, found.others) == ("de", ("fr",))


def test_a_quotation_is_no_second_language() -> None:
    quoted = "\n\n".join(
        [LEADS["de"]] * 8
        + ["„We will not go back“, sagte der Minister nach dem Treffen in Brüssel."]
        + [LEADS["de"]] * 8
    )
    assert detect_language("", quoted).others == ()
    assert detect_language("", "\n\n".join([LEADS["en"]] * 20)).others == ()
