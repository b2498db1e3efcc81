"""How much of the machine the model uses: of the ceilings measured here, or of a stated peak."""

import math

from effprof.base.quantity import show
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.estimators import roofline
from effprof.measure.findings import Findings
from effprof.measure.gathered import Gathered
from effprof.measure.prepared import Prepared


def utilization(
    prepared: Prepared, gathered: Gathered, found: Findings
) -> list[Measurement | Missing | Caution]:
    metrics = ("utilization.compute", "utilization.memory")
    run = found.measurements.get("latency.p50")
    counts = gathered.counts
    if run is None:
        return [Missing(metric, "no trial was timed") for metric in metrics]
    if prepared.plan.accelerator:
        return list(_of_stated_peak(prepared, gathered, run))
    if gathered.ceilings is None:
        lack = gathered.ceilings_lack or gathered.unreached(metrics[0]).reason
        return [Missing(metric, lack, "effprof calibrate") for metric in metrics]
    moved = None
    if counts.activation_bytes is not None:
        moved = counts.weight_bytes + counts.activation_bytes
    largest = max((one.activation_bytes or 0 for one in counts.operators), default=0)
    work = roofline.Work(counts.macs, moved, counts.weight_bytes + largest)
    shares = roofline.utilization(work, run, gathered.ceilings)
    if prepared.deployed.precision != "fp32":
        reason = (
            f"the ceiling measured here is of float32, the model is {prepared.deployed.precision}"
        )
        shares = (Missing("utilization.compute", reason), *shares[1:])
    return [
        *shares,
        *(_over(one) for one in shares if isinstance(one, Measurement) and one.value > 1),
    ]


def _of_stated_peak(
    prepared: Prepared, gathered: Gathered, run: Measurement
) -> tuple[Measurement | Missing, ...]:
    """MFU: the model's FLOP/s over the dense peak that the target states for its precision."""
    precision, target = prepared.deployed.precision, prepared.asked.target
    keys = ("peak_tf32", "peak_fp32") if precision == "fp32" else (f"peak_{precision}",)
    key = next((one for one in keys if target.fact(one)), None)
    memory = Missing("utilization.memory", "the bandwidth that was used is not read")
    macs = gathered.counts.macs
    if key is None or macs is None:
        reason = f"the target states no {' or '.join(keys)}" if macs else "the MACs are not known"
        return Missing("utilization.compute", reason, "add it under facts: in a copy of it"), memory
    peak = target.fact(key) or math.inf
    return (
        Measurement(
            "utilization.compute",
            2 * macs / run.value / peak,
            Origin.MODELLED,
            f"MACs counted, {key} of the target: MFU",
        ),
        memory,
    )


def _over(share: Measurement) -> Caution:
    return Caution(
        "ceiling-exceeded",
        f"{share.metric} is {show(share.value, '%')} of the ceiling kept for this machine",
        "effprof calibrate measures it again, on a quiet machine",
    )
