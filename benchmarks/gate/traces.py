"""What real workers of the gate read, condition by condition; kept, so that a run can go on."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from benchmarks.gate.added import FOLDER, plan
from benchmarks.gate.neighbours import NOISES, Noise, neighbours
from effprof.base.records import Block
from effprof.gate.effect import Ratio, Unit
from effprof.gate.pairs import Asked, Blocks, together_once, unit
from effprof.measure.launch import Answer

Once = Callable[[Asked, bool, int], Answer | tuple[Blocks, Blocks]]
FILE = FOLDER / "traces.jsonl"
STALE_S = 3 * 3600.0
THREADS = (1, 2)
AGAINST_ITSELF, SLOWER = 24, 12
"""Workers of a condition: most where rare events are looked for."""


@dataclass(frozen=True, slots=True)
class Side:
    """One model in one worker, seconds a run: mean and fastest of each block."""

    mean_s: list[float]
    min_s: list[float]


@dataclass(frozen=True, slots=True)
class Trace:
    """One worker: what the gate makes of it, and what other tools would have seen."""

    noise: Noise
    threads: int
    share: float
    cpu: tuple[float, float]  # logarithm and its error
    wall: tuple[float, float]
    base: Side
    candidate: Side
    seconds: float

    @property
    def unit(self) -> Unit:
        return Unit(Ratio(*self.cpu), Ratio(*self.wall))


def collect(family: dict[float, Path], *, quick: bool) -> list[Trace]:
    """Every condition in turn, a worker each, so that a machine that drifts treats all alike."""
    kept = _read()
    most = (4, 4) if quick else (AGAINST_ITSELF, SLOWER)
    for turn in range(max(most)):
        for noise in NOISES[:2] if quick else NOISES:
            todo = [
                (threads, share)
                for threads in (THREADS[:1] if quick else THREADS)
                for share in ((0.0, 0.05) if quick else family)
                if turn < (most[0] if not share else most[1])
                and _count(kept, noise, threads, share) <= turn
            ]
            if not todo:
                continue
            with neighbours(noise):
                for threads, share in todo:
                    if (one := take(family, noise, threads, share, turn)) is not None:
                        kept.append(one)
                        _keep(one)
    return kept


def take(
    family: dict[float, Path],
    noise: Noise,
    threads: int,
    share: float,
    turn: int,
    once: Once = together_once,
) -> Trace | None:
    """One unit of the gate: a worker, or with `apart_once` two."""
    plans = (plan(family[0.0], threads), plan(family[share], threads))
    began = time.monotonic()
    found = once(plans, turn % 2 == 1, turn)
    seconds = time.monotonic() - began
    if not isinstance(found, tuple):
        print(f"a worker ended in {found.ending}: {found.detail}")
        return None
    base, candidate = found
    read = unit(base, candidate)
    return Trace(
        noise,
        threads,
        share,
        (read.cpu.log, read.cpu.error),
        (read.wall.log, read.wall.error),
        _side(base),
        _side(candidate),
        seconds,
    )


def _side(blocks: Sequence[Block]) -> Side:
    def run_s(block: Block) -> list[float]:
        return [wall / block.runs_per_reading / 1e9 for wall in block.wall_ns]

    return Side([fmean(run_s(one)) for one in blocks], [min(run_s(one)) for one in blocks])


def _count(kept: Sequence[Trace], noise: Noise, threads: int, share: float) -> int:
    return len(of(kept, noise, threads, share))


def of(kept: Sequence[Trace], noise: Noise, threads: int, share: float) -> list[Trace]:
    """Those of one condition."""
    wanted = (noise, threads, share)
    return [one for one in kept if (one.noise, one.threads, one.share) == wanted]


def _keep(one: Trace) -> None:
    with FILE.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(one)) + "\n")


def _read() -> list[Trace]:
    """What a run that was broken off has left; nothing where that is long ago."""
    if not FILE.exists() or time.time() - FILE.stat().st_mtime > STALE_S:
        FILE.unlink(missing_ok=True)
        return []
    return [_decode(json.loads(line)) for line in FILE.read_text(encoding="utf-8").splitlines()]


def _decode(raw: dict[str, object]) -> Trace:
    parts: dict[str, object] = {
        **raw,
        **{key: Side(**raw[key]) for key in ("base", "candidate")},  # type: ignore[arg-type]
        **{key: tuple(raw[key]) for key in ("cpu", "wall")},  # type: ignore[arg-type]
    }
    return Trace(**parts)  # type: ignore[arg-type]


def done() -> None:
    """The next run begins afresh; these stay beside it for a look."""
    FILE.replace(FILE.with_name("traces.last.jsonl"))
