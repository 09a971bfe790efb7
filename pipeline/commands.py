"""What the larger verbs of the command do, on top of the modules that do the work."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from pipeline import stack
from pipeline.documents.compare import compare
from pipeline.documents.indices import index_names
from pipeline.search.query import parse_query
from pipeline.searching import count_stories, read_story, read_versions, search
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect, unrefreshed
from pipeline.story import Service, Story
from pipeline.terminal import marked_diff, out, print_json, print_table, safe, say


def run_pipeline(settings: Settings, *, workers: int, role: str | None, samples: bool, until_idle: bool) -> None:
    """`dateline run`: see `pipeline.running`."""
    from pipeline.app import ROLES
    from pipeline.desk.listening import listening
    from pipeline.feeds.producer import Feeder
    from pipeline.feeds.samples import fresh_samples
    from pipeline.launcher import DESK
    from pipeline.running import Stop, only_one, run_role, run_workers, stop_signals
    from pipeline.servers import set_up_when_ready, start_servers
    from pipeline.terminal import LiveView

    home = settings.local.path
    counts = {name: 1 if name == "notify" else workers for name in ROLES if role in (None, name)}
    if role == DESK or (role is None and not until_idle):  # nobody looks at a run that ends by itself
        listening(settings)
        counts[DESK] = 1
    with ExitStack() as ending:
        state = ending.enter_context(only_one(home))
        ours = settings.needs_local_servers and stack.addresses(settings.local) is None
        try:
            with stop_signals() as asked:
                if role is not None and not (settings.needs_local_servers or samples or until_idle):
                    run_role(settings, counts, state=state, stop=asked, say=say)
                settings = start_servers(settings, say)
                set_up_when_ready(settings, say)
                there = _say_what_is_there(settings)
                if settings.backfill == "on":
                    ending.enter_context(unrefreshed(settings))

                def feed() -> None:
                    with Feeder(settings) as feeder:
                        for copy in fresh_samples(datetime.now(UTC), again=there > 0):
                            feeder.feed(copy)
                    say(f"Fed the sample wire: {feeder.fed} messages.")

                _say_how_to_search(settings, until_idle=until_idle)
                with LiveView() as view:
                    progress = run_workers(
                        settings,
                        counts,
                        state=state,
                        feed=feed if samples else None,
                        until_idle=until_idle,
                        stop=asked,
                        show=view.show,
                        say=say,
                    )
            _say_summary(progress.tally.counts)
            if ours:
                say("The local servers stay up, so that you can search; `dateline down` ends them.")
        except Stop:
            if ours:
                say("Stopping the local servers (their data is kept) …")
                stack.stop(settings.local)


def _say_what_is_there(settings: Settings) -> int:
    counts = count_stories(connect(settings), index_names(settings))
    if counts["all"]:
        say(f"Already there: {counts['all']} stories, {counts['visible']} of them visible.")
    return counts["all"]


def _say_how_to_search(settings: Settings, *, until_idle: bool) -> None:
    say("")
    say("  dateline search economic sanction              every story about sanctions, whatever its language")
    say("  dateline search Xi Jinping lang:de             words and filters together")
    say("  dateline search topic:tiktok --since 1h        no words: newest first")
    say("  dateline search is:killed                      what was withdrawn")
    say("  dateline status                                servers, workers, lag")
    say("")
    say("Ends by itself once all is settled." if until_idle else "Ctrl-C ends everything; the data is kept.")


def _say_summary(counts: Counter[str]) -> None:
    say(
        f"Settled {sum(counts.values())}: "
        + (", ".join(f"{n} {word}" for word, n in counts.most_common()) or "nothing")
    )


def show_story(settings: Settings, story_id: str, versions: bool, as_json: bool) -> bool:
    """Prints one story, or all its versions with what each changed; False where there is none of that id."""
    client, names = connect(settings), index_names(settings)
    found = read_story(client, names, story_id)
    if found is None:
        say(f"There is no story {story_id}: ids look like provider:guid, see `dateline search --json`.")
        return False
    plain = as_json or not out.is_terminal
    if versions:
        _print_versions(read_versions(client, names, story_id), plain=plain)
    elif plain:
        print_json(found.to_dict())
    else:
        _print_story(found.story, found.kill_note, found.attention)
    return True


def _print_versions(versions: list[Story], *, plain: bool) -> None:
    """Each version, oldest first, with its changes against the one before."""
    before: Story | None = None
    for version in versions:
        changes = compare(before, version) if before else []
        if plain:
            print_json(version.to_dict() | {"changes": [{"field": it.field, "diff": it.diff} for it in changes]})
        elif before is None:
            _print_story(version, None, ())
        else:
            created = version.version_created or version.received
            out.rule(f"version {version.version} ({version.pubstatus}) {created:%Y-%m-%d %H:%M:%S}" if created else "")
            for change in changes:
                out.print(
                    Text(f"{change.field}: ", style="bold") + marked_diff("\n".join(map(safe, change.diff.split("\n"))))
                )
            if not changes:
                say("No change in what it says.")
        before = version


def _print_story(story: Story, kill_note: str | None, attention: tuple[str, ...]) -> None:
    if kill_note is not None:
        out.print(Text(f"KILLED {safe(kill_note)}", style="bold red"))
    for word in attention:
        out.print(Text(ATTENTION[word], style="yellow"))
    out.print(Text(safe(story.headline), style="bold"))
    times = f"received {story.received:%Y-%m-%d %H:%M:%S}" if story.received else ""
    rows = [
        ("id", story.id),
        ("version", f"{story.version} ({story.pubstatus}) {times}"),
        ("language", f"{story.language.code} {story.language.confidence}"),
        ("countries", " ".join(story.countries)),
        ("topics", ", ".join(f"{topic.name} {topic.score}" for topic in story.topics)),
        ("entities", ", ".join(entity.name for entity in story.entities)),
        ("credits", ", ".join(f"{credit.name} ({credit.role})" for credit in story.credits)),
        ("services", ", ".join(_service(service) for service in story.services)),
        ("embargo", "" if story.embargoed is None else story.embargoed or "without a time"),
        ("correction", "" if story.correction is None else story.correction or "not said of what"),
        ("note", story.ed_note or ""),
    ]
    print_table(["", ""], [row for row in rows if row[1]])
    out.print(Text("\n" + "\n\n".join(safe(paragraph) for paragraph in story.body.split("\n\n")) + "\n"))


def _service(service: Service) -> str:
    return service.name if service.sequence is None else f"{service.name} {service.sequence:04d}"


ATTENTION = {
    "unmatched-kill": "This kill names no story that was found: `dateline kill STORY --notice ID` applies it, `dateline release "
    "ID` drops it.",
    "after-kill": "A version came after the kill and stays hidden: `dateline release ID` shows it.",
    "kill-notice": "Marked as a kill, but sent as usable: `dateline kill ID` if its story must go.",
    "embargo": "Under an embargo without a time: `dateline release ID` lifts it.",
}
"""What to do about each kind of thing that waits for a person."""


def list_waiting(settings: Settings, as_json: bool) -> int:
    """Prints what waits for a person, newest first, and returns how much it is."""
    query = parse_query("is:waiting")
    results = search(connect(settings), index_names(settings), query, limit=1000)
    if as_json:
        for found in results.stories:
            print_json(found.to_dict())
        return results.total
    print_table(
        ["received", "what", "id", "headline"],
        [
            (f"{found.story.received:%m-%d %H:%M:%S}", " ".join(found.attention), found.story.id, found.story.headline)
            for found in results.stories
        ],
    )
    for word in dict.fromkeys(word for found in results.stories for word in found.attention):
        say(f"{word}: {ATTENTION[word]}")
    say(f"{results.total} waiting.")
    return results.total


_EVALUATED = (
    *("language", "entities", "entities strict", "person", "organisation", "place", "links", "countries", "topics"),
    *("sanction stories", "sanction events", "sanctions new"),
)


def print_evaluation(folder: Path, part: str | None, list_mistakes: bool, as_json: bool, *, thorough: bool) -> None:
    """Prints how right enrichment is on labelled stories; F1 in tables, everything in JSON."""
    from pipeline.evaluating import ALL, evaluate, read_gold

    gold = [story for story in read_gold(folder) if part in (None, story.part)]
    scores, mistakes = evaluate(gold, thorough=thorough)
    if as_json:
        print_json(
            {name: score.to_dict() for name, score in scores.items()}
            | ({"mistakes": [asdict(mistake) for mistake in mistakes]} if list_mistakes else {})
        )
        return
    kinds = [kind for kind in _EVALUATED if scores[ALL].by_kind.get(kind)]
    rows = []
    for name in (*sorted(scores.keys() - {ALL}), ALL):
        found = scores[name].by_kind
        figures = [found[kind].precision if kind == "links" else found[kind].f1 for kind in kinds]
        rows.append((name, scores[name].stories, *("" if it is None else f"{it:.3f}" for it in figures)))
    print_table(["", "stories", *kinds], rows)
    if list_mistakes:
        print_table(["story", "kind", "what"], [(it.story, it.kind, it.what) for it in mistakes])
