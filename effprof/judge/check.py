"""A report against a budget: pass, fail or undecided, line by line.

The interval decides. One that lies inside the limit passes, one that lies outside fails, one that
straddles it decides nothing. A value without an interval is judged as it stands. Nothing passes on
an unfinished measurement, but what is over the limit already has failed.
"""

from collections.abc import Iterable

from effprof.base.errors import ExitCode
from effprof.base.quantity import show
from effprof.base.vocabulary import CountsAs, VerdictName
from effprof.budget import Budget, Limit
from effprof.report.judgement import Verdict
from effprof.report.report import Metric, Report

_SAID = {"max": "at most", "min": "at least"}


def check(report: Report, budget: Budget) -> tuple[Verdict, ...]:
    """One verdict a limit, in the order of the budget; `why` says the limit as it was written."""
    limited = {limit.metric for limit in budget.limits if limit.bound == "max"}
    room = [limit for limit in _room(report) if limit.metric not in limited]
    return tuple(_verdict(report, limit) for limit in (*budget.limits, *room))


def _room(report: Report) -> list[Limit]:
    """A microcontroller's flash and RAM are limits that no budget has to write down."""
    room = report.firmware.room if report.firmware else {}
    return [
        Limit(metric, "max", float(size), f"{show(size, 'B')} of the part", "")
        for metric, size in room.items()
    ]


def exit_code(verdicts: Iterable[Verdict], undecided: CountsAs | None = None) -> ExitCode:
    """1 where a limit failed, else 5 where one is undecided (or what that is mapped to), else 0."""
    seen = {verdict.verdict for verdict in verdicts}
    if "fail" in seen or ("undecided" in seen and undecided == "fail"):
        return ExitCode.FAILED
    return ExitCode.UNDECIDED if "undecided" in seen and undecided is None else ExitCode.DONE


def _verdict(report: Report, limit: Limit) -> Verdict:
    wanted = f"{_SAID[limit.bound]} {limit.written}"
    metric = report.metrics.get(limit.metric)
    if metric is None:
        why = f"{wanted}; not known: {_absence(report, limit.metric)}"
        return Verdict(limit.metric, limit.value, "undecided", why=why, bound=limit.bound)
    verdict, reason = _judged(metric, limit), "the interval holds the limit"
    if verdict == "pass" and report.unfinished:
        verdict, reason = "undecided", f"not finished: {report.unfinished}"
    return Verdict(
        metric=limit.metric,
        limit=limit.value,
        verdict=verdict,
        bound=limit.bound,
        unit=metric.unit,
        value=metric.value,
        low=metric.low,
        high=metric.high,
        why=f"{wanted}; {reason}" if verdict == "undecided" else wanted,
    )


def _judged(metric: Metric, limit: Limit) -> VerdictName:
    low = metric.value if metric.low is None else metric.low
    high = metric.value if metric.high is None else metric.high
    if limit.bound == "min":
        low, high, bound = -high, -low, -limit.value
    else:
        bound = limit.value
    if high <= bound:
        return "pass"
    return "fail" if low > bound else "undecided"


def _absence(report: Report, metric: str) -> str:
    return next(
        (missing.reason for missing in report.missing if missing.metric == metric),
        "the report does not have it",
    )
