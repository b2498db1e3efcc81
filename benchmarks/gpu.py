"""Claim: a GPU's figures are those of a bare loop, the harness costs nothing, joules repeat.

    python -m benchmarks gpu --save            # on a machine with an NVIDIA GPU; half an hour
    python -m benchmarks gpu --quick           # two models, two batches; ten minutes, or less
    python -m benchmarks gpu --device cpu      # the same way on this machine's CPU, to try it

Each line is on stderr as soon as it is found: a run that is broken off has told what it saw.

Method. The table has, for each model and batch, what `effprof measure` reports (a sweep, energy at
its best batch) beside bare loops over ONNX Runtime and over PyTorch, each in a process of its own
(`gpu_loops.py`); what is not installed is named and left out. Then four figures:

  harness      effprof's loop against a bare IO-bound one over one session, blocks in turn
  throughput   of ResNet-50 fp16, best batch: the report's against the bare loop's
  energy       the report's at that batch, three times: largest less smallest, over the mean
  NVML         its power (POWER_INSTANT) integrated against its energy counter, over the bare loop

How to read. PASS is held, FALL SHORT is missed; what could not be measured is a note that says why.
J per inference is the whole board's, idle included. Weights are random, and seeded.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import onnx

from benchmarks import models, zoo
from benchmarks.child import ROOT, environment
from benchmarks.gpu_loops import Request
from benchmarks.noise import Witness
from benchmarks.outcome import Outcome, Row
from benchmarks.paired import differences, middle
from effprof import environment as runtimes
from effprof.backends.cuda import OnnxRuntimeCuda
from effprof.base import nvidia
from effprof.base.folders import data_folder
from effprof.base.quantity import show
from effprof.host import usable_cores
from effprof.measure.levels import Stretch, level

CLAIM = "a GPU's figures are a bare loop's to 3 %, the harness under 10 us, energy repeats to 3 %"
TARGETS = {"cuda onnxruntime": "cloud", "cuda torch": "torch",
           "cpu onnxruntime": "cloud-cpu", "cpu torch": "torch-cpu"}  # fmt: skip
SMALL, LARGE = "student", "resnet50-fp16"
BATCHES = {"cuda": (1, 8, 32, 128), "cpu": (1, 4)}
HARNESS_S, SHARE, NVML_SHARE = 10e-6, 0.03, 0.05
LOOP_S, QUICK_S, REPEATS = 5.0, 2.0, 3
HEAD = ("model", "batch", "by", "latency p50", "items/s", "J per inference")
Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bench:
    """`pythons`: the interpreter of each runtime that is here."""

    device: str
    seconds: float
    folder: Path
    pythons: Mapping[str, str]
    outcome: Outcome

    def line(self, *cells: Any) -> None:
        self.outcome.details.append(dict(zip(HEAD, cells, strict=True)))
        print(_row(self.outcome.details[-1]), file=sys.stderr, flush=True)

    def missing(self, what: str, why: str) -> None:
        self.outcome.notes.append(f"missing: {what}: {why}")
        print(self.outcome.notes[-1], file=sys.stderr, flush=True)

    def judge(self, what: str, shares: Sequence[float], beside: str, limit: float) -> None:
        """`shares`: the value, and its lowest and highest where it has an interval."""
        value, low, high = shares if len(shares) > 1 else 3 * tuple(shares)
        self.rows(Row(what, value, low, high, 1, "±%", beside, limit=limit, within=True))

    def rows(self, row: Row) -> None:
        self.outcome.rows.append(row)
        print(*filter(None, row.cells), sep="  ", file=sys.stderr, flush=True)


def run(*, quick: bool, device: str = "cuda") -> Outcome:
    """With `lacking` where there is no GPU, or neither runtime for it."""
    outcome = Outcome("gpu" if device == "cuda" else f"gpu-{device}", CLAIM, quick=quick)
    pythons, absent = _pythons(device)
    lack = nvidia.no_gpu() if device == "cuda" else None
    if lack or not pythons:
        outcome.lacking = outcome.skipped = lack or "; ".join(absent)
        return outcome
    outcome.notes += [f"left out: {one}" for one in absent]
    witness = Witness()
    with tempfile.TemporaryDirectory(prefix="effprof-bench-") as name:
        folder = Path(name)
        (folder / "environments").symlink_to(data_folder().absolute() / "environments")
        bench = Bench(device, QUICK_S if quick else LOOP_S, folder, pythons, outcome)
        large = zoo.resnet50(folder / "resnet50.onnx")
        for model in (models.student(), *([] if quick else [large]), zoo.halved(large, LARGE)):
            _measured(bench, model, BATCHES[device][: 2 if quick else None])
    outcome.page = _table(outcome.details)
    outcome.host = witness.told() | ({"GPU": nvidia.first_name()} if device == "cuda" else {})
    return outcome


def _pythons(device: str) -> tuple[dict[str, str], list[str]]:
    """Interpreters by runtime; why there is none of the others."""
    found, absent = dict[str, str](), list[str]()
    lack = OnnxRuntimeCuda().unavailable() if device == "cuda" else None
    python = runtimes.locate(runtimes.SETS["cuda"][0]) if lack else sys.executable
    if python:
        found["onnxruntime"] = str(python)
    else:
        absent.append(f"ONNX Runtime: {lack}")
    probe = "import torch" + ("; torch.zeros(1).cuda()" if device == "cuda" else "")
    done = _done([sys.executable, "-c", probe])
    if done.returncode:
        absent.append(f"PyTorch: {_last(done.stderr)}")
    else:
        found["torch"] = sys.executable
    return found, absent


def _measured(bench: Bench, path: Path, batches: Sequence[int]) -> None:
    """Every runtime's lines of one model, and the figures that are read on it."""
    for runtime in bench.pythons:
        report = _report(bench, runtime, path, batches)
        swept = {int(row["batch"]): row for row in report.get("sweep", ())}
        best = report["scenario"]["batch"] if swept else 0
        if not swept:
            bench.missing(f"effprof's {path.stem} under {runtime}", report["lack"])
        for batch, row in swept.items():
            figures = row["latency_p50"], row["throughput"]
            joules = _joules(report) if batch == best else None
            bench.line(path.stem, batch, f"effprof, {runtime}", *figures, joules)
        bare = {batch: _bare(bench, runtime, path, batch) for batch in batches}
        if not swept:
            best = max(batches, key=lambda batch: bare[batch].get("rate_hz", 0.0) * batch)
        if path.stem == LARGE and runtime == next(iter(bench.pythons)):
            if swept and bare[best]:
                rate_hz = bare[best]["rate_hz"] * best
                what = f"throughput, {LARGE}, batch {best}, {runtime}"
                ours = [swept[best][key] / rate_hz - 1 for key in ("throughput", "low", "high")]
                bench.judge(what, ours, f"bare loop, {rate_hz:.4g} items/s", SHARE)
            _nvml(bench, bare[best])
            _repeated(bench, runtime, path, best, report)
    if path.stem == SMALL:
        _harness(bench, path)


def _bare(bench: Bench, runtime: str, path: Path, batch: int) -> Told:
    """Its line in the table, and what was found; nothing where it ended badly."""
    found = _looped(bench, "loop", runtime, path, batch)
    if "latency_s" not in found:
        bench.missing(f"a bare loop of {path.stem} under {runtime}, batch {batch}", found["lack"])
        return {}
    rate_hz, watts = found["rate_hz"] * batch, _watts(found, "J")
    seconds = found["end"] - found["start"] if watts else 0.0
    joules = watts * seconds / (found["runs"] * batch) if watts else None
    bench.line(path.stem, batch, f"bare {runtime}", found["latency_s"], rate_hz, joules)
    return found


def _watts(found: Mapping[str, Any], unit: str) -> float | None:
    """Mean power of the loop by the counter of joules (J) or by samples of power (W)."""
    for series in found.get("series", ()):
        stretch = Stretch("work", found["start"], found["end"], 1, ())
        if series["unit"] == unit and (seen := level(series, stretch)):
            return seen.watts
    return None


def _nvml(bench: Bench, found: Mapping[str, Any]) -> None:
    counted, sampled = _watts(found, "J"), _watts(found, "W")
    if not counted or not sampled:
        why = found.get("lack") or "no counter of joules, or no POWER_INSTANT"
        return bench.missing("NVML's power against its counter", why)
    beside = f"energy counter, {show(counted, 'W')} over {found['end'] - found['start']:.0f} s"
    return bench.judge("NVML's power, integrated", [sampled / counted - 1], beside, NVML_SHARE)


def _harness(bench: Bench, path: Path) -> None:
    what = f"harness, {path.stem}"
    if "onnxruntime" not in bench.pythons:
        return bench.missing(what, "it is held against a loop over ONNX Runtime, which is not here")
    found = _looped(bench, "beside", "onnxruntime", path, 1)
    if "ours" not in found:
        return bench.missing(what, found["lack"])
    beside = f"bare loop, {show(middle(found['bare']).value, 's')}"
    noise = differences(found["control"], found["bare"])
    noisy = max(abs(noise.low), abs(noise.high)) > HARNESS_S
    one = differences(found["ours"], found["bare"])
    figures = (one.value, one.low, one.high, one.n, "s", beside)
    bench.rows(Row(what, *figures, limit=HARNESS_S, unsound=noisy))
    return None


def _repeated(bench: Bench, runtime: str, path: Path, batch: int, first: Told) -> None:
    """Energy of the same model and batch, each time by a command of its own."""
    what, found = f"energy, {path.stem}, batch {batch}, {runtime}", list[float]()
    while len(found) < REPEATS:
        report = _report(bench, runtime, path, [batch]) if found else first
        if (joules := _joules(report)) is None:
            reasons = {one["metric"]: one["reason"] for one in report.get("missing", ())}
            return bench.missing(what, reasons.get("power.mean", "no meter was read"))
        found.append(joules)
    mean = sum(found) / len(found)
    spread = (max(found) - min(found)) / mean
    return bench.judge(what, [spread], f"mean of {REPEATS}, {show(mean, 'J')}", SHARE)


def _joules(report: Told) -> float | None:
    """Measured ones alone."""
    energy = report.get("metrics", {}).get("energy.inference", {})
    return energy["value"] if energy.get("origin") == "measured" else None


def _report(bench: Bench, runtime: str, path: Path, batches: Sequence[int]) -> Told:
    """Of `effprof measure`; `lack` in its place where there is none."""
    file = bench.folder / "report.json"
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "effprof", "measure", str(path), "--quiet", "--no-history"]
    command += ["-t", TARGETS[f"{bench.device} {runtime}"], "--scenario", "offline"]
    command += ["--batch", ",".join(map(str, batches)), "--time", str(4 * bench.seconds)]
    env = environment() | {"EFFPROF_DATA": str(bench.folder)}
    done = _done([*command, "--json", str(file)], env)
    if file.exists():
        return dict(json.loads(file.read_text(encoding="utf-8")))
    return {"lack": done.stderr.strip().partition("\n")[0]}


def _looped(bench: Bench, job: str, runtime: str, path: Path, batch: int) -> Told:
    """What `gpu_loops.py` found under that runtime; `lack` where it ended badly."""
    graph = onnx.load(path).graph
    given, made = (
        {one.name: _shape(one, batch) for one in ones} for ones in (graph.input, graph.output)
    )
    bounds = bench.seconds, usable_cores()
    request = Request(job, runtime, bench.device, str(path), given, made, *bounds)
    words = [bench.pythons[runtime], "-m", "benchmarks.gpu_loops", json.dumps(asdict(request))]
    done = _done(words)
    if done.returncode:
        return {"lack": _last(done.stderr)}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _done(
    words: Sequence[str], env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def _shape(one: Any, batch: int) -> tuple[tuple[int, ...], str]:
    tensor = one.type.tensor_type
    sizes = tuple(dim.dim_value or batch for dim in tensor.shape.dim)
    return sizes, str(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type))


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["it ended without a word"])[-1]


def _table(lines: Sequence[Told]) -> str:
    """As Markdown."""
    head = [f"| {' | '.join(cells)} |" for cells in (HEAD, ("---",) * len(HEAD))]
    return "\n".join([*head, *map(_row, lines)])


def _row(line: Told) -> str:
    name, batch, by, latency_s, rate_hz, joules = line.values()
    energy = show(joules, "J") if joules is not None else ""
    cells = (name, str(batch), by, show(latency_s, "s"), f"{rate_hz:.4g}", energy)
    return f"| {' | '.join(cells)} |"
