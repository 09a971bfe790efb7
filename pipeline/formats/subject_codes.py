"""The IPTC's old subject codes as its media topics: what NITF, NewsML 1.2 and older NewsML-G2 code, in today's scheme.

Comes in: a code of eight digits, with or without ``subj:``. Goes out: the media topic's qcode, None where the IPTC matches
none. Never guesses: the table is the IPTC's own.

`subject_codes.tsv` holds the matches that the IPTC's Media Topics file gives (release of 2023-03-31, CC BY 4.0,
cv.iptc.org/newscodes/mediatopic): ``exact`` and ``close`` are skos:exactMatch and closeMatch; ``broader`` stands where the
matching topic is retired since, and is its nearest broader topic that is not. Of several, exact goes before close.
16000000 (unrest, conflicts and war) is the one top-level code that the file gives as a broadMatch: it stands as close.
14000000 (social issue) has no match: medtop:14000000 is 14025000.
"""

from __future__ import annotations

from importlib.resources import files

from pipeline.story import Subject


def media_topic(code: str) -> str | None:
    """The media topic that a subject code means: "subj:11002000" and "11002000" are ``medtop:20000639``."""
    topic = _TOPICS.get(code.strip().removeprefix("subj:"))
    return f"medtop:{topic}" if topic else None


def with_media_topics(subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
    """The provider's subjects, and after them the media topics that their subject codes mean and that are not there yet."""
    given = {subject.code for subject in subjects}
    meant = dict.fromkeys(filter(None, (media_topic(subject.code) for subject in subjects)))
    return (*subjects, *(Subject(code=topic) for topic in meant if topic not in given))


def _load() -> dict[str, str]:
    lines = files("pipeline.formats").joinpath("subject_codes.tsv").read_text("utf-8").splitlines()
    return {code: topic for code, topic, _ in (line.split("\t") for line in lines[1:])}


_TOPICS = _load()
