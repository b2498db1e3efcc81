"""A target: whether it can be measured here, its backend first, then each meter."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from effprof import environment, plugins, profile
from effprof.base.errors import EffprofError
from effprof.cli.checks.finding import Finding, State
from effprof.measure.estimate import described
from effprof.measure.here import resolved
from effprof.target import Listed, Target, catalogue, load


@dataclass(frozen=True, slots=True)
class Examined:
    """One target of the catalogue."""

    id: str
    findings: tuple[Finding, ...]
    means: str = "run"

    @property
    def measurable(self) -> bool:
        return all(finding.state != State.LACK for finding in self.findings)


def find(word: str | None) -> tuple[Examined, ...]:
    """The target asked for, or every one of the catalogue."""
    if word is None:
        return tuple(examine_listed(listed) for listed in catalogue())
    return (examine(load(word)),)


def examine_listed(listed: Listed) -> Examined:
    if listed.target is None:
        return Examined(listed.id, (Finding("file", State.LACK, listed.error),))
    return examine(listed.target)


def examine(target: Target) -> Examined:
    """Whether it can be measured here: its backend first, then each meter."""
    target = resolved(target)
    worked_out = () if target.estimator is None else (_estimator(target, target.estimator),)
    run = () if target.backend is None else (_backend(target, target.backend),)
    parts = (*worked_out, *run, *_converters(target), *_meters(target), _profile(target))
    return Examined(target.id, parts, target.means)


def _estimator(target: Target, name: str) -> Finding:
    subject = f"estimator {name}"
    try:
        estimator = plugins.estimator(name)
        lack = estimator.lacks(described(target, None))
    except EffprofError as bad:  # a tool of its own that is not installed is no fault of the file
        return Finding(subject, State.LACK, bad.message, bad.hint)
    if lack:
        return Finding(subject, State.LACK, lack, f"edit {target.path}")
    return Finding(subject, State.OK, f"works out {', '.join(estimator.metrics)}")


def _converters(target: Target) -> Iterator[Finding]:
    """What an ONNX model has to pass on its way to a target that takes other files."""
    try:
        formats = plugins.backend(target.backend).formats if target.backend else ("onnx",)
    except EffprofError:  # told by the finding on the backend
        return
    if "onnx" in formats or "tflite" not in formats:
        return
    for spec, lack in (
        (environment.ONNX2TF, "ONNX models cannot be converted: give a .tflite"),
        (environment.QUANTIZER, "nothing can be quantised"),
    ):
        if environment.locate(spec):
            yield Finding("converter", State.OK, spec.key)
        else:
            text = f"{spec.key} is not set up: {lack}"
            yield Finding("converter", State.NOTE, text, "effprof setup mobile")


def _backend(target: Target, name: str) -> Finding:
    subject = f"backend {name}"
    try:
        backend = plugins.backend(name)
        traits = plugins.traits(backend)
        no_device = traits.no_device(target.options)
        reason = no_device or plugins.unavailable(backend)
    except EffprofError as bad:
        return Finding(subject, State.LACK, bad.message, bad.hint)
    if reason and not no_device and traits.environment is not None:
        (spec,) = environment.SETS[traits.environment]
        if environment.locate(spec):
            return Finding(subject, State.OK, f"{spec.key}, in an environment of its own")
    if reason:
        return Finding(subject, State.LACK, reason)
    return Finding(subject, State.OK, ", ".join(_versions(backend.packages)) or "available")


def _versions(packages: Sequence[str]) -> list[str]:
    """Of those that are installed."""
    found = []
    for package in packages:
        with suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return found


def _meters(target: Target) -> Iterator[Finding]:
    """Each meter; of energy only the one that would be read: the machine's rows tell the rest."""
    energy = []
    for name in target.meters:
        subject = f"meter {name}"
        try:
            meter = plugins.meter(name)
        except EffprofError as bad:
            yield Finding(subject, State.LACK, bad.message, bad.hint)
            continue
        reason = plugins.unavailable(meter)
        if plugins.reads_energy(meter):
            energy += [] if reason else [name]
        elif reason:
            yield Finding(subject, State.NOTE, f"not measured: {', '.join(meter.metrics)}", reason)
        else:
            yield Finding(subject, State.OK, ", ".join(meter.metrics))
    if energy:
        yield Finding(f"meter {energy[0]}", State.OK, "energy.inference, power.mean, power.idle")


def _profile(target: Target) -> Finding:
    subject = f"profile {target.profile}"
    try:
        return Finding(subject, State.OK, profile.load(target.profile).summary)
    except EffprofError as bad:
        return Finding(subject, State.LACK, bad.message, bad.hint)
