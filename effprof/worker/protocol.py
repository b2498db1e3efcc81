"""What goes to a worker and what comes back: JSON lines, no local object, readable in a log.

Request: one line on stdin. Answer: one object a line on the pipe whose descriptor is the worker's
only argument, each with the key `say`:

hello     protocol, python                       the interpreter is up
phase     name                                   inputs, runtime, load, first, warm-up, run, meters,
                                                 idle
runtime   packages, settings                     the runtime is imported, the model is loaded
loaded    load_ns, first_ns, warmup_runs, outputs
latencies session, blocks                        after the loop, never inside it
found     readings, host, emulation, ...         what meters and other jobs found
done      -                                      last word
error     kind, message, hint                    last word; kind: request, lacking or failed
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from effprof.base.records import Block, Feed, Measurement, Missing, Plugin, Recast, Values

PROTOCOL = 1

JobName = Literal[
    "time", "pair", "serve", "sustain", "outputs", "operators", "energy", "emulate", "ceilings"
]


@dataclass(frozen=True, slots=True)
class Load:
    """One model to have ready: several in one request share the process."""

    path: str
    feeds: tuple[Feed, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """`options` goes to the backend, `settings` to the job (see `worker/jobs.py` for its keys)."""

    job: JobName
    backend: Plugin | None
    loads: tuple[Load, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    meters: tuple[Plugin, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    seed: int = 0


def encode(request: Request) -> str:
    """One line, newline included."""
    return json.dumps(asdict(request), allow_nan=False) + "\n"


def decode(line: str) -> Request:
    """Trusts the line: it comes from our own parent."""
    raw = json.loads(line)
    return Request(
        job=raw["job"],
        backend=Plugin(**raw["backend"]) if raw["backend"] else None,
        loads=tuple(_load(load) for load in raw["loads"]),
        options=raw["options"],
        meters=tuple(Plugin(**meter) for meter in raw["meters"]),
        settings=raw["settings"],
        seed=raw["seed"],
    )


def _load(raw: dict[str, Any]) -> Load:
    return Load(raw["path"], tuple(_feed(feed) for feed in raw["feeds"]))


def _feed(raw: dict[str, Any]) -> Feed:
    recast = raw["recast"]
    return Feed(
        raw["name"],
        raw["dtype"],
        tuple(raw["shape"]),
        Values(**raw["values"]),
        Recast(**recast | {"axes": tuple(recast["axes"])}) if recast else None,
    )


def encode_block(block: Block) -> dict[str, Any]:
    return {
        "wall_ns": list(block.wall_ns),
        "cpu_ns": block.cpu_ns,
        "runs_per_reading": block.runs_per_reading,
        "each_cpu_ns": list(block.each_cpu_ns),
    }


def decode_block(raw: dict[str, Any]) -> Block:
    return Block(
        tuple(raw["wall_ns"]), raw["cpu_ns"], raw["runs_per_reading"], tuple(raw["each_cpu_ns"])
    )


def encode_reading(one: Measurement | Missing) -> dict[str, Any]:
    return {"kind": "missing" if isinstance(one, Missing) else "measured", **asdict(one)}
