"""An alert as its page shows it: why it was raised, with the words around each phrase, and the way that it took. Pure.

Comes in: an alert, its story as it is now, its deliveries. Goes out: values for the template.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pipeline.alerts.alert import Alert, Source
from pipeline.alerts.delivery import Delivery
from pipeline.alerts.rules import Reason
from pipeline.desk.marks import Piece, Span, pieces
from pipeline.desk.story_view import parties
from pipeline.screening.listing import LISTS
from pipeline.story import Mention, SanctionEvent, Story

_AROUND = 90
"""Letters of context on each side of a phrase: about a sentence."""
LIST_NAMES = LISTS


@dataclass(frozen=True)
class Why:
    """A place in the story and what was found there; without ``pieces`` where no words say it. ``field``: where it stands."""

    what: tuple[str, ...]
    condition: str
    field: str = ""
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class EventView:
    """A sanction event with names for its ids."""

    event: SanctionEvent
    by: tuple[str, ...]
    targets: tuple[str, ...]


class Moment(NamedTuple):
    """A point on the way of an alert. ``took``: seconds since the story arrived."""

    name: str
    at: datetime
    took: float | None = None


@dataclass(frozen=True)
class AlertView:
    """The alert as its page shows it."""

    alert: Alert
    why: tuple[Why, ...]
    events: tuple[EventView, ...]
    others: tuple[Source, ...]
    moments: tuple[Moment, ...]


def view_of(alert: Alert, story: Story | None, deliveries: Sequence[Delivery]) -> AlertView:
    """The view of an alert. ``story``: as it is now, if it is still there."""
    return AlertView(
        alert=alert,
        why=tuple(_whys(alert.reasons, story)),
        events=tuple(_event(event, alert) for event in alert.sanctions),
        others=tuple(it for it in alert.sources if it.story_id != alert.origin),
        moments=tuple(_moments(alert, deliveries)),
    )


def _whys(reasons: Sequence[Reason], story: Story | None) -> Iterator[Why]:
    """The places that matched, each once with all that was found there; then what matched without one."""
    by_place: dict[tuple[str, int, int], list[Reason]] = {}
    for it in reasons:
        if it.mention is not None:
            by_place.setdefault((it.mention.field, it.mention.start, it.mention.end), []).append(it)
    for found in by_place.values():
        mention = found[0].mention
        assert mention is not None  # noqa: S101 - chosen for it
        what = tuple(dict.fromkeys(it.what for it in found))
        yield Why(what, found[0].condition, mention.field, tuple(_context(mention, what, story)))
    seen: set[str] = set()
    for it in reasons:
        if it.mention is None and it.what not in seen:
            seen.add(it.what)
            yield Why((it.what,), it.condition)


def _context(mention: Mention, what: Sequence[str], story: Story | None) -> list[Piece]:
    """The phrase in its sentence; alone where the story has been changed since."""
    text = getattr(story, mention.field, None) if story else None
    if not isinstance(text, str) or text[mention.start : mention.end] != mention.text:
        text, start, end = mention.text, 0, len(mention.text)
    else:
        left, right = max(0, mention.start - _AROUND), mention.end + _AROUND
        left = 0 if left == 0 else left + text[left : mention.start].find(" ") + 1
        before, after = "… " if left else "", " …" if right < len(text) else ""
        start = mention.start - left + len(before)
        end = start + mention.end - mention.start
        tail = text[mention.end : right]
        tail = tail[: tail.rfind(" ")] if after and " " in tail else tail
        text = before + text[left : mention.end] + tail + after
    return pieces(text, [Span(start, end, "sanction", "\n".join(what), "")])


def _event(event: SanctionEvent, alert: Alert) -> EventView:
    return EventView(event, *parties(event, lambda id_: alert.entities.get(id_, id_)))


def _moments(alert: Alert, deliveries: Sequence[Delivery]) -> Iterator[Moment]:
    arrived = alert.received
    if arrived:
        yield Moment("Story arrived", arrived)
    yield Moment("Alert made", alert.at, _since(arrived, alert.at))
    for delivery in sorted((it for it in deliveries if it.sent), key=lambda it: it.sent or it.at):
        assert delivery.sent is not None  # noqa: S101 - chosen for it
        yield Moment(f"Delivered by {delivery.channel}", delivery.sent, _since(arrived, delivery.sent))


def _since(arrived: datetime | None, at: datetime) -> float | None:
    return (at - arrived).total_seconds() if arrived else None
