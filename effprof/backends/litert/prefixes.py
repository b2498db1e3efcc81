"""Time per operator of a runtime that does not tell: the graph's beginnings, each timed whole.

LiteRT's Python face has no profiler. So the file is cut after every operator that works on the
inputs, the cuts are timed, and an operator gets what its cut takes longer than the one before it.
Cutting needs no converter: in a copy of the file the list of operators gets shorter and the list of
outputs becomes what the rest of the graph would have read.

What such a difference is not: XNNPACK fuses operators and chooses layouts for all that it sees, so
an operator's share of the whole may differ from what adding it costs here. Where noise makes a
longer cut look faster, neighbours share what they add together (pool adjacent violators), so that
no time is negative and all of them add up to the whole run; where that befell most of them, the
machine is too noisy for this and no time is told.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from effprof.backends.litert.session import LiteRtSession
from effprof.base.records import OperatorTime
from effprof.ports import Arrays, Refusal

HOW = "differences between growing parts of the graph, since LiteRT has no profiler of operators"
WALL_SHARE = 8
"""The time allowed for loading and running all cuts, over the seconds of running asked for."""
LEAST_RUNS = 5
SWEEPS = 4


@dataclass(frozen=True, slots=True)
class _Cut:
    """The graph up to and with operator `index`; `outputs` is what is left to be read."""

    index: int
    name: str
    type: str
    outputs: tuple[int, ...]


def times(
    module: Any, path: Path, options: Mapping[str, Any], arrays: Arrays, seconds: float
) -> Sequence[OperatorTime] | str:
    """Or the reason why not: too many operators for the time, or a graph that cannot be cut."""
    began = perf_counter()
    whole = LiteRtSession(module, options, model_path=str(path))
    whole.run(arrays)
    load_s = perf_counter() - began
    run_s = _run_s(whole, arrays, seconds / 20)
    interpreter = whole.interpreter
    found = _cuts(interpreter)
    if isinstance(found, str):
        return found
    needed_s = SWEEPS * len(found) * (load_s + LEAST_RUNS * run_s)
    if needed_s > WALL_SHARE * seconds:
        return (
            f"LiteRT has no profiler of operators, and timing {len(found)} parts of this graph "
            f"would take {needed_s:.0f} s"
        )
    inputs = whole.inputs
    whole.close()
    held = path.read_bytes()
    try:
        taken = _timed(module, held, found, options, inputs, arrays, seconds)
    except (Refusal, struct.error) as error:
        return (
            f"LiteRT has no profiler of operators, and a part of this graph does not run: {error}"
        )
    pools = ascending(taken)
    if len(pools) <= len(found) / 2:
        return (
            "LiteRT has no profiler of operators, and this machine is too noisy to tell "
            f"{len(found)} growing parts of the graph apart by their time"
        )
    return tuple(
        OperatorTime(one.name, one.type, taken_s, HOW)
        for one, taken_s in zip(found, differences(pools), strict=True)
    )


def _cuts(interpreter: Any) -> list[_Cut] | str:
    """One after each operator that works on the inputs; those of constants alone run once."""
    if not hasattr(interpreter, "_get_ops_details"):
        return "this LiteRT tells neither the time of operators nor the operators"
    operators = [
        one
        for one in interpreter._get_ops_details()  # noqa: SLF001  there is no public way
        if one["op_name"] != "DELEGATE" and "Delegate" not in one["op_name"]
    ]
    names = {int(one["index"]): one["name"] for one in interpreter.get_tensor_details()}
    live = {int(one["index"]) for one in interpreter.get_input_details()}
    final = {int(one["index"]) for one in interpreter.get_output_details()}
    last_read = _last_read(operators)
    made: list[int] = []
    cuts = []
    for at, one in enumerate(operators):
        sources = [int(place) for place in one["inputs"] if place >= 0]
        if sources and not live.intersection(sources):
            continue
        outputs = [int(place) for place in one["outputs"]]
        live.update(outputs)
        made += outputs
        left = [place for place in made if place in final or last_read.get(place, -1) > at]
        label = names.get(outputs[0], "").partition(";")[0] if outputs else ""
        kind = str(one["op_name"])
        if left:
            cuts.append(_Cut(at, f"{label or kind}:{at}", kind, tuple(dict.fromkeys(left))))
    return cuts or "the graph has no operator that works on its inputs"


def _last_read(operators: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for at, one in enumerate(operators):
        found.update((int(place), at) for place in one["inputs"])
    return found


def _timed(
    module: Any,
    held: bytes,
    cuts: Sequence[_Cut],
    options: Mapping[str, Any],
    inputs: Mapping[str, int],
    arrays: Arrays,
    seconds: float,
) -> list[float]:
    """Seconds of the fastest run of each cut, of all sweeps up and down.

    The fastest, since neighbours on the machine only ever add time, and a difference of medians
    would be mostly theirs.
    """
    share_s = seconds / (SWEEPS * len(cuts))
    taken = [float("inf")] * len(cuts)
    for place in (*range(len(cuts)), *reversed(range(len(cuts)))) * (SWEEPS // 2):
        part = cuts[place]
        content = cut(held, part.index + 1, part.outputs)
        session = LiteRtSession(module, options, inputs, model_content=content)
        session.run(arrays)
        taken[place] = min(taken[place], _run_s(session, arrays, share_s))
        session.close()
    return taken


def _run_s(session: LiteRtSession, arrays: Arrays, seconds: float) -> float:
    """Fastest of bound runs over about `seconds`, short ones several to a reading."""
    run = session.bind(arrays)
    start = perf_counter()
    run()
    several = max(1, int(20e-6 / max(perf_counter() - start, 1e-7)))
    readings: list[float] = []
    until = perf_counter() + seconds
    while len(readings) < LEAST_RUNS or perf_counter() < until:
        start = perf_counter()
        for _ in range(several):
            run()
        readings.append((perf_counter() - start) / several)
    return min(readings)


def ascending(taken_s: Sequence[float]) -> list[tuple[float, int]]:
    """(seconds, how many cuts) after the least change that makes the cuts ascend."""
    pools: list[tuple[float, int]] = []
    for value in taken_s:
        mean, members = value, 1
        while pools and pools[-1][0] >= mean:
            before, count = pools.pop()
            mean = (before * count + mean * members) / (count + members)
            members += count
        pools.append((mean, members))
    return pools


def differences(pools: Sequence[tuple[float, int]]) -> list[float]:
    """What each cut adds; those of one pool add alike."""
    before_s, added = 0.0, list[float]()
    for mean_s, members in pools:
        added += [(mean_s - before_s) / members] * members
        before_s = mean_s
    return added


# Places of fields in the tables Model and SubGraph of the schema: 4 + 2 x number of the field.
_SUBGRAPHS, _OUTPUTS, _OPERATORS = 8, 8, 10


def cut(held: bytes, operators: int, outputs: Sequence[int]) -> bytes:
    """The file with the first `operators` of its main graph, writing `outputs`.

    The new list of outputs stands behind the file: offsets of a flatbuffer point forwards.
    """
    content = bytearray(held) + bytes(-len(held) % 4)
    model = _u32(content, 0)
    subgraphs = _follow(content, _field(content, model, _SUBGRAPHS))
    graph = _follow(content, subgraphs + 4)
    struct.pack_into("<I", content, _follow(content, _field(content, graph, _OPERATORS)), operators)
    field = _field(content, graph, _OUTPUTS)
    struct.pack_into("<I", content, field, len(content) - field)
    return bytes(content) + struct.pack(f"<I{len(outputs)}i", len(outputs), *outputs)


def _field(content: bytearray, table: int, slot: int) -> int:
    """Where a field of a table lies; struct.error where the file leaves it out."""
    vtable = table - int(struct.unpack_from("<i", content, table)[0])
    inside = slot < struct.unpack_from("<H", content, vtable)[0]
    offset = struct.unpack_from("<H", content, vtable + slot)[0] if inside else 0
    if not offset:
        raise struct.error("a field of the graph is left out")
    return table + int(offset)


def _follow(content: bytearray, place: int) -> int:
    return place + _u32(content, place)


def _u32(content: bytearray, place: int) -> int:
    return int(struct.unpack_from("<I", content, place)[0])
