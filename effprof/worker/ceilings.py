"""What this machine can do at most: a matrix product for compute, a copy for memory.

The GEMM is numpy's BLAS in float32. Memory is measured as STREAM does (McCalpin, "Memory Bandwidth
and Machine Balance in Current High Performance Computers", 1995): copy, reads and writes counted,
best of repeats, one slab a thread; once for each size of working set, since a model that fits a
cache is bound by that cache.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import numpy as np

from effprof.worker.protocol import Request
from effprof.worker.surroundings import Surroundings

LINE_BYTES = 64
GEMM_SIDES = (512, 1024, 2048)
WORKING_SETS_BYTES = (512 * 1024, 4 * 1024**2, 16 * 1024**2, 256 * 1024**2)


def measure(request: Request, say: Callable[..., None]) -> None:
    """`settings`: threads, seconds of each part. The caller sets BLAS threads by environment."""
    say("phase", name="ceilings")
    threads, seconds = request.settings["threads"], request.settings["seconds"]
    window = Surroundings()
    bandwidth = [
        {"working_set_bytes": size, "bytes_per_s": _copy_rate(size, threads, seconds / 4)}
        for size in WORKING_SETS_BYTES
    ]
    flops_per_s = max(_gemm_rate(side, seconds / 3) for side in GEMM_SIDES)
    host = window.since()
    capacity_s = host["wall_s"] * host.get("cores", 1.0)
    say(
        "found",
        flops_per_s=flops_per_s,
        bandwidth=bandwidth,
        others_share=min(host.get("others_cpu_s", 0.0) / capacity_s, 1.0),
        numpy=np.__version__,
    )


def _gemm_rate(side: int, seconds: float) -> float:
    """FLOP/s of a square float32 product, best of the repeats that fit into `seconds`."""
    rng = np.random.default_rng(0)
    left, right = (rng.random((side, side), np.float32) for _ in range(2))
    out = np.empty((side, side), np.float32)
    return 2 * side**3 / _best(lambda: np.matmul(left, right, out=out), seconds)


def _copy_rate(working_set_bytes: int, threads: int, seconds: float) -> float:
    """Bytes/s read plus written by all threads, each copying its share again and again."""
    count = working_set_bytes // (2 * 4 * threads)
    slabs = [(aligned(count), aligned(count)) for _ in range(threads)]
    repeats = max(1, 32 * 1024**2 // working_set_bytes)
    with ThreadPoolExecutor(threads) as pool:
        best_s = _best(lambda: list(pool.map(lambda slab: _copy(slab, repeats), slabs)), seconds)
    return 2 * 4 * count * threads * repeats / best_s


def aligned(count: int) -> Any:
    """Ones from the start of a cache line on.

    Where source and sink lie a few bytes apart in their pages, as numpy's allocator may have it,
    `rep movsb` of AMD's Zen 3 and 4 copies at a tenth of its rate.
    https://lunnova.dev/articles/ryzen-slow-short-rep-mov
    """
    room = np.ones(count + LINE_BYTES // 4, np.float32)
    skipped = -room.ctypes.data % LINE_BYTES // 4
    return room[skipped : skipped + count]


def _copy(slab: Sequence[Any], repeats: int) -> None:
    source, sink = slab
    for _ in range(repeats):
        np.copyto(sink, source)


def _best(work: Callable[[], object], seconds: float) -> float:
    """Shortest of at least three repeats, in seconds."""
    work()
    began, taken = perf_counter(), list[float]()
    while len(taken) < 3 or perf_counter() - began < seconds:
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return min(taken)
