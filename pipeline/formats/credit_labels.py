"""How credits lines name the roles, language by language; data alone.

A label may be followed by a connector ("by", "von", a colon). Longer labels win over shorter ones, so "additional reporting"
may stand beside "reporting". Order and case don't matter.
"""

from __future__ import annotations


def _labels(text: str) -> tuple[str, ...]:
    return tuple(label.strip() for label in text.split(","))


LABELS: dict[str, dict[str, tuple[str, ...]]] = {
    "reporter": {
        "de": _labels("Berichterstatter, Berichterstatterin, Berichterstatterinnen, Berichterstattung, Bericht, Berichte, "
                      "Reporter, Reporterin, Mitarbeit, unter Mitarbeit, weitere Berichte, Korrespondent, Korrespondentin"),
        "en": _labels("reporting, additional reporting, reporter, reporters, reported, reporting and writing, correspondent"),
        "fr": _labels("reportage, reporter, journaliste, journalistes, avec, correspondant, correspondante, reportages"),
        "es": _labels("reporte, reportes, reporte adicional, reportero, reportera, reporteros, información, reportaje, "
                      "con información, periodista, reportado"),
        "it": _labels("reportage, servizio, cronista, giornalista, giornalisti, corrispondente, inviato, inviata, reporter"),
        "pt": _labels("reportagem, reportagem adicional, repórter, repórteres, jornalista"),
        "nl": _labels("verslaggeving, verslaggever, verslaggevers, verslaggeefster, verslag, aanvullende verslaggeving, bijdrage, "
                      "bijdragen, met medewerking, medewerking, correspondent, correspondente, correspondenten"),
        "pl": _labels("relacja, reporter, reporterka, reporterzy, korespondent, korespondentka, korespondenci, relacjonował, "
                      "relacjonowała, relacjonowali, współpraca, dziennikarz, dziennikarka"),
        "ru": _labels("репортаж, репортёр, репортер, репортеры, репортёры, корреспондент, корреспонденты, при участии, "
                      "журналист, сообщил, сообщила"),
        "uk": _labels("репортаж, репортер, репортери, репортерка, кореспондент, кореспонденти, кореспондентка, за участі, "
                      "журналіст, журналістка"),
        "ar": _labels("تغطية صحفية, تغطية, تقرير, مراسل, المراسل, مراسلة, مراسلون, شارك في التغطية, إعداد, اعداد, الصحفي, تغطية إضافية"),
        "zh": _labels("记者, 記者, 报道, 報道, 報導, 采访, 採訪, 撰稿记者, 采写, 补充报道"),
        "fa": _labels("گزارش, گزارشگر, گزارشگران, خبرنگار, خبرنگاران, گزارش تکمیلی"),
        "tr": _labels("haber, muhabir, muhabirler, haberi yapan, ek haber, raporlayan, haberi hazırlayan"),
        "ja": _labels("取材, 記者, 取材記者, 報告, リポート, 取材協力"),
    },
    "writer": {
        "de": _labels("Autor, Autorin, Autoren, Autorinnen, geschrieben, verfasst, Verfasser, Verfasserin, Text"),
        "en": _labels("writing, writer, writers, written, author, authors, text, compiled"),
        "fr": _labels("rédigé, rédaction, écrit, auteur, auteure, autrice, auteurs, texte"),
        "es": _labels("escrito, redacción, redactado, autor, autora, autores, texto, redactor, redactora"),
        "it": _labels("scritto, autore, autrice, autori, testo, redatto, stesura"),
        "pt": _labels("escrito, redação, redacção, autor, autora, autores, texto, redigido"),
        "nl": _labels("schrijver, schrijvers, geschreven, auteur, auteurs, tekst"),
        "pl": _labels("autor, autorka, autorzy, tekst, napisał, napisała, napisali, opracował, opracowała, opracowali, opracowanie, "
                      "przygotował, przygotowała, przygotowali"),
        "ru": _labels("автор, авторы, текст, написал, написала, подготовил, подготовила, подготовили"),
        "uk": _labels("автор, авторка, автори, текст, написав, написала, підготував, підготувала, підготували"),
        "ar": _labels("كتابة, كاتب, الكاتب, الكاتبة, نص, بقلم"),
        "zh": _labels("作者, 撰文, 撰稿, 执笔, 執筆, 撰写, 文字"),
        "fa": _labels("نویسنده, نویسندگان, نگارش, نوشته, متن"),
        "tr": _labels("yazan, yazar, yazarlar, yazarı, metin, haberi yazan, kaleme alan"),
        "ja": _labels("執筆, 文, 著者, 筆者, 作成"),
    },
    "editor": {
        "de": _labels("Redakteur, Redakteurin, Redakteure, Redakteurinnen, Redaktion, redigiert, bearbeitet, Bearbeitung, "
                      "Schlussredaktion, Redigatur"),
        "en": _labels("editing, editor, editors, edited, additional editing"),
        "fr": _labels("édité, éditeur, éditeurs, éditrice, édition, rédacteur en chef, rédacteur, rédactrice, rédacteurs, "
                      "relecture, relu"),
        "es": _labels("editado, edición, editor, editora, editores, edición de textos"),
        "it": _labels("editing, a cura, redattore, redattrice, redattori, curato, redazione, revisione"),
        "pt": _labels("edição, editado, editor, editora, editores"),
        "nl": _labels("redactie, redacteur, redacteuren, redactrice, bewerkt, bewerking, geredigeerd, eindredactie, "
                      "eindredacteur"),
        "pl": _labels("redakcja, redaktor, redaktorka, redaktorzy, redagował, redagowała, redagowali, zredagował, "
                      "zredagowała, pod redakcją, edycja"),
        "ru": _labels("редактор, редакторы, редактура, редактирование, под редакцией, отредактировал, отредактировала, "
                      "редакция"),
        "uk": _labels("редактор, редактори, редакторка, редагування, за редакцією, відредагував, відредагувала, редакція"),
        "ar": _labels("تحرير, محرر, المحرر, المحررون, المحرران, محررون, مراجعة, تدقيق"),
        "zh": _labels("编辑, 編輯, 责任编辑, 責任編輯, 责编, 審校, 审校, 校对, 校對, 审稿"),
        "fa": _labels("ویراستار, ویراستاران, ویرایش, سردبیر, تدوین, دبیر"),
        "tr": _labels("editör, editörler, editörü, düzenleyen, redaksiyon, yayına hazırlayan, redaktör"),
        "ja": _labels("編集, 編集者, 校閲, デスク, 校正"),
    },
    "translator": {
        "de": _labels("Übersetzer, Übersetzerin, Übersetzung, übersetzt, Übersetzt"),
        "en": _labels("translation, translator, translators, translated, translating"),
        "fr": _labels("traduction, traducteur, traductrice, traduit, version française"),
        "es": _labels("traducción, traductor, traductora, traducido"),
        "it": _labels("traduzione, traduttore, traduttrice, tradotto"),
        "pt": _labels("tradução, tradutor, tradutora, traduzido"),
        "nl": _labels("vertaling, vertaler, vertalers, vertaalster, vertaald"),
        "pl": _labels("tłumaczenie, tłumacz, tłumaczka, tłumacze, przekład, tłumaczył, tłumaczyła, przetłumaczył, "
                      "przetłumaczyła"),
        "ru": _labels("перевод, переводчик, переводчики, перевёл, перевел, перевела"),
        "uk": _labels("переклад, перекладач, перекладачка, переклав, переклала"),
        "ar": _labels("ترجمة, مترجم, المترجم, ترجمها"),
        "zh": _labels("翻译, 翻譯, 编译, 編譯, 译者, 譯者"),
        "fa": _labels("ترجمه, مترجم, مترجمان, برگردان"),
        "tr": _labels("çeviri, çeviren, çevirmen, tercüme, çevirenler"),
        "ja": _labels("翻訳, 訳, 翻訳者"),
    },
}  # fmt: skip

CONNECTORS = _labels(
    "by, from, von, durch, par, de, du, por, do, da, di, del, della, door, van, przez, من, از, توسط, bei"
)
"""What may stand between a label and the names."""

WEAK_LABELS = _labels("by, von, par, por, di, door")
"""Open the line for its first name, but make no credits line by themselves: "(von Beobachtern)" is text."""
