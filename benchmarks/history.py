"""Claim: with 100,000 reports kept, a trend takes 1 s, a list 0.3 s, one more report 10 ms.

A thousand reports each of a hundred series (ten models on ten hosts), as large as those of a real
measurement, in SQLite; every series steps by 5 % once. Then, several times: one report more, a
list and a trend of one series, as calls into an open history and as the whole command, which also
starts an interpreter and imports the database's library. With EFFPROF_BENCH_DB set to a
postgresql:// URL of an empty database, that is filled and asked instead.

How to read. The goals are held against the calls and the commands alike. The rows on steps are a
simulation: sequences of measurements with 1 % of noise between them, and no step in them or one.
"""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter

from msgspec.structs import replace

from benchmarks.child import console_script
from benchmarks.noise import Witness
from benchmarks.outcome import Outcome, Row
from benchmarks.paired import middle
from benchmarks.startup import start
from effprof.base.stats import wilson
from effprof.history.place import place
from effprof.history.steps import steps
from effprof.history.store import History, Wanted
from effprof.report import codec
from effprof.report.history import HISTORY, Kept
from effprof.report.report import Metric, Report, TrialPart

CLAIM = "of 100,000 reports: trend of a series in 1 s, list in 0.3 s, insert in 10 ms"
GOLDEN = Path(__file__).parents[1] / "tests" / "golden" / "report-1.json"
TREND_S, LIST_S, INSERT_S = 1.0, 0.3, 0.01
MODELS, HOSTS = 10, 10
AT_ONCE = 500
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
METRICS = ("latency.p50",)


def run(*, quick: bool) -> Outcome:
    witness = Witness()
    outcome = Outcome("history", CLAIM, quick=quick)
    each, rounds = (20, 5) if quick else (1000, 20)
    with tempfile.TemporaryDirectory(prefix="effprof-history-") as folder:
        word = os.environ.get("EFFPROF_BENCH_DB") or str(Path(folder) / "history.db")
        where = place(word)
        assert where is not None
        with History(where, new=True) as history:
            outcome.notes.append(_filled(history, each, where.file))
            outcome.rows += _calls(history, each, rounds)
        outcome.rows += _commands(word, rounds)
    outcome.rows += _steps(100 if quick else 1000)
    outcome.host = witness.told()
    return outcome


def _filled(history: History, each: int, file: Path | None) -> str:
    began = perf_counter()
    batch: list[Kept] = []
    for one in _reports(each):
        batch.append(one)
        if len(batch) == AT_ONCE:
            history.keep(batch)
            batch = []
    history.keep(batch)
    count = history.count(Wanted())
    size = f", {file.stat().st_size / 1e6:.0f} MB" if file else ""
    length = len(codec.compact(next(_reports(1)).report)) / 1e3
    took_s = perf_counter() - began
    return f"{count} reports of {length:.0f} kB, {took_s:.0f} s to fill it in parts{size}"


def _reports(each: int) -> Iterator[Kept]:
    """Of all series in turn, as time goes on."""
    (golden,) = codec.load(GOLDEN)
    rng = Random(0)
    plain = replace(golden, unfinished=None, trials=_trials(rng))
    for number in range(each):
        for line in range(MODELS * HOSTS):
            yield _report(plain, number, line, each, rng)


def _report(plain: Report, number: int, line: int, each: int, rng: Random) -> Kept:
    when = BEGAN + timedelta(minutes=10 * number, seconds=line)
    level = 1.05 if number > (each * 3) // 4 else 1.0
    metrics = {
        key: _scaled(one, level * rng.lognormvariate(0, 0.01)) for key, one in plain.metrics.items()
    }
    report = replace(
        plain,
        id=f"{number:08}{line:04}",
        created=when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        model=replace(plain.model, name=f"model{line % MODELS}.onnx"),
        host=replace(plain.host, fingerprint=f"{line // MODELS:016x}"),
        metrics=metrics,
    )
    return Kept(HISTORY, "measure", report, f"{number:040x}", "main", "benchmark")


def _scaled(one: Metric, by: float) -> Metric:
    low, high = (end * by if end is not None else None for end in (one.low, one.high))
    return replace(one, value=one.value * by, low=low, high=high)


def _trials(rng: Random) -> tuple[TrialPart, ...]:
    """Six processes of forty blocks: what a measurement of ten seconds has."""
    return tuple(
        TrialPart("ok", 0.01, 0.001, 4000, 60, {"p50": rng.random()}, 0.9, 1.0,
                  tuple(rng.random() for _ in range(40)))
        for _ in range(6)
    )  # fmt: skip


def _calls(history: History, each: int, rounds: int) -> list[Row]:
    (golden,) = codec.load(GOLDEN)
    rng = Random(1)
    plain = replace(golden, unfinished=None, trials=_trials(rng))
    fresh = [_report(plain, each + at, 0, each, rng) for at in range(rounds)]
    wanted = Wanted(model="model0.onnx", host=f"{0:016x}")
    found = next(history.trends(wanted, METRICS, 1000))
    assert len(found.metrics[0].changes) == 1, "the step in the series was not found"
    return [
        _row("insert", [_took(lambda one=one: history.keep([one])) for one in fresh], INSERT_S),
        _row("list", [_took(lambda: _listed(history)) for _ in range(rounds)], LIST_S),
        _row(
            "trend of one series",
            [_took(lambda: list(history.trends(wanted, METRICS, 1000))) for _ in range(rounds)],
            TREND_S,
        ),
    ]


def _listed(history: History) -> object:
    return history.entries(Wanted(), 20), history.count(Wanted())


def _took(work: object) -> float:
    assert callable(work)
    began = perf_counter()
    work()
    return perf_counter() - began


def _commands(word: str, rounds: int) -> list[Row]:
    script = console_script()
    of_one = ["model0.onnx", "--host", f"{0:016x}", "--metric", METRICS[0]]
    rows = []
    for name, words, limit_s in (
        ("history list", ["list"], LIST_S),
        ("history trend", ["trend", *of_one], TREND_S),
    ):
        command = [script, "history", *words, "--db", word]
        start(command)  # bytecode and page cache
        starts = [start(command) for _ in range(rounds)]
        rows.append(_row(f"effprof {name}, wall", [one.wall_s for one in starts], limit_s))
        rows.append(_row(f"effprof {name}, CPU", [one.cpu_s for one in starts], None))
    return rows


def _row(what: str, times_s: list[float], limit_s: float | None) -> Row:
    found = middle(times_s)
    return Row(what, found.value, found.low, found.high, found.n, "s", limit=limit_s)


def _steps(studies: int) -> list[Row]:
    """How often a step is seen where there is none, and where there is one of 5 %."""
    rows = []
    for noise in ("normal", "with far values", "remembering"):
        for count in (30, 300):
            rng = Random(count)
            hits = sum(bool(steps(_noise(noise, count, rng))) for _ in range(studies))
            rows.append(
                _share(f"no step, {count} reports, noise {noise}: step seen", hits, studies)
            )
    for since in (3, 5, 10):
        rng = Random(since)
        hits = sum(_seen(30, since, rng) for _ in range(studies))
        rows.append(_share(f"+5 %, noise of 2 %, {since} reports since: seen", hits, studies))
    return rows


def _share(what: str, hits: int, studies: int) -> Row:
    low, high = wilson(hits, studies)
    return Row(what, hits / studies, low, high, studies, "%")


def _noise(kind: str, count: int, rng: Random) -> list[float]:
    """`with far values`: one in ten up to ten times the noise above; `remembering`: half of it."""
    values, last = [], rng.gauss(0, 0.01)
    for _ in range(count):
        last = 0.5 * last + rng.gauss(0, 0.01 * 0.75**0.5)
        far = 0.1 * rng.random() if rng.random() < 0.1 else 0.0
        plain = rng.gauss(0, 0.01)
        values.append({"normal": plain, "with far values": plain + far, "remembering": last}[kind])
    return values


def _seen(before: int, since: int, rng: Random) -> bool:
    values = [rng.gauss(0, 0.02) for _ in range(before)]
    values += [rng.gauss(0.0488, 0.02) for _ in range(since)]
    found = steps(values)
    return len(found) == 1 and found[0].first <= before + 1 and found[0].last >= before - 1
