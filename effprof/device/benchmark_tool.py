"""LiteRT's benchmark_model: its command line, and its figures read from what it prints.

Lines begin with `INFO: ` or not, by version; times are microseconds, as 9450.5 or 2.95034e+06; the
percentiles came late and may be missing. Memory is in MiB, whatever the line calls it.
"""

import re
from dataclasses import dataclass

from effprof.base.errors import UnfinishedError
from effprof.base.records import OperatorTime

_NUMBER = r"([0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]{1,3})?)"
_SUMMARY = re.compile(
    rf"Inference timings in us: Init: {_NUMBER}, First inference: {_NUMBER}, "
    rf"Warmup \(avg\): {_NUMBER}, Inference \(avg\): {_NUMBER}"
)
_COUNT = re.compile(r"^(?:INFO: )?(count=[0-9]+ .*)$", re.MULTILINE)
_PAIR = re.compile(rf"([a-z0-9]+)={_NUMBER}(?= |$)")
_MEMORY = re.compile(
    rf"(?:Memory footprint delta from the start of the tool|Peak memory footprint) \(MB\): "
    rf"init={_NUMBER} overall={_NUMBER}"
)
_PEAK = re.compile(rf"Overall peak memory footprint \(MB\) via periodic monitoring: {_NUMBER}")
_DELEGATED = re.compile(r"Replacing ([0-9]+) out of ([0-9]+) node")
_FOLDED = "=== Run Order ==="
_MEAN, _NAME = "[avg ms]", "[name]"
_MIB = 1 << 20
_NOT_OPERATORS = {"AllocateTensors", "ModifyGraphWithDelegate"}


@dataclass(frozen=True, slots=True)
class Run:
    """One process. Seconds and bytes; None where this version of the tool does not tell."""

    load_s: float
    first_s: float
    mean_s: float
    warmup_runs: int
    runs: int
    least_s: float
    most_s: float
    p50_s: float | None
    p95_s: float | None
    load_bytes: float | None
    peak_bytes: float | None
    delegated: tuple[int, int] | None  # nodes given to a delegate (XNNPACK), of all


def command(
    program: str, model: str, threads: int, runs: int, seconds: float, *, operators: bool = False
) -> str:
    """For the phone's shell. `program` and `model` are paths of our own making."""
    words = [
        program,
        f"--graph={model}",
        f"--num_threads={threads}",
        f"--num_runs={runs}",
        f"--min_secs={seconds:.3f}",
        f"--max_secs={max(20 * seconds, 60):.0f}",
        "--warmup_min_secs=0.5",
        "--use_xnnpack=true",
        "--report_peak_memory_footprint=true",
        f"--enable_op_profiling={'true' if operators else 'false'}",
    ]
    return " ".join(words)


def read(said: str) -> Run:
    """The figures; UnfinishedError, with the tool's last words, where it did not get that far."""
    summary = _SUMMARY.search(said)
    counts = [dict(_PAIR.findall(line)) for line in _COUNT.findall(said)]
    if summary is None or len(counts) < 2 or "avg" not in counts[1] or "min" not in counts[1]:
        raise UnfinishedError(f"benchmark_model did not finish: {_complaint(said)}")
    init, first, _, mean = (float(group) / 1e6 for group in summary.groups())
    if mean <= 0:
        raise UnfinishedError("benchmark_model told that a run takes no time")
    warm, steady = counts[0], counts[1]
    memory, peak, delegated = (one.search(said) for one in (_MEMORY, _PEAK, _DELEGATED))
    overall = float(memory[2]) * _MIB if memory else None
    return Run(
        load_s=init,
        first_s=first,
        mean_s=mean,
        warmup_runs=int(warm["count"]),
        runs=int(steady["count"]),
        least_s=float(steady["min"]) / 1e6,
        most_s=float(steady["max"]) / 1e6,
        p50_s=_seconds(steady, "median"),
        p95_s=_seconds(steady, "p95"),
        load_bytes=float(memory[1]) * _MIB if memory else None,
        peak_bytes=max(overall or 0.0, float(peak[1]) * _MIB) if peak else overall,
        delegated=(int(delegated[1]), int(delegated[2])) if delegated else None,
    )


def operators(said: str) -> tuple[OperatorTime, ...]:
    """Mean time of each operator of a run, from the profile; nothing where there is none."""
    found: list[OperatorTime] = []
    for part in said.split(_FOLDED)[1:]:
        rows = _rows(part)
        if any(row.type not in _NOT_OPERATORS for row in rows):  # not the one of initialising
            found = [row for row in rows if row.type not in _NOT_OPERATORS]
    return tuple(found)


def _rows(part: str) -> list[OperatorTime]:
    """The table that begins here: columns by their titles, since versions differ."""
    rows: list[OperatorTime] = []
    titles: list[str] = []
    for line in part.splitlines():
        cells = [cell.strip() for cell in line.strip().split("\t")]
        named = [cell.casefold() for cell in cells]
        if _MEAN in named and _NAME in named:
            titles = named
        elif titles and len(cells) == len(titles):
            mean_ms = cells[titles.index(_MEAN)]
            if not re.fullmatch(_NUMBER, mean_ms):
                break
            name = cells[titles.index(_NAME)]
            rows.append(OperatorTime(name, cells[0], float(mean_ms) / 1e3))
        elif titles:
            break
    return rows


def _seconds(counts: dict[str, str], key: str) -> float | None:
    return float(counts[key]) / 1e6 if key in counts else None


def _complaint(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    told = (errors or lines or ["it said nothing"])[-1]
    return "".join(char if char.isprintable() else "?" for char in told)[:200]
