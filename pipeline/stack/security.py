"""What secures a home's servers: an authority of their own, their certificate, and a password for each user.

Made once, by `dateline up --secure`; a home stays secured for good. All of it lies in the home, for its owner's eyes alone. The
authority's key is thrown away at once: nobody can make another certificate that clients of this home would trust.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import Fatal
from pipeline.home import Home
from pipeline.resources import resource

ADMIN = "admin"
"""Kafka's superuser, which grants the others their rights and is nobody else's."""
NODE = "dateline-node"
"""The name in the servers' certificate."""
_USERS = {
    "read": ("dateline-read", "dateline-reader"),
    "keep": ("dateline-keep", "dateline-writer"),
    "notify": ("dateline-notify", "dateline-writer"),
    "desk": ("dateline-desk", "dateline-writer"),
    "feed": ("dateline-feed", "dateline-writer"),
    "setup": ("dateline-setup", "dateline-setup"),
}


@dataclass(frozen=True)
class Login:
    """A user, and the file that holds its password."""

    user: str
    password_file: Path

    @property
    def password(self) -> str:
        """The password."""
        return self.password_file.read_text("ascii")


@dataclass(frozen=True)
class Security:
    """The folder of what secures a home."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The certificate of the home's authority."""
        return self.folder / "ca.pem"

    @property
    def certificate(self) -> Path:
        """The certificate of the servers."""
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        """The key of that certificate."""
        return self.folder / "server.key"

    @property
    def tag(self) -> str:
        """Tells this home's security from any other: what was made with other passwords is of no use."""
        return hashlib.sha256(self.ca.read_bytes()).hexdigest()[:8]

    def kafka(self, user: str) -> Login:
        """A user of Kafka."""
        return Login(user, self.folder / "kafka" / user)

    def elasticsearch(self, user: str) -> Login:
        """A user of Elasticsearch."""
        return Login(user, self.folder / "elasticsearch" / user)

    def logins(self, role: str) -> tuple[Login, Login]:
        """As whom a role logs in to Kafka and Elasticsearch; beside the workers' roles: desk (people), feed, setup."""
        kafka, elasticsearch = _USERS[role]
        return self.kafka(kafka), self.elasticsearch(elasticsearch)


def kafka_users() -> list[str]:
    """The users of Kafka, its superuser first."""
    return [ADMIN, *kafka_rights()]


def kafka_rights() -> dict[str, dict[str, dict[str, list[str]]]]:
    """What each user of Kafka but its superuser may do: by kind, name and operation."""
    rights: dict[str, dict[str, dict[str, list[str]]]] = _read("acls.yml")
    return rights


def elasticsearch_roles() -> dict[str, dict[str, object]]:
    """The roles of Elasticsearch; the user of a role has its name, with hyphens."""
    roles: dict[str, dict[str, object]] = _read("roles.yml")
    return roles


def _read(name: str) -> Any:
    return yaml.safe_load((resource("deploy/security") / name).read_text("utf-8"))


def user_of(role: str) -> str:
    """The user of Elasticsearch that has this role."""
    return role.replace("_", "-")


def security_of(home: Home) -> Security | None:
    """What secures a home; None where nothing does."""
    security = Security(home.path / "security")
    return security if security.folder.is_dir() else None


def make_security(home: Home, *, used: bool) -> None:
    """Secures a home, unless it is; ``used``: whether its servers have run before, without."""
    if security_of(home):
        return
    if used:
        raise Fatal(
            f"the servers in {home.path} have run without security, and what they keep is open to that: set DATELINE_HOME to another "
            "folder, or remove this one (`dateline down` first), which removes the stored stories"
        )
    from pipeline.stack.certificates import make_certificates  # a slow import, needed once

    new = Security(home.path / ".security.new")
    shutil.rmtree(new.folder, ignore_errors=True)
    for folder in (new.folder, new.folder / "kafka", new.folder / "elasticsearch"):
        folder.mkdir(mode=0o700)
    made = make_certificates()
    for file, content in ((new.ca, made.authority), (new.certificate, made.server), (new.key, made.server_key)):
        _write(file, content)
    elasticsearch_users = [user_of(role) for role in elasticsearch_roles()]
    for login in [*map(new.kafka, kafka_users()), *map(new.elasticsearch, elasticsearch_users)]:
        _write(login.password_file, secrets.token_hex(32).encode())
    os.sync()  # a power cut must not leave the name without the bytes
    new.folder.rename(home.path / "security")


def _write(file: Path, content: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
