"""Screening: whom of the lists a story names.

Comes in: the listings in force, then enriched stories. Goes out: hits with a score and the place in the text. A name matches where
at least two of its words stand together, in any order and spelling, a single word only where the story supports it; a name that
many bear needs a birth year, a country or somebody else of the same list beside it. Pure; a screener never changes.

Each name is found by the keys of two neighbouring words (or by its only word), so a story costs the same however long the lists are.
All names lie in two byte strings and four arrays, some 100 bytes a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log10
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import JaroWinkler

from pipeline.enrich.entities.names import given_names_anywhere
from pipeline.enrich.folding import fold
from pipeline.enrich.matching import Pattern, PhraseMatcher
from pipeline.screening.listing import Kind, Listing
from pipeline.screening.names import PARTICLES, key_of, plain, words_of, words_of_name
from pipeline.story import ListHit, Mention, Story

THRESHOLD = 0.75
"""A hit below this is not given."""
_SINGLE, _COMMON, _WEAK = 0.6, 0.35, 0.3
"""What a name of one word starts from; what a name that many bear, and a weak alias, lose."""
_COUNTRY, _BORN, _TOGETHER, _ENTITY, _SANCTIONS = 0.2, 0.25, 0.15, 0.15, 0.1
"""What supports a name: its country in the story, the year of birth, somebody else of the list, an entity of that name, sanctions."""
_DOUBTFUL = 0.8
"""The most that a name that many bear gets without a year of birth."""
_RARE = 4.7
"""Names whose words meet by chance in fewer than one listing of 10 ** 4.7 are rare enough to stand alone."""
_MOST = 0.8
"""What part of the words of an organisation's or a ship's name must be there."""
_WHOLE = 4
"""Words up to which that means all of them."""
_SIMILAR = 0.88
"""Jaro-Winkler similarity from which two words are one name spelled differently."""
_SOUNDS_ALIKE = 0.7
"""And from which two with the same key are."""
_WINDOW = 3
"""Words of the text from one word of a name to the next: "Usmanov, the metals magnate Alisher" is too far."""
_MAX_HITS, _MIN_SINGLE = 50, 4
_MAX_CANDIDATES = 400
_SIEVE = 2**21 - 1
"""The bits of a key by which most that no list has are told from the others, without a search among all keys: 2 MB."""
_WEAK_MARK, _PERSON_MARK = "~", "+"
"""What a name is marked with as it is kept."""
_LEAST = 20_000
"""Listings assumed at least when names are called rare: in a short list every name is."""
_STOP = re.compile(r"[.!?;:,،؛؟…\n|–—(){}«»\"“”„]\s")
"""What no name goes across, but for an initial."""
_HAN = re.compile(r"[\u3400-\u9fff]{2,}")
_CASELESS = re.compile(r"[\u0590-\u08ff\u0900-\u0dff\u10d0-\u10ff]")
_ENDINGS = {
    **dict.fromkeys(("ru", "uk", "bg", "sr", "mk", "be", "pl", "cs", "sk", "hr", "sl"), 3),
    **dict.fromkeys(("de", "nl", "sv", "da", "no", "tr", "az", "fi", "et", "hu", "lv", "lt", "el", "ro"), 1),
}
"""Letters of inflection that a language hangs on a name, tried off one by one."""
_PREFIXES = ("وال", "بال", "فال", "كال", "لل", "ال", "و", "ب", "ل", "ف", "ك")
"""What Arabic writes joined before a name."""


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of a listing."""

    list: str
    list_id: str
    kind: Kind
    name: str
    programmes: tuple[str, ...]
    countries: tuple[str, ...]
    born: tuple[int, ...]


class _Word(NamedTuple):
    """A word of a text that may belong to a name: its number among all words, its span, its plain forms."""

    number: int
    start: int
    end: int
    forms: tuple[str, ...]


@dataclass(frozen=True)
class _Hit:
    """A match before the story's support is counted."""

    entry: _Entry
    owner: int
    base: float
    needs: bool
    single: bool
    common: bool
    mention: Mention


class Screener:
    """The names of all lists, ready to be found."""

    def __init__(self, listings: Iterable[Listing]) -> None:
        names, entries = bytearray(), bytearray()
        name_ends, entry_ends, owners = [], [], []
        han: list[Pattern[int]] = []
        self._counts: Counter[str] = Counter()
        total = 0
        for owner, listing in enumerate(listings):
            total += 1
            entries += _encoder.encode(_entry(listing))
            entry_ends.append(len(entries))
            seen: set[tuple[str, ...]] = set()
            for name in listing.names:
                if _HAN.search(name.text):
                    han.append(Pattern(name.text, owner))
                    continue
                words = words_of_name(name.text, person=listing.kind == "person")
                if words and words not in seen and any(len(word) > 1 for word in words):
                    seen.add(words)
                    marks = _WEAK_MARK * name.weak + _PERSON_MARK * (listing.kind == "person")
                    names += (marks + " ".join(words)).encode()
                    name_ends.append(len(names))
                    owners.append(owner)
            self._counts.update({word for words in seen for word in words})
        self._total = max(total, _LEAST)
        self._names, self._entries = bytes(names), bytes(entries)
        self._name_ends, self._entry_ends = np.array(name_ends, np.uint32), np.array(entry_ends, np.uint32)
        self._owners = np.array(owners, np.uint32)
        self._han = PhraseMatcher(han) if han else None
        self._keys, self._ids, self._third = self._index()
        self._sieve = np.zeros(_SIEVE + 1, np.bool_)
        self._sieve[self._keys & _SIEVE] = True
        self._in_names: dict[str, list[tuple[int, float, list[_Word]]]] = {}

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._owners)

    def _index(self) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64]]:
        """Hashes of keys, ascending, the name that each leads to, and the word that must stand by (0: none must)."""
        keys, ids, thirds = [], [], []
        for number in range(len(self._owners)):
            for key, third in self._keys_of(*self._name(number)):
                keys.append(key)
                ids.append(number)
                thirds.append(third)
        hashes = np.array(keys, np.int64)
        order = np.argsort(hashes, kind="stable")
        return hashes[order], np.array(ids, np.uint32)[order], np.array(thirds, np.int64)[order]

    def _keys_of(self, words: list[str], weak: bool, person: bool) -> Iterator[tuple[int, int]]:
        """A person by the first word with the last and with the second, as short forms go; others by neighbours, the rarest of them.

        Two given names, which thousands share, lead nowhere: such a name counts only whole.
        """
        counted = [word for word in words if word not in PARTICLES] or words
        if len(counted) == 1:
            yield _single_key(counted[0]), 0
        elif person:
            given = _given()
            second = [] if counted[0] in given and counted[1] in given else [counted[1]]
            yield from {(_pair_key(key_of(counted[0]), key_of(other)), 0) for other in (*second, counted[-1])}
        else:
            pairs = [(counted[place], counted[place + 1]) for place in range(len(counted) - 1)]
            rarest = min(pairs, key=lambda pair: self._counts[pair[0]] + self._counts[pair[1]])
            others = [word for word in counted if word not in rarest] if len(counted) <= _WHOLE else []
            third = min(others, key=self._counts.__getitem__, default="")
            yield _pair_key(key_of(rarest[0]), key_of(rarest[1])), _word_key(key_of(third)) if third else 0

    def _name(self, number: int) -> tuple[list[str], bool, bool]:
        """The words of a name, whether it is weak and whether a person's."""
        start = int(self._name_ends[number - 1]) if number else 0
        text = self._names[start : int(self._name_ends[number])].decode()
        weak = text.startswith(_WEAK_MARK)
        text = text.removeprefix(_WEAK_MARK)
        person = text.startswith(_PERSON_MARK)
        return text.removeprefix(_PERSON_MARK).split(" "), weak, person

    def _entry(self, owner: int) -> _Entry:
        start = int(self._entry_ends[owner - 1]) if owner else 0
        return _decoder.decode(self._entries[start : int(self._entry_ends[owner])])

    def screen(self, story: Story) -> tuple[ListHit, ...]:
        """Whom the story names, best first."""
        hits: list[_Hit] = []
        for field in ("headline", "body"):
            text: str = getattr(story, field)
            hits += self._in_text(text, field, story)
        hits += self._in_entities(story)
        return self._judged(hits, story)

    def _in_text(self, text: str, field: str, story: Story) -> Iterator[_Hit]:
        if self._han is not None and _HAN.search(text):
            for start, end, owner in self._han.find(fold(text)):
                mention = Mention(field=field, start=start, end=end, text=text[start:end])  # type: ignore[arg-type]  # a field
                yield _Hit(self._entry(owner), owner, 1.0, end - start < 3, False, False, mention)
        words = list(_words(text, story.language.code))
        for number, first, last, base in self._matches(words):
            start, end = words[first].start, words[last].end
            mention = Mention(field=field, start=start, end=end, text=text[start:end])  # type: ignore[arg-type]  # a field
            yield from self._hit(number, base, mention, words[first : last + 1])

    def _in_entities(self, story: Story) -> Iterator[_Hit]:
        """By the full names of known entities, whatever the text calls them: "Putin" and プーチン are Vladimir Putin."""
        for entity in story.entities:
            if entity.source != "gazetteer" or not entity.mentions or entity.type not in ("person", "organisation"):
                continue
            if entity.name != entity.mentions[0].text:
                for number, base, words in self._in_name(entity.name):
                    yield from self._hit(number, base, entity.mentions[0], words)

    def _in_name(self, name: str) -> list[tuple[int, float, list[_Word]]]:
        """(name, similarity, words) of every listed name that stands in a known entity's; of those there are some thousands."""
        if name not in self._in_names:
            words = list(_words(name, ""))
            self._in_names[name] = [
                (it, base, words[first : last + 1]) for it, first, last, base in self._matches(words)
            ]
        return self._in_names[name]

    def _matches(self, words: Sequence[_Word]) -> Iterator[tuple[int, int, int, float]]:
        """(name, first word, last word, similarity) of every name that stands in the words."""
        keys: list[int] = []
        places: list[tuple[int, int]] = []
        hashes = [_form_hashes(word.forms) for word in words]
        for one, word in enumerate(words):
            singles = _single_keys(word.forms)
            keys += singles
            places += [(one, one)] * len(singles)
            for other in range(one + 1, min(one + 1 + _WINDOW, len(words))):
                if words[other].number - word.number > _WINDOW:
                    break
                pairs = [left + right for left in hashes[one] for right in hashes[other]]
                keys += pairs
                places += [(one, other)] * len(pairs)
        if not keys or not len(self._keys):
            return
        wanted = np.array(keys, np.int64)
        likely = np.flatnonzero(self._sieve[wanted & _SIEVE])
        if not len(likely):
            return
        known = {_word_key(key) for word in words for key in _form_keys(word.forms)} | {0}
        seen: set[tuple[int, int]] = set()
        lows = np.searchsorted(self._keys, wanted[likely], "left").tolist()
        highs = np.searchsorted(self._keys, wanted[likely], "right").tolist()
        for place, low, high in zip(likely.tolist(), lows, highs, strict=True):
            one, other = places[place]
            high = min(high, low + _MAX_CANDIDATES)
            for number, third in zip(self._ids[low:high].tolist(), self._third[low:high].tolist(), strict=True):
                if third in known and (number, one) not in seen:
                    seen.add((number, one))
                    if match := self._compare(number, words, one, other):
                        yield match

    def _compare(self, number: int, words: Sequence[_Word], one: int, other: int) -> tuple[int, int, int, float] | None:
        """How well a name fits the words around two of them."""
        name, _, person = self._name(number)
        counted = [word for word in name if word not in PARTICLES] or name
        if one == other:
            if len(counted) != 1 or counted[0] not in words[one].forms:
                return None
            return number, one, one, 1.0
        if not all(any(_similarity(part, words[at].forms) >= _SIMILAR for part in counted) for at in (one, other)):
            return None
        low, high = max(0, one - _WINDOW), min(len(words), other + _WINDOW + 1)
        near = [place for place in range(low, high) if abs(words[place].number - words[one].number) <= 2 * _WINDOW]
        taken: dict[int, float] = {}
        matched: list[bool] = []
        for part in counted:
            best, where = max(
                ((_similarity(part, words[place].forms), place) for place in near if place not in taken),
                default=(0.0, -1),
            )
            matched.append(best >= _SIMILAR)
            if matched[-1]:
                taken[where] = best
        if one not in taken or other not in taken or len(taken) < 2:
            return None
        coverage = len(taken) / len(counted)
        if coverage < 1.0 and not (_is_short_form(matched) if person else coverage >= _MOST):
            return None
        base = sum(taken.values()) / len(taken) * (0.8 + 0.2 * coverage)
        return number, min(taken), max(taken), base

    def _hit(self, number: int, base: float, mention: Mention, words: Sequence[_Word]) -> Iterator[_Hit]:
        name, weak, person = self._name(number)
        owner = int(self._owners[number])
        entry = self._entry(owner)
        single = len(words) == 1
        if single and (
            (person and not weak) or name[0] in _given() or (len(name[0]) < _MIN_SINGLE and not mention.text.isupper())
        ):
            return
        counted = [part for part in name if part not in PARTICLES]
        there = [part for part in counted if any(_similarity(part, word.forms) >= _SIMILAR for word in words)]
        common = not single and person and self._is_common(there)
        if common and len(there) < len(counted):
            return
        score = (_SINGLE if single else base) - (_COMMON if common else 0.0) - (_WEAK if weak else 0.0)
        yield _Hit(entry, owner, score, common or weak or single, single, common, mention)

    def _is_common(self, name: list[str]) -> bool:
        """Whether many people may be called so: all its words are given names or frequent in the lists."""
        rarity = sum(-log10(max(self._counts[part], 1) / self._total) for part in name)
        return rarity < _RARE or all(part in _given() for part in name)

    def _judged(self, hits: list[_Hit], story: Story) -> tuple[ListHit, ...]:
        """The hits with what supports them, each listing once."""
        if not hits:
            return ()
        sure = {(hit.entry.list, hit.owner) for hit in hits if hit.base >= THRESHOLD and not hit.needs}
        countries = set(story.countries)
        text = f"{story.headline} {story.body}"
        names = {
            (mention.field, mention.start)
            for entity in story.entities
            for mention in entity.mentions
            if entity.type != "place"
        }
        best: dict[int, tuple[float, _Hit]] = {}
        for hit in hits:
            entry, score = hit.entry, hit.base
            at_home = bool(countries.intersection(entry.countries))
            born = any(str(year) in text for year in entry.born)
            together = any(list_ == entry.list and owner != hit.owner for list_, owner in sure)
            named = (hit.mention.field, hit.mention.start) in names
            if hit.needs:
                score += _COUNTRY * at_home + _BORN * born + _TOGETHER * together + _SANCTIONS * bool(story.sanctions)
                score += _ENTITY * (named and hit.single)
            if hit.single and not (at_home or (named and story.sanctions) or together):
                continue
            if (
                entry.kind == "vessel"
                and hit.single
                and not any("vessels" in event.measures for event in story.sanctions)
            ):
                continue
            if hit.common and not born:
                score = min(score, _DOUBTFUL)
            if score > THRESHOLD and score > best.get(hit.owner, (0.0, hit))[0]:
                best[hit.owner] = (score, hit)
        ranked = sorted(best.values(), key=lambda pair: (-pair[0], pair[1].entry.list, pair[1].entry.list_id))
        return tuple(
            ListHit(
                list=hit.entry.list,
                list_id=hit.entry.list_id,
                name=hit.entry.name,
                score=round(min(score, 1.0), 3),
                mention=hit.mention,
                programmes=hit.entry.programmes,
            )
            for score, hit in ranked[:_MAX_HITS]
        )


_encoder, _decoder = msgspec.json.Encoder(), msgspec.json.Decoder(_Entry)


def _entry(listing: Listing) -> _Entry:
    return _Entry(
        listing.list, listing.list_id, listing.kind, listing.name, listing.programmes, listing.countries, listing.born
    )


def _words(text: str, language: str) -> Iterator[_Word]:
    """The words of a text that a name may be made of: in capitals where the script has them. A stop keeps words apart."""
    number, last, passed = 0, 0, 0
    for start, end in words_of(text):
        first = text[start]
        if first.islower() or not (first.isupper() or _CASELESS.match(first)):
            passed += 1
            continue
        number += 1 + passed
        if start - last > 1 and _STOP.search(text, last, start):
            number += 2 * _WINDOW
        last, passed = end, 0
        forms = _forms(text[start:end], language)
        if forms:
            yield _Word(number, start, end, forms)


@lru_cache(maxsize=65536)
def _forms(word: str, language: str) -> tuple[str, ...]:
    """The plain forms that a word of a text may be an inflection of, itself first."""
    bare = re.split("['’ʼ`]", word)
    word = bare[0] if len(bare) == 2 and len(bare[0]) > 2 and len(bare[1]) <= 4 else word
    forms = [plain(word)]
    if language in ("ar", "fa", "ur", "ps"):
        forms += [
            plain(word.removeprefix(prefix))
            for prefix in _PREFIXES
            if word.startswith(prefix) and len(word) > len(prefix) + 2
        ]
    longest = _ENDINGS.get(language, 0)
    forms += [plain(word[:-cut]) for cut in range(1, longest + 1) if len(word) - cut >= 4]
    return tuple(dict.fromkeys(form for form in forms if len(form) > 1))


@lru_cache(maxsize=65536)
def _form_keys(forms: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key_of(form) for form in forms))


def _similarity(part: str, forms: tuple[str, ...]) -> float:
    """How alike a word of a name is to a word of a text; the same letters with the same key count as spelled differently."""
    if part in forms:
        return 1.0
    key = key_of(part)
    best = 0.0
    for form in forms:
        if form[0] != part[0] and key_of(form)[0] != key[0]:
            continue
        similarity = JaroWinkler.similarity(part, form)
        if similarity >= _SOUNDS_ALIKE and len(key) > 1 and key_of(form) == key:
            similarity = max(similarity, 0.9)
        best = max(best, similarity)
    return best


def _is_short_form(matched: list[bool]) -> bool:
    """Whether a person may be called so: by the first name and the last or the second one, others left off."""
    return matched[0] and (matched[-1] or matched[1])


def _pair_key(one: str, other: str) -> int:
    return _half(one) + _half(other)


def _half(key: str) -> int:
    """What a key of a word gives to that of a pair; two of them fit into 64 bits."""
    return hash(key) >> 1


@lru_cache(maxsize=65536)
def _form_hashes(forms: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(map(_half, _form_keys(forms)))


@lru_cache(maxsize=65536)
def _single_keys(forms: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(_single_key(form) for form in forms if len(form) >= _MIN_SINGLE - 1)


def _word_key(key: str) -> int:
    return hash(key) or 1


def _single_key(word: str) -> int:
    return hash(("", word))


@lru_cache(maxsize=1)
def _given() -> frozenset[str]:
    return frozenset(plain(name) for language in ("en", "ru", "ar") for name in given_names_anywhere(language))
