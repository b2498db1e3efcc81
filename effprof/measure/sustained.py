"""`--sustained`: throughput over time in a worker of its own, and what is left of it at the end."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from effprof.base import stretch
from effprof.base.quantity import show
from effprof.base.records import Caution, Measurement, Missing
from effprof.base.stats import CONFIDENCE, Estimate
from effprof.base.stretch import MINUTE_S, SHORT_S, Row
from effprof.measure.launch import Limits, launch
from effprof.measure.plan import WARM_UP_S, Plan
from effprof.measure.summarise import CLOCK, sampled

METRIC = "throughput.sustained_ratio"
BUCKETS_SHORT, BUCKET_S, BUCKETS_MOST = 40, 5.0, 720
FELL_TO = 0.97
SHARE_MORE = 0.05
"""More of the CPU taken by others in the end than at first: then it need not be heat."""


@dataclass(frozen=True, slots=True)
class Sustained:
    """`rows` in time order, one a bucket: see `effprof/worker/sustain.py`; `lack` where none."""

    asked_s: float
    rows: tuple[Row, ...] = ()
    lack: str = ""

    @property
    def span_s(self) -> float:
        return stretch.span_s(self.asked_s)

    @property
    def first(self) -> list[Row]:
        return stretch.first(self.rows, self.span_s)

    @property
    def last(self) -> list[Row]:
        return stretch.last(self.rows, self.span_s)


def bucket_s(seconds: float) -> float:
    """Four buckets to a tenth of a short run, twelve to a minute of a long one, 720 at most."""
    if seconds < SHORT_S:
        return seconds / BUCKETS_SHORT
    return max(BUCKET_S, seconds / BUCKETS_MOST)


def sustain(plan: Plan, batch: int, seconds: float, on_phase: Callable[[str], None]) -> Sustained:
    """One worker that runs for `seconds` without a pause."""
    request = plan.request(
        "sustain",
        batch,
        plan.seed,
        seconds=seconds,
        bucket_s=bucket_s(seconds),
        warm_up_s=WARM_UP_S,
    )
    limits = Limits(plan.silence_s, 1.1 * seconds, plan.memory_limit_bytes)
    on_phase(f"sustained for {seconds:g} s")
    answer = launch(request, limits, python=plan.python)
    if not answer.ok:
        return Sustained(seconds, lack=answer.detail or f"the worker ended in {answer.ending}")
    rows = [
        row | {"throughput": batch * row["runs"] / row["seconds"]} for row in answer.found["rows"]
    ]
    return Sustained(seconds, tuple(rows))


def figure(found: Sustained) -> Measurement | Missing:
    """Throughput of the last minute over that of the first; of a short run, of its tenths."""
    if found.lack:
        return Missing(METRIC, found.lack)
    first, last = found.first, found.last
    if not first or not last or first[-1]["start"] >= last[0]["start"]:
        reason = f"{found.asked_s:g} s hold too few runs to have a beginning and an end"
        return Missing(METRIC, reason, f"--sustained {math.ceil(10 * found.asked_s)}")
    scope = f"the last {_span(found)} over the first, of {found.asked_s:g} s without a pause"
    return sampled(METRIC, _ratio(first, last), CLOCK, scope)


def _span(found: Sustained) -> str:
    """A word: "minute", or "tenth (2 s)"."""
    return "minute" if found.span_s == MINUTE_S else f"tenth ({show(found.span_s, 's')})"


def _ratio(first: Sequence[Row], last: Sequence[Row]) -> Estimate:
    """Its interval from how the buckets of either end differ, as Student's t has it."""
    value = stretch.rate(last) / stretch.rate(first)
    units = min(len(first), len(last))
    if units < 2:
        return Estimate(value, value, value, len(first) + len(last), units)
    from scipy.special import stdtrit

    spread = math.hypot(*(_relative_error(rows) for rows in (first, last)))
    arm = value * spread * float(stdtrit(units - 1, (1 + CONFIDENCE) / 2))
    return Estimate(value, max(0.0, value - arm), value + arm, len(first) + len(last), units)


def _relative_error(rows: Sequence[Row]) -> float:
    rates = [row["throughput"] for row in rows]
    return stdev(rates) / mean(rates) / math.sqrt(len(rates))


def cautions(found: Sustained, ratio: Measurement | Missing) -> Iterable[Caution]:
    """Where less is left at the end than at first, beyond what the interval allows."""
    if isinstance(ratio, Missing) or (ratio.high or ratio.value) >= FELL_TO:
        return
    told = "; ".join(_told(found)) or "no reading of clock or temperature is to be had here"
    more = _taken(found.last) - _taken(found.first)
    advice = (
        f"others took {show(more, '%')} more of the CPU in the end: a quieter machine tells more"
        if more > SHARE_MORE
        else "likely heat or a spent power budget: judge by the end of a longer --sustained"
    )
    text = f"throughput fell to {show(ratio.value, '%')} from the first {_span(found)} to the last"
    yield Caution("throughput-fell", f"{text}: {told}", advice)


def _told(found: Sustained) -> Iterable[str]:
    """What clock and temperature did, where the system tells."""
    for key, what, unit in (
        ("frequency_max_hz", "fastest core", "Hz"),
        ("temperature_celsius", "hottest zone", "°C"),
    ):
        ends = [[row[key] for row in rows if key in row] for rows in (found.first, found.last)]
        if all(ends):
            before, after = (mean(values) for values in ends)
            yield f"{what} {_shown(before, unit)} at first, {_shown(after, unit)} in the end"


def _shown(value: float, unit: str) -> str:
    return f"{value:.0f} °C" if unit == "°C" else show(value, unit)


def _taken(rows: Sequence[Row]) -> float:
    """Share of the CPU that other processes and the hypervisor took."""
    held = sum(row["seconds"] * row.get("cores", 0) for row in rows)
    taken = sum(row.get("others_cpu_s", 0) + row.get("steal_s", 0) for row in rows)
    return taken / held if held else 0.0
