"""The credits line at the end of a story: "(Reporting by A; Writing by B; Editing by C and D)", in many languages.

Comes in: a paragraph. Goes out: who did what, or nothing where the paragraph is no credits line. Labels are those that
agencies use; a person's name follows each.
"""

from __future__ import annotations

import re

from pipeline.story import Credit

LABELS = {
    "reporter": (
        *("reporting by", "additional reporting by", "reporter", "reporters", "reported by"),
        *("berichterstatter", "berichterstatterin", "berichterstattung", "bericht von", "reporterin", "bericht"),
        *("reportage de", "reportage par", "reportage", "avec", "informations de"),
        *("reporte de", "reporte por", "información de", "reportaje de", "reportado por", "con información de"),
        *("servizio di", "reportage di", "a cura di", "reportagem de", "reportagem por", "reportagem"),
        *(
            "verslaggeving",
            "verslaggeving door",
            "relacja",
            "репортаж",
            "корреспондент",
            "корреспонденты",
            "подготовил",
        ),
        *(
            "подготовила",
            "репортер",
            "репортёр",
            "кореспондент",
            "кореспонденти",
            "підготував",
            "підготувала",
            "репортер",
        ),
        *(
            "إعداد",
            "تغطية",
            "تقرير",
            "گزارش",
            "گزارشگر",
            "گزارش از",
            "haber",
            "muhabir",
            "haberi yapan",
            "haberleştiren",
        ),
        *("记者", "報道", "報道記者", "记者报道", "報道：", "采访", "取材", "記者"),
    ),
    "writer": (
        *(
            "writing by",
            "written by",
            "writer",
            "autor",
            "autorin",
            "autoren",
            "geschrieben von",
            "verfasst von",
            "text",
        ),
        *("rédigé par", "rédaction", "écrit par", "version française", "redactado por", "escrito por", "redacción"),
        *("scritto da", "redazione", "testo di", "escrito por", "redação", "texto de", "geschreven door", "tekst"),
        *(
            "автор",
            "авторы",
            "написал",
            "написала",
            "текст",
            "автори",
            "написав",
            "كتابة",
            "تحرير النص",
            "نویسنده",
            "نگارش",
        ),
        *("yazan", "metin", "撰稿", "撰写", "执笔", "執筆", "文"),
    ),
    "editor": (
        *("editing by", "edited by", "editor", "editors", "redakteur", "redakteurin", "redakteure", "redaktion"),
        *(
            "redigiert von",
            "bearbeitet von",
            "édité par",
            "edité par",
            "édition",
            "editado por",
            "edición de",
            "edición",
        ),
        *(
            "a cura della redazione",
            "editing di",
            "modificato da",
            "revisione di",
            "edição de",
            "edição",
            "editado por",
        ),
        *(
            "redactie",
            "redigował",
            "redakcja",
            "редактор",
            "редакторы",
            "редактировал",
            "редактировала",
            "под редакцией",
        ),
        *(
            "редактори",
            "відредагував",
            "відредагувала",
            "редагування",
            "تحرير",
            "تدقيق",
            "ویرایش",
            "ویراستار",
            "editör",
        ),
        *("düzenleyen", "editörler", "编辑", "責任編集", "编审", "編集", "审校", "責編"),
    ),
    "translator": (
        *(
            "translation by",
            "translated by",
            "übersetzung",
            "übersetzt von",
            "traduit par",
            "traduction",
            "traducido por",
        ),
        *("traducción", "tradotto da", "traduzione", "traduzido por", "tradução", "vertaling", "перевод", "перевел"),
        *("переклад", "переклав", "ترجمة", "ترجمه", "çeviri", "çeviren", "翻译", "翻訳"),
    ),
}
"""Role to labels, lower case."""

_ROLE_OF = {label: role for role, labels in LABELS.items() for label in labels}
_LABEL = re.compile(
    r"(?:^|(?<=[;.,。；،؛|(（\s]))("
    + "|".join(re.escape(label) for label in sorted(_ROLE_OF, key=len, reverse=True))
    + r")\s*[:：]?\s+|"
    r"(" + "|".join(re.escape(label) for label in sorted(_ROLE_OF, key=len, reverse=True)) + r")\s*[:：]\s*",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"^[(（\[［【](.*)[)）\]］】][.。]?$", re.DOTALL)
_AND = re.compile(r"\s*(?:[,、،;；/]|\s(?:and|und|et|y|e|i|ve|и|та|і|&)\s|\sو\s?|和|及)\s*")
_WHERE = re.compile(r"\s(?:in|à|en|em|a|w|в|у|aus|from)\s+[^\W\d_].*$")
_NAME = re.compile(r"^[^\W\d_][\w'’.·‧・\- ]{1,60}$")
_MAX_LETTERS = 600


def parse_credits(paragraph: str) -> tuple[Credit, ...]:
    """The credits in a paragraph in brackets; empty where it is something else."""
    inside = _BRACKETS.match(paragraph.strip())
    if inside is None or len(paragraph) > _MAX_LETTERS:
        return ()
    text = " ".join(inside[1].split())
    labels = list(_LABEL.finditer(text))
    if not labels or labels[0].start() != 0:
        return ()
    ends = [label.start() for label in labels[1:]] + [len(text)]
    return tuple(
        Credit(role=_ROLE_OF[(label[1] or label[2]).lower()], name=name)
        for label, end in zip(labels, ends, strict=True)
        for name in _names(text[label.end() : end])
    )


def _names(text: str) -> list[str]:
    """The names in what follows a label."""
    found = (_WHERE.sub("", part.strip(" .;,。；،؛:：|")) for part in _AND.split(text.strip(" .;,。；،؛|")))
    return [name for name in found if _NAME.match(name) and not name[0].islower()]
