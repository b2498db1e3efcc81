"""The weaker form: a candidate measured now, held against a report of an earlier day.

Between the two the machine changed, and no interval of either knows by how much. So figures that a
clock or an instrument of this host goes into get a wider interval: by how far this host's own runs
lie apart in its history, or, where that knows too little, by what was seen on noisy two-core
machines. What is counted or executed is steady, and gates as it stands, also from another host.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

from msgspec.structs import replace as with_changes

from effprof.base.errors import ReportError
from effprof.base.metrics import family
from effprof.base.quantity import show
from effprof.gate.drift import Drift, Spread
from effprof.gate.run import Found, Wanted, worked_out
from effprof.host import Host
from effprof.judge.alike import unlike
from effprof.measure.asked import Asked
from effprof.measure.collect import Watcher
from effprof.measure.prepared import Prepared
from effprof.report.report import Report

SIGMA = 0.15
"""Of the logarithm of one run's median, where history is silent. With two such runs an innocent
change is over 10 % in 32 of 100 cases, as it was with ONNX Runtime on noisy two-core machines."""
OTHER_HOST_SIGMA = 0.3
"""On top of it where a calibration scaled another host's figures: what binds a model differs."""
SECONDS = 10.0
"""Most of the timed part, as `measure` has it."""
_Z = 1.96
_DRIFTING = (
    *("latency", "throughput", "deadline", "utilization"),
    *("energy", "power", "battery", "cost", "carbon"),
)
"""Families that a clock or an instrument of the host goes into."""


def asked_alike(asked: Asked, base: Report) -> Asked:
    """Measured as the stored report was: its threads and its batch."""
    if base.scenario.name != "single-stream":
        raise ReportError(
            f"the stored report is of the scenario {base.scenario.name}",
            hint="gate a single-stream report, or hold the models themselves against each other",
        )
    threads = base.target.settings.get("threads")
    return replace(
        asked,
        threads=threads if isinstance(threads, int) and threads > 0 else None,
        batches=(base.scenario.batch,),
    )


def of_target(reports: tuple[Report, ...], asked: Asked, where: object) -> Report:
    """The report of this target; of several the one whose model has the candidate's name."""
    found = [one for one in reports if one.target.id == asked.target.id]
    named = [one for one in found if one.model.name == asked.model.name]
    if not found:
        there = ", ".join(sorted({one.target.id for one in reports}))
        raise ReportError(f"{where}: no report of {asked.target.id}, but of {there}")
    if not named and len(found) > 1:
        there = ", ".join(sorted(one.model.name for one in found))
        raise ReportError(
            f"{where}: several reports of {asked.target.id}, none of {asked.model.name},"
            f" but of {there}",
            hint="a file with the one that is meant",
        )
    chosen = (named or found)[0]
    if chosen.unfinished:
        raise ReportError(f"{where}: was not finished: {chosen.unfinished}", hint="measure again")
    return chosen


def gate(
    base: Report,
    candidate: Prepared,
    wanted: Wanted,
    host: Host,
    watcher: Watcher,
    known: Mapping[str, Spread],
    *,
    normalise: bool,
) -> Found:
    """`known`: how far this series' runs lie apart by metric, as history has it."""
    _check_host(base, candidate, host, normalise=normalise)
    plan = replace(candidate.plan, ceiling_s=min(SECONDS, wanted.time_s))
    measured = worked_out(replace(candidate, plan=plan), host, watcher)
    _check_alike(base, measured)
    found = Found(base, measured, stored=True)
    other = base.host.fingerprint != host.fingerprint
    faster = _faster(base, measured) if other else None
    if faster is not None:
        found.base = _scaled(base, faster)
        found.notes.append(f"another host's report, scaled by {faster:.3g}x its peak FLOP/s")
    found.drifts = _drifts(known, other=other)
    return found


def _drifts(known: Mapping[str, Spread], *, other: bool) -> dict[str, Drift]:
    """By metric and by family: how far the difference of two runs reaches."""
    spreads: dict[str, Spread | None] = {**dict.fromkeys(_DRIFTING, None), **known}
    return {key: _drift(one, other=other) for key, one in spreads.items()}


def _drift(known: Spread | None, *, other: bool) -> Drift:
    sigma = SIGMA if known is None else known.sigma
    reach = _Z * math.sqrt(2 * sigma**2 + (OTHER_HOST_SIGMA**2 if other else 0.0))
    apart = f"runs are taken to lie {show(sigma, '%')} apart: this host's history knows too little"
    if known is not None:
        apart = (
            f"the last {known.runs} runs of it in this host's history lie {show(sigma, '%')} apart"
        )
    more = ", and another host's figure was scaled" if other else ""
    return Drift(reach, f"reaches {show(math.expm1(reach), '%')} further, as {apart}{more}")


def _check_host(base: Report, candidate: Prepared, host: Host, *, normalise: bool) -> None:
    """Before anything is measured; what is emulated or worked out is of no host."""
    if candidate.plan.means != "run" or normalise or base.host.fingerprint == host.fingerprint:
        return
    raise ReportError(
        f"the stored report is of another host: {base.host.cpu}, {base.host.cores} cores,"
        f" this is {host.cpu}, {host.cores} cores",
        hint="hold the models themselves against each other: --baseline MODEL; or --normalise",
    )


def _check_alike(base: Report, candidate: Report) -> None:
    """Refused with every reason by name where the two were not measured with the same settings."""
    told = [
        f"{one.what} {one.base} against {one.other}"
        for one in unlike(base, candidate)
        if one.what in candidate.target.settings or (one.refuses and one.what != "host")
    ]
    if told:
        raise ReportError(
            f"the stored report of {base.model.name} is not of the same: {'; '.join(told)}",
            hint="measure the baseline alike, or hold the models themselves against each other",
        )


def _faster(base: Report, candidate: Report) -> float:
    """Peak FLOP/s of this host over that of the report's; both were held against their own."""
    peaks = [_peak(one) for one in (base, candidate)]
    if peaks[0] is None or peaks[1] is None:
        raise ReportError(
            "--normalise: the two hosts' ceilings are not known from both reports",
            hint="a report of `effprof measure` holds utilization.compute",
        )
    return peaks[1] / peaks[0]


def _peak(report: Report) -> float | None:
    """From utilization = 2 x MACs / latency / peak."""
    wanted = ("compute.macs", "latency.p50", "utilization.compute")
    values = [report.metrics[key].value for key in wanted if key in report.metrics]
    if len(values) < len(wanted) or min(values) <= 0:
        return None
    macs, latency_s, used = values
    return 2 * macs / latency_s / used


def _scaled(base: Report, faster: float) -> Report:
    """As the other host's model would do here, if peak FLOP/s were all that matters."""
    factors = {"latency": 1 / faster, "throughput": faster}
    metrics = dict(base.metrics)
    for key, one in base.metrics.items():
        factor = factors.get(family(key))
        if factor is None or one.unit not in ("s", "1/s"):
            continue
        ends = [None if end is None else end * factor for end in (one.low, one.high)]
        metrics[key] = with_changes(one, value=one.value * factor, low=ends[0], high=ends[1])
    return with_changes(base, metrics=metrics)
