"""Countries and cities in invented sentences of every language: names, adjectives, peoples, and words that only look so."""

from __future__ import annotations

import pytest

from pipeline.enrich.entities import match_entities
from pipeline.story import Language, Story


def countries_in(language: str, text: str) -> set[str]:
    """The countries of all places found, cities and regions included."""
    story = Story(id="test:1", guid="1", provider="test", body=text, language=Language(code=language))
    return {
        country
        for entity in match_entities(story, thorough=False).entities
        if entity.type == "place"
        for country in entity.countries
    }


def places_in(language: str, text: str) -> set[str]:
    story = Story(id="test:1", guid="1", provider="test", body=text, language=Language(code=language))
    return {entity.name for entity in match_entities(story, thorough=False).entities if entity.type == "place"}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ar", "فرضت الولايات المتحدة عقوبات على شركات صينية وروسية", {"US", "CN", "RU"}),
        ("ar", "وصل الرئيس الأوكراني إلى ألمانيا في زيارة للسعودية بعدها", {"UA", "DE", "SA"}),
        ("ar", "قالت مسؤولة أميركية إن طهران وأنقرة تواصلان الحوار", {"US", "IR", "TR"}),
        ("de", "Chinesische Firmen und die Franzosen kritisierten US-Zölle.", {"CN", "FR", "US"}),
        ("de", "Die Vereinigten Arabischen Emirate luden Südkoreaner und Inder ein.", {"AE", "KR", "IN"}),
        ("de", "Moskauer Diplomaten reisten nach Den Haag und Kiew.", {"RU", "NL", "UA"}),
        ("en", "Chinese and Russian envoys met Britons in the UAE.", {"CN", "RU", "GB", "AE"}),
        ("en", "The U.S. and South Korea hosted New Zealanders; Pyongyang objected.", {"US", "KR", "NZ", "KP"}),
        ("en", "Kyiv's allies from the Baltics, Poland's envoy and the Dutch agreed.", {"UA", "PL", "NL"}),
        ("es", "Las tropas rusas y los aliados estadounidenses de EE.UU. se replegaron.", {"RU", "US"}),
        ("es", "Los iraníes y las autoridades chinas firmaron en Ginebra.", {"IR", "CN", "CH"}),
        ("es", "El Gobierno surcoreano y la empresa alemana negocian en Seúl.", {"KR", "DE"}),
        ("fa", "تحریم‌های آمریکا علیه شرکت‌های چینی و روسیه", {"US", "CN", "RU"}),
        ("fa", "وزیر خارجه ترکیه با همتای اوکراینی در مسکو دیدار کرد", {"TR", "UA", "RU"}),
        ("fa", "مقام‌های کره جنوبی و عربستان در ژنو", {"KR", "SA", "CH"}),
        ("fr", "Des entreprises chinoises et l'armée ukrainienne, selon les États-Unis.", {"CN", "UA", "US"}),
        ("fr", "Les Russes et la diplomatie turque se voient à Genève.", {"RU", "TR", "CH"}),
        ("fr", "Le président sud-coréen reçoit une délégation israélienne.", {"KR", "IL"}),
        ("it", "Le forze russe e gli ucraini, secondo gli Usa.", {"RU", "UA", "US"}),
        ("it", "I produttori tedeschi e le aziende cinesi a Ginevra.", {"DE", "CN", "CH"}),
        ("it", "La diplomazia iraniana e i turchi dell'Arabia Saudita.", {"IR", "TR", "SA"}),
        ("ja", "米政府は中国企業への制裁を発表し、ロシアは反発した。", {"US", "CN", "RU"}),
        ("ja", "英首相は訪日し、東京で会談した。", {"GB", "JP"}),
        ("ja", "韓国と北朝鮮の軍事当局者がジュネーブで会った。", {"KR", "KP", "CH"}),
        ("nl", "De VS legden Chinese en Russische bedrijven sancties op.", {"US", "CN", "RU"}),
        ("nl", "Zuid-Koreanen en Oekraïners spraken met Duitslands minister en de Britten.", {"KR", "UA", "DE", "GB"}),
        ("nl", "De Verenigde Arabische Emiraten en Israël ontvingen Fransen en Iraniërs.", {"AE", "IL", "FR", "IR"}),
        ("pl", "USA nałożyły sankcje na chińskie firmy i dwóch Rosjan.", {"US", "CN", "RU"}),
        ("pl", "Delegacje Zjednoczonych Emiratów Arabskich i Korei Południowej w Niemczech.", {"AE", "KR", "DE"}),
        ("pl", "Prezydent Ukrainy rozmawiał z Francuzami na Węgrzech i we Włoszech.", {"UA", "FR", "HU", "IT"}),
        ("pl", "Na granicy polsko-białoruskiej nie ma Czechów ani Litwinów.", {"PL", "BY", "CZ", "LT"}),
        ("pt", "Tropas norte-americanas e empresas chinesas no Irã.", {"US", "CN", "IR"}),
        ("pt", "O chanceler alemão e os ucranianos em Genebra.", {"DE", "UA", "CH"}),
        ("pt", "Autoridades sul-coreanas e os franceses em Moscovo.", {"KR", "FR", "RU"}),
        ("ru", "США ввели санкции против китайских компаний и россиян.", {"US", "CN", "RU"}),
        ("ru", "Делегации Объединённых Арабских Эмиратов и Южной Кореи в Женеве.", {"AE", "KR", "CH"}),
        ("ru", "Президент Украины провёл переговоры с немцами в Киеве.", {"UA", "DE"}),
        ("tr", "ABD'nin Çinli şirketlere yaptırımı ve Rusların tepkisi", {"US", "CN", "RU"}),
        ("tr", "Ukraynalılarla görüşen heyet İran'dan ve Cenevre'den döndü.", {"UA", "IR", "CH"}),
        ("tr", "İngiliz bakan Güney Korelilerle Ankara'da buluştu.", {"GB", "KR", "TR"}),
        ("uk", "США запровадили санкції проти китайських компаній і росіян.", {"US", "CN", "RU"}),
        ("uk", "Делегації Об'єднаних Арабських Еміратів та Південної Кореї у Женеві.", {"AE", "KR", "CH"}),
        ("uk", "У Києві зустріли французів і прем'єра Великої Британії.", {"UA", "FR", "GB"}),
        ("zh", "美方宣布制裁俄罗斯和伊朗的企业，中方反对。", {"US", "RU", "IR", "CN"}),
        ("zh", "沙特与阿联酋代表在日内瓦会晤。", {"SA", "AE", "CH"}),
        ("zh", "美國與烏克蘭簽署協議，臺灣關注。", {"US", "UA", "TW"}),
    ],
)
def test_countries_are_found_in_all_their_forms(language: str, text: str, expected: set[str]) -> None:
    assert countries_in(language, text) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "قطرات من مياه الأمطار في الشوارع"),
        ("de", "Er aß eine Polenta und las einen Roman."),
        ("en", "He may tell us more about polish and roast turkey in a china cup."),
        ("en", "The chad fell and the jersey was torn."),
        ("es", "Una reunión de vecinos con granadas y limas."),
        ("fa", "اصول هندسه در مدرسه"),
        ("fr", "Des grenades et une réunion au palais de la normale."),
        ("it", "La riunione in piscina con i ceci."),
        ("ja", "天気がよいので公園を散歩した。"),
        ("nl", "Let op: Frans nam een turkse tortel mee naar Malieveld en at een chili."),
        ("pl", "Mali przedsiębiorcy czekali, aż komory się otworzą, a czad się rozwieje."),
        ("pl", "Dominika zjadła dania z kuchni, a perły i chinina zostały."),
        ("pt", "Um peru assado na praia depois da reunião."),
        ("ru", "После того как дым и чад рассеялись, перу взялось за дело."),
        ("tr", "Bu kadar mali yardım için sana teşekkürler."),
        ("uk", "Після того малі підприємства закрили, а чад розвіявся."),
        ("ar", "أزمة مالي عالمية في القطاع المالي"),
        ("es", "Reunión de ministros con Mauricio y San Martín."),
        ("fa", "بحران مالی جهانی"),
        ("fr", "La réunion a commencé, dit Maurice."),
        ("it", "Riunione dei ministri."),
        ("ja", "タイトルとアルバイト、シリアルとアイランドとマリーナ"),
        ("pt", "Reunião de ministros com Maurício."),
        ("ru", "Того же дня было решено самое важное. Самое главное впереди."),
        ("tr", "Mali yıl sona erdi."),
        ("uk", "Малі підприємства закрили. Того ж дня."),
        ("zh", "天气很好，大家去公园散步。"),
    ],
)
def test_everyday_words_are_no_places(language: str, text: str) -> None:
    assert places_in(language, text) == set()


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            "South American and North American farmers in New Mexico",
            {"South America", "North America", "New Mexico"},
        ),
        ("en", "a patrol in the Indian Ocean off Mexico City", {"Indian Ocean", "Mexico City"}),
        ("es", "la minería sudamericana", {"South America"}),
        ("fr", "les marchés sud-américains", {"South America"}),
        ("pt", "os mercados sul-americanos", {"South America"}),
        ("ru", "страны Южной Америки", {"South America"}),
        ("zh", "印度洋巡航", {"Indian Ocean"}),
        ("zh", "马里兰州与马里乌波尔", {"Maryland", "Mariupol"}),
    ],
)
def test_a_region_is_not_the_country_in_its_name(language: str, text: str, expected: set[str]) -> None:
    assert places_in(language, text) == expected
