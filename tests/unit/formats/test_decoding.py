"""Character sets: what is declared, what is guessed, what is refused."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Reject
from pipeline.formats.decoding import charset_of, decode
from pipeline.formats.raw import RawCopy

RUSSIAN = (
    "Стороны договорились встретиться снова в первой декаде декабря, сообщил во вторник представитель министерства."
)
UKRAINIAN = "Міністри домовилися зустрітися знову в першій декаді грудня, повідомив у вівторок речник її уряду."
ARABIC = "اتفق الجانبان على عقد جولة جديدة من المحادثات في العاصمة قبل نهاية الشهر المقبل، كما أعلن المتحدث اليوم."
GREEK = "Οι δύο πλευρές συμφώνησαν να συναντηθούν ξανά τον Δεκέμβριο, δήλωσε την Τρίτη ο εκπρόσωπος της κυβέρνησης."
HEBREW = "שני הצדדים הסכימו להיפגש שוב בחודש הבא כדי לדון בהסכם, כך מסר ביום שלישי דובר המשרד בירושלים."
POLISH = (
    "Obie strony zgodziły się spotkać ponownie w grudniu, poinformował we wtorek rzecznik rządu, który się śpieszył."
)
CZECH = (
    "Obě strany se dohodly, že se v prosinci znovu sejdou, řekl v úterý mluvčí vlády, který spěchal na příští schůzku."
)
TURKISH = (
    "İki taraf aralık ayında yeniden görüşmek üzere anlaştı, diye konuştu salı günü hükümetin sözcüsü. Çağrı geldi."
)
GERMAN = (
    "Beide Seiten wollen sich im Dezember wieder treffen, kündigte die Außenministerin am Dienstag in Köln früh an."
)
FRENCH = "Les deux parties ont décidé de se réunir à nouveau en décembre, a déclaré mardi le porte-parole du ministère."
SPANISH = (
    "Las dos partes acordaron reunirse otra vez en diciembre, según anunció el martes la portavoz del Gobierno español."
)
CHINESE = "双方同意在十二月再次举行会谈，外交部发言人星期二在例行记者会上表示。会谈将在首都举行。"
TAIWANESE = "雙方同意在十二月再次舉行會談，外交部發言人星期二在例行記者會上表示。會談將在首都舉行。"
JAPANESE = "双方は十二月に再び会談することで合意したと、外務省の報道官が火曜日の記者会見で明らかにした。"
KOREAN = "양측은 십이월에 다시 회담을 열기로 합의했다고 외교부 대변인이 화요일 정례 기자회견에서 밝혔다."


@pytest.mark.parametrize(
    ("text", "charset", "name"),
    [
        (RUSSIAN, "cp1251", "Windows-1251"),
        (RUSSIAN, "koi8-r", "KOI8-R"),
        (RUSSIAN, "iso8859-5", "ISO-8859-5"),
        (RUSSIAN, "cp866", "DOS 866"),
        (UKRAINIAN, "cp1251", "Windows-1251"),
        (UKRAINIAN, "koi8-u", "KOI8-U"),
        (ARABIC, "cp1256", "Windows-1256"),
        (GREEK, "cp1253", "Windows-1253"),
        (HEBREW, "cp1255", "Windows-1255"),
        (POLISH, "cp1250", "Windows-1250"),
        (POLISH, "iso8859-2", "ISO-8859-2"),
        (CZECH, "cp1250", "Windows-1250"),
        (TURKISH, "cp1254", "Windows-1254"),
        (GERMAN, "cp1252", "Windows-1252"),
        (GERMAN, "cp850", "DOS 850"),
        (FRENCH, "cp1252", "Windows-1252"),
        (SPANISH, "cp1252", "Windows-1252"),
        (CHINESE, "gb18030", "GB18030"),
        (TAIWANESE, "big5", "Big5"),
        (JAPANESE, "shift_jis", "Shift-JIS"),
        (JAPANESE, "euc_jp", "EUC-JP"),
        (KOREAN, "euc_kr", "EUC-KR"),
    ],
)
def test_undeclared_copy_is_read_right_with_a_note(text: str, charset: str, name: str) -> None:
    notes: list[str] = []
    assert decode(text.encode(charset), None, notes) == text
    assert len(notes) == 1
    assert name[:5] in notes[0]


def test_what_needs_no_guess_gets_no_note() -> None:
    for value in (RUSSIAN.encode(), b"plain", "€".encode(), "\ufeffx".encode(), JAPANESE.encode("iso2022_jp")):
        notes: list[str] = []
        decode(value, None, notes)
        assert notes == []
    assert decode(JAPANESE.encode("iso2022_jp"), None, []) == JAPANESE


@pytest.mark.parametrize(
    "text",
    ["café", "Grüße", "Müller tritt ab", "El niño llegó", "non è «vero»", "“Quotes” — and a dash", "naïve", "5 € mehr"],
)
def test_a_few_accents_are_western(text: str) -> None:
    assert decode(text.encode("cp1252"), None, []) == text


def test_latin_1_is_what_many_declare_whatever_they_send() -> None:
    notes: list[str] = []
    assert decode(RUSSIAN.encode("cp1251"), "iso-8859-1", notes) == RUSSIAN
    assert notes == ["declared as Western, read as Windows-1251"]
    assert decode(GERMAN.encode("cp1252"), "iso-8859-1", notes) == GERMAN
    assert len(notes) == 1


def test_noise_is_refused() -> None:
    noise = random.Random(7)
    for size in (60, 400, 5000):
        for letters in (range(256), [*range(32, 127), *range(160, 256)]):
            with pytest.raises(Reject) as error:
                decode(bytes(noise.choice(letters) for _ in range(size)), None, [])
            assert "charset" in error.value.reason


@pytest.mark.parametrize(
    ("charset", "copy", "text"),
    [
        ("DIN_66003", "K|ln, Stra~e, [rger, ]bel", "Köln, Straße, Ärger, Übel"),
        ("iso646-de", "Gr}~e", "Grüße"),
        ("NF_Z_62-010", "d{j@ vu", "déjà vu"),
        ("SEN_850200_B", "Malm| ]r", "Malmö År"),
        ("ISO646-NO", "Troms|", "Tromsø"),
        ("ISO646-ES", "Espa|a", "España"),
    ],
)
def test_national_variants_of_seven_bits_only_where_declared(charset: str, copy: str, text: str) -> None:
    assert decode(copy.encode(), charset, []) == text
    assert decode(copy.encode(), None, []) == copy


def test_copy_cut_off_within_a_character_loses_only_that() -> None:
    assert decode(CHINESE.encode("gb18030")[:-1], None, []) == CHINESE[:-1]


def test_the_table_of_providers_says_the_character_set() -> None:
    now = datetime(2026, 11, 18, tzinfo=UTC)
    raw = RawCopy(value=b"", received=now)
    assert charset_of(raw, "Xinhua") == "gb18030"
    assert charset_of(RawCopy(value=b"", received=now, providers=("xinhua",))) == "gb18030"
    assert charset_of(RawCopy(value=b"", received=now, content_type="text/plain; charset=big5"), "Xinhua") == "big5"
    assert charset_of(raw) is None
    assert charset_of(RawCopy(value=b"", received=now, providers=("afp",)), "Xinhua") is None


@given(st.binary(max_size=400), st.sampled_from([None, "cp1252", "gb18030", "iso646-de", "hz", "utf-16", "nonsense"]))
def test_never_raises_anything_but_a_reject(value: bytes, declared: str | None) -> None:
    with suppress(Reject):
        assert isinstance(decode(value, declared, []), str)
