"""Names as screening compares them: words, in Latin letters, without what writers add, leave off or spell at will.

Comes in: a name or a word of a text, in any script with letters for sounds. Goes out: its plain form ("Усманова" → "usmanova"), and
a key under which all spellings of a word meet (its consonants, those that sound alike as one). Never decides what matches.
"""

from __future__ import annotations

import re
from functools import lru_cache

from anyascii import anyascii

_WORD = re.compile(r"[^\W_]+(?:['’ʼ`][^\W_]+)?")
_LETTERS = re.compile("[^a-z0-9]+")
# What sounds alike across the usual romanisations (BGN/PCGN, ISO 9, the lists' own), longest first. Vowels go, but for a first one.
_ALIKE = (
    ("shch", "s"), ("sch", "s"), ("tsch", "s"), ("tch", "s"), ("kh", "h"), ("gh", "g"), ("ph", "f"), ("sh", "s"), ("ch", "s"),
    ("zh", "s"), ("dzh", "s"), ("dj", "s"), ("ts", "s"), ("tz", "s"), ("th", "t"), ("dh", "d"), ("ck", "k"), ("qu", "k"), ("x", "ks"),
)  # fmt: skip
_CLASSES = str.maketrans({"q": "k", "c": "k", "z": "s", "j": "s", "w": "v"})
_VOWELS = re.compile(r"(?<!^)[aeiouy']")
_SHORT = 3
_VOWEL_CLASSES = str.maketrans({"y": "i", "e": "i", "o": "u"})
_DOUBLE = re.compile(r"(.)\1+")

LEGAL_FORMS = frozenset(
    [
        "ab",
        "ag",
        "ao",
        "as",
        "asa",
        "bhd",
        "bv",
        "bvba",
        "co",
        "company",
        "corp",
        "corporation",
        "cjsc",
        "de",
        "doo",
        "eood",
        "enterprise",
        "fze",
        "fzco",
        "fzc",
        "fz",
        "gmbh",
        "group",
        "holding",
        "holdings",
        "inc",
        "incorporated",
        "jsc",
        "jsb",
        "kg",
        "kft",
        "kk",
        "limited",
        "liability",
        "llc",
        "llp",
        "lp",
        "ltd",
        "ltda",
        "nv",
        "oao",
        "ooo",
        "oy",
        "ojsc",
        "oyj",
        "pao",
        "pc",
        "pjsc",
        "pllc",
        "plc",
        "pt",
        "pte",
        "public",
        "joint",
        "stock",
        "private",
        "pvt",
        "pty",
        "sa",
        "sae",
        "sal",
        "sarl",
        "sas",
        "sdn",
        "se",
        "sl",
        "spa",
        "spc",
        "srl",
        "sro",
        "tov",
        "too",
        "trading",
        "ug",
        "vat",
        "wll",
        "zao",
        "the",
        "of",
        "and",
        "for",
        "obshchestvo",
        "s",
        "ogranichennoi",
        "otvetstvennostyu",
        "aktsionernoe",
        "aktsionernoye",
        "publichnoe",
        "publichnoye",
        "zakrytoe",
        "otkrytoe",
        "closed",
        "open",
        "mchj",
    ]
)
"""Words of legal forms and their fillers, which a text leaves off. Source: the forms that occur in OFAC's, the EU's and the UK's lists."""
TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "general",
        "gen",
        "colonel",
        "col",
        "maj",
        "major",
        "capt",
        "captain",
        "sheikh",
        "shaykh",
        "haji",
        "hajji",
        "mullah",
        "maulavi",
        "sayyid",
        "hajj",
    ]
)
PARTICLES = frozenset(
    [
        "al",
        "el",
        "ul",
        "ibn",
        "bin",
        "bint",
        "ben",
        "abu",
        "abd",
        "von",
        "van",
        "der",
        "den",
        "de",
        "da",
        "dos",
        "del",
        "la",
        "le",
        "ud",
    ]
)


def words_of(text: str) -> list[tuple[int, int]]:
    """The spans of the words of a text."""
    return [match.span() for match in _WORD.finditer(text)]


@lru_cache(maxsize=65536)
def plain(word: str) -> str:
    """A word in Latin letters, lower case: "Öztürk" → "ozturk", "Лавров" → "lavrov"; the empty string where no sound is known."""
    return _LETTERS.sub("", (word if word.isascii() else anyascii(word)).lower())


@lru_cache(maxsize=65536)
def key_of(word: str) -> str:
    """The key of a plain word: "usmanov", "ousmanov" and "osmanov" share theirs."""
    if word.isdigit():
        return word
    for spelling, sound in _ALIKE:
        if spelling in word:
            word = word.replace(spelling, sound)
    word = (word[:-1] if word.endswith("ff") else word).translate(_CLASSES)
    word = word[:-1] + "v" if word.endswith(("of", "ef")) else word
    if len(word) <= _SHORT:  # one consonant tells nothing: "Li", "Fu", "Ali"
        return word.translate(_VOWEL_CLASSES)
    first = "a" if word[:1] in "aeiouy" else word[:1]
    return _DOUBLE.sub(r"\1", first + _VOWELS.sub("", word)[1:])


def words_of_name(name: str, *, person: bool) -> tuple[str, ...]:
    """The plain words of a listed name that count, in order: no legal form, title or bracketed remark."""
    bare = re.sub(r"\([^)]*\)", " ", name)
    words = [plain(bare[start:end]) for start, end in words_of(bare)]
    dropped = TITLES if person else LEGAL_FORMS
    kept = tuple(word for word in words if word and word not in dropped)
    return kept or tuple(filter(None, words))
