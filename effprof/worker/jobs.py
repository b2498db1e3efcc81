"""What a worker can be asked to do with the sessions it has loaded.

time       settings: slice_s, ceiling_s, warm_up_s               -> latencies, one a session
pair       settings: slice_s, shuffle_seed, warm_up_s            -> the same, both clocks
serve      settings: rate_hz, queries, arrival_seed, warm_up_s,
           max_batch, queue_delay_s, axes                       -> latencies from arrival, batches
sustain    settings: seconds, bucket_s, warm_up_s               -> rows of runs over time
outputs    settings: folder, items, ceiling_s (or null)          -> outputs of items, as .npy
operators  settings: seconds                                     -> mean time per operator
energy     (worker/energy.py)                                   -> counters over idle and work
emulate    (worker/emulate.py)                                   -> cycles, sections, readings
ceilings   settings: threads, seconds                            -> GEMM and memory ceilings
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, perf_counter_ns
from typing import Any

import numpy as np

from effprof.base.records import Block
from effprof.ports import Backend, Meter, Observant, Session
from effprof.worker import feed, loop, paired, serve, sustain
from effprof.worker.protocol import Load, Request, encode_block, encode_reading
from effprof.worker.surroundings import Surroundings

Say = Callable[..., None]


@dataclass(slots=True)
class Ready:
    """A loaded model with the arrays it is fed, and the call that runs it once, in `run_s` now."""

    session: Session
    arrays: dict[str, feed.Array]
    run: loop.Run
    run_s: float


def time_runs(request: Request, backend: Backend, meters: Sequence[Meter], say: Say) -> None:
    ready = prepare(request, backend, meters, say)
    run_s = [one.run_s for one in ready]
    slice_s = _slice_s(request.settings, sum(run_s))
    window = _open_window(meters, say)
    taken = loop.blocks([one.run for one in ready], run_s, slice_s)
    _close_window(meters, window, say, _items(request.loads[0], taken[0]), ready[0].session)
    for place, blocks in enumerate(taken):
        say("latencies", session=place, blocks=[encode_block(block) for block in blocks])


def time_pair(request: Request, backend: Backend, _meters: Sequence[Meter], say: Say) -> None:
    """Two models, or one: what a gate holds against each other."""
    ready = prepare(request, backend, (), say)
    settings = request.settings
    say("phase", name="run")
    window = Surroundings()
    runs, run_s = [one.run for one in ready], [one.run_s for one in ready]
    taken = paired.blocks(runs, run_s, settings["slice_s"], settings["shuffle_seed"])
    say("found", host=window.since())
    for place, blocks in enumerate(taken):
        say("latencies", session=place, blocks=[encode_block(block) for block in blocks])


def serve_queries(request: Request, backend: Backend, meters: Sequence[Meter], say: Say) -> None:
    """A query is one run; where batches form in the queue, one item of the largest of them."""
    (ready,) = prepare(request, backend, meters, say)
    settings = request.settings
    most, items = settings["max_batch"], items_a_run(request.loads[0])
    runs = [ready.run]
    if most > 1:
        items = 1
        runs = serve.runs_by_batch(ready.session, ready.arrays, settings["axes"], most, ready.run)
    offsets_ns = serve.arrivals(settings["rate_hz"], settings["queries"], settings["arrival_seed"])
    window = _open_window(meters, say)
    with loop.quiet():
        served = serve.answer(runs, offsets_ns, round(settings["queue_delay_s"] * 1e9))
    last_ns = offsets_ns[-1]
    say("found", served_s=(last_ns + served.block.wall_ns[-1]) / 1e9, scheduled_s=last_ns / 1e9)
    say("found", queue_ns=served.queue_ns, batches=served.batches)
    _close_window(meters, window, say, items * len(offsets_ns))
    say("latencies", session=0, blocks=[encode_block(served.block)])


def sustain_runs(request: Request, backend: Backend, _meters: Sequence[Meter], say: Say) -> None:
    (ready,) = prepare(request, backend, (), say)
    settings = request.settings
    say("phase", name="run")
    with loop.quiet():
        rows = sustain.series(ready.run, ready.run_s, settings["seconds"], settings["bucket_s"])
    say("found", rows=rows)


def save_outputs(request: Request, backend: Backend, _meters: Sequence[Meter], say: Say) -> None:
    """Every item through the model; `folder`/<place>.npy holds output `place`, items first.

    After `ceiling_s` no further run begins, and the items that are left are left out.
    Values that are made are new ones for each run, of the seeds from the request's on.
    Outputs that are no arrays of numbers (strings, sequences, maps) are left out.
    """
    backend.start()
    say("phase", name="load")
    session = backend.load(request.loads[0].path, request.options)
    feeds, count = request.loads[0].feeds, request.settings["items"]
    batch = feeds[0].shape[0] if feeds and feeds[0].shape else 1
    gathered: dict[str, list[feed.Array]] = {}
    until_s = monotonic() + (request.settings["ceiling_s"] or math.inf)
    for first in range(0, count, batch):
        if first and monotonic() > until_s:
            count = first
            break
        say("phase", name="run")
        arrays = feed.arrays(feeds, request.seed + first // batch, first)
        for name, array in session.run(arrays).items():
            if isinstance(array, np.ndarray) and array.dtype.kind in "biufc":
                gathered.setdefault(name, []).append(np.array(array))
    files = dict[str, str]()
    for place, (name, parts) in enumerate(gathered.items()):
        path = Path(request.settings["folder"]) / f"{place}.npy"
        np.save(path, _joined(parts, batch, count), allow_pickle=False)
        files[name] = str(path)
    say("found", outputs=files, items=count)


def _joined(parts: Sequence[feed.Array], batch: int, count: int) -> feed.Array:
    """All batches in one array; what the last batch repeated is cut off where it can be told."""
    if not parts[0].ndim:
        return np.stack(parts)
    whole = np.concatenate(parts)
    return whole[:count] if len(parts[0]) == batch else whole


def time_operators(request: Request, backend: Backend, _meters: Sequence[Meter], say: Say) -> None:
    backend.start()
    say("phase", name="operators")
    load = request.loads[0]
    arrays = feed.arrays(load.feeds, request.seed)
    times = backend.operators(load.path, request.options, arrays, request.settings["seconds"])
    if isinstance(times, str):
        say("found", operators=[], reason=times)
    else:
        say("found", operators=[asdict(time) for time in times])


def prepare(request: Request, backend: Backend, meters: Sequence[Meter], say: Say) -> list[Ready]:
    """Load, run once checked, bind and warm up every model."""
    say("phase", name="inputs")
    fed = [feed.arrays(load.feeds, request.seed) for load in request.loads]
    _mark(meters, "start")
    say("phase", name="runtime")
    packages = dict(backend.start())
    ready = []
    for load, arrays in zip(request.loads, fed, strict=True):
        session, load_ns = _loaded(backend, load.path, request.options, say)
        _mark(meters, "loaded")
        say("runtime", packages=packages, settings=dict(session.settings))
        ready.append(_warm(session, arrays, load_ns, request.settings["warm_up_s"], say))
    return ready


def _loaded(
    backend: Backend, path: str, options: Mapping[str, Any], say: Say
) -> tuple[Session, int]:
    """With the nanoseconds it took."""
    say("phase", name="load")
    began = perf_counter_ns()
    session = backend.load(path, options)
    return session, perf_counter_ns() - began


def _warm(
    session: Session, arrays: dict[str, feed.Array], load_ns: int, warm_up_s: float, say: Say
) -> Ready:
    say("phase", name="first")
    began = perf_counter_ns()
    outputs = session.run(arrays)
    first_ns = perf_counter_ns() - began
    described = [describe(name, array) for name, array in outputs.items()]
    del outputs
    run = session.bind(arrays)
    say("phase", name="warm-up")
    runs, run_s = loop.warm_up(run, warm_up_s)
    say("loaded", load_ns=load_ns, first_ns=first_ns, warmup_runs=runs, outputs=described)
    return Ready(session, arrays, run, run_s)


def describe(name: str, array: Any) -> dict[str, Any]:
    """Shape, dtype, and whether all values are finite; sequences and maps have neither."""
    if not isinstance(array, np.ndarray):
        return {"name": name, "dtype": type(array).__name__, "shape": [], "finite": True}
    inexact = np.issubdtype(array.dtype, np.inexact)
    finite = bool(np.isfinite(array).all()) if inexact else True
    return {
        "name": name,
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "finite": finite,
    }


def _slice_s(settings: Mapping[str, Any], round_s: float) -> float:
    """The slice asked for, or what one run of each takes, but not more than is left."""
    return float(min(max(settings["slice_s"], round_s), settings["ceiling_s"]))


def _open_window(meters: Sequence[Meter], say: Say) -> Surroundings:
    _mark(meters, "warm")
    say("phase", name="run")
    return Surroundings()


def _close_window(
    meters: Sequence[Meter],
    window: Surroundings,
    say: Say,
    items: int,
    session: Session | None = None,
) -> None:
    host = window.since()
    _mark(meters, "end")
    say("phase", name="meters")
    read = [one for meter in meters for one in meter.readings(items)]
    own = session.readings() if isinstance(session, Observant) else ()
    say("found", readings=[encode_reading(one) for one in (*read, *own)], host=host)


def _mark(meters: Sequence[Meter], phase: str) -> None:
    for meter in meters:
        meter.mark(phase)


def items_a_run(load: Load) -> int:
    """The batch, by the first input's first axis."""
    return load.feeds[0].shape[0] if load.feeds and load.feeds[0].shape else 1


def _items(load: Load, blocks: Sequence[Block]) -> int:
    return items_a_run(load) * sum(len(block.wall_ns) * block.runs_per_reading for block in blocks)
