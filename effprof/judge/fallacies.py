"""Beliefs that two reports contradict, each with its figures; silent where they do not.

Every rule takes both reports and the rows of their comparison and says one thing or nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping

from effprof.base.vocabulary import Bound
from effprof.report.comparison import Finding, Row
from effprof.report.report import Report

Rows = Mapping[str, Row]
_LATENCIES = ("latency.under_load.p99", "latency.p50", "latency.mean")
_FEWER = 0.9  # MACs or parameters at or under this share of the base's are called fewer
_MUCH = 1.5  # a promise this many times what was got is called broken
_HALF = 0.5
_BOUNDS = {
    "compute": "arithmetic",
    "memory": "memory bandwidth",
    "overhead": "overhead, neither arithmetic nor memory",
}


def fallacies(base: Report, other: Report, rows: Rows) -> tuple[Finding, ...]:
    found = (rule(base, other, rows) for rule in _RULES)
    return tuple(one for one in found if one is not None)


def fewer_macs_not_faster(base: Report, other: Report, rows: Rows) -> Finding | None:
    """Fewer MACs, and no less time, or far less gain than they promised."""
    macs, time = _ratio(rows, "compute.macs"), _latency(rows)
    if macs is None or time is None or time.ratio is None or macs > _FEWER:
        return None
    fewer, faster = 1 / macs, 1 / time.ratio
    kept = fewer < _MUCH * faster if time.verdict == "better" else _may_be(macs, time)
    if kept:
        return None
    got = f"{faster:.2g}x faster" if time.verdict == "better" else _no("faster", time)
    return Finding(
        "fewer-macs-not-faster",
        f"{fewer:.2g}x fewer MACs, {got} ({time.metric}): {_bound(other)}",
        {"macs_ratio": macs, "latency_ratio": time.ratio, **_shares(other)},
    )


def faster_but_hungrier(base: Report, other: Report, rows: Rows) -> Finding | None:
    time, energy = _latency(rows), rows.get("energy.inference")
    if time is None or time.ratio is None or energy is None or energy.ratio is None:
        return None
    if (time.verdict, energy.verdict) != ("better", "worse"):
        return None
    return Finding(
        "faster-but-hungrier",
        f"{1 / time.ratio:.2g}x faster, and {energy.ratio:.2g}x the energy of an item: it draws "
        f"{energy.ratio / time.ratio:.2g}x the power while it runs",
        {"latency_ratio": time.ratio, "energy_ratio": energy.ratio},
    )


def int8_without_gain(base: Report, other: Report, rows: Rows) -> Finding | None:
    """int8 that is not faster here, whatever it is elsewhere."""
    time, size = _latency(rows), _ratio(rows, "size.model")
    if precision(other) != "int8" or precision(base) == "int8" or time is None:
        return None
    if time.ratio is None or time.verdict == "better":
        return None
    bought = f"; what it bought is {1 / size:.2g}x less size" if size and size < _FEWER else ""
    slower = f"{time.ratio:.2g}x the time" if time.verdict == "worse" else _no("less time", time)
    where = other.target.id if time.other and time.other.origin != "measured" else other.host.cpu
    return Finding(
        "int8-without-gain",
        f"int8 takes {slower} on {where} ({time.metric}): {_bound(other)}{bought}",
        {"latency_ratio": time.ratio, **({"size_ratio": size} if size else {}), **_shares(other)},
    )


def median_hides_the_tail(base: Report, other: Report, rows: Rows) -> Finding | None:
    """A better p50 and a worse p99: which one counts is for the profile to say."""
    median, tail = rows.get("latency.p50"), rows.get("latency.p99")
    if median is None or tail is None or median.ratio is None or tail.ratio is None:
        return None
    if (median.verdict, tail.verdict) != ("better", "worse"):
        return None
    return Finding(
        "median-hides-the-tail",
        f"the p50 is {1 / median.ratio:.2g}x faster, the p99 {tail.ratio:.2g}x slower",
        {"p50_ratio": median.ratio, "p99_ratio": tail.ratio},
    )


def smaller_file_same_memory(base: Report, other: Report, rows: Rows) -> Finding | None:
    """The file shrank; what the process holds did not follow."""
    size, memory = _ratio(rows, "size.model"), rows.get("memory.peak")
    if size is None or memory is None or memory.ratio is None:
        return None
    if size > 1 / _MUCH or memory.ratio < 1 / _LITTLE:
        return None
    return Finding(
        "smaller-file-same-memory",
        f"the file is {1 / size:.2g}x smaller, memory.peak {memory.ratio:.2f}x what it was: most "
        "of it is the runtime and the activations, not the weights",
        {"size_ratio": size, "memory_ratio": memory.ratio},
    )


_LITTLE = 1.1  # times less memory, from which it did follow the file
_RULES: tuple[Callable[[Report, Report, Rows], Finding | None], ...] = (
    fewer_macs_not_faster,
    int8_without_gain,
    faster_but_hungrier,
    median_hides_the_tail,
    smaller_file_same_memory,
)


def precision(report: Report) -> str | None:
    """Of the model as it ran."""
    made = report.model.converted or {}
    said = made.get("precision", report.model.precision)
    return str(said) if said else None


def bound_shares(report: Report) -> dict[Bound, float]:
    """Share of the operators' time under each bound; empty where no time is known by operator."""
    shares: defaultdict[Bound, float] = defaultdict(float)
    for one in report.operators:
        if one.bound is not None and one.share:
            shares[one.bound] += one.share
    return dict(shares)


def _shares(report: Report) -> dict[str, float]:
    return {f"{bound}_bound_share": share for bound, share in bound_shares(report).items()}


def _bound(report: Report) -> str:
    """Which bound explains the time."""
    shares = bound_shares(report)
    if not shares:
        return "what binds it is not known, since the report holds no time per operator"
    bound, share = max(shares.items(), key=lambda one: one[1])
    if any(warning.code == "ceiling-exceeded" for warning in report.warnings):
        return "what binds it cannot be told by ceilings that it exceeds (effprof calibrate)"
    if any(warning.code == "profiler-overhead" for warning in report.warnings):
        part = "most" if share > _HALF else "the largest part"
        seen = f"{part} of its time, seen through a profiler that stretches short operators,"
        return f"{seen} is bound by {_BOUNDS[bound]}"
    return f"{share * 100:.0f} % of its time is bound by {_BOUNDS[bound]}"


def _may_be(ratio: float, time: Row) -> bool:
    """Whether the time may have come down by that ratio: it is not told apart from it."""
    return time.verdict == "undecided" and (time.low is None or time.low <= ratio)


def _no(better: str, time: Row) -> str:
    """Not having seen a gain is not having seen that there is none: its reach is told."""
    if time.verdict != "undecided":
        return f"no {better}"
    if time.low is None or time.high is None:
        return f"no {better} that can be told"
    return f"no {better} that can be told, {time.low:.3g}x to {time.high:.3g}x the time"


def _latency(rows: Rows) -> Row | None:
    return next((rows[key] for key in _LATENCIES if key in rows and rows[key].ratio), None)


def _ratio(rows: Rows, key: str) -> float | None:
    return rows[key].ratio if key in rows else None
