"""The local Kafka: one node, broker and controller at once (KRaft)."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import struct
import uuid
from pathlib import Path

from pipeline.errors import Fatal
from pipeline.stack.packages import packages_of, version_of
from pipeline.stack.place import PLAIN_ENVIRONMENT, Place
from pipeline.stack.ports import HOST
from pipeline.stack.processes import Mark, run_as
from pipeline.stack.record import Ports
from pipeline.stack.server import Launch

# A story is at most 8 MiB; the rest is for headers and the batch around it.
_LARGEST_MESSAGE = 8 * 1024 * 1024 + 512 * 1024

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{inner}
listeners=BROKER://{host}:{client},CONTROLLER://{host}:{inner}
advertised.listeners=BROKER://{host}:{client}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
message.max.bytes={largest}
replica.fetch.max.bytes={largest}
# one node: nobody to copy to, and nobody else to wait for when a group forms
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=10
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# after a crash the node must wait until its former self counts as dead (9 s by default)
broker.session.timeout.ms=5000
broker.heartbeat.interval.ms=1000
# as long as the longest stream is kept: workers that were away for a while go on where they stopped
offsets.retention.minutes=43200
"""

_LOGGING = """\
status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {log}
appender.file.filePattern = {log}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %p %m (%c{{1}})%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = info
"""


class Kafka:
    """Kafka, as a `Server`."""

    name = "kafka"

    @property
    def title(self) -> str:
        """Name and version."""
        return f"Kafka {version_of('kafka_2.13')}"

    def prepare(self, place: Place, ports: Ports, mark: Mark, *, heap_mb: int) -> Launch:
        """Writes the configuration, and the cluster id where there is none yet."""
        config, temporary = place.folder("config", self.name), place.empty_folder("tmp", self.name)
        place.folder("logs", self.name)
        place.write(config / "log4j2.properties", _LOGGING.format(log=_property(self.log(place))))
        java = (
            place.java,
            f"-Xms{heap_mb // 2}m",
            f"-Xmx{heap_mb}m",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "--sun-misc-unsafe-memory-access=allow",  # or Java 25 warns at each start
            f"-Djava.io.tmpdir={temporary}",
            f"-Dlog4j2.configurationFile={(config / 'log4j2.properties').as_uri()}",
        )
        classes = os.pathsep.join(str(place.packages / package.path) for package in packages_of(self.name))
        data = place.folder("data") / self.name
        if not data.exists():
            self._format(place, ports, (*java, "-cp", classes), data)
        place.write(config / "server.properties", _properties(ports, data))
        command = (*java, mark.server, "-cp", classes, "kafka.Kafka", str(config / "server.properties"))
        return Launch(command, PLAIN_ENVIRONMENT)

    def _format(self, place: Place, ports: Ports, java: tuple[str, ...], data: Path) -> None:
        """Makes the data folder with a new cluster id; under another name first, so that it is whole or not there."""
        new = data.with_name(f".{data.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        config = place.root / "config" / self.name / "format.properties"
        place.write(config, _properties(ports, new))
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = ("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "--config", str(config))
        result = run_as(place.user, [*java, *tool], PLAIN_ENVIRONMENT)
        if result.returncode != 0:
            raise Fatal(f"Kafka could not make its data folder {data}:\n{result.stdout[-2000:]}")
        os.sync()  # a power cut must not leave the name without the bytes
        new.rename(data)

    def log(self, place: Place) -> Path:
        """The file that Kafka logs to."""
        return place.root / "logs" / self.name / "kafka.log"

    def address(self, port: int) -> str:
        """The bootstrap server."""
        return f"{HOST}:{port}"

    def answers(self, port: int) -> bool:
        """Whether Kafka answers the first question of every client, which versions it speaks."""
        api_versions, version, correlation, no_client_id = 18, 0, 1, -1
        request = struct.pack(">hhih", api_versions, version, correlation, no_client_id)
        try:
            with socket.create_connection((HOST, port), timeout=2.0) as connection:
                connection.sendall(struct.pack(">i", len(request)) + request)
                return len(connection.recv(4)) == 4
        except OSError:
            return False


def _properties(ports: Ports, data: Path) -> str:
    return _PROPERTIES.format(
        host=HOST, client=ports.client, inner=ports.inner, data=_property(data), largest=_LARGEST_MESSAGE
    )


def _property(path: Path) -> str:
    """A path as the value of a Java property: Latin-1, with escapes for the rest; log.dirs is divided at commas."""
    text = str(path)
    if "," in text:
        raise Fatal(f"Kafka can't use a folder with a comma in its name, {path}: set DATELINE_HOME to another")
    units = struct.iter_unpack(">H", text.replace("\\", "\\\\").encode("utf-16-be"))
    return "".join(chr(unit) if unit < 128 else f"\\u{unit:04x}" for (unit,) in units)
