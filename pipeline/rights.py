"""Who may do what in the secured local Kafka: `deploy/security/acls.yml`, granted.

Comes in: the superuser's client and settings, whose prefix stands before every name. Goes out: the rights; one that is there already stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType

from pipeline.errors import Fatal
from pipeline.settings import Settings
from pipeline.stack.security import kafka_rights


def grant_rights(client: KafkaAdminClient, settings: Settings) -> None:
    """Gives each user what it needs."""
    failed = client.create_acls(list(_rights(settings.prefix)))["failed"]
    if failed:
        raise Fatal(f"Kafka did not grant {failed}")


def _rights(prefix: str) -> Iterator[ACL]:
    for user, rights in kafka_rights().items():
        for kind, entries in rights.items():
            for name, operations in entries.items():
                pattern = ResourcePattern(_KINDS[kind], prefix + name)
                for operation in operations:
                    yield ACL(f"User:{user}", "*", ACLOperation[operation.upper()], ACLPermissionType.ALLOW, pattern)


_KINDS = {"topics": ResourceType.TOPIC, "groups": ResourceType.GROUP}
