"""Whether figures of two reports may stand side by side: what is not the same in both, by name."""

import math
from collections.abc import Iterator

from effprof.base.metrics import family
from effprof.report.comparison import Unlike
from effprof.report.report import Report

_ANYWHERE = ("size", "quality", "compute")  # families that do not depend on where they were read


def unlike(base: Report, other: Report) -> tuple[Unlike, ...]:
    """What refuses a comparison first, then what a reader should know."""
    found = [*_refusing(base, other), *_marked(base, other)]
    return tuple(one for one in found if one.base != one.other)


def _refusing(base: Report, other: Report) -> Iterator[Unlike]:
    for what, (first, second) in {
        "target": (base.target.id, other.target.id),
        "backend": (base.target.backend, other.target.backend),
        "scenario": (base.scenario.name, other.scenario.name),
        "batch": (_batches(base), _batches(other)),
        "threads": (_setting(base, "threads"), _setting(other, "threads")),
        "rate": (_number(base.scenario.rate), _number(other.scenario.rate)),
        "deadline": (_number(base.scenario.deadline), _number(other.scenario.deadline)),
        "max batch": (_number(base.scenario.max_batch), _number(other.scenario.max_batch)),
        "queue delay": (_number(base.scenario.queue_delay), _number(other.scenario.queue_delay)),
        "inputs": (_sizes(base), _sizes(other)),
    }.items():
        yield Unlike(what, first, second, refuses=True)
    if read_here(base, other):
        yield Unlike("host", _host(base), _host(other), refuses=True)


def read_here(base: Report, other: Report) -> bool:
    """Whether any figure of both was read on the machine that measured: then it must be one."""
    return any(
        metric.origin == "measured" and family(key) not in _ANYWHERE
        for key, metric in base.metrics.items()
        if key in other.metrics
    )


def _marked(base: Report, other: Report) -> Iterator[Unlike]:
    if _batches(base) == _batches(other):  # of a sweep, the best one is a finding
        best = (str(base.scenario.batch), str(other.scenario.batch))
        yield Unlike("best batch (latency is left out)", *best, refuses=False)
    for what, (first, second) in {
        "target's file": (base.target.sha256[:12], other.target.sha256[:12]),
        "values of the inputs": (_values(base), _values(other)),
        "effprof": (base.effprof, other.effprof),
    }.items():
        yield Unlike(what, first, second, refuses=False)
    for name in sorted({*base.host.packages} | {*other.host.packages}):
        versions = (base.host.packages.get(name, "none"), other.host.packages.get(name, "none"))
        yield Unlike(name, *versions, refuses=False)
    for name in sorted(({*base.target.settings} | {*other.target.settings}) - {"threads"}):
        yield Unlike(name, _setting(base, name), _setting(other, name), refuses=False)


def _batches(report: Report) -> str:
    swept = sorted({int(row["batch"]) for row in report.sweep if "batch" in row})
    return ", ".join(map(str, swept if len(swept) > 1 else [report.scenario.batch]))


def _setting(report: Report, name: str) -> str:
    value = report.target.settings.get(name, "not said")
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"


def _sizes(report: Report) -> str:
    """Elements of an item in each input: a converter may rename them or move their axes."""
    batch = report.scenario.batch
    shapes = [[size for size in one.shape if isinstance(size, int)] for one in report.model.inputs]
    sizes = sorted(math.prod(one[1:] if one[:1] == [batch] else one) for one in shapes)
    return " + ".join(map(str, sizes)) + " elements" if sizes else "not said"


def _values(report: Report) -> str:
    return "; ".join(sorted({one.values or "not said" for one in report.model.inputs}))


def _host(report: Report) -> str:
    return f"{report.host.cpu}, {report.host.cores} cores ({report.host.fingerprint[:8]})"
