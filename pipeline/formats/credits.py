"""The credits line that ends a story: "(Reporting by …; Editing by … and …)" in many languages.

Comes in: the body. Goes out: who did what, and the body without that line. Never drops a word unseen: what a credits line
says beyond roles and names is told in a note.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.formats.credit_labels import CONNECTORS, LABELS, WEAK_LABELS
from pipeline.formats.paragraphs import ends_sentence
from pipeline.story import Credit

_MAX_LINE = 600
"""Longer than any credits line; bounds the search for the bracket that opens it."""
_MAX_LINES = 3
_BRACKETS = {")": "(", "）": "（", "]": "[", "］": "［", "】": "【"}
_IDEOGRAPHIC = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


class Credits(NamedTuple):
    """The body without its credits, the credits, and the line as it stood if it said more than they do."""

    body: str
    credits: tuple[Credit, ...]
    note: str | None


class _Line(NamedTuple):
    """What a credits line says; ``whole`` if that is every word of it, ``marked`` if each label has its colon or "by"."""

    credits: tuple[Credit, ...]
    whole: bool
    marked: bool


def _fold(label: str) -> str:
    """Ignoring case as `re` does, which takes the Turkish i's for one."""
    return label.casefold().replace("i\u0307", "i").replace("ı", "i")


_ROLES = {_fold(label): role for role, languages in LABELS.items() for labels in languages.values() for label in labels}
_NOTHING = _Line((), whole=False, marked=False)


def _label_pattern() -> str:
    """All labels, longest first; those in ideographs need a colon or a blank after them, since words run together there."""
    ordered = sorted(_ROLES, key=len, reverse=True)
    spaced = "|".join(re.escape(label) for label in ordered if not _IDEOGRAPHIC.search(label))
    joined = "|".join(re.escape(label) for label in ordered if _IDEOGRAPHIC.search(label))
    return rf"(?<!\w)(?:{spaced})(?!\w)|(?:{joined})(?=\s?[:：]|\s)"


_BY = rf"(?:{'|'.join(CONNECTORS)})(?!\w)"
_LABEL = re.compile(
    rf"({_label_pattern()})(?:\s(?:en|in|em|na|auf)\s\w{{3,15}}(?=\s{_BY}))?(\s?[:：]|\s{_BY})?\s?", re.IGNORECASE
)
_WEAK_LABEL = re.compile(rf"(?:{'|'.join(WEAK_LABELS)})\s", re.IGNORECASE)
_AND = re.compile(
    r"\s?[,،、，/&]\s?(?:(?:and|und|et|y|e|en|i|и|і|та|й|ve|و)\s)?"
    r"|\s(?:and|und|et|y|e|en|i|и|і|та|й|ve|و|と|和|與|与)\s"
    r"|(?<=[\u4e00-\u9fff]{2})[和与與](?=[\u4e00-\u9fff]{2})"
)
# Arabic writes "and" onto the next word; given names that begin with that letter stay whole.
_ARABIC_AND = re.compile(r"(?<=\w\w)\sو(?!ليد|ائل|سيم|سام|جدي|فاء|داد|هبة|حيد|صفي|جيه|ديع|رد\b)(?=\w{2})")
_EDGES = " \t\n.;:,،؛；、，。：-–—|/"
_AND_AT_END = re.compile(r"[\s,;]+(?:and|und|et|y|e|en|i|и|і|та|й|ve|و|と|和|與|与)$")
# Where they worked, or for which service: no part of the name.
_BESIDE_NAME = re.compile(
    r"\s(?:(?:in|aus|en|à|em|w|в|у|из|من|في)\s(?![a-zа-я])|للنشرة\s|(?<=\w\w)[.]\s).*$", re.DOTALL
)
_SENTENCE = re.compile(r"(?<=\w\w)\.\s.*$", re.DOTALL)
_PARTICLES = frozenset(
    [
        "de",
        "da",
        "di",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "du",
        "la",
        "le",
        "von",
        "van",
        "der",
        "den",
        "zu",
        "al",
        "el",
        "bin",
        "ibn",
        "ben",
        "af",
        "ter",
    ]
)
_MAX_NAME_WORDS = 6


def take_credits(body: str) -> Credits:
    """The credits at the end of the body, and the body without them."""
    credits: tuple[Credit, ...] = ()
    notes = []
    for _ in range(_MAX_LINES):
        start, content = _last_line(body)
        line = _read_line(content)
        bracketed = body[start : start + 1] in _BRACKETS.values()
        if not line.credits or not (bracketed or (line.whole and line.marked)):
            break
        if not line.whole:
            notes.append(f"credits line: {body[start:]}")
        body, credits = body[:start].rstrip(), (*line.credits, *credits)
    return Credits(body, tuple(dict.fromkeys(credits)), "; ".join(notes) or None)


def _last_line(body: str) -> tuple[int, str]:
    """Where the line that may hold credits begins, and what it holds: what the last brackets hold, else the last line."""
    end = body.rstrip(" .。")
    low = max(0, len(end) - _MAX_LINE)
    opening = _BRACKETS.get(end[-1:])
    start = _opening_bracket(end, low, opening) if opening else end.rfind("\n", low) + 1
    before = body[:start].rstrip(" ")
    if start < low or not (not before or before.endswith("\n") or ends_sentence(before)):
        return len(body), ""  # brackets within a sentence explain it: "Flaubert (author of Madame Bovary)"
    return start, end[start + 1 : -1] if opening else end[start:]


def _opening_bracket(text: str, low: int, opening: str) -> int:
    depth = 0
    for index in range(len(text) - 1, low - 1, -1):
        depth += (text[index] == text[-1]) - (text[index] == opening)
        if depth == 0:
            return index
    return -1


def _read_line(content: str) -> _Line:
    content = content.strip()
    # Looking for every label at every letter is dear, and nearly all last lines are plain text.
    if not (_LABEL.match(content) or _WEAK_LABEL.match(content) or "記者" in content):
        return _NOTHING
    labels = list(_LABEL.finditer(content))
    if not labels:
        return _NOTHING
    before, ends = content[: labels[0].start()].strip(), [label.start() for label in labels[1:]] + [len(content)]
    parts = [(_ROLES[_fold(label[1])], content[label.end() : end]) for label, end in zip(labels, ends, strict=True)]
    if before:
        name = _WEAK_LABEL.sub("", before, count=1) if _WEAK_LABEL.match(before) else _before_title(before)
        parts = [("reporter", name), *parts]
    read = [(role, *_read_names(text)) for role, text in parts]
    if before and not read[0][1]:
        return _NOTHING
    credits = tuple(Credit(role=role, name=name) for role, names, _ in read for name in names)
    return _Line(credits, whole=all(whole for *_, whole in read), marked=all(label[2] for label in labels))


def _before_title(text: str) -> str:
    """The name that stands before its title, as Japanese writes it."""
    return text.rstrip(_EDGES).removesuffix("記者") if text.rstrip(_EDGES).endswith("記者") else ""


def _read_names(text: str) -> tuple[list[str], bool]:
    """The names in the text, and whether they are all that it says."""
    text = _AND_AT_END.sub("", text.strip(_EDGES)).strip(_EDGES)
    kept = [(piece, _BESIDE_NAME.sub("", _SENTENCE.sub("", piece))) for piece in _split_names(text)]
    names = [name for _, name in kept if _is_name(name)]
    return names, len(names) == len(kept) and all(piece == name for piece, name in kept)


def _split_names(text: str) -> list[str]:
    return [name.strip(_EDGES) for piece in _AND.split(text) for name in _ARABIC_AND.split(piece) if name.strip(_EDGES)]


def _is_name(text: str) -> bool:
    """Whether the text can be somebody's name: a few words that begin like names, without figures."""
    words = text.split()
    return (
        1 <= len(words) <= _MAX_NAME_WORDS
        and 2 <= len(text) <= 60
        and not any(character.isdigit() or character in '@:;?!"' for character in text)
        and all(word.lower() in _PARTICLES or not word[0].islower() for word in words)
        and any(word[0].isalpha() for word in words)
    )
