"""A device that is not here: what its estimator is told, and its figures kept from this host's."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from effprof.base.errors import RequestError
from effprof.base.records import Caution, Measurement, Missing, Origin
from effprof.base.work import Device, OperatorWork, Work
from effprof.measure import prices
from effprof.measure.findings import Findings
from effprof.measure.prepared import Prepared
from effprof.model.dims import batch_axes
from effprof.model.model import Counts, Model, Operator
from effprof.ports import ByOperator, Choosy, Estimator
from effprof.report.report import OperatorPart
from effprof.target import Target

SAME_ANYWHERE = ("size.", "compute.")
"""What is the model's own, and so the device's as much as this machine's."""
ANSWERS = "quality."
"""What this machine's answers tell of the device's, which computes the same graph."""


def described(target: Target, duty_hz: float | None, threads: int | None = None) -> Device:
    """`duty_hz` and `threads` of the user, else the target's own."""
    facts = target.facts.items()
    return Device(
        id=target.id,
        facts={key: fact.quantity.value for key, fact in facts if fact.quantity},
        texts={key: fact.text for key, fact in facts if fact.quantity is None},
        options={**target.options, **({} if threads is None else {"threads": threads})},
        duty_hz=duty_hz or target.duty_hz,
    )


def check_refusal(
    target: Target, estimator: Estimator | None, precision: str | None, batches: Iterable[int]
) -> None:
    """RequestError with its reason and hint, where the estimator has no figure for a batch."""
    if not isinstance(estimator, Choosy):
        return
    for batch in batches:
        if refusal := estimator.refuses(precision, batch):
            raise RequestError(f"{target.id}: {refusal[0]}", hint=refusal[1])


def work(prepared: Prepared, counts: Counts, batch: int) -> Work:
    """Of the graph that is deployed."""
    model = prepared.deployed.models[batch]
    return Work(
        format=model.format,
        precision=model.precision,
        batch=batch,
        size_bytes=model.size_bytes,
        macs=counts.macs,
        weight_bytes=counts.weight_bytes,
        activation_bytes=counts.activation_bytes,
        operators=tuple(
            OperatorWork(
                one.name,
                one.type,
                one.macs,
                one.weight_bytes,
                one.activation_bytes,
                _elements(one),
            )
            for one in counts.operators
        ),
        path=str(model.path.resolve()),
        any_batch=_any_batch(prepared.model),
    )


def _any_batch(model: Model) -> bool:
    """Where an axis of the batch is open; or one of 1 in a .tflite file, which LiteRT resizes."""
    firsts = {spec.shape[0] for spec in model.inputs if spec.shape}
    return bool(batch_axes(model.inputs)) or (model.format == "tflite" and firsts == {1})


def operators(prepared: Prepared, counts: Counts, batch: int) -> tuple[OperatorPart, ...] | None:
    """What the estimator says of each; None where it says nothing of operators."""
    asked, estimator = prepared.asked, prepared.estimator
    if not isinstance(estimator, ByOperator):
        return None
    worked = work(prepared, counts, batch)
    found = estimator.operators(worked, described(asked.target, asked.duty_hz, asked.threads))
    total_s = sum(one.latency_s for one in found)
    return tuple(
        OperatorPart(
            name=one.name,
            type=one.type,
            macs=counted.macs,
            bytes=counted.bytes,
            latency=one.latency_s,
            share=one.latency_s / total_s if total_s else None,
            bound=one.bound,
        )
        for one, counted in zip(found, counts.operators, strict=False)
    )


def _elements(operator: Operator) -> int | None:
    shape = operator.output_shapes[0] if operator.output_shapes else None
    if shape is None or not all(isinstance(size, int) for size in shape):
        return None
    return math.prod(size for size in shape if isinstance(size, int))


def split(found: Findings, prepared: Prepared, counts: Counts, batch: int) -> Findings:
    """The device's findings out of `found`, which is left with what was read on this machine."""
    estimator = prepared.estimator
    assert estimator is not None
    theirs = Findings(cautions=found.cautions)
    measured = {
        key: one for key, one in found.measurements.items() if one.origin is Origin.MEASURED
    }
    for key, one in (found.measurements | found.missing).items():
        if key.startswith(SAME_ANYWHERE):
            theirs.add(one)
        elif key.startswith(ANSWERS):
            theirs.add(_answered_here(one))
    asked = prepared.asked
    there = described(asked.target, asked.duty_hz, asked.threads)
    spoken = estimator.estimate(work(prepared, counts, batch), there, measured)
    theirs.add(*map(_checked, spoken))
    theirs.add(*_unspoken(estimator.metrics, theirs))
    theirs.add(*prices.figures(asked.target, asked.prices, theirs.measurements))
    found.measurements = {
        key: one for key, one in measured.items() if not key.startswith(SAME_ANYWHERE)
    }
    return theirs


def _checked(one: Measurement | Missing | Caution) -> Measurement | Missing | Caution:
    """An estimator reads no instrument, whatever it says."""
    return replace(one, origin=Origin.MODELLED) if isinstance(one, Measurement) else one


def _answered_here(one: Measurement | Missing) -> Measurement | Missing:
    """Measured on this machine, so of the device it is a conclusion."""
    if isinstance(one, Missing):
        return one
    return replace(one, origin=Origin.MODELLED, scope="answers computed on this machine")


def _unspoken(metrics: Sequence[str], found: Findings) -> list[Missing]:
    return [
        Missing(metric, "the estimator says nothing of it for this model")
        for metric in metrics
        if metric not in found.measurements and metric not in found.missing
    ]
