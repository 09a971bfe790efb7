"""Is there room for the servers: memory and disk, asked before a start, since a server that lacks them dies strangely.

Reads the machine's figures and, on Linux, the limits of the container.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.errors import Fatal

MIB = 1024 * 1024
KAFKA_HEAP_MB = 512
_ROOMY_HEAP_MB, _SMALL_HEAP_MB = 1024, 512
# A machine with less gets the small heap.
_ROOMY_MACHINE = 4 * 1024 * MIB
# What a Java process takes beside its heap (measured: about 250 MiB each after an hour of work).
_BESIDE_HEAP_MB = 300
_ROOM_FOR_DATA = 512 * MIB
_CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Memory:
    """Bytes in all, and bytes that could be had now."""

    total: int
    available: int


def read_memory() -> Memory:
    """The memory of the machine or, where that is less, of the container."""
    machine = psutil.virtual_memory()
    limits = [Memory(machine.total, machine.available)]
    # v2 and v1; a container sees its own limit at the top.
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        total, current = _number(_CGROUPS / limit), _number(_CGROUPS / used)
        if total is not None and current is not None:
            stat = (_CGROUPS / used).with_name("memory.stat")
            limits.append(Memory(total, total - current + _inactive_file(stat)))
    return Memory(min(memory.total for memory in limits), min(memory.available for memory in limits))


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):  # not there, or "max"
        return None


def _inactive_file(stat: Path) -> int:
    """Bytes of cached files, which count as used and are given back when asked for."""
    try:
        fields = dict(line.split() for line in stat.read_text().splitlines())
        return int(fields.get("total_inactive_file", fields["inactive_file"]))
    except (OSError, ValueError, KeyError):
        return 0


def choose_heap_mb(memory: Memory, asked: int | None) -> int:
    """Elasticsearch's heap: as asked, else 1 GiB, or half of that where memory is short."""
    if asked is not None:
        return asked
    roomy = memory.total >= _ROOMY_MACHINE and memory.available >= (_ROOMY_HEAP_MB + KAFKA_HEAP_MB + 600) * MIB
    return _ROOMY_HEAP_MB if roomy else _SMALL_HEAP_MB


def check_memory(memory: Memory, heaps_mb: dict[str, int]) -> None:
    """Raises `Fatal` where the servers (title → heap) would not fit."""
    need = sum(heap + _BESIDE_HEAP_MB for heap in heaps_mb.values()) * MIB
    if memory.available < need:
        raise Fatal(
            f"not enough memory for {' and '.join(heaps_mb)}: {need // MIB} MiB are needed, "
            f"{memory.available // MIB} MiB are free. Close other programs, give the container more memory, or set "
            "DATELINE_KAFKA and DATELINE_ELASTICSEARCH to servers elsewhere."
        )


def check_disk(folder: Path, to_write: int) -> None:
    """Raises `Fatal` where `folder` lacks the room for `to_write` bytes and some data."""
    need = to_write + _ROOM_FOR_DATA
    free = shutil.disk_usage(folder).free
    if free < need:
        raise Fatal(
            f"not enough disk space at {folder}: {need // MIB} MiB are needed, {free // MIB} MiB are free. "
            "Free some, or set DATELINE_HOME to a folder on another disk."
        )
