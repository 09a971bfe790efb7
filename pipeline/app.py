"""The topology of Dateline: what runs in which role, read top to bottom.

     wire.raw ──► READ: bytes → story, language, entities, topics, sanctions ──► wire.stories
        │ (unreadable)                                                     │
        ▼                                                                  ▼
     wire.dead ◄──────────────── KEEP: fetch what is stored → decide, what is new → write documents → rules ──► wire.alerts
                                                                                                                    │
                                                                                       NOTIFY: each channel once ◄──┘

Each role is a Faust app with its own id, hence its own consumer group, so that one that waits never stops another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import faust
from elasticsearch import AsyncElasticsearch
from mode.supervisors import CrashingSupervisor

from pipeline.agents import continuity, due, lag, lists, rules
from pipeline.agents.alerting import Alerter
from pipeline.agents.continuity import ContinuityGauge
from pipeline.agents.delivering import DELIVER, Deliverer
from pipeline.agents.due import LIFT, DueTasks
from pipeline.agents.keep import Keeper
from pipeline.agents.lag import LagGauge
from pipeline.agents.lists import ListsInForce
from pipeline.agents.notify import GATHER, Notifier
from pipeline.agents.read import Reader
from pipeline.agents.rules import RulesInForce
from pipeline.agents.settling import BACKFILL, LIVE, Patience, settle_stream
from pipeline.alerts.alerting import links_of
from pipeline.alerts.channels import read_channels
from pipeline.connections import faust_options
from pipeline.crashes import Place, Position
from pipeline.documents.indices import index_names
from pipeline.health import Health
from pipeline.kibana import stories_view
from pipeline.outcomes import Reporter
from pipeline.settings import Settings
from pipeline.streams import ALERTS, CONSUMES, DEAD, MAX_STORY_BYTES, STORIES, Stream, group_of

ROLES = tuple(CONSUMES)

MATCH_KILLS_EVERY_SECONDS = 5.0
DELIVERIES_SIDE_BY_SIDE = 10
"""After an outage or a worker's death hundreds may be due; each takes four requests."""
_WEEK = 7 * 24 * 3600.0


@dataclass(frozen=True)
class Surroundings:
    """What a worker is given besides its settings; all of it optional outside of the launcher."""

    reporter: Reporter
    position: Position | None = None
    deadly: frozenset[Place] = frozenset()
    client: AsyncElasticsearch | None = None
    health: Health = field(default_factory=Health)


def create_app(role: str, settings: Settings, surroundings: Surroundings) -> faust.App:
    """The Faust app of a role."""
    app = new_app(role, settings)
    health = surroundings.health
    patience = Patience(lambda: app.should_stop, health)

    if role == "read":
        held = ListsInForce(settings)
        reader = Reader(
            app=app,
            lists=held,
            stories_topic=STORIES.topic(settings),
            dead_topic=DEAD.topic(settings),
            patience=patience,
            reporter=surroundings.reporter,
            models=settings.models,
            position=surroundings.position,
            deadly=surroundings.deadly,
        )
        settle(app, CONSUMES[role], settings, reader.settle, health)
        app.timer(lists.EVERY_SECONDS)(held.look)
        app.meanwhile = reader.prepare

    if role == "keep":
        assert surroundings.client is not None, "KEEP needs an Elasticsearch client"  # noqa: S101 - programming error
        names, in_force = index_names(settings), RulesInForce(settings.rules)
        keeper = Keeper(
            app=app,
            client=surroundings.client,
            names=names,
            alerter=Alerter(
                client=surroundings.client,
                names=names,
                book=lambda: in_force.book,
                rules=lambda: in_force.rules,
                links=links_of(settings.desk_url, settings.kibana_url, stories_view(settings.prefix)),
                now=lambda: datetime.now(UTC),
            ),
            dead_topic=DEAD.topic(settings),
            alerts_topic=ALERTS.topic(settings),
            patience=patience,
            reporter=surroundings.reporter,
            is_muted=settings.backfill == "on",
        )
        settle(app, CONSUMES[role], settings, keeper.settle, health)
        app.timer(MATCH_KILLS_EVERY_SECONDS)(keeper.match_kills)
        app.timer(due.EVERY_SECONDS)(DueTasks(surroundings.client, names, {LIFT: keeper.lift}).look)
        app.timer(rules.EVERY_SECONDS)(in_force.look_again)
        app.timer(continuity.EVERY_SECONDS)(ContinuityGauge(app, CONSUMES[role].topic(settings), settings).measure)

    if role == "notify":
        assert surroundings.client is not None, "NOTIFY needs an Elasticsearch client"  # noqa: S101 - programming error
        names, in_force = index_names(settings), RulesInForce(settings.rules)
        deliverer = Deliverer(
            app=app,
            client=surroundings.client,
            names=names,
            alerts_topic=ALERTS.topic(settings),
            dead_topic=DEAD.topic(settings),
            channels=read_channels(settings.channels, settings.secrets()),
            patience=patience,
            now=lambda: datetime.now(UTC),
        )
        notifier = Notifier(
            app=app,
            client=surroundings.client,
            names=names,
            dead_topic=DEAD.topic(settings),
            deliverer=deliverer,
            rules=lambda: in_force.rules,
            patience=patience,
        )
        settle(app, CONSUMES[role], settings, notifier.settle, health)
        app.on_before_shutdown.connect(deliverer.close)
        handlers = {DELIVER: notifier.deliver_again, GATHER: notifier.gather}
        tasks = DueTasks(surroundings.client, names, handlers, side_by_side=DELIVERIES_SIDE_BY_SIDE)
        app.timer(due.EVERY_SECONDS)(tasks.look)
        app.timer(rules.EVERY_SECONDS)(in_force.look_again)

    return app


class StatelessApp(faust.App):
    """A Faust app without tables, which therefore makes no data folders where it runs."""

    meanwhile: Callable[[], Awaitable[None]] | None = None
    """What to do beside the stream; begun at once, since joining the group takes a second of waiting."""

    async def on_first_start(self) -> None:
        """Begins what goes on beside the stream."""
        if self.meanwhile is not None:
            self.add_future(self.meanwhile())
        await super().on_first_start()

    def _create_directories(self) -> None:
        """Faust makes folders for tables here, in the working directory."""


def new_app(role: str, settings: Settings) -> StatelessApp:
    """A Faust app with the settings that keep it from losing, wedging or exposing anything.

    Each departure from a default has its reason here; docs/guarantees.md tells what happened without.
    """
    return StatelessApp(
        group_of(role, settings),
        **faust_options(settings),
        topic_allow_declare=False,  # `dateline setup` makes the streams, with their retention; workers never do
        topic_disable_leader=True,
        stream_buffer_maxsize=1000,  # bounded memory: at most this many messages wait in a worker
        stream_wait_empty=True,
        broker_commit_interval=1.0,
        broker_session_timeout=10.0,  # a killed worker's partitions wait this long; heartbeats have a thread of their own
        broker_heartbeat_interval=2.0,
        broker_max_poll_interval=_WEEK,  # an Elasticsearch outage longer than this would wedge the worker for ever
        consumer_metadata_max_age_ms=5000,  # with the default of 5 minutes workers sit idle after a broker restart
        consumer_auto_offset_reset="earliest",
        producer_request_timeout=30.0,  # with the default of 20 minutes a broker's outage looks like a worker that hangs
        producer_max_request_size=MAX_STORY_BYTES + 256 * 1024,
        web_enabled=False,  # metrics have a thread of their own, which a busy loop can't delay
        worker_redirect_stdouts=False,
    )


def settle(
    app: faust.App,
    stream: Stream,
    settings: Settings,
    batch: Callable[[Sequence[Any]], Awaitable[None]],
    health: Health,
) -> None:
    """Runs ``batch`` over the stream as the app's agent; see `pipeline.agents.settling` for what makes it safe."""
    topic = app.topic(
        stream.topic(settings), key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw"
    )

    pace = BACKFILL if settings.backfill == "on" else LIVE
    gauge = LagGauge(app, stream, topic.get_topic_name(), health)

    async def agent(messages: Any) -> None:
        await settle_stream(messages, batch, pace=pace, progress=gauge)

    app.timer(lag.EVERY_SECONDS)(gauge.measure)
    app.agent(topic, name=f"{app.conf.id}-{stream.name}", concurrency=1, supervisor_strategy=CrashingSupervisor)(agent)
