"""Names that the gazetteer does not know: people by first names, titles and how each script marks a name; organisations by
legal forms and the words that open or close their names; a surname or an acronym alone once the full name has been said.

Comes in: a story whose language is known, and the places already taken by known entities. Goes out: entities with the source
``names`` and ids of our own. Precision first: what only might be a name is left alone. First names come from the package
Faker (MIT), written to the files beside this module.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from pipeline.enrich.entities.names.words import (
    HEADS_FIRST,
    HEADS_LAST,
    LEGAL_FORMS,
    NO_FIRST_NAMES,
    PARTICLES,
    SPEECH_ZH,
    TITLES,
    TITLES_JA,
    TITLES_ZH,
    TRANSLITERATION,
)
from pipeline.story import Entity, EntityType, Mention, Story

SOURCE = "names"
Field = Literal["headline", "body"]
FIELDS: tuple[Field, ...] = ("headline", "body")
_TOKEN = re.compile(r"(?:[OD]['’]|Mc|Mac)?[^\W\d_]+(?:-[^\W\d_]+)*")
MAX_BODY = 20_000
_PARTED = re.compile(r"[ ·・＝]")
"""What parts the words of a name."""
_IN_MANY = 2
"""A first name of so many other languages is one everywhere; one of a single other language may be a word in this one."""
_LATIN_TWO_SURNAMES = frozenset(["es", "pt"])
_SLAVIC = {"ru": "cyrl", "uk": "cyrl", "bg": "cyrl", "pl": "latn"}
_ENDINGS = {
    "cyrl": (
        ("а", "ы е у ой и ою і"),
        ("я", "и е ю ей ї і ею"),
        ("й", "я ю ем е ю єм ї"),
        ("ь", "я ю ем е"),
        ("", "а у ом е ові і"),
    ),
    "latn": (("a", "y ę ą ie i o"), ("", "a owi em ie u")),
}


class Found(NamedTuple):
    """A name where it stands; ``key`` tells which mentions are one."""

    field: Field
    start: int
    end: int
    type: EntityType
    key: str
    titled: bool = False


Taken = list[tuple[str, int, int, str]]
"""Field, start, end and type of what is known already."""


def find_names(story: Story, known: Iterable[Entity]) -> list[Found]:
    """Names that nothing known stands in the way of, in the order of the text; surnames alone are not among them yet."""
    taken = _taken(known)
    language = story.language.code
    found: list[Found] = []
    for field in FIELDS:
        text = getattr(story, field)[:MAX_BODY]
        found += _free(_in_text(text, field, language), taken)
    return found


def as_entities(
    found: list[Found], story: Story, known: Iterable[Entity]
) -> tuple[tuple[Entity, ...], frozenset[tuple[str, int]]]:
    """Entities of the names and of where they are said again, and the places (field, start) of known ones within a name."""
    taken = _taken(known)
    found = _joined(found, story, taken)
    swallowed = frozenset(
        (field, start)
        for field, start, end, _ in taken
        for it in found
        if it.field == field and it.start <= start and end <= it.end
    )
    return _entities(found, story), swallowed


def _joined(found: list[Found], story: Story, taken: Taken) -> list[Found]:
    """The names and where they are said again: a single word that is a part of a longer name becomes a mention of it."""
    single = [it for it in found if not _PARTED.search(getattr(story, it.field), it.start, it.end)]
    full = [it for it in found if it not in single]
    again = _free(_again(story, full), [*taken, *((it.field, it.start, it.end, it.type) for it in full)])
    surnames = {
        _PARTED.split(getattr(story, it.field)[it.start : it.end])[-1]: it.key for it in full if it.type == "person"
    }
    joined = [*full]
    for it in single:
        text = getattr(story, it.field)[it.start : it.end]
        same = [other for other in again if other.field == it.field and other.start < it.end and it.start < other.end]
        if same:  # as the text bends it: Quispe'nin
            again = [other for other in again if other not in same]
            joined.append(same[0]._replace(start=it.start, end=max(it.end, same[0].end)))
        else:
            joined.append(it._replace(key=surnames.get(text, it.key)) if it.type == "person" else it)
    return [*joined, *again]


def _taken(known: Iterable[Entity]) -> Taken:
    return [(m.field, m.start, m.end, entity.type) for entity in known for m in entity.mentions]


def _in_text(text: str, field: Field, language: str) -> list[Found]:
    if language == "zh":
        return list(_chinese(text, field))
    if language == "ja":
        return list(_japanese(text, field))
    if language in ("ar", "fa"):
        return list(_arabic(text, field, language))
    return list(_cased(text, field, language))


def _free(found: Iterable[Found], taken: Taken) -> list[Found]:
    """Those that no known entity stands in the way of: a place may begin the name of a person with a title (Jordan Miller)."""
    free: list[Found] = []
    for it in found:
        if not _clashes(it, taken, free) or (it.titled and _begins_with_place(it, taken, free)):
            free.append(it)
    return free


def _clashes(it: Found, taken: Taken, free: list[Found]) -> bool:
    return any(field == it.field and start < it.end and it.start < end for field, start, end, _ in taken) or any(
        other.field == it.field and other.start < it.end and it.start < other.end for other in free
    )


def _begins_with_place(it: Found, taken: Taken, free: list[Found]) -> bool:
    clash = [
        (start, end, type_)
        for field, start, end, type_ in (*taken, *((f.field, f.start, f.end, "") for f in free))
        if field == it.field and start < it.end and it.start < end
    ]
    return all(start == it.start and end < it.end and type_ == "place" for start, end, type_ in clash)


# --- scripts with capitals ---------------------------------------------------------------------------------------------


class _Word(NamedTuple):
    start: int
    end: int
    text: str


def _cased(text: str, field: Field, language: str) -> Iterator[Found]:
    if text.isupper():
        return
    if language in _QUOTING:
        yield from (
            Found(field, found.start(1), found.end(1), "organisation", found[1].casefold())
            for found in _QUOTED.finditer(text)
        )
    for run in _RUN.finditer(text):
        if " " in run[0]:
            words = [_Word(run.start() + it.start(), run.start() + it.end(), it[0]) for it in _TOKEN.finditer(run[0])]
            before = _BEFORE.search(text, max(0, run.start() - 40), run.start())
            yield from _read_run(words, before[1] if before else "", text, field, language)


def _capitals() -> str:
    """The capitals of the Latin, Greek, Cyrillic and Armenian scripts, as a class of a pattern."""
    letters = (chr(code) for code in (*range(0x41, 0x590), *range(0x1E00, 0x1F00)))
    return "[" + "".join(letter for letter in letters if letter.isupper()) + "]"


_CAPITAL = _capitals()
_TAIL = rf"(?:(?<=[OD])['’]{_CAPITAL})?[^\W\d_]*(?:-[^\W\d_]+)*"
_RUN = re.compile(
    rf"{_CAPITAL}(?<![\w-].){_TAIL}"
    rf"(?:(?:(?<=\b\w)\. | )(?:(?:{'|'.join(sorted(PARTICLES))}) ){{0,3}}{_CAPITAL}{_TAIL}){{0,11}}"
)
"""Words that begin with capitals, with the particles between them, on one line and unparted; a search finds a letter faster than
what stands before one."""
_TWO_CAPITALS = frozenset(["ru", "uk", "bg", "be"])
"""Languages in which two capitals in a row are a person: of other names only the first word has one, or they are known."""
_QUOTING = frozenset(["ru", "uk", "bg", "be"])
"""Languages that put the names of companies, clubs and parties into quotation marks, behind a word that says what they are."""
_QUOTED = re.compile(r"(?<=[а-яёіїєґ] )[«„\"]([А-ЯЁІЇЄҐA-Z][^«»„“”\"\n.,:;!?]{2,40})[»“”\"](?![,.]? [-–—])")
_BEFORE = re.compile(r"([^\W\d_][\w’'-]*)\.? $")


def _is_capital(word: str) -> bool:
    return word[0].isupper()


def _read_run(run: list[_Word], before: str, text: str, field: Field, language: str) -> Iterator[Found]:
    organisation = _organisation(run, text, language)
    if organisation:
        start, end = organisation
        yield Found(field, start, end, "organisation", text[start:end].casefold())
        return
    if (
        language in _TWO_CAPITALS and text[run[0].start : run[-1].end].isascii()
    ):  # people are written in Cyrillic letters
        start, end = run[0].start, run[-1].end
        yield Found(field, start, end, "organisation", text[start:end].casefold())
        return
    titles, given = known_titles(language), given_names(language)
    titled = before.lower() in titles
    position = max((at + 1 for at, word in enumerate(run[:3]) if word.text.lower() in titles), default=0)
    titled = titled or position > 0
    rest = run[position:]
    first = next((at for at, word in enumerate(rest[:3]) if word.text in given), None)
    if (first is not None and (first == 0 or not titled) and (name := _person(rest[first:], given, language))) or (
        (titled or (language in _TWO_CAPITALS and len(run) == 2 and _is_within_sentence(text, run[0].start)))
        and (name := _titled(rest))
    ):
        yield _as_person(name, text, field, titled=titled)


def _is_within_sentence(text: str, start: int) -> bool:
    """Whether a word goes before on the same sentence: the first word of one has its capital from that."""
    before = text[max(0, start - 2) : start]
    return before[1:] == " " and (before[0].isalpha() or before[0] in "»”,")


def _person(words: list[_Word], given: frozenset[str], language: str) -> list[_Word]:
    """First names, initials, particles and a surname; two surnames where the language has them. Empty without a surname."""
    name, index = [words[0]], 1
    while index < len(words) - 1 and (words[index].text in given or len(words[index].text) == 1) and index < 3:
        name.append(words[index])
        index += 1
    while index < len(words) and words[index].text in PARTICLES:
        name.append(words[index])
        index += 1
    surnames = 2 if language in _LATIN_TWO_SURNAMES else 1
    for word in words[index : index + surnames]:
        if not _is_capital(word.text) or len(word.text) < 2 or word.text.isupper():
            break
        name.append(word)
    return name if len(name) > 1 and _is_capital(name[-1].text) and len(name[-1].text) > 1 else []


def _titled(words: list[_Word]) -> list[_Word]:
    """The two or three words behind a title."""
    if words and not _is_capital(words[0].text):
        return []  # "Vorsitzende der Stiftung": what follows is no name
    name = [word for word in words[:3] if len(word.text) > 1 and not word.text.isupper()]
    if not name or len(name) != len(words[:3]) or len(words) > 3 or len(name[-1].text) < 3:
        return []
    return name if len(name) > 1 else []


def _as_person(name: list[_Word], text: str, field: Field, *, titled: bool) -> Found:
    start, end = name[0].start, name[-1].end
    return Found(field, start, end, "person", text[start:end].casefold(), titled)


def _organisation(run: list[_Word], text: str, language: str) -> tuple[int, int] | None:
    """The span of an organisation's name: up to a legal form, a head that ends it, or a head and what follows."""
    for index, word in enumerate(run):
        if index and (word.text in LEGAL_FORMS or f"{word.text}." in LEGAL_FORMS):
            return run[0].start, word.end
    if len(run) > 1 and run[-1].text in _HEADS_LAST.get(language, _NO_WORDS):
        return run[0].start, run[-1].end
    if len(run) > 1 and run[0].text in _HEADS_FIRST.get(language, _NO_WORDS):
        return run[0].start, run[-1].end
    return None


# --- scripts without capitals --------------------------------------------------------------------------------------------


def _chinese(text: str, field: Field) -> Iterator[Found]:
    for found in _FOREIGN_ZH.finditer(text):
        yield Found(field, found.start(), found.end(), "person", found[0])
    for found in _chinese_person().finditer(text):
        yield Found(field, found.start(1), found.end(1), "person", found[1])


_SYLLABLES = f"[{TRANSLITERATION}]{{1,7}}"
_FOREIGN_ZH = re.compile(rf"{_SYLLABLES}(?:[·・•]{_SYLLABLES}){{1,3}}")


@cache
def _chinese_person() -> re.Pattern[str]:
    """A title, a surname and a given name, and a word of speech."""
    surnames = "|".join(sorted(_lines("surnames.zh.txt"), key=len, reverse=True))
    return re.compile(
        rf"(?:{'|'.join(TITLES_ZH)})((?:{surnames})[\u4e00-\u9fff]{{1,2}}?)(?=(?:{'|'.join(SPEECH_ZH)})|[，、。（]|在|对|對|于|和|与|也|则)"
    )


def _japanese(text: str, field: Field) -> Iterator[Found]:
    for found in _japanese_person().finditer(text):
        yield Found(field, found.start(1), found.end(1), "person", found[1])


@cache
def _japanese_person() -> re.Pattern[str]:
    surnames = "|".join(sorted(_lines("surnames.ja.txt"), key=len, reverse=True))
    own = rf"(?:{surnames})[\u4e00-\u9fff々\u3041-\u309f]{{1,3}}?"
    foreign = r"[ァ-ヴー]{2,12}(?:[・＝][ァ-ヴー]{1,12}){1,3}|[ァ-ヴー]{3,10}"
    return re.compile(rf"((?:{own})|(?:{foreign}))(?={'|'.join(TITLES_JA)})")


_ARABIC_WORD = re.compile("[\u0621-\u065f\u066e-\u06d3\u200c]+")


def _arabic(text: str, field: Field, language: str) -> Iterator[Found]:
    """A first name and the word after it, or the two words behind a title if the first is a first name."""
    given, titles = given_names(language), known_titles(language)
    words = [_Word(found.start(), found.end(), found[0]) for found in _ARABIC_WORD.finditer(text)]
    index = 0
    while index < len(words) - 1:
        word, following = words[index], words[index + 1]
        before = words[index - 1].text if index else ""
        joined = text[word.end : following.start] == " "
        if (
            word.text in given
            and joined
            and (following.text in given or following.text.startswith("ال") or before in titles)
        ):
            last = index + 1
            while (
                last + 1 < len(words)
                and words[last].text in given
                and text[words[last].end : words[last + 1].start] == " "
            ):
                if not (words[last + 1].text in given or words[last + 1].text.startswith("ال")):
                    break
                last += 1
            yield Found(field, word.start, words[last].end, "person", text[word.start : words[last].end])
            index = last
        index += 1


# --- once more -----------------------------------------------------------------------------------------------------------


_WHOLE_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_ACRONYM_BEHIND = re.compile(r"\s?\(([A-ZÄÖÜА-ЯЁ][A-ZÄÖÜА-ЯЁa-z]{1,9})\)")


def _again(story: Story, found: list[Found]) -> Iterator[Found]:
    """Surnames alone, and the acronyms that stand in brackets behind an organisation's name."""
    names: dict[str, tuple[EntityType, str]] = {}
    for it in found:
        text = getattr(story, it.field)
        words = text[it.start : it.end].split(" ")
        if it.type == "person" and len(words[-1]) > 3 and words[-1][0].isupper():
            names.setdefault(words[-1], ("person", it.key))
            if len(words) > 2 and story.language.code in _LATIN_TWO_SURNAMES:
                names.setdefault(" ".join(words[-2:]), ("person", it.key))
        elif it.type == "person" and story.language.code == "zh" and "·" in text[it.start : it.end]:
            names.setdefault(text[it.start : it.end].split("·")[-1], ("person", it.key))
        acronym = _ACRONYM_BEHIND.match(text, it.end) if it.type == "organisation" else None
        if acronym and acronym[1][:2].isupper():
            names.setdefault(acronym[1], ("organisation", it.key))
    if not names:
        return
    for field in FIELDS:
        text = getattr(story, field)[:MAX_BODY]
        find = _within if story.language.code in ("zh", "ja") else _words_of
        for start, end, (type_, key) in find(text, names, declined=story.language.code in _SLAVIC):
            yield Found(field, start, end, type_, key)


_Said = dict[str, tuple[EntityType, str]]


def _within(text: str, names: _Said, *, declined: bool) -> Iterator[tuple[int, int, tuple[EntityType, str]]]:
    """Where the names stand in a text without spaces."""
    for name, value in names.items():
        start = text.find(name)
        while start >= 0:
            yield start, start + len(name), value
            start = text.find(name, start + len(name))


def _words_of(text: str, names: _Said, *, declined: bool) -> Iterator[tuple[int, int, tuple[EntityType, str]]]:
    """Where the names stand as whole words, one or two; of Slavic surnames in any case, by their stems."""
    stems = {_stem(name): value for name, value in names.items() if value[0] == "person"} if declined else {}
    last: re.Match[str] | None = None
    for word in _WHOLE_WORD.finditer(text):
        pair = f"{last[0]} {word[0]}" if last and word.start() - last.end() == 1 else ""
        if pair in names and last:
            yield last.start(), word.end(), names[pair]
        elif word[0] in names:
            yield word.start(), word.end(), names[word[0]]
        elif stems and word[0][0].isupper():
            value = next((stems[it] for cut in range(5) if (it := word[0][: len(word[0]) - cut]) in stems), None)
            if value:
                yield word.start(), word.end(), value
        last = word


def _stem(surname: str) -> str:
    """What stays of a Slavic surname in its cases: Петрова, Петровой; Kowalski, Kowalskiego."""
    return surname[:-1] if len(surname) > 4 and surname[-1] in "аяийыеуoaieyęą" else surname


def _entities(found: list[Found], story: Story) -> tuple[Entity, ...]:
    by_key: dict[str, list[Found]] = {}
    for it in sorted(found, key=lambda it: (FIELDS.index(it.field), it.start)):
        by_key.setdefault(it.key, []).append(it)
    return tuple(_entity(places, story) for places in by_key.values())


def _entity(places: list[Found], story: Story) -> Entity:
    mentions = tuple(
        Mention(field=it.field, start=it.start, end=it.end, text=getattr(story, it.field)[it.start : it.end])
        for it in places
    )
    name = max((mention.text for mention in mentions), key=len)
    return Entity(id=f"x:{_slug(name)}", name=name, type=places[0].type, source=SOURCE, mentions=mentions)


def name_key(text: str) -> str:
    """What two mentions of one name have in common."""
    return " ".join(text.split()).casefold()


def _slug(name: str) -> str:
    """A stable id of ours: the same name is the same id in every story, whoever bears it."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[^\w]+", "-", plain).strip("-")[:100]


# --- data ------------------------------------------------------------------------------------------------------------------


def _script(language: str) -> str:
    if language in ("ru", "uk", "bg", "sr", "mk", "be"):
        return "cyrl"
    return "arab" if language in ("ar", "fa", "ur") else "latn"


@cache
def given_names_anywhere(language: str) -> frozenset[str]:
    """First names in the script of the language, of whatever people."""
    return frozenset(line.partition("\t")[0] for line in _lines(f"given.{_script(language)}.txt")) - NO_FIRST_NAMES


@cache
def given_names(language: str) -> frozenset[str]:
    """First names in the script of the language that are no words in it, in Slavic languages with their cases."""
    rows = (line.partition("\t")[::2] for line in _lines(f"given.{_script(language)}.txt"))
    names = frozenset(
        name
        for name, spoken in rows
        if not spoken or language in spoken.split() or len(spoken.split()) >= _IN_MANY or language not in TITLES
    )
    names -= NO_FIRST_NAMES
    if language not in _SLAVIC:
        return names
    return names | frozenset(form for name in names for form in _cases(name, _ENDINGS[_SLAVIC[language]]))


def _cases(name: str, endings: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for ending, forms in endings:
        if name.endswith(ending):
            stem = name[: len(name) - len(ending)]
            yield from (stem + form for form in forms.split())
            return


@cache
def _lines(name: str) -> frozenset[str]:
    return frozenset(files(__package__).joinpath(name).read_text("utf-8").split("\n")) - {""}


@cache
def known_titles(language: str) -> frozenset[str]:
    return frozenset(TITLES.get(language, "").split())


_HEADS_LAST, _HEADS_FIRST = (
    {language: frozenset(words.split()) for language, words in table.items()} for table in (HEADS_LAST, HEADS_FIRST)
)
_NO_WORDS: frozenset[str] = frozenset()
