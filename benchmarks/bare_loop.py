"""What a careful person writes in ten lines: one process, a warm-up, a loop, the median.

python -m benchmarks.bare_loop MODEL SECONDS
"""

import sys
from pathlib import Path
from statistics import median
from time import perf_counter, perf_counter_ns

from benchmarks import models

WARM_UP_S = 0.5


def main() -> None:
    """Prints the median seconds of a run."""
    loaded, seconds = models.load(Path(sys.argv[1])), float(sys.argv[2])
    _runs(loaded, WARM_UP_S)
    print(median(_runs(loaded, seconds)) / 1e9)


def _runs(loaded: models.Loaded, seconds: float) -> list[int]:
    taken, end_s = [], perf_counter() + seconds
    while perf_counter() < end_s:
        start = perf_counter_ns()
        loaded.session.run_with_iobinding(loaded.binding)
        taken.append(perf_counter_ns() - start)
    return taken


if __name__ == "__main__":
    main()
