"""The shape of running text: its paragraphs, hard-wrapped lines, crossheads.

Comes in: cleaned text. Goes out: the text with whole paragraphs, and where its crossheads stand. Never changes a word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pipeline.story import Mention

_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")
_LINE = re.compile(r"[^\n]+")
_CLOSING = "\"'»”’“›)]）」』】 "
_STOPS = ".。．｡।۔؟!?！？…:：;；,،，、"
_QUESTION_OR_CRY = "!?！？؟"

_MAX_CROSSHEAD = 60
_MAX_CROSSHEAD_WORDS = 9
_MIN_PROSE = 40
"""Widths in columns, where an ideograph takes two: what is shorter than prose may be a list, a table or a sign-off."""
_WRAPPED = range(45, 131)
"""Lines of hard-wrapped copy: teleprinters wrote 64 to 72 columns; a shorter line before the last is a line of its own."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph and where it begins in the text."""

    start: int
    text: str


def split_paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs: parted by blank lines, or by every line end where lines are sentences."""
    pattern = _LINE if _is_line_a_paragraph(text) else _PARAGRAPH
    return [Paragraph(found.start(), found[0]) for found in pattern.finditer(text)]


def _is_line_a_paragraph(text: str) -> bool:
    """Whether each line stands for itself: no blank lines, and what ends a line mostly ends a sentence too."""
    if "\n\n" in text or "\n" not in text:
        return False
    lines = text.split("\n")
    return sum(map(ends_sentence, lines)) > len(lines) / 2 or width(lines[0][:160]) < _MIN_PROSE <= width(lines[1])


def width(text: str) -> int:
    """How many columns the text takes."""
    if text.isascii():
        return len(text)
    return len(text) + sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)


def ends_sentence(text: str) -> bool:
    """Whether the text ends as a sentence, or a part of one, does."""
    return text.rstrip(_CLOSING)[-1:] in tuple(_STOPS)


def is_prose(text: str) -> bool:
    """Whether the text is running text rather than a heading, a list or a table."""
    return ends_sentence(text) and width(text[:_MIN_PROSE]) >= _MIN_PROSE


def unwrap(text: str) -> str:
    """The text with hard-wrapped lines joined, so that no name is cut in two, and each paragraph on its own."""
    return "\n\n".join(_join_lines(paragraph.text) for paragraph in split_paragraphs(text))


def _join_lines(paragraph: str) -> str:
    lines = paragraph.split("\n")
    if len(lines) < 2 or any("\t" in line or "   " in line or width(line) not in _WRAPPED for line in lines[:-1]):
        return paragraph
    joined = lines[0]
    for line in lines[1:]:
        joined += line if width(joined[-1] + line[:1]) == 4 else f" {line}"  # ideographs join without a blank
    return joined


def find_crossheads(body: str) -> tuple[Mention, ...]:
    """The crossheads: short lines without a final stop that stand alone between paragraphs.

    A line in capitals is one anywhere; any other needs running text before and after it, so that lists stay lists.
    """
    paragraphs = split_paragraphs(body)
    found = []
    for before, here, after in zip(paragraphs, paragraphs[1:], paragraphs[2:], strict=False):
        if not is_short_line(here.text) or here.text.startswith(("-", "*", "•", "–", "+", "#", "@", "(")):
            continue
        between_prose = is_prose(before.text) and is_prose(after.text) and not here.text[0].islower()
        if between_prose or (here.text.isupper() and not after.text.isupper()):
            found.append(mention_of(here))
    return tuple(found)


def is_short_line(text: str) -> bool:
    """Whether the text could be a crosshead: one short line of words without a final stop."""
    if "\n" in text or len(text) > _MAX_CROSSHEAD or width(text) > _MAX_CROSSHEAD or "|" in text or "://" in text:
        return False
    if ends_sentence(text) and text.rstrip(_CLOSING)[-1] not in _QUESTION_OR_CRY:
        return False
    letters = sum(character.isalpha() or unicodedata.category(character)[0] == "M" for character in text)
    return len(text.split()) <= _MAX_CROSSHEAD_WORDS and letters >= 2 and letters > len(text) / 2


def mention_of(paragraph: Paragraph) -> Mention:
    """The paragraph as a place in the body."""
    return Mention(field="body", start=paragraph.start, end=paragraph.start + len(paragraph.text), text=paragraph.text)
