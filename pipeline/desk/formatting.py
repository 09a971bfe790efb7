"""How values look on a page: times, spans of time, names of languages and countries, and text of the wire made safe to show.

Comes in: values. Goes out: text, or `Markup` that was built from escaped parts. Nothing here reads a clock: ages are the browser's work.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from babel import Locale
from markupsafe import Markup

from pipeline.story import Language, Story

if TYPE_CHECKING:
    from pipeline.searching import Found

_BRIEF = 6000
_BREAKS = (0x0A, 0x0D, 0x09)
_TURNS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""What turns the direction of text round, and can make a headline say something else than it holds."""
_HIDDEN = frozenset(
    (
        *range(32),
        *range(127, 160),
        *_TURNS,
        0x061C,
        0x2028,
        0x2029,
        0xFEFF,
        *range(0xFFF9, 0xFFFC),
        *range(0xE0000, 0xE0080),
    )
) - frozenset(_BREAKS)
"""Control characters without a glyph. Marks that Arabic and Persian need (200C to 200F) are none of them."""
_HIDDEN_RUN = re.compile("[" + "".join(f"\\U{code:08x}" for code in sorted(_HIDDEN)) + "]")


def plain(text: str | None) -> str:
    """Text on one line, without characters that can't be seen: for lists, titles and attributes."""
    return " ".join(_HIDDEN_RUN.sub("", text or "").split())


def shown(text: str | None) -> Markup:
    """Text whose unseen characters are seen, as their code points."""
    return Markup(_HIDDEN_RUN.sub(_as_code, str(Markup.escape(text or ""))))  # noqa: S704 - escaped before


def _as_code(found: re.Match[str]) -> str:
    name = unicodedata.name(found[0], "control character").lower()
    return f'<span class="unseen" title="{name}">{ord(found[0]):04X}</span>'


def direction(text: str | None) -> str:
    """The direction of a text by its first letter that has one, as browsers find it for ``dir="auto"``: for what stands beside it."""
    for letter in (text or "")[:1000]:
        if (kind := unicodedata.bidirectional(letter)) in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


def tip(text: str) -> str:
    """Lines for a tooltip, each on one line and without characters that can't be seen."""
    return "\n".join(map(plain, text.split("\n")))


def brief(text: str) -> str:
    """A long text cut in its middle: for comparing, where its ends matter."""
    return text if len(text) <= _BRIEF else f"{text[: _BRIEF // 2]} […] {text[-_BRIEF // 2 :]}"


def when(moment: datetime | None, form: str = "time") -> Markup:
    """A point in time, in UTC; scripts turn it into the browser's zone. ``form``: time, clock, date, full or age."""
    if moment is None:
        return Markup("")
    iso = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    text = {"time": f"{moment.astimezone(UTC):%H:%M:%S}", "clock": f"{moment.astimezone(UTC):%H:%M}"}.get(
        form, f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    )
    return Markup('<time datetime="{}" data-form="{}">{}</time>').format(iso, form, text)


def duration(seconds: float | None) -> str:
    """A span of time in the unit that fits."""
    if seconds is None:
        return ""
    if abs(seconds) < 1:
        return f"{seconds * 1000:.0f} ms"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if abs(seconds) >= size * 2:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s"


def number(value: int) -> str:
    """A number with its thousands apart."""
    return f"{value:,}"


def size(characters: int) -> str:
    """How long a text is, for people."""
    return f"{characters / 1e6:.1f} million characters" if characters >= 1e6 else f"{characters:,} characters"


@cache
def _english() -> Locale:
    return Locale("en")


def language_name(code: str) -> str:
    """A language in English; the code where there is no name."""
    if code == "und":
        return "unknown language"
    return str(_english().languages.get(code, code))


def country_name(code: str) -> str:
    """A country in English; the code where there is no name."""
    return str(_english().territories.get(code, code))


def language_tag(language: Language) -> str:
    """The value of an attribute `lang`: browsers choose fonts and hyphens by it. Empty where the language is unknown."""
    tag = language.tag or (f"{language.code}-{language.script}" if language.script else language.code)
    return "" if tag.startswith("und") or not re.fullmatch(r"[A-Za-z0-9-]{2,35}", tag) else tag


def wikidata(id_: str) -> str | None:
    """The page of an entity's id, where it is one of Wikidata's."""
    return f"https://www.wikidata.org/wiki/{id_}" if re.fullmatch(r"Q[1-9]\d{0,11}", id_) else None


def web_address(text: str | None) -> str | None:
    """The text where it is an address that may be a link: http and https only."""
    try:
        parts = urlsplit(text or "")
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.netloc else None


def story_path(id_: str, page: str = "story") -> str:
    """Where a story's page is."""
    return f"/{page}/{quote(id_, safe='/:,;=@')}"


def words(text: str) -> str:
    """A code as words: "asset-freeze" is "asset freeze"."""
    return text.replace("-", " ").replace("_", " ")


SOURCES = {
    "gazetteer": "gazetteer",
    "names": "rules for names",
    "rules": "topic rules",
    "provider": "the provider's own code",
}


def said_by(source: str) -> str:
    """Who set a tag, for people."""
    return SOURCES.get(source, words(source))


def is_killed(found: Found) -> bool:
    """Whether the story was withdrawn."""
    return found.story.pubstatus == "canceled"


def marks(found: Found) -> list[tuple[str, str]]:
    """What must strike the eye about a story: a class (bad, warn, new, plain) and the word."""
    story = found.story
    words_ = []
    if is_killed(found):
        words_.append(("bad", "killed"))
    elif story.pubstatus == "withheld":
        words_.append(("warn", "withheld"))
    elif story.correction is not None:
        words_.append(("warn", "correction"))
    if story.embargoed is not None:
        words_.append(("warn", "embargo"))
    if (news := _news(story)) is not None:
        words_.append(("new", news))
    if story.listed:
        words_.append(("warn", "on a list"))
    if story.version > 1 and "version" not in story.derived:
        words_.append(("plain", f"v{story.version}"))
    return words_ + [("warn", words(word)) for word in found.attention]


_NEWS = {
    "impose": "new sanction",
    "tighten": "sanction tightened",
    "extend": "sanction extended",
    "lift": "sanction lifted",
    "ease": "sanction eased",
    "other": "sanction news",
    "evade": "evasion",
    "threaten": "sanction threat",
    "call-for": "call for sanction",
}
"""What a new event is for the desk, by its action; the first of these that a story tells stands for it."""


def _news(story: Story) -> str | None:
    """What a story is the first to tell of sanctions."""
    fresh = {event.action: event.status for event in reversed(story.sanctions) if event.new}
    action = next((it for it in _NEWS if it in fresh), None)
    if action is None:
        return None
    stands = action in ("threaten", "call-for") or fresh[action] in ("announced", "in-force")
    return _NEWS[action] if stands else f"sanction {fresh[action]}"


FILTERS: dict[str, Callable[..., Any]] = {
    it.__name__: it
    for it in (
        plain, shown, when, duration, number, size, language_name, country_name, language_tag, wikidata, web_address,
        story_path, words, is_killed, marks, tip, brief, said_by, direction,
    )
}  # fmt: skip
"""What templates may call."""
