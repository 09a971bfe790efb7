"""What an editor marks in words: leads, updates, corrections, kills, in slugline and headline.

Comes in: slugline and headline as they came. Goes out: the signals that the marks stand for, the number of the lead, and
both lines without their marks, which is what versions of one story share. A mark stands where marks stand (before a dash or
colon, in brackets, behind the comma of a slugline), so that "Rebels kill twelve" is news and "KILL: Rebels" is a kill.
Markers: AP and Reuters style guides, dpa's and AFP's format descriptions; other languages by their agencies' usage.
"""

from __future__ import annotations

import re
from typing import NamedTuple

CORRECTION, KILL, UPDATE, REPEAT, ADVISORY = "correction", "kill", "update", "repeat", "advisory"

ALONE = ("WITHDRAWN", "ELIMINAR", "ANULAR", "АННУЛИРОВАНИЕ", "ANNULATION", "RÜCKZUG", "İPTAL")
"""Marks of a kill only in brackets or as the whole line: before a colon they are as likely the first word of news."""

_WORDS: dict[str, tuple[str, ...]] = {
    CORRECTION: (
        "CORRECTED", "CORRECTION", "CORRECTS", "CORRECTIVE", "KORR", "KORREKTUR", "KORRIGIERT", "KORRIGIERTE FASSUNG",
        "BERICHTIGUNG", "BERICHTIGT", "RECTIFICATIF", "RECTIFICATION", "RECTIFIE", "RECTIFIÉ", "CORRIGÉ",
        "ANNULE ET REMPLACE", "CORRECCIÓN", "CORRECCION", "CORRIGE", "RECTIFICACIÓN", "CORREZIONE", "RETTIFICA", "CORREÇÃO",
        "CORRIGIDA", "RECTIFICAÇÃO", "ИСПРАВЛЕНИЕ", "ИСПРАВЛЕНО", "ИСПРАВЛЕННАЯ ВЕРСИЯ", "УТОЧНЕНИЕ", "ВИПРАВЛЕННЯ",
        "ВИПРАВЛЕНО", "УТОЧНЕННЯ", "DÜZELTME", "DÜZELTİLMİŞ", "CORRECTIE", "SPROSTOWANIE", "KOREKTA", "تصحيح", "تصویب",
        "VERSIÓN CORREGIDA", "КОРРЕКЦИЯ", "اصلاحیه", "更正", "訂正", "정정",
    ),
    # Only what can't be the first word of news: "RÜCKZUG", "WITHDRAWAL" and "ANNULATION" are, in a headline in capitals.
    KILL: (
        "KILL", "BULLETIN KILL", "MANDATORY KILL", "KILL NOTICE", "KILL ADVISORY", "STORY KILL", "STORY KILLED", "KILL STORY",
        "BULLETIN ELIMINATION", "KILL/ELIM", "STORY WITHDRAWN", "STORY WITHDRAWAL", "WITHDRAWAL NOTICE", "ZURÜCKGEZOGEN", "MELDUNG ZURÜCKGEZOGEN",
        "DÉPÊCHE ANNULÉE", "DEPECHE ANNULEE", "NOTICIA ANULADA", "DESPACHO ANULADO", "NOTIZIA ANNULLATA", "NOTÍCIA ANULADA",
        "СООБЩЕНИЕ АННУЛИРОВАНО", "АННУЛИРУЕТСЯ", "НОВОСТЬ АННУЛИРОВАНА", "ПОВІДОМЛЕННЯ АНУЛЬОВАНО", "HABER İPTALİ",
        "DEPESZA ANULOWANA", "إلغاء خبر", "سحب خبر", "撤稿", "記事取り消し", "配信取り消し",
        *ALONE,
    ),
    UPDATE: (
        "UPDATE", "UPDATED", "UPDATES", "RECASTS", "LEAD", "LD", "WRITETHRU", "LD-WRITETHRU", "LEAD UPDATE", "LEADALL", "SUB", "ZUSAMMENFASSUNG", "NEU",
        "NEUE FASSUNG", "AKTUALISIERT", "AKTUALISIERUNG", "ÜBERARBEITET", "ACTUALISATION", "ACTUALISÉ", "ACTUALIZACIÓN", "ACTUALIZA", "AMPLIACIÓN",
        "AGGIORNAMENTO", "ATUALIZAÇÃO", "ATUALIZADA", "ДОПОЛНЕНО", "РАСШИРЕННАЯ ВЕРСИЯ", "ОНОВЛЕНО", "تحديث", "更新",
    ),
    REPEAT: ("REPEAT", "REPEATING", "REPEATS", "RPT", "WIEDERHOLUNG", "RÉPÉTITION", "REPETICIÓN", "ПОВТОР", "REFILE", "REFILED", "REMETTRE", "مكرر", "إعادة", "再送"),
    ADVISORY: ("ADVISORY", "ACHTUNG", "ACHTUNG REDAKTIONEN", "AVIS", "AVISO", "AVVISO", "تنبيه"),
}  # fmt: skip
_SIGNALS = {word: signal for signal, words in _WORDS.items() for word in words}
_ANY = "|".join(re.escape(word) for word in sorted(_SIGNALS, key=len, reverse=True))
_ORDINAL = r"(?:\d{1,2}(?:st|nd|rd|th|\.|er|e|º)?\s?)?"
_NUMBER = r"(?:\s?[-#]?\s?\d{1,2})?"
_MARK = rf"{_ORDINAL}(?:{_ANY}){_NUMBER}"
_EDGES = " \t-–—:,/()[]【】（）*"
# "CORRECTED-", "KORR:", "(Korrektur) ", "UPDATE 2-", "1st Ld-Writethru, "
_BEFORE = re.compile(
    rf"\s*(?:[(\[（【]\s?({_MARK}(?:\s?[,;/-]\s?{_MARK})*)\s?[)\]）】]\s?[:-]?|({_MARK}(?:\s?[,/-]\s?{_MARK})*)\s?(?:[:：–—]|-(?!\w*\s\w)|-(?=[^\W\d_])|(?<=\d)\s-\s|\s-\s))\s*",
    re.IGNORECASE,
)
# "(UPDATE 1, PIX, CORRECTED)" and ", 1st Ld-Writethru" at the end
_BRACKETS_AT_END = re.compile(r"\s*[(\[（]([^()\[\]（）]{1,60})[)\]）]\s*$")
_AFTER_COMMA = re.compile(rf"\s*[,，]\s*({_MARK}(?:\s?[,/-]\s?{_MARK})*)\s*$", re.IGNORECASE)
_AFTER_DASH = re.compile(rf"\s?[-–/]\s?({_MARK})\s*$")
_ONLY = re.compile(rf"\s*{_MARK}(?:\s{{1,3}}{_MARK}){{0,4}}\s*", re.IGNORECASE)
_ONE = re.compile(rf"({_ORDINAL})({_ANY})({_NUMBER})(?!\w)", re.IGNORECASE)
_REPORT = re.compile(r"\s*korr-?bericht", re.IGNORECASE)
"""dpa's Korrespondentenbericht, a report by a correspondent, is no correction."""
_FIGURE = re.compile(r"\d{1,2}")


class Marks(NamedTuple):
    """What the marks say, and the lines without them. ``lead``: 2 for "2nd Ld", None without a number."""

    signals: tuple[str, ...]
    lead: int | None
    slugline: str
    headline: str


def read_marks(slugline: str | None, headline: str) -> Marks:
    """The marks of a story."""
    found: list[tuple[str, int | None]] = []
    slug = _strip(slugline or "", found, slug=True)
    head = _strip(headline, found, slug=False)
    leads = [number for signal, number in found if number and signal == UPDATE]
    return Marks(tuple(dict.fromkeys(signal for signal, _ in found)), max(leads, default=None), slug, head)


def _strip(line: str, found: list[tuple[str, int | None]], *, slug: bool) -> str:
    """The line without the marks at its ends, which are noted in ``found``."""
    if not line or line.islower() or _REPORT.match(line):
        return line
    if _ONLY.fullmatch(line) and _is_loud(line, slug):
        return "" if _note(line, found) else line
    while (mark := _BEFORE.match(line)) and _is_loud(mark[1] or mark[2], slug or bool(mark[1])):
        if mark[2] and mark[2].strip().upper() in ALONE:
            break
        _note(mark[1] or mark[2], found)
        line = line[mark.end() :]
    while mark := _at_end(line, slug):
        if not _note(mark[1], found):
            break
        line = line[: mark.start()]
    return line.strip(_EDGES) if found else line


def _at_end(line: str, slug: bool) -> re.Match[str] | None:
    bracketed = _BRACKETS_AT_END.search(line)
    if bracketed and any(_ONLY.fullmatch(part) for part in re.split("[,;/]", bracketed[1])):
        return bracketed
    return (_AFTER_COMMA.search(line) or _AFTER_DASH.search(line)) if slug else None


def _is_loud(mark: str, lenient: bool) -> bool:
    """Whether the word is written as a mark: capitals where the script has them, or a whole phrase in a slugline."""
    letters = [letter for letter in mark if letter.isalpha()]
    if all(not letter.islower() for letter in letters):
        return True
    quiet = mark.strip()
    return lenient or " " in quiet or quiet[:1].isdigit() or _SIGNALS.get(quiet.upper()) == CORRECTION


def _note(mark: str, found: list[tuple[str, int | None]]) -> bool:
    """Notes each mark of a list of them; what stands beside them in brackets (PIX, VIDEO) is no matter."""
    before = len(found)
    for part in re.split(r"[,;/]|(?<=\w)-(?=\w)|(?<=KILL) (?=KILL)|(?<=RPT) (?=RPT)", mark):
        if one := _ONE.fullmatch(part.strip()):
            figure = _FIGURE.search(one[1]) or _FIGURE.search(one[3])
            found.append((_SIGNALS[one[2].upper()], int(figure[0]) if figure else None))
    if len(found) == before and (one := _ONE.fullmatch(mark.strip())):
        figure = _FIGURE.search(one[1]) or _FIGURE.search(one[3])
        found.append((_SIGNALS[one[2].upper()], int(figure[0]) if figure else None))
    return len(found) > before
