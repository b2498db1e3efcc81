"""Claim: 1,000 saved reports are scored, ranked and put to the test of their weights in 5 s.

A thousand files as `measure --json` writes them, each with its own figures, through the command
line: reading and checking every file, 2000 draws for every score's interval, 1000 weightings of
the whole ranking, the frontier, and all of it shown. The wall time of `effprof score`, several
times; on a busy machine it is what the command had to wait for, too.
"""

import tempfile
from pathlib import Path
from random import Random

from msgspec.structs import replace

from benchmarks.child import console_script
from benchmarks.noise import Witness
from benchmarks.outcome import Outcome, Row
from benchmarks.paired import middle
from benchmarks.startup import start
from effprof.report import codec
from effprof.report.report import Metric, Report

CLAIM = "1,000 saved reports are scored, ranked and weighed anew in under 5 s"
REPORTS = 1000
LIMIT_S = 5.0
GOLDEN = Path(__file__).parents[1] / "tests" / "golden" / "report-1.json"
PROFILE = "edge"


def run(*, quick: bool) -> Outcome:
    witness = Witness()
    count, rounds = (100, 2) if quick else (REPORTS, 5)
    with tempfile.TemporaryDirectory(prefix="effprof-scoring-") as folder:
        paths = _saved(Path(folder), count)
        starts = [start(_command(paths)) for _ in range(rounds)]
    outcome = Outcome("scoring", CLAIM, quick=quick)
    what = f"score, {count} reports, with sensitivity"
    for name, times_s in (
        ("wall", [one.wall_s for one in starts]),
        ("CPU", [one.cpu_s for one in starts]),
    ):
        found = middle(times_s)
        limit_s = LIMIT_S if name == "wall" else None
        outcome.rows.append(
            Row(f"{what}, {name}", found.value, found.low, found.high, found.n, "s", limit=limit_s)
        )
    outcome.host = witness.told()
    return outcome


def _saved(folder: Path, count: int) -> list[str]:
    rng = Random(0)
    (golden,) = codec.load(GOLDEN)
    paths = []
    for number in range(count):
        path = folder / f"{number:04}.json"
        path.write_text(codec.dump(_varied(golden, number, rng)), encoding="utf-8")
        paths.append(str(path))
    return paths


def _varied(golden: Report, number: int, rng: Random) -> Report:
    """Figures spread over the scale of the profile, each with an interval."""
    spans = {"latency.p99": (3e-3, 2.0), "latency.jitter": (0.05, 4), "memory.peak": (2e7, 2e9)}
    metrics = {
        key: _drawn(golden, key, low * (high / low) ** rng.random())
        for key, (low, high) in {**spans, "energy.inference": (1e-3, 5.0)}.items()
    }
    model = replace(golden.model, name=f"model-{number}.onnx")
    return replace(golden, model=model, metrics={**golden.metrics, **metrics}, unfinished=None)


def _drawn(golden: Report, key: str, value: float) -> Metric:
    return replace(golden.metrics[key], value=value, low=value * 0.97, high=value * 1.03)


def _command(paths: list[str]) -> list[str]:
    program = [console_script(), "score"]
    return [*program, *paths, "--profile", PROFILE, "--sensitivity"]
