"""What one version of a story changed against the one before. Pure.

Comes in: two versions. Goes out: the changes by field; in texts the changed paragraphs, in parts (`differences`) or with what went in
``[-…-]`` and what came in ``{+…+}`` (`compare`), as `git diff --word-diff` writes it.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

import msgspec

from pipeline.story import Story

_FIELDS = ("pubstatus", "urgency", "slugline", "headline", "byline", "dateline", "ed_note", "correction", "embargoed")
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_LEAST_ALIKE = 0.4
"""Texts with less in common are clearer one after the other."""
_MAX_WORDS = 2000
"""Comparing is quadratic; a longer paragraph is shown whole, before and after."""


Part = tuple[str, str]
"""What went and what came; equal where nothing changed."""


class Change(msgspec.Struct, frozen=True):
    """One field, or one paragraph of the body, that changed."""

    field: str
    diff: str


class Difference(msgspec.Struct, frozen=True):
    """The same in parts, for who must not take a story's own brackets for marks."""

    field: str
    parts: tuple[Part, ...]


def compare(before: Story, after: Story) -> list[Change]:
    """The changes, in the order of reading."""
    return [Change(it.field, _written(it.parts)) for it in differences(before, after)]


def differences(before: Story, after: Story) -> list[Difference]:
    """The changes in parts, in the order of reading."""
    found = []
    for name in _FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            parts = _word_parts("" if old is None else str(old), "" if new is None else str(new))
            found.append(Difference(name, parts))
    return found + [Difference("body", parts) for parts in _paragraph_parts(before.body, after.body)]


def diff_words(before: str, after: str) -> str:
    """Both texts in one, what went and what came marked."""
    return _written(_word_parts(before, after))


def _word_parts(before: str, after: str) -> tuple[Part, ...]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > _MAX_WORDS:
        return ((before, after),)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _LEAST_ALIKE:
        return ((before, after),)
    parts: list[Part] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        went, came = "".join(old[i:j]), "".join(new[k:m])
        # What is alike by chance between two changes (a blank, a comma) would only chop them up.
        bridge = tag == "equal" and parts and m < len(new) and j < len(old) and not any(map(str.isalnum, went))
        if (tag != "equal" or bridge) and parts and parts[-1][0] != parts[-1][1]:
            parts[-1] = (parts[-1][0] + went, parts[-1][1] + came)
        else:
            parts.append((went, came))
    return tuple(parts)


def _paragraph_parts(before: str, after: str) -> list[tuple[Part, ...]]:
    old, new = before.split("\n\n"), after.split("\n\n")
    found: list[tuple[Part, ...]] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "replace" and j - i == m - k:
            found += [_word_parts(went, came) for went, came in zip(old[i:j], new[k:m], strict=True)]
        elif tag != "equal":
            found.append((("\n\n".join(old[i:j]), "\n\n".join(new[k:m])),))
    return found


def _written(parts: tuple[Part, ...]) -> str:
    return "".join(went if went == came else _marked(went, came) for went, came in parts)


def _marked(went: str, came: str) -> str:
    return (f"[-{went}-]" if went else "") + (f"{{+{came}+}}" if came else "")
