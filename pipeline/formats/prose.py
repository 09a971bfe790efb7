"""What can be read out of a story's plain text: its dateline, crossheads, credits, and a headline where none was given.

Comes in: clean text with paragraphs divided by blank lines. Goes out: fields of a story. For every language: nothing here
depends on words, but for the labels of credits.
"""

from __future__ import annotations

import re

from pipeline.formats.credits import parse_credits
from pipeline.story import Credit, Mention

MAX_HEADLINE = 120
"""Letters of a derived headline; agencies' own end well below."""
_MAX_CROSSHEAD = 80

_TAIL = re.compile(r"[(（\[［【][^()（）\[\]]*[)）\]］】][.。]?\s*$")
_SENTENCE_END = re.compile(r"(?<=[.!?؟۔])[\"'”’»)]*(?=\s+[^\sa-zа-я])|(?<=[。！？])[」』”]?")
_FINAL_STOP = re.compile(r"[.!?:;,…。！？：；،؛؟۔][\"'”’»)）」』]*$")
# "BERLIN (aurora) - ", "PARIS, 12 nov (AFP) - ", "WASHINGTON (AP) _ ", "Москва. 12 ноября. ИНТЕРФАКС - ", "北京11月12日电 "
_DATELINES = (
    re.compile(r"^(?P<d>[^\W\d_][^\n()]{1,60}?)\s*\([^()\n]{2,40}\)\s*[-–—_:]+\s+"),
    re.compile(
        r"^(?P<d>[^\W\d_][\w’'./-]+(?:[ /][\w’'./-]+){0,3}[.,]\s*\d{1,2}\.?\s+[^\W\d_]+\.?)[^\n]{0,40}?\s[-–—]+\s+"
    ),
    re.compile(r"^(?P<d>[A-ZÀ-ÝА-ЯЁІЇЄ][A-ZÀ-ÝА-ЯЁІЇЄ .'/-]{2,40}(?:, [^\n–—-]{3,20})?)\s+[-–—]+\s+"),
    re.compile(r"^(?:【|（)?[^\s，。]{0,12}?(?P<d>[\u4e00-\u9fff]{2,8}\d{1,2}月\d{1,2}日)[电電讯訊]?(?:】|）)?[\s　]*"),
)


def split_credits(body: str) -> tuple[str, tuple[Credit, ...]]:
    """The body without its trailing credits line, and the credits."""
    tail = _TAIL.search(body)
    credits = parse_credits(tail[0]) if tail else ()
    return (body[: tail.start()].rstrip(), credits) if tail and credits else (body, ())


def find_dateline(body: str) -> tuple[str | None, int]:
    """The dateline that opens the text, and where the text proper begins."""
    for pattern in _DATELINES:
        if match := pattern.match(body):
            return match["d"].strip(" ,."), match.end()
    return None, 0


def split_headline(body: str) -> tuple[str | None, str]:
    """A headline that stands as a line of its own above the text, and the text; None where the text opens with prose."""
    first, blank, rest = body.partition("\n\n")
    next_paragraph = rest.partition("\n\n")[0]
    is_line = "\n" not in first and len(first) <= MAX_HEADLINE and not _FINAL_STOP.search(first)
    if blank and is_line and len(next_paragraph) > len(first) and find_dateline(first)[0] is None:
        return first, rest
    return None, body


def derive_headline(body: str) -> str:
    """The first sentence, cut between words where it is long."""
    text = body[find_dateline(body)[1] :].partition("\n\n")[0]
    end = _SENTENCE_END.search(text)
    sentence = " ".join(text[: end.start()].split()) if end else " ".join(text.split())
    sentence = sentence.rstrip(".。")
    if len(sentence) <= MAX_HEADLINE:
        return sentence
    return (
        sentence[:MAX_HEADLINE].rpartition(" ")[0].rstrip(" ,;:،") + "…"
        if " " in sentence[:MAX_HEADLINE]
        else sentence[:60] + "…"
    )


def find_crossheads(body: str) -> tuple[Mention, ...]:
    """Short lines without a final stop that stand between paragraphs."""
    found = []
    start = 0
    paragraphs = body.split("\n\n")
    for number, paragraph in enumerate(paragraphs):
        between = 0 < number < len(paragraphs) - 1
        if between and "\n" not in paragraph and len(paragraph) <= _MAX_CROSSHEAD and not _FINAL_STOP.search(paragraph):
            found.append(Mention(field="body", start=start, end=start + len(paragraph), text=paragraph))
        start += len(paragraph) + 2
    return tuple(found)
