"""A pipeline under load to which things happen, and the accounting afterwards: what was owed, what is there.

Comes in: the session's servers, a seed, faults as methods. Goes out: an `Accounting` that is whole or says what is missing, doubled or stale.
Everything is counted from what a user could read (documents, dead letters, alerts, lag), nothing from inside the workers.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from pipeline import stack
from pipeline.dead import read_dead
from pipeline.documents.indices import index_names
from pipeline.launcher import Launcher, WorkerProcess
from pipeline.outcomes import Tally
from pipeline.scanning import scan
from pipeline.settings import Settings
from pipeline.sinks.elastic import connect
from pipeline.streams import LagWatch
from tests.conftest import bear_as, installation, wait_for
from tests.faults.load import SIREN, Ledger, Load, Place
from tests.faults.proxy import Endpoint, Fault, Proxy

MAX_RSS_MB = 700
"""What a worker may take under all of this, with copy of 2 MiB and batches of 200."""

SIREN_RULE = f"title: Siren\nwhen: {{text: {SIREN}}}\nchannels: [log, hook, disk]\n"
NO_RULE = "title: off\nenabled: false\nwhen: {topics: [tiktok]}\n"
SHIPPED = ("new-sanctions", "sanctions-lifted", "us-china", "tiktok", "list-additions")
CHANNELS = """\
hook: {{type: webhook, url: "{hook}", secret_env: DATELINE_FAULTS_SECRET, timeout: 5}}
disk: {{type: file, path: /dev/full}}
"""

SESSION_SECONDS = 6.0
"""The least that a broker takes: a dead worker's partitions wait so long, and the product's 10 s would only make the tests longer."""

# Every worker runs this before it begins; a file of the name lets the thing happen once, in the next batch of KEEP.
HOOKS = """\
import asyncio, os, pathlib
import pipeline.agents.keep, pipeline.app, pipeline.story

new_app = pipeline.app.new_app

def hasty_app(*args):
    app = new_app(*args)
    app.conf.broker_session_timeout = SESSION_SECONDS
    return app

pipeline.app.new_app = hasty_app

folder = pathlib.Path(os.environ["DATELINE_FAULTS_FOLDER"])
settle = pipeline.agents.keep.Keeper.settle

def happens(name):
    try:
        (folder / name).unlink()
    except FileNotFoundError:
        return False
    return True

async def faulty(self, events):
    if happens("raise"):
        raise RuntimeError("injected: a fault of ours in the agent")
    if happens("crash"):
        asyncio.get_running_loop().create_task(self.app.crash(RuntimeError("injected: another service crashes")))
        await asyncio.sleep(1)
    await settle(self, events)

pipeline.agents.keep.Keeper.settle = faulty
if (folder / "upgraded").exists():
    pipeline.story.SCHEMA_VERSION += 1
""".replace("SESSION_SECONDS", str(SESSION_SECONDS))


@dataclass
class Accounting:
    """What was owed and what is there. The faults of the pipeline are the fields from ``missing`` to ``lag``."""

    messages: int
    stories: int
    versions: int
    poison: Counter[str]
    alerts: int
    repeats: int
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    versions_missing: list[str] = field(default_factory=list)
    versions_extra: list[str] = field(default_factory=list)
    dead_missing: list[str] = field(default_factory=list)
    dead_extra: list[str] = field(default_factory=list)
    alerts_missing: list[str] = field(default_factory=list)
    alerts_doubled: list[str] = field(default_factory=list)
    alerts_extra: list[str] = field(default_factory=list)
    undelivered: list[str] = field(default_factory=list)
    lag: int = 0
    rss_mb: dict[str, int] = field(default_factory=dict)

    @property
    def wrong(self) -> dict[str, Any]:
        """What is not as it should be."""
        names = [name for name in self.__dataclass_fields__ if isinstance(getattr(self, name), list)]
        found: dict[str, Any] = {name: it[:10] for name in names if (it := getattr(self, name))}
        found |= {"lag": self.lag} if self.lag else {}
        return found | {f"rss of {role}": mb for role, mb in self.rss_mb.items() if mb > MAX_RSS_MB}

    def __str__(self) -> str:
        dead = ", ".join(f"{count} {kind}" for kind, count in sorted(self.poison.items()))
        alerts = (
            f"{len(self.alerts_missing)} missing, {len(self.alerts_doubled)} doubled, {len(self.alerts_extra)} extra"
        )
        stories = f"{len(self.missing)} missing, {len(self.extra)} extra, {len(self.stale)} stale"
        rows = [
            ("messages that Kafka acknowledged", self.messages),
            ("stories", f"{self.stories}: {stories}"),
            ("versions", f"{self.versions}: {len(self.versions_missing)} missing, {len(self.versions_extra)} extra"),
            ("poison", f"{self.poison.total()} ({dead}): {len(self.dead_missing)} missing in wire.dead"),
            ("good messages in wire.dead", len(self.dead_extra)),
            ("dead letters that are repeats", self.repeats),
            ("alerts", f"{self.alerts}: {alerts}, {len(self.undelivered)} undelivered"),
            ("lag", self.lag),
            ("peak memory", ", ".join(f"{role} {mb} MB" for role, mb in sorted(self.rss_mb.items()))),
        ]
        return "\n".join(f"| {name} | {value} |" for name, value in rows)


class Ordeal:
    """A pipeline of two READ, two KEEP and a NOTIFY under load, with everything at hand that can happen to it."""

    def __init__(
        self,
        home: stack.Home,
        settings: Settings,
        direct: Settings,
        folder: Path,
        proxy: Proxy,
        hook: Endpoint,
        load: Load,
    ) -> None:
        self.home, self.settings, self.direct, self.folder = home, settings, direct, folder
        self.proxy, self.hook, self.load = proxy, hook, load
        self.tally, self.lines = Tally(), list[str]()
        self.rss: Counter[str] = Counter()
        self._is_over = threading.Event()
        self._is_misconfigured = False
        self.launcher = self._launch({"read": 2, "keep": 2, "notify": 1}, "workers")
        self._caretaker = threading.Thread(target=self._take_care, daemon=True)
        self._caretaker.start()

    def _launch(self, counts: dict[str, int], folder: str) -> Launcher:
        launcher = Launcher(
            self.settings, counts, folder=self.folder / folder, on_settled=self.tally.add, on_line=self.lines.append
        )
        launcher.start()
        return launcher

    def _take_care(self) -> None:
        """Starts again what died, as `dateline run` does, and watches the memory."""
        while not self._is_over.wait(0.2):
            if not self.launcher.check():
                self._is_misconfigured = True
                return
            for worker in self.launcher.workers:
                worker.backoff = min(worker.backoff, 0.5)  # it died by our hand
                with suppress(psutil.Error, AttributeError):
                    size = psutil.Process(worker.process.pid).memory_info().rss // 2**20  # type: ignore[union-attr]
                    self.rss[worker.role] = max(self.rss[worker.role], size)

    # What can be seen

    @property
    def settled(self) -> int:
        """Items that have their outcome."""
        return sum(self.tally.counts.values())

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = 60.0) -> None:
        """Waits for a condition."""

        def met() -> bool:
            assert not self._is_misconfigured, "a worker ended with 78"
            self.load.check()
            return bool(condition())

        wait_for(met, seconds=seconds, what=what)

    def await_progress(self, items: int = 40, seconds: float = 60.0) -> None:
        """Waits until so many more items are settled."""
        goal = self.settled + items
        self.wait(lambda: self.settled >= goal, f"{items} more items settled", seconds)

    def await_line(self, *words: str, since: int = 0, seconds: float = 60.0) -> None:
        """Waits for a log line with all of the words. ``since``: how many lines there were before."""
        self.wait(
            lambda: any(all(word in line for word in words) for line in self.lines[since:]),
            f"the line {words}",
            seconds,
        )

    def ask(self, name: str, path: str) -> int:
        """The status that a worker's port answers; 0 where there is none."""
        return ask(self.worker(name), path)

    def await_ready(self, *names: str, seconds: float = 60.0) -> None:
        """Waits until these workers, by default all, take part in their groups."""
        for name in names or [worker.name for worker in self.launcher.workers]:
            self.wait(lambda name=name: self.ask(name, "ready") == 200, f"{name} to be ready", seconds)

    def worker(self, name: str) -> WorkerProcess:
        """A worker by its name."""
        return next(worker for worker in self.launcher.workers if worker.name == name)

    def pid(self, name: str) -> int:
        """The process of a worker that runs."""
        self.wait(lambda: self.worker(name).process, f"{name} to run")
        process = self.worker(name).process
        assert process is not None
        return process.pid

    # What can happen

    def send(self, name: str, number: signal.Signals) -> None:
        """Sends a signal to a worker."""
        with suppress(ProcessLookupError):
            os.kill(self.pid(name), number)

    def server(self, name: str) -> int:
        """The process of a server."""
        state = stack.running(self.home)
        found = state.kafka if name == "kafka" else state.elasticsearch
        assert found.pid is not None, f"{name} does not run"
        return found.pid

    def kill_server(self, name: str) -> None:
        """Kills a server as a power cut would."""
        pid = self.server(name)
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not psutil.pid_exists(pid), what=f"{name} to be gone")

    def start_servers(self) -> None:
        """Starts the servers that were killed, over their data."""
        stack.start(self.home, progress=lambda line: None)

    @contextmanager
    def frozen_server(self, name: str) -> Iterator[None]:
        """A server that takes connections and does nothing."""
        pid = self.server(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    @contextmanager
    def fault(self, fault: Fault, name: str = "") -> Iterator[None]:
        """A fault between workers and Elasticsearch."""
        with self.proxy.faulty(fault, name):
            yield

    def happen(self, name: str) -> None:
        """Lets one of `HOOKS` happen and waits until it did."""
        (self.folder / name).touch()
        self.wait(lambda: not (self.folder / name).exists(), f"{name} to happen")

    @contextmanager
    def more_workers(self) -> Iterator[None]:
        """One more READ and KEEP, for the time of the block."""
        more = self._launch({"read": 1, "keep": 1}, f"more-{secrets.token_hex(4)}")
        try:
            yield
        finally:
            more.stop()

    # The end

    def finish(self) -> Accounting:
        """Stops the load, waits until nothing is left to do, and counts."""
        ledger = self.load.stop()
        watch = LagWatch(self.settings)
        self.wait(lambda: (lags := watch.read()) and not any(lag.messages for lag in lags), "all lag to be gone", 120)
        lag = sum(it.messages for it in watch.read())
        watch.close()
        with suppress(BaseException):  # what was not delivered is counted
            self.wait(lambda: not self._undelivered(), "all deliveries", 60)
        return self._count(ledger, lag)

    def close(self) -> None:
        """Ends everything."""
        with suppress(Exception):  # where the test has failed, that is what counts
            self.load.stop()
        self._is_over.set()
        self._caretaker.join(10)
        self.launcher.stop()
        sys.stdout.write("\n".join(self.lines[-400:]))  # shown by pytest where a test fails

    def _hits(self, index: str, source: list[str]) -> list[dict[str, Any]]:
        client = connect(self.direct)
        try:
            client.indices.refresh(index=index)
            return list(scan(client, index, {"match_all": {}}, source=source))
        finally:
            client.close()

    def _undelivered(self) -> list[str]:
        """Deliveries to log and hook that are not done; those to the full disk never will be."""
        found = self._hits(index_names(self.direct).deliveries, ["alert", "channel", "status", "due", "at", "reason"])
        return [
            str(it["_source"])
            for it in found
            if it["_source"]["status"] != "sent" and it["_source"]["channel"] != "disk"
        ]

    def _count(self, ledger: Ledger, lag: int) -> Accounting:
        names = index_names(self.direct)
        stories = {it["_id"]: it["_source"] for it in self._hits(names.everything, ["version", "pubstatus"])}
        versions = Counter(
            f"{it['_source']['id']} {it['_source']['version']}"
            for it in self._hits(names.all_versions, ["id", "version"])
        )
        owed = {f"{id_} {version}" for id_, found in ledger.versions.items() for version in found}
        dead = Counter(_origin(letter) for letter in read_dead(self.direct) if "undeliverable" not in letter.kind)
        alerts = Counter(it["_source"]["origin"] for it in self._hits(names.alerts, ["origin"]))
        return Accounting(
            messages=ledger.messages,
            stories=len(ledger.versions),
            versions=len(owed),
            poison=Counter(ledger.poison.values()),
            alerts=len(ledger.loud),
            repeats=dead.total() - len(dead),
            missing=sorted(ledger.versions.keys() - stories.keys()),
            extra=sorted(stories.keys() - ledger.versions.keys()),
            stale=sorted(
                id_ for id_, found in stories.items() if id_ in ledger.versions and not _is_newest(ledger, id_, found)
            ),
            versions_missing=sorted(owed - versions.keys()),
            versions_extra=sorted(
                it
                for it, count in versions.items()
                if (it not in owed and it.split()[0] not in ledger.refused) or count > 1
            ),
            dead_missing=[f"{place}: {kind}" for place, kind in ledger.poison.items() if place not in dead],
            dead_extra=[str(place) for place in dead if place not in ledger.poison],
            alerts_missing=sorted(ledger.loud - alerts.keys()),
            alerts_doubled=sorted(id_ for id_, count in alerts.items() if count > 1),
            alerts_extra=sorted(alerts.keys() - ledger.loud),
            undelivered=self._unheard(names.alerts),
            lag=lag,
            rss_mb=dict(self.rss),
        )

    def _unheard(self, index: str) -> list[str]:
        """Alerts that did not come out of the log or at the hook, whatever their documents say."""
        said = "\n".join(line for line in self.lines if '"channel": "log"' in line)
        ids = [it["_id"] for it in self._hits(index, ["origin"])]
        return sorted({*self._undelivered(), *(id_ for id_ in ids if id_ not in said or not self.hook.taken[id_])})


def ask(worker: WorkerProcess, path: str) -> int:
    """The status that the worker's port answers; 0 where there is none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{worker.serving or 1}/{path}", timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _is_newest(ledger: Ledger, id_: str, found: dict[str, Any]) -> bool:
    if id_ in ledger.killed:
        return found["pubstatus"] == "canceled"
    return bool(found["version"] == max(ledger.versions[id_]))


def _origin(letter: Any) -> Place:
    """The message of `wire.raw` that a dead letter goes back to, also where KEEP wrote it."""
    origin = letter.headers["origin"].decode() if "origin" in letter.headers else letter.origin
    topic, partition, offset, _ = origin.rsplit("/", 3)
    return topic, int(partition), int(offset)


@contextmanager
def ordeal(
    home: stack.Home, servers: Settings, folder: Path, environment: Any, *, seed: int, rate: float, hooks: str = HOOKS
) -> Iterator[Ordeal]:
    """An `Ordeal` on the session's servers. ``environment``: pytest's monkeypatch; ``hooks``: what each worker runs before it begins."""
    sys.stdout.write(f"seed {seed}\n")
    (folder / "hooks.py").write_text(hooks)
    environment.setattr("pipeline.launcher.bear", bear_as("tests.faults.hooked_worker"))
    environment.setenv("DATELINE_FAULTS_FOLDER", str(folder))
    environment.setenv("DATELINE_FAULTS_SECRET", secrets.token_hex(16))
    rules = folder / "rules"
    rules.mkdir()
    for name, text in {**dict.fromkeys(SHIPPED, NO_RULE), "siren": SIREN_RULE}.items():
        (rules / f"{name}.yaml").write_text(text)
    with installation(servers) as direct:
        client = connect(direct)
        # One kind of poison is copy that our parsers take and the mapping does not.
        client.indices.put_mapping(index=index_names(direct).stories, properties={"usage_terms": {"type": "date"}})
        client.close()
        proxy, hook = Proxy(direct.elasticsearch or ""), Endpoint()
        channels = folder / "channels.yaml"
        channels.write_text(CHANNELS.format(hook=hook.address))
        settings = replace(direct, elasticsearch=proxy.address, rules=rules, channels=channels, log_format="json")
        tried = Ordeal(home, settings, direct, folder, proxy, hook, Load(direct, seed=seed, rate=rate))
        try:
            yield tried
        finally:
            tried.close()
            hook.close()
            proxy.close()
