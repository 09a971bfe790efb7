"""Capitals that stand for their government: "Moscow said", "Pekin yönetimi", قالت واشنطن.

Comes in: the entities of a story. Goes out: the same; a city of the gazetteer that acts as only a government can, at one of
its mentions at least, has the role "government". It keeps its own id, so a search for the place still finds the story.
"""

from __future__ import annotations

import re
from functools import cache

import msgspec

from pipeline.enrich.entities.gazetteer import CITIES_FILE, entries
from pipeline.story import Entity, Story

GOVERNMENT = "government"
_REACH = 40
"""Letters beside a mention in which its verb stands."""

# What a government does, as stems; the word stands right behind the city, an auxiliary or an adverb in between at most.
_BEHIND = {
    "en": "said says warn accus announc den[iy] reject demand insist impos condemn promis threaten refus agree vow pledg summon "
    "expel retaliat welcom urg respond signal hopes fears wants considers seeks denounc dismiss lift recall back",
    "de": "sagte sagt warf wirft warnt kündigt erklär beschuldig weist wies lehnt forder droh verurteil reagier begrüß will "
    "wollte besteht bestand sieht sprach spricht nannte nennt setzt verhäng hofft dementier",
    "fr": "a_annoncé a_accusé a_averti a_dénoncé a_rejeté a_condamné a_menacé a_exigé a_demandé a_salué a_appelé a_imposé "
    "accuse annonce dénonce rejette condamne menace exige demande réclame refuse estime juge affirme dément veut espère assure",
    "es": "dijo acus anunci advirt denunci rechaz conden amenaz exig pid respond afirm asegur celebr impuso impon niega negó "
    "quiere espera consider calific",
    "it": "ha_detto ha_accusato ha_annunciato ha_avvertito ha_denunciato ha_respinto ha_condannato ha_minacciato ha_chiesto "
    "accusa annuncia avverte denuncia respinge condanna minaccia chiede replica risponde parla vuole spera nega ritiene",
    "pt": "disse acus anunci advert denunci rejeit conden ameaç exig ped respond afirm garant saud impôs nega negou quer espera "
    "consider prometeu promete classific",
    "nl": "zei zegt waarschuw beschuldig kondig wijst wees verwerpt eist dreig veroordeel reageer verwelkom wil ontken spreekt "
    "sprak noemt noemde hoopt vindt",
    "pl": "oświadcz ogłos oskarż ostrzeg zapowiedzi odrzuc potępi zażąda żąda grozi odpowiedzi zareag chce zaprzecz uznał uznaje "
    "skrytyk wezwał wzywa twierdz liczy",
    "ru": "заяв сообщ обвин предупре объяв отверг осуд потреб требует пригроз угрож ответ отреаг хочет отриц опроверг назвал "
    "считает призва настаив рассчит ввел ввела выразил",
    "uk": "заяв повідом звинува попере оголос відки засуд вимага погрож відпові відреаг хоче запереч спросту назва вважа "
    "заклик наполяг запрова вислов",
    "ar": "تقول ترفض تتهم تدين تنفي تؤكد تعتبر تطالب تحذر ترى تهدد",
    "fa": "گفت می‌گوید اعلام هشدار متهم رد_کرد محکوم تهدید تأکید تاکید خواستار تکذیب می‌خواهد",
    "tr": "yönetimi hükümeti açıkladı duyurdu uyardı suçladı reddetti kınadı istiyor karşı_çıktı yanıt 'dan_tepki 'den_tepki "
    "'dan_açıklama 'den_açıklama 'tan_tepki 'ten_tepki 'tan_açıklama 'ten_açıklama",
    "zh": "方面 当局 當局 政府 说 表示 称 宣布 警告 指责 谴责 批评 回应 要求 拒绝 认为 敦促 否认 呼吁 威胁 对此 坚称",
    "ja": "側 当局 政府 指導部 政権 は反発 は批判 は非難 は警告 は否定 は主張 は歓迎 は拒否 は要求 が反発 が批判 が発表",
}
# The same before the city, in languages whose verb may go first.
_BEFORE = {
    "ru": "заявил сообщил предупредил ответил считают отметили",
    "uk": "заявил повідомил попередил відповіл вважають",
    "ar": "قالت أعلنت اتهمت نددت رفضت دعت حذرت أكدت نفت هددت طالبت أدانت اعتبرت ردت فرضت رحبت تتهم تقول تنفي تؤكد ترفض",
    "es": "dijo anunció advirtió aseguró",
    "pt": "disse anunciou advertiu",
}
_BETWEEN = {"zh": r"", "ja": r""}
"""What may stand between city and verb; elsewhere a space and up to one short word (has, отношения не …)."""


def with_roles(entities: tuple[Entity, ...], story: Story) -> tuple[Entity, ...]:
    """The entities, those cities that act as governments with their role."""
    code = story.language.code
    if code not in _BEHIND:
        return entities
    return tuple(
        msgspec.structs.replace(entity, role=GOVERNMENT)
        if entity.id in _cities() and _acts(entity, story, code)
        else entity
        for entity in entities
    )


def _acts(entity: Entity, story: Story, code: str) -> bool:
    behind, before = _patterns(code)
    for mention in entity.mentions:
        text = getattr(story, mention.field)
        if behind.match(text[mention.end : mention.end + _REACH]):
            return True
        if before and before.search(text[max(0, mention.start - _REACH) : mention.start]):
            return True
    return False


@cache
def _cities() -> frozenset[str]:
    return frozenset(entry.id for entry in entries() if entry.source_file == CITIES_FILE)


@cache
def _patterns(code: str) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    between = _BETWEEN.get(code, r"(?:['’]\w{1,4})?(?: \w{1,4})? ")
    suffixed = [stem for stem in _BEHIND[code].split() if stem.startswith("'")]
    plain = [stem for stem in _BEHIND[code].split() if not stem.startswith("'")]
    forms = [between + "(?:" + "|".join(stem.replace("_", " ") for stem in plain) + ")"]
    forms += [stem.replace("_", " ").replace("'", "['’]") for stem in suffixed]
    behind = re.compile("|".join(forms))
    if code not in _BEFORE:
        return behind, None
    stems = "|".join(_BEFORE[code].split())
    return behind, re.compile(rf"(?<!\w)\w?(?:{stems})\w{{0,2}} $")
