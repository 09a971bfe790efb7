"""The bench tells of what ends it."""

from __future__ import annotations

import os
from typing import Any

import pytest

from pipeline.bench.enriching import measure_side_by_side
from pipeline.errors import DatelineError


class Deadly:
    """Ends the process that it is sent to."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (9,)


def test_a_process_that_dies_ends_the_bench_with_a_message() -> None:
    samples: list[Any] = [Deadly()]
    with pytest.raises(DatelineError, match="give fewer --workers"):
        measure_side_by_side(samples, None, 2)
