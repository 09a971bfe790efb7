"""Whether memory and disk suffice for the local servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import Fatal
from pipeline.stack.room import MIB, Memory, check_disk, check_memory, choose_heap_mb, read_memory

GIB = 1024 * MIB


@pytest.mark.parametrize(
    ("memory", "asked", "heap"),
    [
        (Memory(16 * GIB, 12 * GIB), None, 1024),
        (Memory(16 * GIB, 2 * GIB), None, 512),
        (Memory(3 * GIB, 3 * GIB), None, 512),
        (Memory(3 * GIB, 3 * GIB), 2048, 2048),
    ],
)
def test_heap_suits_the_machine(memory: Memory, asked: int | None, heap: int) -> None:
    assert choose_heap_mb(memory, asked) == heap


def test_servers_that_fit_pass() -> None:
    check_memory(Memory(4 * GIB, 3 * GIB), {"Kafka": 512, "Elasticsearch": 1024})


def test_too_little_memory_says_how_much_is_needed() -> None:
    with pytest.raises(Fatal, match=r"Kafka and Elasticsearch: 1624 MiB are needed, 1000 MiB are free"):
        check_memory(Memory(4 * GIB, 1000 * MIB), {"Kafka": 512, "Elasticsearch": 512})


def test_too_little_disk_says_what_to_do(tmp_path: Path) -> None:
    check_disk(tmp_path, 0)
    with pytest.raises(Fatal, match="DATELINE_HOME"):
        check_disk(tmp_path, 10**18)


def test_memory_of_this_machine_is_plausible() -> None:
    memory = read_memory()
    assert 0 < memory.available <= memory.total
