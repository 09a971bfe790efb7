"""The local Kafka: one node, broker and controller at once (KRaft)."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import ssl
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import Fatal
from pipeline.stack.packages import packages_of, version_of
from pipeline.stack.place import JAVA_OPTIONS, PLAIN_ENVIRONMENT, Place
from pipeline.stack.ports import HOST
from pipeline.stack.processes import Mark, run_as
from pipeline.stack.record import Ports
from pipeline.stack.security import ADMIN, NODE, Security, kafka_users
from pipeline.stack.server import Launch

# A story is at most 8 MiB; the rest is for headers and the batch around it.
_LARGEST_MESSAGE = 8 * 1024 * 1024 + 512 * 1024

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{inner}
listeners=BROKER://{host}:{client},CONTROLLER://{host}:{inner}
advertised.listeners=BROKER://{host}:{client}
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

_OPEN = """\
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
"""

_SECURED = """\
listener.security.protocol.map=BROKER:SASL_SSL,CONTROLLER:SSL
ssl.keystore.type=PEM
ssl.keystore.location={config}/node.pem
ssl.truststore.type=PEM
ssl.truststore.location={config}/ca.pem
# the controller knows the node by its certificate, the broker its users by their passwords
listener.name.controller.ssl.client.auth=required
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.broker.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
  username="{admin}" password="{password}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{admin};User:CN={node}
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


@dataclass(frozen=True)
class Kafka:
    """Kafka, as a `Server`."""

    security: Security | None = None

    @property
    def name(self) -> str:
        """The short name."""
        return "kafka"

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
            *JAVA_OPTIONS,
            "-XX:+ExitOnOutOfMemoryError",
            "--sun-misc-unsafe-memory-access=allow",  # or Java 25 warns at each start
            f"-Djava.io.tmpdir={temporary}",
            f"-Dlog4j2.configurationFile={(config / 'log4j2.properties').as_uri()}",
        )
        classes = os.pathsep.join(str(place.packages / package.path) for package in packages_of(self.name))
        # Users are made with the data, so what was made with other passwords is of no use.
        data = place.folder("data") / (f"{self.name}-{self.security.tag}" if self.security else self.name)
        if self.security:
            place.write(config / "ca.pem", self.security.ca.read_text())
            place.write(config / "node.pem", self.security.key.read_text() + self.security.certificate.read_text())
        if not data.exists():
            self._format(place, ports, (*java, "-cp", classes), data)
        place.write(config / "server.properties", self._properties(place, ports, data))
        command = (*java, mark.server, "-cp", classes, "kafka.Kafka", str(config / "server.properties"))
        return Launch(command, PLAIN_ENVIRONMENT)

    def _format(self, place: Place, ports: Ports, java: tuple[str, ...], data: Path) -> None:
        """Makes the data folder with a new cluster id; under another name first, so that it is whole or not there."""
        new = data.with_name(f".{data.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        config = place.root / "config" / self.name / "format.properties"
        place.write(config, self._properties(place, ports, new))
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        arguments = ["format", f"--cluster-id={cluster}", f"--config={config}", *self._users()]
        options = config.with_name("format.options")  # a file, since every user of the machine can read command lines
        place.write(options, "\n".join(arguments) + "\n")
        try:
            result = run_as(place.user, [*java, "kafka.tools.StorageTool", f"@{options}"], PLAIN_ENVIRONMENT)
        finally:
            options.unlink()
        if result.returncode != 0:
            raise Fatal(f"Kafka could not make its data folder {data}:\n{result.stdout[-2000:]}")
        os.sync()  # a power cut must not leave the name without the bytes
        new.rename(data)

    def _users(self) -> Iterator[str]:
        """The arguments that make the users."""
        if self.security:
            for login in map(self.security.kafka, kafka_users()):
                yield f"--add-scram=SCRAM-SHA-512=[name={login.user},password={login.password}]"

    def _properties(self, place: Place, ports: Ports, data: Path) -> str:
        text = _PROPERTIES.format(
            host=HOST, client=ports.client, inner=ports.inner, data=_property(data), largest=_LARGEST_MESSAGE
        )
        if self.security is None:
            return text + _OPEN
        return text + _SECURED.format(
            config=_property(place.root / "config" / self.name),
            admin=ADMIN,
            password=self.security.kafka(ADMIN).password,
            node=NODE,
        )

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
            with socket.create_connection((HOST, port), timeout=2.0) as plain, self._secured(plain) as connection:
                connection.sendall(struct.pack(">i", len(request)) + request)
                return len(connection.recv(4)) == 4
        except OSError:
            return False

    def _secured(self, connection: socket.socket) -> socket.socket:
        if self.security is None:
            return connection
        return ssl.create_default_context(cafile=self.security.ca).wrap_socket(connection, server_hostname=HOST)


def _property(path: Path) -> str:
    """A path as the value of a Java property: Latin-1, with escapes for the rest; log.dirs is divided at commas."""
    text = str(path)
    if "," in text:
        raise Fatal(f"Kafka can't use a folder with a comma in its name, {path}: set DATELINE_HOME to another")
    units = struct.iter_unpack(">H", text.replace("\\", "\\\\").encode("utf-16-be"))
    return "".join(chr(unit) if unit < 128 else f"\\u{unit:04x}" for (unit,) in units)
