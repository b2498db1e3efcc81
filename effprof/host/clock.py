"""The clock that runs are timed with."""

from itertools import pairwise
from time import perf_counter_ns

_READINGS = 2000


def step_ns() -> int:
    """The smallest step seen between two readings: resolution and cost of reading, together."""
    readings = [perf_counter_ns() for _ in range(_READINGS)]
    steps = [later - earlier for earlier, later in pairwise(readings)]
    return min((step for step in steps if step > 0), default=readings[-1] - readings[0])
