"""The language of a story: py3langid first, langdetect as the second opinion where the first is unsure, else ``und``.

Comes in: headline, body and the language that the provider declared. Goes out: a `Language`. The figures behind the choice
stand in docs/decisions.md. Never guesses: a two-word flash without a declared language is ``und``.
"""

from __future__ import annotations

import re
from functools import cache

from langdetect import DetectorFactory, LangDetectException, detect_langs
from py3langid.langid import LanguageIdentifier

from pipeline.enrich.loading import undisturbed
from pipeline.enrich.scripts import script_of
from pipeline.enrich.unpacked import load_identifier
from pipeline.story import Language

UNKNOWN = "und"
_SAMPLE_BYTES = 260
"""Accuracy is flat beyond some 50 words while the cost grows with every byte; headline and lead say enough."""
_FURTHER_BYTES = 100
_LONG = 1200
"""Letters from which a story is looked at once more further down, for a part in another language."""
_SURE = 0.7
_PLAUSIBLE = 0.3
"""Between plausible and sure the second opinion decides, and only by agreeing."""
_DECLARED_WEIGHT = 5.0
"""A provider's own word is worth several times the detector's, but not more than a clear text (quotes, wrong defaults)."""
_MIN_LETTERS, _MIN_IDEOGRAPHS = 15, 4
"""Fewer letters are names and interjections; single words defeat every detector (54 to 69% right)."""

# Varieties that ISO 639-1 has no code of its own for, and Nynorsk, which wires don't tell apart from Bokmål.
_FOLDED = {
    "arz": "ar",
    "ary": "ar",
    "wuu": "zh",
    "yue": "zh",
    "nn": "no",
    "nb": "no",
    "sdh": "ku",
    "zh-cn": "zh",
    "zh-tw": "zh",
}
_DARI = ("prs", "fa-af")
_SURE_OTHER = 0.95
_CONFUSED = frozenset(
    map(frozenset, (("no", "da"), ("no", "sv"), ("hr", "sr"), ("hr", "bs"), ("bs", "sr"), ("id", "ms"), ("cs", "sk"),
                    ("es", "gl"), ("pt", "gl"), ("es", "ca"), ("ru", "be"), ("uk", "be"), ("ru", "bg"), ("bg", "mk"),
                    ("az", "tr"), ("nl", "af"), ("fa", "ps"), ("hi", "ne"), ("hi", "mr"), ("zh", "ja")))
)  # fmt: skip
"""Neighbours that a detector mixes up in two sentences: no sign of a second language."""
_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|[@#]\w+|\d+")
_SIGNS_OF_NOISE = ("@", "#", "http", "www.")
_NUMBER = re.compile(r"\d+")
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LETTER = re.compile(r"[^\W\d_]")


def detect_language(headline: str, body: str, declared: str | None = None) -> Language:
    """The language of headline and body together; ``declared`` weighs in and is kept beside what was detected."""
    hint = _primary(declared)
    sample = _sample(headline, body)
    scores = _scores(sample, hint)
    best, confidence = max(scores.items(), key=lambda item: item[1], default=(UNKNOWN, 0.0))
    if _is_short(sample):
        known = hint is not None and scores.get(hint, 0.0) > 0.05
        best, confidence = (hint or UNKNOWN, scores.get(hint or "", 0.0)) if known else (UNKNOWN, 0.0)
    elif not (confidence >= _SURE or (confidence >= _PLAUSIBLE and best in (hint, _second_opinion(sample)))):
        best, confidence = UNKNOWN, 0.0
    script = script_of(best, sample)
    return Language(
        code=best,
        confidence=round(confidence, 3),
        declared=declared,
        script=script,
        tag=_tag(best, script, declared),
        others=_others(best, body),
    )


def _tag(code: str, script: str | None, declared: str | None) -> str | None:
    """What ISO 639-1 can't say: the script of a language with several, Dari where the provider says so."""
    if script is not None:
        return f"{code}-{script}"
    return "prs" if code == "fa" and (declared or "").lower().startswith(_DARI) else None


def _others(code: str, body: str) -> tuple[str, ...]:
    """The language of a later part, where it is surely another one: copy in two languages, a long quotation."""
    if len(body) < _LONG or code == UNKNOWN:
        return ()
    part = _cut(body[len(body) * 2 // 3 :], _FURTHER_BYTES)
    best, confidence = _identifier().classify(part)
    if _FOLDED.get(best, best) == code and confidence > 1.0 - _SURE_OTHER:
        return ()  # nearly always: then no other language is that sure, and they need no ranking
    best, confidence = max(_scores(part, None).items(), key=lambda item: item[1], default=(UNKNOWN, 0.0))
    apart = best != code and frozenset((best, code)) not in _CONFUSED
    return (best,) if apart and confidence >= _SURE_OTHER and not _is_short(part) else ()


def _primary(declared: str | None) -> str | None:
    """The primary language of a BCP 47 tag ("de-AT" is "de")."""
    if not declared:
        return None
    code = re.split("[-_]", declared.strip().lower())[0]
    return _FOLDED.get(code, code)


def _sample(headline: str, body: str) -> str:
    return _cut(f"{headline}\n{body[:_SAMPLE_BYTES]}", _SAMPLE_BYTES)


def _cut(text: str, size: int) -> str:
    text = text[: 2 * size]
    text = (_NOISE if any(sign in text for sign in _SIGNS_OF_NOISE) else _NUMBER).sub(" ", text)
    return text.encode()[:size].decode(errors="ignore").strip()


def _is_short(sample: str) -> bool:
    letters = len(_LETTER.findall(sample))
    return letters < _MIN_LETTERS and len(_IDEOGRAPH.findall(sample)) < _MIN_IDEOGRAPHS


def _scores(sample: str, hint: str | None) -> dict[str, float]:
    """The probability of each language, the declared one weighted, summing to 1; languages without a code left out."""
    scores: dict[str, float] = {}
    for code, score in _identifier().rank(sample):
        if score < 1e-4:
            break
        folded = _FOLDED.get(code, code)
        scores[folded] = scores.get(folded, 0.0) + float(score) * (_DECLARED_WEIGHT if folded == hint else 1.0)
    total = sum(scores.values())
    return {code: score / total for code, score in scores.items() if len(code) == 2}


@cache
@undisturbed()
def _identifier() -> LanguageIdentifier:
    return load_identifier()


def _second_opinion(sample: str) -> str:
    DetectorFactory.seed = 0  # without a seed langdetect answers differently each time
    try:
        code = str(detect_langs(sample)[0].lang)
    except LangDetectException:
        return UNKNOWN
    return _FOLDED.get(code, code)
