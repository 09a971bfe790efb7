"""What the desk is told of a story: alerts by the rules, corrections and recalls of what it was told before. Pure.

Comes in: a story as it is about to be kept, the rules that match it, what alerting remembers, the alerts that were made before. Goes out:
alerts, what is remembered now, and sources to add to alerts of others. The same story version gives the same alerts again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

import msgspec

from pipeline.alerts.alert import Alert, Source
from pipeline.alerts.memory import (
    COPIES_WITHIN,
    Memory,
    alert_id,
    bands,
    count_burst,
    is_copy,
    memory_id,
    minhashes,
    next_step,
    see_term,
)
from pipeline.alerts.novelty import EventState
from pipeline.alerts.rules import Match, Reason
from pipeline.documents.ranking import rank, version_id
from pipeline.documents.state import State
from pipeline.story import SanctionEvent, Story

_NAMES, _TOPICS, _SOURCES = 12, 8, 20


@dataclass
class Told:
    """What comes of one story: alerts to send, sources that join alerts of others, what is remembered."""

    alerts: list[Alert] = field(default_factory=list)
    joins: dict[str, Source] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)


def memories_of(match: Match, story: Story) -> list[str]:
    """The ids of what must be remembered to decide on a match."""
    rule = match.rule
    ids = [memory_id("burst", rule.name)] if rule.burst else []
    ids += [memory_id("term", rule.name, term.key) for term in match.terms]
    if rule.unit == "story":
        ids.append(memory_id("story", rule.name, story.id))
        ids += [memory_id("copy", rule.name, band) for band in bands(minhashes(_text(story)))]
    return ids


def tell(match: Match, story: Story, known: Mapping[str, Memory], *, now: datetime, links: Mapping[str, str]) -> Told:
    """What a rule has to say of a story that it matches."""
    told = Told()
    version, at = version_id(story), story.received or now
    reasons = match.reasons
    if match.rule.burst:
        id_ = memory_id("burst", match.rule.name)
        told.memories[id_], fires = count_burst(known.get(id_), id_, match.rule.burst, story, version, at)
        if not fires:
            return told
    if match.rule.new_term:
        fresh = []
        for term in match.terms:
            id_ = memory_id("term", match.rule.name, term.key)
            told.memories[id_], is_new = see_term(known.get(id_), id_, match.rule.new_term, story, at)
            fresh += [term] if is_new else []
        if not fresh:
            return told
        reasons = (*reasons, *fresh)
    if match.rule.unit == "event":
        told.alerts = [_event_alert(match, event, story, version, now, links) for event in match.events]
    else:
        _tell_story(match, reasons, story, version, known, told, now, links)
    return told


def _event_alert(
    match: Match, event: SanctionEvent, story: Story, version: str, now: datetime, links: Mapping[str, str]
) -> Alert:
    reasons = [it for it in match.reasons if not it.key.startswith("event:") or it.key == f"event:{event.key}"]
    return _alert(
        match,
        story,
        id_=event_alert_id(match.rule.name, event.key, story.id, version),
        unit=event.key,
        new=_news(event, story),
        reasons=reasons,
        sanctions=(event,),
        now=now,
        links=links,
    )


def event_alert_id(rule: str, key: str, story: str, version: str) -> str:
    """The id of the alert that a rule made when a version of a story told something new of an event."""
    return alert_id(rule, key, story, version)


def _tell_story(
    match: Match,
    reasons: tuple[Reason, ...],
    story: Story,
    version: str,
    known: Mapping[str, Memory],
    told: Told,
    now: datetime,
    links: Mapping[str, str],
) -> None:
    name = match.rule.name
    id_ = memory_id("story", name, story.id)
    hashes = minhashes(_text(story))
    copies = [memory_id("copy", name, band) for band in bands(hashes)]
    at = story.received or now
    if id_ not in known:
        original = next((known[it] for it in copies if it in known and is_copy(known[it], story, hashes, at)), None)
        if original is not None:
            told.joins[original.alert] = source_of(story)
            return
    keys = [reason.key for reason in match.reasons] + [term.key for term in match.terms]
    memory, step = next_step(known.get(id_), id_, keys, story, version, alert_id(name, story.id, version))
    told.memories[id_] = memory
    if step is None:
        return
    first = memory.steps[0].version == version
    for it in copies if first else ():
        told.memories[it] = Memory(
            id=it,
            kind="copy",
            story=story.id,
            provider=story.provider,
            at=at,
            alert=step.alert,
            hashes=hashes,
            until=at + COPIES_WITHIN,
        )
    new = ("first report",) if first else tuple(f"now also {_of_key(key, match)}" for key in step.added)
    told.alerts.append(
        _alert(
            match,
            story,
            id_=step.alert,
            unit=story.id,
            new=new,
            reasons=reasons,
            sanctions=match.events,
            now=now,
            links=links,
        )
    )


def joins_of(story: Story, states: Mapping[str, EventState], rules: Iterable[str]) -> dict[str, Source]:
    """The alerts that a story joins as one more source: those that others raised on the events that it only repeats."""
    found: dict[str, Source] = {}
    names = list(rules)
    for event in story.sanctions:
        if event.new is False and not event.background and event.key in states:
            for it in states[event.key].told:
                if it.story != story.id:
                    for version in it.new:
                        found |= {
                            event_alert_id(rule, event.key, it.story, version): source_of(story) for rule in names
                        }
    return found


def recalls(state: State, before: Mapping[str, Alert], *, now: datetime) -> Iterator[Alert]:
    """The recalls of a killed story's alerts, and the corrections of those of a story that was corrected.

    ``before``: the alerts of the story, by id.
    """
    story = state.kill if state.killed else state.text
    if story is None or (not state.killed and story.correction is None):
        return
    version = "|".join(map(str, rank(story)))
    for alert in before.values():
        if alert.type != "alert" or (not state.killed and alert.version >= story.version):
            continue
        kind = "recall" if state.killed else "correction"
        yield msgspec.structs.replace(
            alert,
            id=alert_id(kind, alert.id, version),
            type=kind,
            of=alert.id,
            note=(story.ed_note if state.killed else story.correction) or story.ed_note or story.headline,
            version=story.version,
            headline=alert.headline if state.killed else story.headline,
            new=(),
            at=now,
            received=story.received,
        )


def links_of(desk_url: str | None, kibana_url: str | None, data_view: str) -> dict[str, str]:
    """Where an alert's story can be looked at; `link_to` puts its id in. ``data_view``: the id of Kibana's of the stories."""
    links = {"desk": f"{desk_url}/story/{{id}}"} if desk_url else {}
    if kibana_url:
        # Without a time Discover shows what came in the last quarter of an hour; ten years are older than any index.
        time = "_g=(time:(from:now-10y,to:now))"
        source = f"dataSource:(dataViewId:'{data_view}',type:dataView)"
        query = "query:(language:kuery,query:'id:%22{quoted}%22')"
        links["kibana"] = f"{kibana_url}/app/discover#/?{time}&_a=({source},{query})"
    return links


def link_to(link: str, story_id: str) -> str:
    """One of `links_of` for a story. Its id is the producer's own text: escaped for the query's quotes, then for Kibana's notation
    (rison), then for the address.
    """
    quoted = story_id.replace("\\", "\\\\").replace('"', '\\"').replace("!", "!!").replace("'", "!'")
    return link.replace("{id}", quote(story_id, safe=":/,")).replace("{quoted}", quote(quoted, safe=":,"))


def source_of(story: Story) -> Source:
    """A story as one of an alert's sources."""
    return Source(
        story_id=story.id,
        provider=story.provider,
        headline=story.headline,
        language=story.language.code,
        version=story.version,
        received=story.received,
    )


def with_source(alert: Alert, source: Source) -> Alert:
    """The alert with one more source; a story counts once, and of too many the first ones stay."""
    is_known = source.story_id == alert.origin or any(it.story_id == source.story_id for it in alert.sources)
    if is_known or len(alert.sources) >= _SOURCES:
        return alert
    return msgspec.structs.replace(alert, sources=(*alert.sources, source))


def _alert(
    match: Match,
    story: Story,
    *,
    id_: str,
    unit: str,
    new: tuple[str, ...],
    reasons: Iterable[Reason],
    sanctions: tuple[SanctionEvent, ...],
    now: datetime,
    links: Mapping[str, str],
) -> Alert:
    named = {it for event in sanctions for it in (*event.by, *event.targets)}
    return Alert(
        id=id_,
        type="alert",
        rule=match.rule.name,
        title=match.rule.title,
        unit=unit,
        origin=story.id,
        version=story.version,
        provider=story.provider,
        headline=story.headline or story.body[:120],
        language=story.language,
        at=now,
        urgency=story.urgency,
        names=tuple(entity.name for entity in story.entities[:_NAMES]),
        topics=tuple(topic.name for topic in story.topics[:_TOPICS]),
        countries=story.countries,
        new=new,
        reasons=tuple(_reason(reason, sanctions) for reason in reasons),
        sanctions=sanctions,
        entities={entity.id: entity.name for entity in story.entities if entity.id in named},
        listed=match.hits or story.listed[:5],
        channels=match.rule.channels,
        received=story.received,
        links={name: link_to(link, story.id) for name, link in links.items()},
    )


def _reason(reason: Reason, sanctions: tuple[SanctionEvent, ...]) -> Reason:
    """The reason with the sentence that tells of its event, where it has no place of its own."""
    if reason.mention is not None or not reason.key.startswith("event:"):
        return reason
    found = (it.evidence[0] for it in sanctions if f"event:{it.key}" == reason.key and it.evidence)
    return msgspec.structs.replace(reason, mention=next(found, None))


def _news(event: SanctionEvent, story: Story) -> tuple[str, ...]:
    """What was new of an event, for people."""
    names = {entity.id: entity.name for entity in story.entities}
    return tuple(_in_words(added, names) for added in event.added)


def _in_words(added: str, names: Mapping[str, str]) -> str:
    kind, _, value = added.partition(":")
    if kind == "target":
        return f"also hits {names.get(value, value.removeprefix('~'))}"
    if kind == "measure":
        return f"also {value.replace('-', ' ')}"
    return f"now {value.replace('-', ' ')}" if kind == "status" else "first report"


def _of_key(key: str, match: Match) -> str:
    return next((reason.what for reason in (*match.reasons, *match.terms) if reason.key == key), key)


def _text(story: Story) -> str:
    return f"{story.headline}\n{story.body}"
