"""What Dateline knows of each language's words: how names are declined and what is joined before them.

One file per language holds one `Language`, with examples that are its test; `LANGUAGES` is the list. A language without
a file still gets its own name, countries and every name that stands undeclined. A walk: docs/adding/language.md.
"""

from __future__ import annotations

from pipeline.enrich.languages import ar, de, en, es, fa, fr, it, ja, nl, pl, pt, ru, tr, uk, zh
from pipeline.enrich.languages.language import Language

LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        ar.LANGUAGE,
        de.LANGUAGE,
        en.LANGUAGE,
        es.LANGUAGE,
        fa.LANGUAGE,
        fr.LANGUAGE,
        it.LANGUAGE,
        ja.LANGUAGE,
        nl.LANGUAGE,
        pl.LANGUAGE,
        pt.LANGUAGE,
        ru.LANGUAGE,
        tr.LANGUAGE,
        uk.LANGUAGE,
        zh.LANGUAGE,
    )
}
