"""Busy neighbours, switched on and off: none, a steady one, bursts on all cores."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Noise = Literal["quiet", "steady", "bursts"]
NOISES: tuple[Noise, ...] = ("quiet", "steady", "bursts")
SIZE = 256


@contextmanager
def neighbours(noise: Noise) -> Iterator[None]:
    """Processes that compute matrix products meanwhile; killed on every way out."""
    count = {"quiet": 0, "steady": 1, "bursts": os.cpu_count() or 1}[noise]
    command = [sys.executable, __file__, noise]
    pool = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    begun = [subprocess.Popen([*command, str(at)], env=pool) for at in range(count)]
    try:
        if begun:
            time.sleep(1.0)
        yield
    finally:
        for one in begun:
            one.kill()
        for one in begun:
            one.wait()


def _busy(noise: str, seed: int) -> None:
    """For ever; bursts last 50 to 500 ms, and so do the pauses between them."""
    import numpy as np

    rng = random.Random(seed)
    square = np.ones((SIZE, SIZE), np.float32)
    while True:
        until = time.monotonic() + (1.0 if noise == "steady" else rng.uniform(0.05, 0.5))
        while time.monotonic() < until:
            square @ square
        if noise == "bursts":
            time.sleep(rng.uniform(0.05, 0.5))


if __name__ == "__main__":
    _busy(sys.argv[1], int(sys.argv[2]))
